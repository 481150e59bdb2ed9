"""The feed's rows: one change of one entity, in the order the base learned of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from entities.model import Day, TransactionNumber
from entities.store.database import Box, Database, Row

COLUMNS: Final = (
    *("number", "ordinal", "code", "kind", "layer", "class_code", "day"),
    *("west", "south", "east", "north"),
)


class Cursor(NamedTuple):
    """A position in the feed: everything up to and including this change has been seen."""

    number: TransactionNumber = 0
    ordinal: int = -1


BEGINNING: Final = Cursor()
"""The position before the first change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entity's change: `kind` is create, change, end or retract; `day` is when it became so."""

    cursor: Cursor
    code: str
    kind: str
    layer: str
    class_code: str
    day: Day
    box: Box


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction: who said what, why, from which source, under which matching policy, and when
    (microseconds since 1970, UTC).

    `origin` is the base that said it first, under `origin_number` there; `chain` the running hash up to and including
    it (see `sealing`); `reverts` the transaction `n` or event `n.e` that it takes back.
    """

    number: TransactionNumber
    known_at: int
    actor: str
    reason: str
    source: str
    counts: str
    policy: str
    origin: str
    origin_number: TransactionNumber
    chain: str
    reverts: str | None = None


RECORD: Final = tuple(field.name for field in fields(Record))
"""The columns of the journal, in the order of a record's fields."""


def changes_where(
    database: Database, condition: str, values: Sequence[object], after: Cursor, until: Cursor, limit: int
) -> list[Change]:
    """The changes after a cursor and up to another that meet a condition, oldest first."""
    wanted = f"(number, ordinal) > (?, ?) AND (number, ordinal) <= (?, ?) AND {condition}"
    statement = f"SELECT {', '.join(COLUMNS)} FROM change WHERE {wanted} ORDER BY number, ordinal LIMIT {limit:d}"
    return [_change(row) for row in database.query(statement, [*after, *until, *values])]


def _change(row: Row) -> Change:
    number, ordinal, code, kind, layer, class_code, day, *box = row
    return Change(Cursor(number, ordinal), code, kind, layer, class_code, day, (box[0], box[1], box[2], box[3]))


def records(database: Database, condition: str, values: Sequence[object], limit: int) -> list[Record]:
    """The journal's records that meet a condition."""
    statement = f"SELECT {', '.join(RECORD)} FROM journal WHERE {condition} LIMIT {limit:d}"
    return [Record(*row) for row in database.query(statement, values)]
