"""Boundary lines: every stretch drawn once, by the highest rank it bounds, and told apart from the coast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.divisions import Box

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIDE: Final = 0.0015
"""How far beside a line land is looked for, in degrees: wider than cracks between data sets, about 150 m."""


@dataclass(frozen=True)
class Outlines:
    """Shapes in lon, lat whose outlines are boundaries of a rank (0 the highest); `own` are the sheet's own."""

    rank: int
    shapes: Sequence[BaseGeometry]
    own: bool = True


@dataclass(frozen=True)
class Stretches:
    """Straight stretches of outlines, each once: ends (n, 4), highest rank, whether the sheet's own, whether coast."""

    ends: Floats
    rank: NDArray[np.int64]
    own: Flags
    coast: Flags

    def lines(self, kept: Flags) -> BaseGeometry:
        """The stretches kept, joined to lines as long as they go."""
        return _joined(self.ends[kept])

    def border(self, rank: int, own: bool) -> BaseGeometry:
        """The boundaries of a rank on land."""
        return self.lines((self.rank == rank) & (self.own == own) & ~self.coast)


def stretches_of(outlines: Sequence[Outlines], land: BaseGeometry, box: Box) -> Stretches:
    """Take outlines apart within a box; a stretch is coast where land is missing on one of its sides."""
    ends, ranks, own = [np.empty((0, 4))], [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
    for each in outlines:
        pieces = _segments(each.shapes, box)
        ends.append(pieces)
        ranks.append(np.full(len(pieces), each.rank))
        own.append(np.full(len(pieces), each.own))
    once, highest, ours = _each_once(np.concatenate(ends), np.concatenate(ranks), np.concatenate(own))
    return Stretches(once, highest, ours, _beside_sea(once, land))


def shared_lines(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """The lines along which polygons touch each other; outer edges are left out."""
    pieces = _segments(shapes, (-180.0, -90.0, 180.0, 90.0))
    _, first, times = np.unique(_keys(pieces), axis=0, return_index=True, return_counts=True)
    return _joined(pieces[first[times > 1]])


def _segments(shapes: Sequence[BaseGeometry], box: Box) -> Floats:
    """The straight stretches of all rings of polygons that may touch a box, as (n, 4)."""
    rings = shapely.get_rings(shapely.get_parts(np.asarray(shapes, dtype=object)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.hstack([points[:-1], points[1:]])[ring[1:] == ring[:-1]]
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    near: Flags = ((high >= box[:2]) & (low <= box[2:])).all(axis=1)
    return np.asarray(ends[near], np.float64)


def _each_once(ends: Floats, ranks: NDArray[np.int64], own: Flags) -> tuple[Floats, NDArray[np.int64], Flags]:
    """Join equal stretches, whichever way they run, under the highest of their ranks; one of ours stays ours."""
    _, first, which = np.unique(_keys(ends), axis=0, return_index=True, return_inverse=True)
    highest, ours = np.full(len(first), np.iinfo(np.int64).max), np.zeros(len(first), np.bool_)
    np.minimum.at(highest, which.ravel(), ranks)
    np.logical_or.at(ours, which.ravel(), own)
    return ends[first], highest, ours


def _keys(ends: Floats) -> NDArray[np.int64]:
    """A row of integers for each stretch, equal where two stretches have the same ends, whichever way they run."""
    whole: NDArray[np.int64] = np.round(ends * 1e7).astype(np.int64)
    turned = (whole[:, 0] > whole[:, 2]) | ((whole[:, 0] == whole[:, 2]) & (whole[:, 1] > whole[:, 3]))
    whole[turned] = whole[turned][:, [2, 3, 0, 1]]
    return whole


def _joined(ends: Floats) -> BaseGeometry:
    """Stretches joined to lines as long as they go."""
    pieces = shapely.linestrings(ends.reshape(-1, 2, 2))
    return shapely.line_merge(shapely.multilinestrings(pieces)) if len(pieces) else shapely.MultiLineString()


def _beside_sea(ends: Floats, land: BaseGeometry) -> Flags:
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.where(length > 0, length, 1)[:, None]
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    shapely.prepare(land)
    sides = [shapely.contains_xy(land, *(middle + sign * SIDE * across).T) for sign in (1, -1)]
    return np.asarray(~(sides[0] & sides[1]), np.bool_)
