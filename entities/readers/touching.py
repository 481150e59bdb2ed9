"""Areas that touch themselves, judged as their file has them: projecting moves a corner off the edge that it lies on.

A hole may touch its outline at a corner; an outline may not touch itself. Rounded in other coordinates the corner lies
beside the edge, on either side, and nothing tells the two any more.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from entities.crs import Flags, Numbers
from entities.readers.source import Shapes

_AREAS: Final = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)
_TOUCHING: Final = "Ring Self-intersection"  # as GEOS calls an outline that touches itself
Places = npt.NDArray[np.intp]


class Judged(NamedTuple):
    """Areas that are sound in their file and not once placed, and those that touch themselves in their file alone."""

    moved: Places
    hidden: Places


def judged(shapes: Shapes, placed: Shapes, digits: int) -> Judged:
    """Compare areas as their file has them, rounded so that noise is left out, with what they became."""
    areas = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _AREAS))
    areas = areas[np.isfinite(shapely.bounds(placed[areas])).all(axis=1)]
    own = rounded(shapes[areas], digits)
    sound: Flags = shapely.is_valid(own)
    there: Flags = shapely.is_valid(placed[areas])
    hidden = np.flatnonzero(~sound & there)
    touching = [reason.startswith(_TOUCHING) for reason in shapely.is_valid_reason(own[hidden])]
    return Judged(areas[sound & ~there], areas[hidden[touching]])


def rounded(shapes: Shapes, digits: int) -> Shapes:
    """Shapes with their coordinates rounded to so many digits."""
    found: Shapes = shapely.transform(shapes, lambda points: np.round(points, digits))
    return found


def where_faulty(shape: shapely.Geometry) -> Numbers:
    """Where a shape is not well formed (1, 2), as GEOS says: `Ring Self-intersection[3 4]`."""
    place = shapely.is_valid_reason(shape).partition("[")[2].rstrip("]").split()[:2]
    return np.array([place], dtype=np.float64)


def noded(shape: shapely.Geometry, digits: int) -> shapely.Geometry:
    """An area in which every corner that lies on an edge is a corner of that edge too, so that they move together."""
    parts = shapely.get_parts(shape)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    added, at = _on_edges(points, ring, 10.0**-digits)
    keys = np.concatenate([np.arange(len(points), dtype=np.float64), at])
    order = np.argsort(keys, kind="stable")
    every = np.concatenate([points, points[added]])[order]
    whose = np.concatenate([ring, ring[at.astype(np.int64)]])[order]
    closed = shapely.linearrings(every, indices=whose)
    polygons = [
        shapely.Polygon(own[0], list(own[1:])) for own in (closed[part == number] for number in range(len(parts)))
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _on_edges(points: Numbers, ring: Places, grid: float) -> tuple[Places, Numbers]:
    """Corners that lie between the ends of edges, and behind which corner, by what share of the edge, each comes."""
    starts = np.flatnonzero(ring[1:] == ring[:-1])
    one, two = points[starts], points[starts + 1]
    tree = shapely.STRtree(shapely.linestrings(np.stack([one, two], axis=1)))
    corner, edge = tree.query(shapely.points(points), predicate="dwithin", distance=grid)
    along = two[edge] - one[edge]
    away = points[corner] - one[edge]
    length = np.maximum(np.hypot(*along.T), grid)
    metres = (along * away).sum(axis=1) / length
    between = (metres > grid) & (metres < length - grid)
    found = np.unique(np.column_stack([starts[edge] + metres / length, corner])[between], axis=0)
    places, first = np.unique(found[:, 0], return_index=True)  # a corner that closes its ring is there twice
    return found[first, 1].astype(np.intp), places
