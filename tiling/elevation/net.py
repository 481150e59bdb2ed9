"""A net of triangles between loose points, drawn onto the lattice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError

from entities.errors import Invalid
from tiling.ecef import Floats, metres_per_degree
from tiling.elevation.lattice import Heights, Nodes, spacing

REACH: Final = 10.0
"""How many times the usual side the longest side of a triangle may be: across a wider one nobody measured."""

_AT_A_TIME: Final = 2_000_000  # nodes
_ON_EDGE: Final = 1e-9
_FLAT: Final = 1e-6  # of the square around points that lie on a line but for rounding


@dataclass(frozen=True, slots=True)
class Net:
    """The triangles that count, by the lon, lat and height of their corners; `usual` is how long their shortest sides
    mostly are, in metres."""

    lon: Floats  # (n, 3)
    lat: Floats
    height: Floats
    usual: float

    @classmethod
    def over(cls, lon: Floats, lat: Floats, height: Floats) -> Self:
        """The net over points (Delaunay's). `Invalid` (`elevation.line`) where they lie on a line or at one place."""
        across, along = metres_per_degree(np.array([(lat.min() + lat.max()) / 2]))
        points = np.stack([(lon - lon.mean()) * across, (lat - lat.mean()) * along], axis=1)
        try:
            corners = Delaunay(points).simplices
        except QhullError:
            raise Invalid.because("elevation.line", count=len(lon)) from None
        if _area(points[corners]).sum() < _FLAT * np.ptp(points, axis=0).max() ** 2:
            raise Invalid.because("elevation.line", count=len(lon))
        sides = np.linalg.norm(points[corners] - points[np.roll(corners, 1, axis=1)], axis=2)
        close = corners[sides.max(axis=1) <= REACH * np.median(sides)]
        return cls(lon[close], lat[close], height[close], float(np.median(sides.min(axis=1))))

    def drawn(self, nodes: Nodes) -> Heights:
        """The heights at a block of nodes; NaN outside of the triangles."""
        step, found = spacing(nodes.level), np.full(nodes.shape, np.nan, np.float32)
        column, row = (self.lon + 180) / step - nodes.column, (self.lat + 90) / step - nodes.row
        least = np.maximum(np.ceil(np.stack([column.min(axis=1), row.min(axis=1)]) - _ON_EDGE), 0).astype(np.int64)
        most = np.floor(np.stack([column.max(axis=1), row.max(axis=1)]) + _ON_EDGE).astype(np.int64)
        most = np.minimum(most, np.array([[nodes.width - 1], [nodes.height - 1]]))
        sizes = np.maximum(most - least + 1, 0)
        near = np.flatnonzero(sizes[0] * sizes[1])[::-1]  # the first triangle that a node is in draws it last
        for part in _parts(near, sizes[0] * sizes[1]):
            at = _nodes_in(part, least, sizes)
            weights = _weights(column[at[0]], row[at[0]], at[1], at[2])
            inside = (weights >= -_ON_EDGE).all(axis=0)
            heights = (weights * self.height[at[0]].T).sum(axis=0)
            found[at[2][inside], at[1][inside]] = heights[inside]
        return found


def _area(corners: Floats) -> Floats:
    """The areas of triangles (n, 3, 2)."""
    (x, y), (u, v) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    area: Floats = np.abs(x * v - y * u) / 2
    return area


def _parts(triangles: NDArray[np.intp], counts: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """Triangles in parts of some million nodes."""
    if len(triangles):
        number = np.cumsum(counts[triangles]) // _AT_A_TIME
        yield from np.split(triangles, np.flatnonzero(np.diff(number)) + 1)


def _nodes_in(
    triangles: NDArray[np.intp], least: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """Triangle, column and row of every node in the boxes around triangles."""
    width, height = sizes[:, triangles]
    count = width * height
    owner = np.repeat(np.arange(len(triangles)), count)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    triangle = triangles[owner]
    return triangle, least[0, triangle] + number % width[owner], least[1, triangle] + number // width[owner]


def _weights(column: Floats, row: Floats, x: NDArray[np.int64], y: NDArray[np.int64]) -> Floats:
    """How much each corner (n, 3) counts at a node; negative for a node that is outside."""
    right, up = x[:, None] - column, y[:, None] - row
    areas = np.roll(right, -1, axis=1) * np.roll(up, -2, axis=1) - np.roll(right, -2, axis=1) * np.roll(up, -1, axis=1)
    whole = areas.sum(axis=1)
    weights: Floats = (areas / np.where(whole == 0, np.inf, whole)[:, None]).T
    return weights
