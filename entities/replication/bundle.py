"""A transaction as a bundle: all that it said, in parts of bounded size, read from the tables by its number.

Row ids never travel. Numbers travel as the source's own, each introduced once by a part `numbers` that says whose
transaction it is: (number, origin, origin's number).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from entities.model import LATEST, TransactionNumber
from entities.replication.clashing import COLUMNS as CLASH
from entities.replication.clashing import last_taken
from entities.store.changes import COLUMNS as CHANGE
from entities.store.database import Database, Row

Part = tuple[str, list[Row]]
"""What kind of rows, and the rows: see `docs/identity.md`."""

INTRODUCED: Final = "numbers"

SIZE: Final = 500
"""How many rows a part has at most."""

STATE: Final = ("class_code", "name", "height", "base", "attributes", "kinds")
STEP: Final = ("event", "kind", "parent", "child", "share", "share_of_parent", "day")
LINK: Final = ("code", "scheme", "value", "valid_from", "valid_to", "method", "confidence", "issuer", "note")

_FORGOTTEN: Final = f"known_to = ? AND known_to < {LATEST}"  # in the words of the partial indexes

Item = TypeVar("Item")


class Teller:
    """Tells one transaction after another; a number is introduced once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._told: set[TransactionNumber] = set()

    def parts(self, number: TransactionNumber) -> Iterator[Part]:
        """Everything a transaction said, in the order in which it can be applied."""
        self._told.add(number)  # the record says whose it is
        yield from self._all("born", "SELECT code, spatial FROM entity WHERE born = ? ORDER BY id", number)
        for codes in batched(touched(self.database, number), SIZE):
            yield from self._timelines(number, codes)
        yield from self._all("clashes", f"SELECT {', '.join(CLASH)} FROM clash WHERE number = ? ORDER BY code", number)
        yield from self._opened(number)
        closed = f"SELECT known_from, code, scheme, value, valid_from FROM link WHERE {_FORGOTTEN} ORDER BY id"
        yield from self._numbered("unlinked", self._stream(closed, number), 0)
        yield from self._all("linked", f"SELECT {', '.join(LINK)} FROM link WHERE known_from = ? ORDER BY id", number)
        undone = f"SELECT number, event, parent, child FROM lineage WHERE {_FORGOTTEN} ORDER BY id"
        yield from self._numbered("undone", self._stream(undone, number), 0)
        yield from self._all("steps", f"SELECT {', '.join(STEP)} FROM lineage WHERE number = ? ORDER BY id", number)
        told = f"SELECT {', '.join(CHANGE[1:])} FROM change WHERE number = ? ORDER BY ordinal"
        yield from self._all("changes", told, number)

    def introduce(self, numbers: Iterable[TransactionNumber]) -> Iterator[Part]:
        """Say whose transactions these are, those that were not told yet."""
        fresh = sorted(set(numbers) - self._told)
        self._told.update(fresh)
        statement = "SELECT number, origin, origin_number FROM journal WHERE number IN {in}"
        found = self.database.query_in(statement, fresh)
        if found:
            yield INTRODUCED, found

    def _timelines(self, number: TransactionNumber, codes: Sequence[str]) -> Iterator[Part]:
        """What happened to entities that were there before: who spoke of them last, what was closed, what was kept."""
        before = last_said(self.database, codes, number)
        yield from self._numbered("touched", [(code, before[code]) for code in codes if code in before], 1)
        closed = "SELECT code, valid_from FROM version WHERE code IN {in} AND known_to = ?"
        yield from _parts("closed", self.database.query_in(closed, codes, [number]))
        kept = f"SELECT {version_columns(self.database)} FROM version WHERE code IN {{in}}"
        kept += " AND known_from < ? AND known_to > ?"
        yield from self._numbered("kept", self.database.query_in(kept, codes, [number, number]), 3)

    def _opened(self, number: TransactionNumber) -> Iterator[Part]:
        columns = version_columns(self.database)
        rows = self._stream(f"SELECT {columns} FROM version WHERE known_from = ? ORDER BY id", number)
        yield from self._numbered("opened", rows, 3)

    def _all(self, kind: str, statement: str, number: TransactionNumber) -> Iterator[Part]:
        return _parts(kind, self._stream(statement, number))

    def _numbered(self, kind: str, rows: Iterable[Row], place: int) -> Iterator[Part]:
        """Parts whose rows name a transaction, each after its introduction."""
        for part in batched(rows, SIZE):
            yield from self.introduce(row[place] for row in part)
            yield kind, part

    def _stream(self, statement: str, number: TransactionNumber) -> Iterator[Row]:
        return self.database.stream(statement, [number])


def version_columns(database: Database) -> str:
    """The columns of a version that travel: code, period, whose survey, state, geometries."""
    shapes = (database.shape("shape"), database.shape("solid"))
    return ", ".join(["code", "valid_from", "valid_to", "surveyed", "layer", *STATE, *shapes])


def touched(database: Database, number: TransactionNumber) -> Iterator[str]:
    """The entities that a transaction spoke of and that were there before it, by code."""
    own = "SELECT 1 FROM entity WHERE entity.code = version.code AND entity.born = ?"
    statement = (
        f"SELECT code FROM version WHERE {_FORGOTTEN} UNION "
        f"SELECT code FROM version WHERE known_from = ? AND NOT EXISTS ({own}) UNION "
        "SELECT code FROM clash WHERE number = ? AND taken = 1 ORDER BY code"
    )
    return (row[0] for row in database.stream(statement, [number, number, number, number]))


def last_said(
    database: Database, codes: Sequence[str], before: TransactionNumber = LATEST
) -> dict[str, TransactionNumber]:
    """The last transaction that spoke of each entity, of those before a number."""
    statement = (
        f"SELECT code, MAX(known_from), MAX(CASE WHEN known_to < {before:d} THEN known_to ELSE 0 END) "
        "FROM version WHERE code IN {in} AND known_from < ? GROUP BY code"
    )
    taken = last_taken(database, codes, before)
    rows = database.query_in(statement, codes, [before])
    return {code: max(said, closed, taken.get(code, 0)) for code, said, closed in rows}


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size` items."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _parts(kind: str, rows: Iterable[Row]) -> Iterator[Part]:
    return ((kind, part) for part in batched(rows, SIZE))
