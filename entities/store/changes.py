"""The feed's rows: one change of one entity, in the order the base learned of it."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    (microseconds since 1970, UTC)."""

    number: TransactionNumber
    known_at: int
    actor: str
    reason: str
    source: str
    counts: str
    policy: str


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
    columns = "number, known_at, actor, reason, source, counts, policy"
    return [
        Record(*row)
        for row in database.query(f"SELECT {columns} FROM journal WHERE {condition} LIMIT {limit:d}", values)
    ]
