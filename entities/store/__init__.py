"""The store: the only door to the base. Read through a view, write inside a transaction."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final

import numpy as np

from entities.classes import ClassTable
from entities.codes import system_random
from entities.errors import NotFound
from entities.lineage.events import Event, EventId
from entities.model import LATEST, Day, Lineage, Link, Moment, Surveyed, TransactionNumber, Version, today
from entities.registers.table import Schemes
from entities.spatial_identity import IdentityProfile
from entities.store import events
from entities.store.changes import BEGINNING, Change, Cursor, Record, changes_where, records
from entities.store.connect import connect
from entities.store.database import Box, Database
from entities.store.descending import ancestors
from entities.store.issuing import Issuer, Meaning
from entities.store.registry import lineage_of, links_of, resolve, resolve_all, search, spatial_code
from entities.store.rows import selected, versions_of
from entities.store.schema import prepare
from entities.store.sealing import base_id
from entities.store.timeline import DayOfChange, Difference, Dirt, differences, keys_near, lately, timeline
from entities.store.view import TileIndex, View, now_known
from entities.store.writing import Transaction

__all__ = ["Box", "Change", "Cursor", "Database", "Meaning", "Record", "Store", "TileIndex", "Transaction", "View"]

RECORDS: Final = 1_000
"""How many records of transactions an open base keeps at hand."""


class Store:
    """One base, opened by one thread of one process."""

    def __init__(self, database: Database, meaning: Meaning, random: np.random.Generator) -> None:
        self.database = database
        self.meaning = meaning
        self._random = random
        self._dirt = Dirt(database)
        self._records: dict[TransactionNumber, Record] = {}  # what was told is never changed

    @classmethod
    def open(
        cls,
        url: str,
        classes: ClassTable | None = None,
        identity: IdentityProfile | None = None,
        schemes: Schemes | None = None,
        random: np.random.Generator | None = None,
    ) -> "Store":
        """Open a base by URL and make its tables where they are missing; `random` is seeded only for made-up bases."""
        shipped = _shipped()
        meaning = Meaning(classes or shipped[0], identity or shipped[1], schemes or Schemes.load())
        database = connect(url)
        prepare(database)
        return cls(database, meaning, random or system_random())

    @property
    def base_id(self) -> str:
        """The base's own id: the origin of what it says itself."""
        return base_id(self.database)

    def close(self) -> None:
        """Give the connection back."""
        self.database.close()

    def view(
        self, moment: Moment | None = None, *, valid_at: Day | None = None, known_at: TransactionNumber | None = None
    ) -> View:
        """The base at a moment: today as known now, unless said otherwise."""
        day = moment.valid_at if moment else today() if valid_at is None else valid_at
        known = moment.known_at if moment else LATEST if known_at is None else known_at
        return View(self.database, Moment(day, min(known, now_known(self.database))))

    @contextmanager
    def transaction(
        self, actor: str, reason: str, source: str = "", patience: float | None = None
    ) -> Iterator[Transaction]:
        """Write under the next number: committed whole when the block ends, undone when an exception leaves it.

        A transaction that says nothing, or is abandoned, leaves no trace, and its number is given to the next.
        `Busy` (`base.busy`) where another one is being written for longer than the seconds of `patience`.
        """
        self.database.begin_writing(patience)
        try:
            number = now_known(self.database) + 1
            transaction = Transaction(self.database, number, Issuer(self.database, self.meaning, self._random))
            yield transaction
            if transaction.counts and not transaction.abandoned:
                transaction.journal(_moment(self.database), actor, reason, source)
                self.database.commit()
        finally:
            self.database.rollback()

    def history(self, code: str) -> list[Version]:
        """Every version of an entity on both axes, by (known from, period). `NotFound` (`code.unknown`)."""
        statement = f"SELECT {selected(self.database)} FROM version WHERE code = ?"
        found = versions_of(self.database.query(statement, [code]))
        if not found:
            raise NotFound.because("code.unknown", code=code)
        return sorted(found, key=lambda version: (version.known_from, version.period))

    def changes(self, after: Cursor = BEGINNING, limit: int = 1000) -> list[Change]:
        """The next changes after a cursor, oldest first; `entities.feed` leaves out what a subscriber does not want."""
        return changes_where(self.database, "1 = 1", [], after, Cursor(LATEST, LATEST), limit)

    def transactions(self, after: TransactionNumber = 0, limit: int = 1000) -> list[Record]:
        """The journal: the records of the transactions after a number."""
        return records(self.database, "number > ? ORDER BY number", [after], limit)

    def last(self, codes: Collection[str]) -> dict[str, Version]:
        """Entities as they last were: by what is known now, or of one that was taken back, by what was said last."""
        statement = f"SELECT {selected(self.database)} FROM version WHERE code IN {{in}}"
        found = versions_of(self.database.query_in(statement, sorted(codes)))
        found.sort(key=lambda version: (version.known_to, version.period))
        return {version.code: version for version in found}

    def transaction_record(self, number: TransactionNumber) -> Record:
        """The record of one transaction. `NotFound` (`transaction.unknown`)."""
        if number not in self._records:
            found = records(self.database, "number = ?", [number], 1)
            if not found:
                raise NotFound.because("transaction.unknown", number=number)
            if len(self._records) >= RECORDS:
                self._records.clear()
            self._records[number] = found[0]
        return self._records[number]

    def surveys(self, numbers: Collection[TransactionNumber]) -> dict[TransactionNumber, Surveyed]:
        """What each transaction says of its survey."""
        statement = "SELECT number, source, actor FROM journal WHERE number IN {in}"
        return {
            row[0]: Surveyed(row[1] or "", row[2] or "") for row in self.database.query_in(statement, sorted(numbers))
        }

    def dirty_keys(self, layer: str, since: Moment, until: Moment) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        """Position keys in a layer where something differs between two moments, ascending."""
        return self._dirt.keys(layer, since, until)

    def keys_near(self, layer: str, boxes: Collection[Box]) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        """Position keys of whatever of a layer ever stood in some boxes, ascending."""
        return keys_near(self.database, layer, boxes)

    def lately(self, changes: int) -> TransactionNumber:
        """The earliest transaction after which no more than so many changes were told."""
        return lately(self.database, changes)

    def timeline(self, layers: Collection[str], box: Box | None = None) -> list[DayOfChange]:
        """The days on which entities of some layers within a box changed."""
        return timeline(self.database, layers, box)

    def differences(
        self, layer: str, days: tuple[Day, Day], box: Box | None = None, limit: int = 100, after: str = ""
    ) -> tuple[int, list[Difference]]:
        """How many entities of a layer differ between two days, and the first of them by code that come after one."""
        return differences(self.database, layer, days, box, limit, after)

    def layers(self) -> list[str]:
        """Every layer that ever held something, by name."""
        found: list[str] = []
        following = "SELECT MIN(layer) FROM version WHERE layer > ?"  # one probe of the index for each layer
        while (name := self.database.query(following, [found[-1] if found else ""])[0][0]) is not None:
            found.append(str(name))
        return found

    def links(self, code: str, moment: Moment | None = None) -> list[Link]:
        """The codes of other registers linked to an entity: those of a moment, or all that are known now."""
        return links_of(self.database, code, moment)

    def lineage(self, code: str) -> list[Lineage]:
        """The splits, merges and replacements an entity took part in."""
        return lineage_of(self.database, code)

    def links_of(self, codes: Collection[str], known_at: TransactionNumber = LATEST) -> dict[str, list[Link]]:
        """The codes of other registers linked to each of the entities, as known at a transaction."""
        return events.links_by_code(self.database, codes, known_at)

    def events(self, code: str, known_at: TransactionNumber = LATEST) -> list[Event]:
        """The events an entity took part in, each with all parents and children, in the order told."""
        return events.events_with(self.database, [code], known_at)

    def event(self, number: TransactionNumber, place: int) -> Event:
        """One event by the transaction that told it and its place there. `NotFound` (`lineage.unknown`)."""
        return events.event(self.database, EventId(number, place))

    def events_in(self, number: TransactionNumber, limit: int = 10**9) -> list[Event]:
        """The first events that a transaction told, those that were taken back too."""
        return events.events_in(self.database, number, limit)

    def ancestors(self, codes: Collection[str]) -> set[str]:
        """The entities and everything they descend from, as known now."""
        return ancestors(self.database, codes)

    def spatial_code(self, code: str) -> str:
        """The spatial identity code frozen when the entity was first known."""
        return spatial_code(self.database, code)

    def resolve(self, any_code: str, moment: Moment | None = None) -> list[str]:
        """The entities that a code of any register, or a unified identifier, leads to: at a moment, or as known now."""
        return resolve(self.database, any_code, moment)

    def resolve_all(self, codes: Sequence[str]) -> dict[str, list[str]]:
        """The entities that each of many codes leads to, as known now; those that lead nowhere are left out."""
        return resolve_all(self.database, codes)

    def search(self, text: str, limit: int = 20) -> Sequence[Version]:
        """Entities standing today whose name holds the text, those that begin with it first."""
        return search(self.database, self.view(), text, limit)


@cache
def _shipped() -> tuple[ClassTable, IdentityProfile]:
    return ClassTable.load(), IdentityProfile.load()


def _moment(database: Database) -> int:
    """The time in microseconds, later than every transaction known: another base's clock may be ahead of ours."""
    known_at = database.query("SELECT COALESCE(MAX(known_at), 0) FROM journal")[0][0]
    return max(time.time_ns() // 1000, int(known_at) + 1)
