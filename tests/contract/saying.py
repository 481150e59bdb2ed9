"""A department that says something of every kind, at random: births, changes, ends, links, events, restorations."""

from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from entities.model import LATEST, Candidate, Lineage, Link, Period, State, Surfaces, Version
from entities.reviews.cases import ReviewCase
from entities.store import Store, Transaction
from entities.store.linking import COLUMNS, link_of
from entities.store.view import now_known
from tests.contract.test_store import house

ROOF = shapely.from_wkt("MULTIPOLYGON Z (((117 36 20, 117.001 36 20, 117.001 36.001 21.5, 117 36 20)))")
PIPE = shapely.from_wkt("LINESTRING Z (117 36.6 21.25, 117.001 36.601 21.5)")


@dataclass
class Department:
    """Writes into one base; `west` is where its ground begins, so that its houses are its own."""

    store: Store
    random: np.random.Generator
    west: float = 117.0
    turns: int = field(default=0)

    def say(self) -> None:
        """One transaction."""
        self.turns += 1
        with self.store.transaction(f"county {self.west}", f"turn {self.turns}", f"{self.turns}.gpkg") as tx:
            for kind in self.random.choice(list(KINDS), self.random.integers(1, 4)):
                KINDS[kind](self, tx)
            self.born(tx)
            tx.policy = "matching 3"

    def born(self, tx: Transaction) -> None:
        states = [self.state() for _ in range(self.random.integers(1, 6))]
        day = self.day()
        tx.put([Version(code, Period(day), one) for code, one in zip(tx.issue(states), states, strict=True)])

    def state(self) -> State:
        plain = house(self.west + round(self.random.random() / 100, 9), 36.6 + round(self.random.random() / 100, 9))
        kind = self.random.integers(0, 4)
        if kind == 0:
            return replace(plain, surfaces=Surfaces(ROOF, "R"), name="泉城路188号\t\\N", base=21.5)
        if kind == 1:
            return State("510201", PIPE, attributes={"dn": 300, "材质": "铸铁", "depth": 1.1})
        return replace(plain, height=round(3 + self.random.random() * 30, 1))

    def day(self) -> int:
        return 20_000 + int(self.random.integers(0, 50))

    def changed(self, tx: Transaction) -> None:
        for code in self.some():
            start = self.day()
            end = start + int(self.random.integers(1, 40))
            tx.put([Version(code, Period(start, end) if self.random.random() < 0.5 else Period(start), self.state())])

    def ended(self, tx: Transaction) -> None:
        standing = dict.fromkeys(self.some(stands=20060 + self.turns), 20060 + self.turns)
        if standing:
            tx.end(standing)

    def retracted(self, tx: Transaction) -> None:
        tx.retract(self.some(1))

    def linked(self, tx: Transaction) -> None:
        for code in self.some(stands=20_200):
            tx.link(
                [Link(code, "parcel", f"GB-{self.random.integers(0, 9)}", Period(20_000), "spatial", 0.5, "厅", "近")]
            )

    def unlinked(self, tx: Transaction) -> None:
        statement = f"SELECT {', '.join(COLUMNS)} FROM link WHERE known_to = {LATEST} AND valid_to > 20100 ORDER BY id"
        held = [link_of(row) for row in self.store.database.query(statement)]
        if held:
            link = held[int(self.random.integers(0, len(held)))]
            tx.unlink([link], 20_100 if self.random.random() < 0.5 else None)

    def descended(self, tx: Transaction) -> None:
        codes = self.some(2)
        children = tx.issue([self.state() for _ in codes])
        states = [self.state() for _ in codes]
        tx.put([Version(child, Period(20_000), state) for child, state in zip(children, states, strict=True)])
        for parent, child in zip(codes, children, strict=True):
            tx.descend([Lineage("split", parent, child, 1.0, 20_000, 0.4)])

    def restored(self, tx: Transaction) -> None:
        if tx.number > 2:
            said_before = [code for code in self.some(9) if self.store.history(code)[-1].known_from < tx.number]
            earlier = int(self.random.integers(1, tx.number - 1))
            tx.restore(said_before[:2], earlier)
            tx.reverts = f"{earlier}.0" if self.random.random() < 0.5 else f"{earlier}"

    def held(self, tx: Transaction) -> None:
        tx.hold([ReviewCase(Candidate(1, self.state()), "county", "1.gpkg", 20_000, "cover", key="k")])

    def some(self, count: int = 3, stands: int | None = None) -> list[str]:
        """Codes that stand, by chance, on a day or on any."""
        day = "" if stands is None else f" AND valid_from <= {stands} AND valid_to > {stands}"
        statement = f"SELECT DISTINCT code FROM version WHERE known_to = {LATEST}{day} ORDER BY code"
        codes = [row[0] for row in self.store.database.query(statement)]
        chosen = self.random.permutation(len(codes))[:count]
        return [codes[place] for place in chosen]


KINDS = {
    kind.__name__: kind
    for kind in (
        *(Department.changed, Department.ended, Department.retracted, Department.linked, Department.unlinked),
        *(Department.descended, Department.restored, Department.held),
    )
}


def converse(departments: list[Department], turns: int) -> int:
    """Let departments speak in turn, and return how many transactions their bases hold together."""
    for _ in range(turns):
        for one in departments:
            one.say()
    return sum(now_known(one.store.database) for one in departments)
