"""Restoring: an entity's timeline set back, as a new statement, to what was known of it earlier."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final, NamedTuple

from entities.model import LATEST, Day, TransactionNumber
from entities.store.database import Database
from entities.store.rows import CONTENT

_COPIED: Final = ", ".join(("code", "valid_from", "valid_to", "surveyed", *CONTENT))


class _Row(NamedTuple):
    """A version that is known now and was not then, or the other way round, or both times."""

    id: int
    code: str
    valid_from: Day
    known_from: TransactionNumber
    known_to: TransactionNumber
    layer: str
    class_code: str


class Restored(NamedTuple):
    """What the feed says of one entity that was set back; `row_id` is a row that tells its place."""

    code: str
    kind: str  # create, change, retract
    row_id: int
    layer: str
    class_code: str
    day: Day


def restore(
    database: Database, number: TransactionNumber, ids: "count[int]", codes: Sequence[str], known_at: TransactionNumber
) -> list[Restored]:
    """Make what was known of entities at `known_at` known again from `number` on, and return what changed by that."""
    rows = _rows(database, codes, known_at)
    gone = [row for row in rows if row.known_to == LATEST and row.known_from > known_at]
    back = [row for row in rows if row.known_to < LATEST]
    fresh = [(next(ids), row.id) for row in back]
    database.run_many(
        f"INSERT INTO version (id, known_from, known_to, {_COPIED}) "
        f"SELECT ?, {number:d}, {LATEST}, {_COPIED} FROM version WHERE id = ?",
        fresh,
    )
    database.copy_boxes(fresh)
    database.run_many("UPDATE version SET known_to = ? WHERE id = ?", [(number, row.id) for row in gone])
    return list(_told(rows, gone, back))


def _rows(database: Database, codes: Sequence[str], known_at: TransactionNumber) -> list[_Row]:
    """The versions known now or at an earlier transaction."""
    then = f"known_to = {LATEST} OR (known_from <= ? AND known_to > ?)"
    statement = (
        f"SELECT {', '.join(_Row._fields)} FROM version WHERE code IN {{in}} AND ({then}) ORDER BY code, valid_from"
    )
    return [_Row(*row) for row in database.query_in(statement, sorted(set(codes)), [known_at, known_at])]


def _told(rows: Sequence[_Row], gone: Sequence[_Row], back: Sequence[_Row]) -> Iterator[Restored]:
    own: dict[str, list[_Row]] = defaultdict(list)
    for row in (*back, *gone):
        own[row.code].append(row)
    new, old = {row.id for row in back}, {row.id for row in gone}
    now_known = {row.code for row in rows if row.id not in new}
    then_known = {row.code for row in rows if row.id not in old}
    for code in sorted(own):
        first = own[code][0]
        kind = "change" if code in now_known and code in then_known else "retract" if code in now_known else "create"
        yield Restored(code, kind, first.id, first.layer, first.class_code, min(row.valid_from for row in own[code]))
