"""When and where things changed: the bars of the time slider, and the tiles that two moments do not share."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.model import FOREVER, LATEST, Day, Moment, TransactionNumber
from entities.store.database import Box, Database


def timeline(database: Database, layer: str, box: Box | None) -> list[tuple[Day, int]]:
    """Each day on which entities began, changed or ended, with the number of entities, as known now."""
    touching, values = database.within(box) if box else ("1 = 1", [])
    known = f"layer = ? AND known_to = {LATEST} AND {touching}"
    statement = (
        "SELECT day, COUNT(*) FROM ("
        f"SELECT code, valid_from AS day FROM version WHERE {known} UNION "
        f"SELECT code, valid_to AS day FROM version WHERE {known} AND valid_to < {FOREVER}"
        ") AS days GROUP BY day ORDER BY day"
    )
    return [(int(day), int(count)) for day, count in database.query(statement, [layer, *values, layer, *values])]


def dirty_keys(database: Database, layer: str, since: Moment, until: Moment) -> NDArray[np.uint64]:
    """Position keys of every version that stands at one of two moments only, and of some that stand at both."""
    days = sorted((since.valid_at, until.valid_at))
    numbers = sorted((since.known_at, until.known_at))
    rows = []
    if numbers[0] < numbers[1]:
        rows += database.query(f"{_TOLD} UNION {_CLOSED}", [*numbers, layer, *numbers, layer])
    if days[0] < days[1]:
        rows += database.query(_CROSSED, [layer, *days, *days])
    return np.unique(np.fromiter((row[0] for row in rows), np.uint64, len(rows)))


def lately(database: Database, changes: int) -> TransactionNumber:
    """The earliest transaction after which no more than so many changes were told."""
    last = f"SELECT number FROM change ORDER BY number DESC, ordinal DESC LIMIT {changes}"
    return int(database.query(f"SELECT COALESCE(MIN(number), 0) FROM ({last}) AS told")[0][0])


# What was told lately is found by its number: SQLite would rather look through the whole layer, whose index holds all
# that is asked for, if it knew the layer as a column.
_TOLD: Final = "SELECT position FROM version WHERE known_from > ? AND known_from <= ? AND layer || '' = ?"
_CLOSED: Final = (
    f"SELECT position FROM version WHERE known_to < {LATEST} AND known_to > ? AND known_to <= ? AND layer || '' = ?"
)
_CROSSED: Final = (
    "SELECT position FROM version WHERE layer = ? "
    "AND (valid_from > ? AND valid_from <= ? OR valid_to > ? AND valid_to <= ?)"
)
