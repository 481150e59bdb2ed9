"""When two bases change one entity before either knows of the other's change: which of the two stands.

The later one stands, whole, by the time at which each became known, and by base and number where the times are equal.
Every base decides alike, whatever arrives first, so all come to say the same; what gave way stays in the journal.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from entities.model import TransactionNumber
from entities.store.changes import Record
from entities.store.database import Database, Row

COLUMNS: Final = (
    *("code", "taken", "stands_at", "stands_origin", "stands_number"),
    *("gave_way_at", "gave_way_origin", "gave_way_number"),
)


class Stamp(NamedTuple):
    """What orders transactions alike in every base; one said with knowledge of another is always later."""

    known_at: int
    origin: str
    origin_number: TransactionNumber


@dataclass(frozen=True, slots=True)
class Clash:
    """One entity changed by two transactions that did not know of each other, and which of them stands."""

    code: str
    taken: bool  # whether it was the one that came in
    stands: Stamp
    gave_way: Stamp


def stamp_of(record: Record) -> Stamp:
    """The stamp of a transaction."""
    return Stamp(record.known_at, record.origin, record.origin_number)


def decide(code: str, coming: Stamp, here: Stamp) -> Clash:
    """Decide between a transaction that comes in and the one that spoke of the entity here."""
    return Clash(code, coming > here, max(coming, here), min(coming, here))


def stamps(database: Database, numbers: Collection[TransactionNumber]) -> Mapping[TransactionNumber, Stamp]:
    """The stamps of transactions of this base."""
    statement = "SELECT number, known_at, origin, origin_number FROM journal WHERE number IN {in}"
    return {row[0]: Stamp(*row[1:]) for row in database.query_in(statement, sorted(set(numbers)))}


def clashes_after(database: Database, number: TransactionNumber, limit: int = 1_000) -> list[tuple[int, Clash]]:
    """The clashes met by transactions after a number, each with its transaction's."""
    statement = f"SELECT number, {', '.join(COLUMNS)} FROM clash WHERE number > ? ORDER BY number, code LIMIT {limit:d}"
    return [(row[0], _clash(row[1:])) for row in database.query(statement, [number])]


def write_clashes(database: Database, number: TransactionNumber, clashes: Iterable[Clash]) -> None:
    """Write down what a transaction met: a base that follows this one has to know that it spoke of these entities."""
    rows = [(number, one.code, int(one.taken), *one.stands, *one.gave_way) for one in clashes]
    database.insert("clash", ("number", *COLUMNS), rows)


def last_taken(database: Database, codes: Sequence[str], before: TransactionNumber) -> dict[str, TransactionNumber]:
    """The last transaction, of those before a number, that stands for an entity after it met another."""
    statement = "SELECT code, MAX(number) FROM clash WHERE code IN {in} AND taken = 1 AND number < ? GROUP BY code"
    return dict(database.query_in(statement, codes, [before]))


def _clash(row: Row) -> Clash:
    code, taken, *stamps = row
    return Clash(code, bool(taken), Stamp(*stamps[:3]), Stamp(*stamps[3:]))
