"""What stands where an upload speaks of: light rows of the base, fetched cell by cell as the upload goes on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import LATEST, Day, Period, TransactionNumber, Version
from entities.store.database import Box, Database, Row
from entities.store.rows import selected, versions_of

CELL: Final = 0.05
"""The side, in degrees, of the squares in which the base is fetched: about 5 km."""

PART: Final = 20_000
"""How many boxes are asked about at a time."""

Boxes = NDArray[np.float64]


class Neighbour(NamedTuple):
    """One version that stands or will stand: enough to tell whether a feature is it, or is near it."""

    id: int
    code: str
    class_code: str
    layer: str
    period: Period
    content: bytes


class Neighbourhood:
    """The versions that stand on a day or begin later, as known now, around everything asked about so far.

    Of an entity with several such versions the earliest counts: a survey speaks up to the next thing known.
    """

    def __init__(self, database: Database, day: Day, number: TransactionNumber, margin: float) -> None:
        self.database = database
        self.day = day
        self.number = number  # what this transaction says itself is nobody's neighbour
        self.margin = margin
        self.neighbours: list[Neighbour] = []
        self._boxes: list[Box] = []
        self._cells: set[tuple[int, int]] = set()
        self._codes: dict[str, int] = {}
        self._contents: dict[bytes, list[int]] = defaultdict(list)
        self._tree: shapely.STRtree | None = None

    def fetch(self, boxes: Boxes) -> None:
        """Fetch what stands around the boxes (n x 4: west, south, east, north) and is not here yet."""
        for cell in sorted(_cells(boxes, self.margin) - self._cells):
            self._cells.add(cell)
            self._fetch_cell(cell)

    def same(self, content: bytes) -> Iterator[int]:
        """The places in `neighbours` of versions whose state is exactly this one."""
        return iter(self._contents.get(content, ()))

    def near(self, boxes: Boxes) -> NDArray[np.int64]:
        """Pairs (2 x n) of a box's place and a neighbour's place that are within the margin of each other."""
        if self._tree is None:
            self._tree = shapely.STRtree(shapely.box(*np.array(self._boxes).reshape(-1, 4).T))
        grown = boxes + np.array([-1, -1, 1, 1]) * self.margin
        found = [np.empty((2, 0), dtype=np.int64)]
        for start in range(0, len(grown), PART):  # never all of them as shapes at once
            found.append(self._tree.query(shapely.box(*grown[start : start + PART].T)) + np.array([[start], [0]]))
        return np.concatenate(found, axis=1)

    def around(self, area: shapely.Geometry) -> list[int]:
        """The places of the neighbours whose box touches the box of an area."""
        box = np.array([area.bounds])
        self.fetch(box)
        return sorted(self.near(box)[1].tolist())

    def whole(self, places: Sequence[int]) -> list[Version]:
        """The neighbours at these places with everything known of them, in the order of the places."""
        ids = [self.neighbours[place].id for place in places]
        statement = f"SELECT id, {selected(self.database)} FROM version WHERE id IN {{in}}"
        rows = {row[0]: row[1:] for row in self.database.query_in(statement, ids)}
        return versions_of([rows[row_id] for row_id in ids])

    def boxes_of(self, places: Sequence[int]) -> Boxes:
        """The bounding box of each of these neighbours (n x 4) by its shape; an index of boxes may hold them wider."""
        found = [np.empty((0, 4))]
        for start in range(0, len(places), PART):
            shapes = [one.state.geometry for one in self.whole(places[start : start + PART])]
            found.append(shapely.bounds(np.array(shapes, dtype=object)))
        return np.concatenate(found)

    def place_of(self, code: str) -> int | None:
        """The place of an entity among the neighbours, fetched by its code wherever it stands."""
        if code not in self._codes:
            self._add(self.database.query(self._statement("code = ?"), [code, self.day, self.number]))
        return self._codes.get(code)

    def retired(self, codes: Sequence[str]) -> set[str]:
        """Those of the codes that were issued once and lead to nothing that stands or will stand."""
        missing = [code for code in codes if self.place_of(code) is None]
        return {row[0] for row in self.database.query_in("SELECT code FROM entity WHERE code IN {in}", missing)}

    def _fetch_cell(self, cell: tuple[int, int]) -> None:
        west, south = cell[0] * CELL, cell[1] * CELL
        touching, values = self.database.within((west, south, west + CELL, south + CELL))
        self._add(self.database.query(self._statement(touching), [*values, self.day, self.number]))

    def _statement(self, condition: str) -> str:
        columns = "id, code, class_code, layer, valid_from, valid_to, content"
        known = f"{condition} AND known_to = {LATEST} AND valid_to > ? AND known_from < ?"
        return self.database.with_boxes(columns, known) + " ORDER BY code, valid_from"

    def _add(self, rows: Sequence[Row]) -> None:
        for row_id, code, class_code, layer, start, end, content, *box in rows:
            if code in self._codes:
                continue
            place = len(self.neighbours)
            self._codes[code] = place
            self._contents[bytes(content)].append(place)
            self.neighbours.append(Neighbour(row_id, code, class_code, layer, Period(start, end), bytes(content)))
            self._boxes.append((box[0], box[1], box[2], box[3]))
        self._tree = None


def _cells(boxes: Boxes, margin: float) -> set[tuple[int, int]]:
    """The cells that the boxes, grown by the margin, touch."""
    low = np.floor((boxes[:, :2] - margin) / CELL).astype(int)
    high = np.floor((boxes[:, 2:] + margin) / CELL).astype(int)
    corners = np.unique(np.hstack([low, high]), axis=0).tolist()
    return {
        (x, y) for west, south, east, north in corners for x in range(west, east + 1) for y in range(south, north + 1)
    }
