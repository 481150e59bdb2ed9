"""When and where things changed: the bars of the time slider, and what two days or two moments do not share."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entities.model import FOREVER, LATEST, Day, Moment, TransactionNumber
from entities.store.database import Box, Database


class DayOfChange(NamedTuple):
    """A day on which entities began, changed or ended: how many, and how many stood from then on."""

    day: Day
    changed: int
    standing: int


def timeline(database: Database, layers: Collection[str], box: Box | None) -> list[DayOfChange]:
    """Each day on which entities of some layers began, changed or ended, as known now, the earliest first."""
    touching, values = database.within(box) if box else ("1 = 1", [])
    among = ",".join("?" * len(layers))
    known = f"layer IN ({among}) AND known_to = {LATEST} AND {touching}"
    statement = (
        "SELECT day, COUNT(DISTINCT code), SUM(step) FROM ("
        f"SELECT code, valid_from AS day, 1 AS step FROM version WHERE {known} UNION ALL "
        f"SELECT code, valid_to AS day, -1 AS step FROM version WHERE {known} AND valid_to < {FOREVER}"
        ") AS days GROUP BY day ORDER BY day"
    )
    rows = [(int(day), int(count), int(step)) for day, count, step in database.query(statement, [*layers, *values] * 2)]
    standing = accumulate(step for _, _, step in rows)
    return [DayOfChange(day, count, left) for (day, count, _), left in zip(rows, standing, strict=True)]


@dataclass(frozen=True, slots=True)
class Difference:
    """An entity that is `new`, `gone` or `changed` from one day to another, as it is on the later day if it stands."""

    code: str
    kind: str
    class_code: str
    name: str | None
    box: Box


_DIFFERENT: Final = (
    "SELECT * FROM (SELECT code, MAX(stood) AS stood, MAX(stands) AS stands, "
    "COALESCE(MAX(CASE WHEN stands = 1 THEN class_code END), MAX(class_code)) AS class_code, "
    "COALESCE(MAX(CASE WHEN stands = 1 THEN name END), MAX(name)) AS name, "
    "COALESCE(MAX(CASE WHEN stands = 1 THEN id END), MAX(id)) AS shown, COUNT(*) OVER () AS total FROM ("
    "SELECT id, code, class_code, name, CASE WHEN valid_from <= ? AND valid_to > ? THEN 1 ELSE 0 END AS stood, "
    "CASE WHEN valid_from <= ? AND valid_to > ? THEN 1 ELSE 0 END AS stands FROM version WHERE {known}"
    ") AS standing WHERE stood <> stands GROUP BY code) AS different WHERE code > ? ORDER BY code LIMIT {limit:d}"
)


def differences(
    database: Database, layer: str, days: tuple[Day, Day], box: Box | None, limit: int, after: str = ""
) -> tuple[int, list[Difference]]:
    """How many entities within a box differ between two days, as known now, and the first of them after a code."""
    touching, values = database.within(box) if box else ("1 = 1", [])
    known = f"layer = ? AND known_to = {LATEST} AND {touching}"
    asked = [days[0], days[0], days[1], days[1], layer, *values, after]
    rows = database.query(_DIFFERENT.format(known=known, limit=limit), asked)
    boxes = database.boxes_of([row[5] for row in rows])
    found = [Difference(row[0], _kind(row[1], row[2]), row[3], row[4], boxes[row[5]]) for row in rows]
    return (int(rows[0][6]) if rows else 0), found


def _kind(stood: int, stands: int) -> str:
    return "changed" if stood and stands else "new" if stands else "gone"


class Dirt:
    """Where something differs between two moments, layer by layer.

    What was told between two transactions never changes, and many layers are asked about it one after another: the last
    answer is kept, of all layers, and a longer one up to the same transaction reads only what is not in it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: tuple[TransactionNumber, TransactionNumber] = (0, 0)
        self._told: dict[str, set[int]] = {}

    def keys(self, layer: str, since: Moment, until: Moment) -> NDArray[np.uint64]:
        """Position keys of every version that stands at one of two moments only, and of some that stand at both."""
        days = sorted((since.valid_at, until.valid_at))
        first, last = sorted((since.known_at, until.known_at))
        if (first, last) != self._numbers:
            self._told, self._numbers = self._told_from(first, last), (first, last)
        found = set(self._told.get(layer, ()))
        if days[0] < days[1]:
            found.update(row[0] for row in self._database.query(_CROSSED, [layer, *days, *days]))
        return np.array(sorted(found), np.uint64)

    def _told_from(self, first: TransactionNumber, last: TransactionNumber) -> dict[str, set[int]]:
        begun, ended = self._numbers
        if not (first < begun and last == ended):
            return self._told_between(first, last)
        found = self._told_between(first, begun)
        for layer, positions in self._told.items():
            found[layer] |= positions
        return found

    def _told_between(self, first: TransactionNumber, last: TransactionNumber) -> defaultdict[str, set[int]]:
        found = defaultdict[str, set[int]](set)
        if first < last:
            for layer, position in self._database.stream(_TOLD, [first, last, first, last]):
                found[layer].add(position)
        return found


def keys_near(database: Database, layer: str, boxes: Collection[Box]) -> NDArray[np.uint64]:
    """Position keys of every version of a layer, of whatever time, that touches one of some boxes."""
    found: set[int] = set()
    for box in boxes:
        statement, values = database.touching("v.position", box)
        found.update(row[0] for row in database.query(f"{statement} AND layer = ?", [*values, layer]))
    return np.array(sorted(found), np.uint64)


def lately(database: Database, changes: int) -> TransactionNumber:
    """The earliest transaction after which no more than so many changes were told."""
    last = f"SELECT number FROM change ORDER BY number DESC, ordinal DESC LIMIT {changes}"
    return int(database.query(f"SELECT COALESCE(MIN(number), 0) FROM ({last}) AS told")[0][0])


_TOLD: Final = (
    "SELECT layer, position FROM version WHERE known_from > ? AND known_from <= ? UNION ALL "
    f"SELECT layer, position FROM version WHERE known_to < {LATEST} AND known_to > ? AND known_to <= ?"
)
_CROSSED: Final = (
    "SELECT position FROM version WHERE layer = ? "
    "AND (valid_from > ? AND valid_from <= ? OR valid_to > ? AND valid_to <= ?)"
)
