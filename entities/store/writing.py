"""A transaction: everything one author says at once. It is committed whole, or nothing of it is."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from itertools import count
from typing import Final, NamedTuple

import numpy as np
import shapely

from entities.errors import Conflict
from entities.model import FOREVER, LATEST, Day, Lineage, Link, Period, State, TransactionNumber, Version, day_text
from entities.reviews.cases import Judgement, ReviewCase
from entities.spatial_identity import SPATIAL
from entities.store import changes, descending, linking, restoring, reviews
from entities.store.changes import RECORD, Record
from entities.store.database import Database, Row
from entities.store.events import links_by_code
from entities.store.issuing import Issuer
from entities.store.rows import COLUMNS, CONTENT, content_rows, version_digest
from entities.store.sealing import base_id, chained, last_chain, seal
from entities.store.spelling import spell
from entities.store.telling import link_rows

_ALWAYS: Final = Period(-10_000_000, FOREVER)
_COUNTED: Final = {"link": "linked", "unlink": "unlinked"}  # entities; `link` and `unlink` count links
_COPIED: Final = ", ".join(CONTENT[:-1])


class Transaction:
    """What is being said under one number; made by `Store.transaction`."""

    def __init__(self, database: Database, number: TransactionNumber, issuer: Issuer) -> None:
        self.database = database
        self.number = number
        self.counts: Counter[str] = Counter()
        self.abandoned = False
        self.policy = ""  # the name and version of the matching policy it was made under
        self.origin: tuple[str, TransactionNumber] | None = (
            None  # who said it first, under which number, if not this base
        )
        self.reverts: str | None = None  # the transaction `n` or event `n.e` that it takes back
        self._issuer = issuer
        self._ids = count(1 + int(database.query("SELECT COALESCE(MAX(id), 0) FROM version")[0][0]))
        self._ordinal = 0
        self._event = 0
        self._born: set[str] = set()  # issued here, and nothing said of them yet
        self._issued: set[str] = set()

    def issue(self, states: Sequence[State]) -> list[str]:
        """Issue a permanent entity code for each state, and freeze its spatial identity code with it."""
        codes = self._issuer.issue(states, self.number)
        self._born.update(codes)
        self._issued.update(codes)
        return codes

    def put(self, versions: Sequence[Version]) -> None:
        """Say that each version is so during its period; what was said about those days before gives way."""
        for once in _each_code_once(versions):
            self._put(once)

    def end(self, days: Mapping[str, Day]) -> None:
        """Say that each entity was there up to its day and no longer. `Conflict` (`change.order`) if it was not."""
        self._close({code: Period(day, FOREVER) for code, day in days.items()}, "end")

    def retract(self, codes: Iterable[str]) -> None:
        """Say that each entity never existed: it was recorded in error."""
        self._close(dict.fromkeys(codes, _ALWAYS), "retract")

    def link(self, links: Iterable[Link], again: bool = False) -> None:
        """Say which codes of other registers belong to entities. `Conflict` (`link.ended`) for one that is no more.

        What was known before is said `again` whatever became of its entity since.
        """
        said = list(links)
        there = {link.code for link in said} if again else self._issued
        linking.open_links(self.database, self.number, said, there)
        self._count("link", len(said))
        self._feed(link_rows(self.database, [link for link in said if link.code not in self._issued], "link"))

    def unlink(self, links: Iterable[Link], day: Day | None = None) -> None:
        """Say that links ended on a day, or with no day that they never were. `NotFound` (`link.unknown`)."""
        said = list(links)
        self._count("unlink", linking.close_links(self.database, self.number, said, day))
        self._feed(link_rows(self.database, [link for link in said if link.code not in self._issued], "unlink", day))

    def redivide(self, states: Mapping[str, State], day: Day) -> None:
        """Issue spatial identity codes anew for entities that belong to other divisions from a day on.

        The codes issued before lead to them as ever. Nothing is issued where codes do not tell the division.
        """
        issued = self._issuer.redivide(states)
        held = [link for links in links_by_code(self.database, issued).values() for link in links]
        self.unlink([link for link in held if link.scheme == SPATIAL and link.period.end > day], day)
        self.link(Link(code, SPATIAL, value, Period(day), "issued") for code, value in issued.items())

    def descend(self, steps: Iterable[Lineage]) -> int:
        """Say as one event which entities came from which, and return its place in this transaction.

        `Conflict` (`lineage.circle`) where an entity would descend from itself.
        """
        return self.descend_each([list(steps)])[0]

    def descend_each(self, events: Sequence[Sequence[Lineage]]) -> list[int]:
        """Say many events at once, each as its steps, and return the place of each."""
        first = self._event
        descending.write_events(self.database, self.number, first, events, self._issued)
        self._count("lineage", sum(map(len, events)))
        self._event += len(events)
        return list(range(first, self._event))

    def untell(self, steps: Collection[Lineage]) -> None:
        """Say that steps of events never were."""
        self._count("untold", descending.take_back(self.database, self.number, steps))

    def restore(self, codes: Collection[str], known_at: TransactionNumber) -> None:
        """Say of entities what was known of them at an earlier transaction; before anything else is said of them."""
        restored = restoring.restore(self.database, self.number, self._ids, sorted(codes), known_at)
        boxes = self.database.boxes_of([one.row_id for one in restored])
        self._feed((one.code, one.kind, one.layer, one.class_code, one.day, *boxes[one.row_id]) for one in restored)

    def hold(self, cases: Sequence[ReviewCase]) -> None:
        """Leave features to a person."""
        layers = [self._issuer.meaning.layer_of(case.candidate.state.class_code) for case in cases]
        reviews.hold(self.database, self.number, cases, layers)
        self._count("review", len(cases))

    def judge(self, judgements: Sequence[Judgement]) -> None:
        """Say what persons decided, and close the cases they decided about."""
        reviews.judge(self.database, self.number, judgements)
        self._count("judgement", len(judgements))

    def consent(self, judgements: Sequence[Judgement]) -> None:
        """Say what some persons decided of cases that need the consent of others too."""
        reviews.consent(self.database, self.number, judgements)
        self._count("judgement", len(judgements))

    def unjudge(self, judgements: Sequence[Judgement]) -> None:
        """Take decisions back; their cases wait again."""
        reviews.take_back(self.database, self.number, judgements)
        self._count("unjudged", len(judgements))

    def close_reviews(self, ids: Sequence[int], state: str = "dropped") -> None:
        """Set cases that something else has settled, or reopened, to a state."""
        reviews.close(self.database, self.number if state != "waiting" else None, ids, state)
        self._count("closed", len(ids))

    def abandon(self) -> None:
        """Leave no trace of this transaction when its block ends."""
        self.abandoned = True

    def _count(self, kind: str, number: int) -> None:
        """Count what was said; to say nothing counts for nothing, since an empty transaction leaves no trace."""
        if number:
            self.counts[kind] += number

    def _put(self, versions: Sequence[Version]) -> None:
        known = [version for version in versions if version.code not in self._born]
        holes = {version.code: version.period for version in known}
        self._cut(self._touched(holes), holes)
        states = [version.state for version in versions]
        layers = [self._issuer.meaning.layer_of(state.class_code) for state in states]
        contents = content_rows(states, layers)
        self._insert([self._row(version, content) for version, content in zip(versions, contents, strict=True)], states)
        self._tell(versions, layers)
        self._born.difference_update(version.code for version in versions)

    def _row(self, version: Version, content: Row) -> Row:
        surveyed = version.surveyed or self.number
        start, end = version.period.start, version.period.end
        digest = version_digest(content[-1], version.code, start, surveyed)
        return (next(self._ids), version.code, start, end, self.number, LATEST, surveyed, *content, digest)

    def _insert(self, rows: Sequence[Row], states: Sequence[State]) -> None:
        self.database.insert("version", COLUMNS, rows)
        bounds = shapely.bounds(np.array([state.geometry for state in states], dtype=object))
        self.database.insert_boxes([row[0] for row in rows], bounds)
        spell(self.database, (state.name for state in states))

    def _tell(self, versions: Sequence[Version], layers: Sequence[str]) -> None:
        """Write the feed's rows of versions that were put."""
        bounds = shapely.bounds(np.array([version.state.geometry for version in versions], dtype=object)).tolist()
        kinds = ["create" if version.code in self._born else "change" for version in versions]
        told = zip(versions, kinds, layers, bounds, strict=True)
        self._feed((v.code, kind, layer, v.state.class_code, v.period.start, *box) for v, kind, layer, box in told)

    def _feed(self, told: Iterable[Row]) -> None:
        rows = [(self.number, self._ordinal + place, *row) for place, row in enumerate(told)]
        self._ordinal += len(rows)
        self.counts.update(_COUNTED.get(row[3], row[3]) for row in rows)
        self.database.insert("change", changes.COLUMNS, rows)

    def _close(self, holes: Mapping[str, Period], kind: str) -> None:
        touched = self._touched(holes)
        last = {row.code: row for row in touched}
        missing = sorted(set(holes) - set(last))
        if missing:
            raise Conflict.because("change.order", code=missing[0], day=day_text(holes[missing[0]].start))
        boxes = self.database.boxes_of([row.id for row in last.values()])
        self._cut(touched, holes)
        rows = [(last[code], hole) for code, hole in holes.items()]
        self._feed((row.code, kind, row.layer, row.class_code, hole.start, *boxes[row.id]) for row, hole in rows)

    def _touched(self, holes: Mapping[str, Period]) -> list["_Standing"]:
        """The rows, as known now, that lose some of their validity to a hole."""
        columns = ", ".join(_Standing._fields)
        statement = f"SELECT {columns} FROM version WHERE code IN {{in}} AND known_to = {LATEST} ORDER BY id"
        rows = map(_Standing._make, self.database.query_in(statement, sorted(holes)))
        return [row for row in rows if row.period.overlaps(holes[row.code])]

    def _cut(self, touched: Sequence["_Standing"], holes: Mapping[str, Period]) -> None:
        """Take each hole out of its entity's validity."""
        self._remainders(touched, holes)
        self._forget(touched)

    def _remainders(self, touched: Sequence["_Standing"], holes: Mapping[str, Period]) -> None:
        """Insert again what is left of each row on either side of its hole, known from now on."""
        left = [(next(self._ids), row, period) for row in touched for period in row.period.minus(holes[row.code])]
        self.database.run_many(
            f"INSERT INTO version (id, code, valid_from, valid_to, known_from, known_to, surveyed, {_COPIED}, digest) "
            f"SELECT ?, code, ?, ?, ?, ?, surveyed, {_COPIED}, ? FROM version WHERE id = ?",
            [
                (new_id, period.start, period.end, self.number, LATEST, row.digest(period.start), row.id)
                for new_id, row, period in left
            ],
        )
        self.database.copy_boxes([(new_id, row.id) for new_id, row, _ in left])

    def _forget(self, touched: Sequence["_Standing"]) -> None:
        """Close rows in known time; those said in this very transaction were never known, so they go."""
        said_before = [(self.number, row.id) for row in touched if row.known_from != self.number]
        self.database.run_many("UPDATE version SET known_to = ? WHERE id = ?", said_before)
        self.database.delete_versions([(row.id,) for row in touched if row.known_from == self.number])

    def journal(self, known_at: int, actor: str, reason: str, source: str) -> None:
        """Write the transaction's own record, sealed and chained to those before it."""
        said = (
            self.number,
            known_at,
            actor,
            reason,
            source,
            json.dumps(dict(sorted(self.counts.items()))),
            self.policy,
        )
        record = Record(*said, *(self.origin or (base_id(self.database), self.number)), "", self.reverts)
        chain = chained(last_chain(self.database), seal(self.database, self.number), record)
        self.database.insert("journal", RECORD, [astuple(replace(record, chain=chain))])


class _Standing(NamedTuple):
    """What a transaction needs to know of a row that it changes."""

    id: int
    code: str
    valid_from: Day
    valid_to: Day
    known_from: TransactionNumber
    surveyed: TransactionNumber
    layer: str
    class_code: str
    content: bytes

    @property
    def period(self) -> Period:
        return Period(self.valid_from, self.valid_to)

    def digest(self, start: Day) -> bytes:
        """The digest of this row with its validity beginning on another day."""
        return version_digest(bytes(self.content), self.code, start, self.surveyed)


def _each_code_once(versions: Sequence[Version]) -> Iterable[list[Version]]:
    """Split versions into rounds in which no code comes twice, keeping the order of each code's versions."""
    if len({version.code for version in versions}) == len(versions):
        return [list(versions)] if versions else []
    rounds: list[list[Version]] = []
    seen: Counter[str] = Counter()
    for version in versions:
        if seen[version.code] == len(rounds):
            rounds.append([])
        rounds[seen[version.code]].append(version)
        seen[version.code] += 1
    return rounds
