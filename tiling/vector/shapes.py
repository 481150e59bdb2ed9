"""Shapes as a vector tile has them: cut to the tile, without detail finer than it shows, on its lattice, and valid."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from tiling.mercator import Floats, Square
from tiling.vector.protobuf import EXTENT, zigzag

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]

MARGIN: Final = 64
"""How far in units shapes reach over the edge of a tile, so that outlines are not drawn along it."""

PIXEL: Final = EXTENT // 512
"""The side of a pixel in units, on the tiles of 512 pixels that clients draw."""

_TOLERANCE: Final = PIXEL / 2
_POLYGON: Final = 3
_MOVE, _DRAW, _CLOSE = 1, 2, 7


@dataclass(frozen=True, slots=True)
class Drawing:
    """Drawing commands of some shapes, one after another: which shape each is of, its kind, where it ends."""

    rows: Ints  # (n,) ascending; a shape of which nothing is left has none
    kinds: Ints  # (n,) 1 points, 2 lines, 3 areas
    commands: NDArray[np.uint32]
    ends: Ints  # (n,)


def drawing(shapes: Shapes, square: Square, whole: bool) -> Drawing:
    """Draw shapes of lon, lat in a tile, with all their detail if `whole`."""
    shapes = _placed(shapes, square)
    if not whole:
        shapes = shapely.simplify(shapes, _TOLERANCE, preserve_topology=False)
    shapes = _on_lattice(shapes)
    dimensions = shapely.get_dimensions(shapes)
    pieces, owner = _pieces(shapes)
    kept = (shapely.get_dimensions(pieces) == dimensions[owner]) & ~shapely.is_empty(pieces)
    return _drawn(pieces[kept], owner[kept])


def sizes(shapes: Shapes, square: Square) -> Floats:
    """The longer side of each shape's box in units of a tile."""
    bounds = shapely.bounds(shapes)
    low, high = (square.within(bounds[:, sides], EXTENT) for sides in ([0, 1], [2, 3]))
    longest: Floats = np.abs(high - low).max(axis=1)
    return longest


def _placed(shapes: Shapes, square: Square) -> Shapes:
    """Shapes in units of the tile, cut to it and its margin."""
    west, south, east, north = square.degrees(MARGIN / EXTENT)
    bounds = shapely.bounds(shapes)
    over = ~((bounds >= (west, south, -np.inf, -np.inf)) & (bounds <= (np.inf, np.inf, east, north))).all(axis=1)
    shapes = shapely.force_2d(shapes)
    shapes[over] = shapely.clip_by_rect(shapes[over], west, south, east, north)
    placed: Shapes = shapely.set_coordinates(shapes, square.within(shapely.get_coordinates(shapes), EXTENT))
    return placed


def _on_lattice(shapes: Shapes) -> Shapes:
    """Shapes with whole coordinates; the few that rounding makes invalid are made anew by overlay, others are left."""
    rounded: Shapes = shapely.set_coordinates(shapes.copy(), np.rint(shapely.get_coordinates(shapes)))
    rounded = shapely.remove_repeated_points(rounded)
    areas = shapely.get_dimensions(rounded) == 2
    wrong = np.flatnonzero(areas & ~shapely.is_valid(rounded))
    rounded[wrong] = shapely.set_precision(_sound(shapes[wrong]), 1.0)
    rounded[areas] = shapely.orient_polygons(rounded[areas], exterior_cw=False)
    return rounded


def _sound(shapes: Shapes) -> Shapes:
    """Areas made valid, without what falls to lines and points."""
    wrong = ~shapely.is_valid(shapes)
    shapes[wrong] = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    return shapes


def _pieces(shapes: Shapes) -> tuple[Shapes, Ints]:
    """The points, lines and polygons that shapes are made of, however deep, and whose each is."""
    members, owner = shapely.get_parts(shapes, return_index=True)
    pieces, member = shapely.get_parts(members, return_index=True)
    return pieces, owner[member]


def _drawn(pieces: Shapes, owner: Ints) -> Drawing:
    """The commands of points, lines and areas; those of one shape, which are of one kind, stand together."""
    paths, piece = _paths(pieces)
    points, path = shapely.get_coordinates(paths, return_index=True)
    row, kind = owner[piece][path], (shapely.get_dimensions(pieces) + 1)[piece][path]
    path = np.where(kind == 1, -1 - row, path)  # the points of one shape are one path
    begins = _differs(path)
    closing = np.append(begins[1:], True)[: len(path)] & (kind == _POLYGON)
    kept = ~closing & ~np.isin(path, _nothing(points, path, begins))
    return _written(points[kept].astype(np.int64), row[kept], _differs(path[kept]), kind[kept])


def _nothing(points: Floats, path: Ints, begins: NDArray[np.bool_]) -> Ints:
    """The lines that have come to nothing: all their points are one."""
    first = points[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
    still = np.all(points == first, axis=1) | (path < 0)
    moved = np.unique(path[~still])
    return np.setdiff1d(path[path >= 0], moved)


def _paths(pieces: Shapes) -> tuple[Shapes, Ints]:
    """The rings of polygons, and all other pieces as they are; and which piece each is of."""
    areas = shapely.get_type_id(pieces) == _POLYGON
    rings, of = shapely.get_rings(pieces[areas], return_index=True)
    piece = np.concatenate([np.flatnonzero(areas)[of], np.flatnonzero(~areas)])
    order = np.argsort(piece, kind="stable")
    return np.concatenate([rings, pieces[~areas]])[order], piece[order]


def _written(points: Ints, row: Ints, begins: NDArray[np.bool_], kind: Ints) -> Drawing:
    """Paths as numbers: go to the first point (of points: to all), draw on to the others, and close areas.

    `row`, `begins` and `kind` are of each point: its shape, whether its path begins with it, and the shape's kind.
    """
    start = np.flatnonzero(begins)
    count = np.diff(np.append(start, len(points)))
    kinds = kind[start]
    lines, areas = kinds > 1, kinds == _POLYGON
    lengths = 1 + 2 * count + lines + areas
    first = np.cumsum(lengths) - lengths
    commands = np.zeros(int(lengths.sum()), np.uint32)
    commands[first] = np.where(lines, 1, count) << 3 | _MOVE
    commands[first[lines] + 3] = (count[lines] - 1) << 3 | _DRAW
    commands[(first + lengths - 1)[areas]] = 1 << 3 | _CLOSE
    path = np.cumsum(begins) - 1
    place = np.arange(len(points)) - start[path]
    at = first[path] + 1 + 2 * place + (lines[path] & (place > 0))
    new_row = _differs(row)
    steps = points - np.where(new_row[:, None], 0, np.roll(points, 1, axis=0))
    commands[at], commands[at + 1] = zigzag(steps[:, 0]), zigzag(steps[:, 1])
    last = np.append(new_row[1:], True)[: len(row)]
    return Drawing(row[new_row], kind[new_row], commands, (first + lengths)[path[last]])


def _differs(values: Ints) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]
