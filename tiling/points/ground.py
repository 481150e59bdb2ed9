"""Where on the ground a cloud lies: the squares in which it has points, as an area with few corners."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from entities.crs import Projection
from tiling.points.lattice import Lattice

Flags = NDArray[np.bool_]

FINE: Final = 9
"""Halvings of the cube's side to the squares that are marked: 512 each way."""

_CROWD: Final = 8  # points of a square, so that those between the points of a sparse cloud are not taken for gaps
_CORNERS: Final = 2000
_SMALL: Final = 25  # squares of a hole that is closed


@dataclass(frozen=True, slots=True)
class Ground:
    """The area that a cloud covers in the plane of its frame, and how far apart its points are there, in metres."""

    area: BaseGeometry
    apart: float

    @classmethod
    def of(cls, occupied: Flags, lattice: Lattice, count: int) -> "Ground":
        """The outline of the marked squares: coarser ones where points are few or the outline is long."""
        while len(occupied) > 4 and occupied.sum() * _CROWD > count:
            occupied = _halved(occupied)
        apart = lattice.side / len(occupied) * float(np.sqrt(occupied.sum() / count))
        while len(shapely.get_coordinates(found := _outline(occupied, lattice))) > _CORNERS:
            occupied = _halved(occupied)
        return cls(found, apart)

    def on_earth(self, lattice: Lattice) -> BaseGeometry:
        """The area in lon, lat on CGCS2000."""
        projection = Projection.of(CRS(4479))
        up = float(lattice.corner[2])

        def placed(places: NDArray[np.float64]) -> NDArray[np.float64]:
            local = np.column_stack([places, np.full(len(places), up)])
            return projection.place_solid(lattice.frame.geocentric(local))[:, :2]

        return shapely.make_valid(shapely.transform(self.area, placed))


def _halved(occupied: Flags) -> Flags:
    size = len(occupied) // 2
    found: Flags = np.asarray(occupied.reshape(size, 2, size, 2).any(axis=(1, 3)))
    return found


def _outline(occupied: Flags, lattice: Lattice) -> BaseGeometry:
    """The marked squares as an area: narrow gaps closed, small holes filled, stairs made straight."""
    side = lattice.side / len(occupied)
    columns, first, last = _strips(occupied)
    x, low, high = columns * side, first * side, last * side
    east, north = lattice.corner[:2]
    whole = shapely.union_all(shapely.box(x + east, low + north, x + side + east, high + north))
    closed = whole.buffer(1.5 * side, join_style="mitre").buffer(-side, join_style="mitre")
    plain = closed.simplify(0.5 * side)
    parts = [_filled(part, _SMALL * side * side) for part in shapely.get_parts(plain)]
    return shapely.union_all(parts)


def _strips(occupied: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Marked squares that follow each other northwards, as column, first and end."""
    edges = np.diff(np.pad(occupied, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    columns, first = np.nonzero(edges == 1)
    return columns, first, np.nonzero(edges == -1)[1]


def _filled(part: shapely.Polygon, least: float) -> shapely.Polygon:
    """A polygon without its small holes."""
    return shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= least])
