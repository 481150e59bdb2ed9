"""What a map needs of a layer: first where everything within a box stands, then the shapes of what can be seen."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Day
from entities.store.database import Box, Row
from entities.store.view import View

WIDE: Final = 0.03
"""From how many degrees on a box is wide: it may hold most of a town, of which few things are of a small layer."""

FEW: Final = 2_000
"""Up to how many versions a layer is small."""


class Listing(NamedTuple):
    """Everything of a layer that touches a box, by code: row ids, 16-byte digests (S16), boxes (n, 4) in degrees.

    Boxes come from the spatial index, which may hold them a metre wider.
    """

    ids: NDArray[np.int64]
    digests: NDArray[np.bytes_]
    boxes: NDArray[np.float64]


class Outline(NamedTuple):
    """An entity as it is drawn on a map."""

    code: str
    class_code: str
    name: str | None
    height: float | None
    start: Day
    shape: shapely.Geometry


def listing(view: View, layer: str, box: Box) -> Listing:
    """List what stands in a layer at a view's moment and touches a box."""
    read = _of_layer if box[2] - box[0] > WIDE and _is_small(view, layer) else _of_box
    rows = read(view, layer, box)
    ids, digests, *sides = zip(*rows, strict=True) if rows else ((),) * 6
    boxes = np.array(sides, np.float64).reshape(4, -1).T
    return Listing(np.array(ids, np.int64), np.frombuffer(b"".join(map(bytes, digests)), "S16"), boxes)


def _is_small(view: View, layer: str) -> bool:
    few = f"SELECT COUNT(*) FROM (SELECT 1 FROM version WHERE layer = ? LIMIT {FEW + 1}) AS few"
    return int(view.database.query(few, [layer])[0][0]) <= FEW


def _of_box(view: View, layer: str, box: Box) -> list[Row]:
    """Ask the spatial index, which holds the boxes of all layers."""
    statement, values = view.database.touching("v.id, digest", box)
    standing, then = view.standing
    return view.database.query(f"{statement} AND layer = ? AND {standing} ORDER BY code", [*values, layer, *then])


def _of_layer(view: View, layer: str, box: Box) -> list[Row]:
    """Look at every box of the layer."""
    standing, then = view.standing
    statement = view.database.with_boxes("id, digest", f"layer = ? AND {standing} ORDER BY code")
    rows = view.database.query(statement, [layer, *then])
    return [row for row in rows if row[2] <= box[2] and row[4] >= box[0] and row[3] <= box[3] and row[5] >= box[1]]


def outlines(view: View, ids: Sequence[int]) -> list[Outline]:
    """The outlines of listed entities, by code; their shapes are decoded all at once."""
    columns = f"code, class_code, name, height, valid_from, {view.database.shape('shape')}"
    rows = sorted(
        view.database.query_in(f"SELECT {columns} FROM version WHERE id IN {{in}}", ids), key=lambda row: row[0]
    )
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return [Outline._make((*row[:-1], shape)) for row, shape in zip(rows, shapes, strict=True)]
