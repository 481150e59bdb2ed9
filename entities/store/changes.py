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


def changes_after(
    database: Database,
    after: Cursor,
    limit: int,
    layer: str | None = None,
    class_code: str | None = None,
    box: Box | None = None,
) -> list[Change]:
    """The next changes after a cursor, oldest first; filters keep the order and the cursors."""
    values: list[object] = [after.number, after.number, after.ordinal]
    conditions = ["(number > ? OR (number = ? AND ordinal > ?))"]
    filters: list[tuple[str, Sequence[object]]] = [
        ("layer = ?", [layer] if layer else []),
        ("class_code LIKE ?", [f"{class_code}%"] if class_code else []),
        ("west <= ? AND south <= ? AND east >= ? AND north >= ?", [box[2], box[3], box[0], box[1]] if box else []),
    ]
    for condition, wanted in filters:
        if wanted:
            conditions.append(condition)
            values.extend(wanted)
    statement = f"SELECT {', '.join(COLUMNS)} FROM change WHERE {' AND '.join(conditions)} ORDER BY number, ordinal"
    return [_change(row) for row in database.query(f"{statement} LIMIT {limit:d}", values)]


def _change(row: Row) -> Change:
    number, ordinal, code, kind, layer, class_code, day, *box = row
    return Change(Cursor(number, ordinal), code, kind, layer, class_code, day, (box[0], box[1], box[2], box[3]))


def records(database: Database, condition: str, values: Sequence[object], limit: int) -> list[Record]:
    """The journal's records that meet a condition."""
    statement = f"SELECT {', '.join(RECORD)} FROM journal WHERE {condition} LIMIT {limit:d}"
    return [Record(*row) for row in database.query(statement, values)]
