"""Geometries of GeoJSON as shapely ones, made a kind at a time; what is wrong with the form of one is said."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final

import numpy as np
import shapely
from shapely import GeometryType

from entities.readers.source import Fault, Shapes

Position = Sequence[float]
Nested = Any  # lists of lists of positions

_DEPTHS: Final = {
    "Point": (GeometryType.POINT, 0),
    "MultiPoint": (GeometryType.MULTIPOINT, 1),
    "LineString": (GeometryType.LINESTRING, 1),
    "MultiLineString": (GeometryType.MULTILINESTRING, 2),
    "Polygon": (GeometryType.POLYGON, 2),
    "MultiPolygon": (GeometryType.MULTIPOLYGON, 3),
}
"""The shapely type of each kind, and how many lists its positions are wrapped in."""


class _Malformed(Exception):
    """A geometry that is not what GeoJSON says it must be."""

    def __init__(self, why: str, rule: str = "geom.form") -> None:
        super().__init__(why)
        self.fault = Fault(rule, why)


def shapes_of(geometries: Sequence[object]) -> tuple[Shapes, dict[int, Fault]]:
    """Make the geometries of a chunk; null and malformed ones are None, and the latter are said by their index."""
    shapes: Shapes = np.full(len(geometries), None, dtype=object)
    faults: dict[int, Fault] = {}
    kinds: dict[tuple[str, int], list[int]] = defaultdict(list)
    coordinates: dict[int, Nested] = {}
    for index, geometry in enumerate(geometries):
        if geometry is None:
            continue
        try:
            kind, coordinates[index], dimensions = _look_at(geometry)
            kinds[kind, dimensions].append(index)
        except _Malformed as error:
            faults[index] = error.fault
    for (kind, dimensions), indices in kinds.items():
        shapes[indices] = _make(kind, dimensions, [coordinates[index] for index in indices])
    return shapes, faults


def _look_at(geometry: object) -> tuple[str, Nested, int]:
    """The kind, the coordinates and the dimensions (2 or 3) of a geometry that is well formed."""
    kind = str(geometry.get("type")) if isinstance(geometry, Mapping) else type(geometry).__name__
    if kind not in _DEPTHS or not isinstance(geometry, Mapping):
        raise _Malformed(kind)
    coordinates = geometry.get("coordinates")
    depth = _DEPTHS[kind][1]
    positions = list(_positions([coordinates] if depth == 0 else coordinates, max(depth - 1, 0)))
    lengths = {length for run in positions for length in map(_length, run)}
    for run in positions:
        if kind.endswith("Polygon"):
            _check_ring(run)
        elif kind.endswith("LineString") and len(run) < 2:
            raise _Malformed(f"line of {len(run)} points")
    return kind, coordinates, min(lengths, default=2)


def _positions(nested: object, depth: int) -> Iterator[Sequence[Position]]:
    """Yield every run of positions."""
    if not isinstance(nested, list):
        raise _Malformed("coordinates")
    if depth == 0:
        yield nested
        return
    for inner in nested:
        yield from _positions(inner, depth - 1)


def _length(position: object) -> int:
    if not isinstance(position, list) or len(position) < 2:
        raise _Malformed("position")
    for number in position[:3]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise _Malformed(f"position: {number}")
    return min(len(position), 3)


def _check_ring(ring: Sequence[Position]) -> None:
    """Refuse a ring that is not closed or has fewer than three corners."""
    if not ring or ring[0] != ring[-1] or len(ring) < 4:
        if not all(isfinite(number) for position in ring for number in position):
            raise _Malformed("NaN", "geom.finite")
        raise _Malformed(f"ring of {len(ring)} points" if len(ring) < 4 else f"open ring: {ring[0]} ≠ {ring[-1]}")


def _make(kind: str, dimensions: int, coordinates: Sequence[Nested]) -> Shapes:
    """Make geometries of one kind at once from all their positions in a row and where each part of them ends."""
    shape, depth = _DEPTHS[kind]
    level: Sequence[Nested] = coordinates
    ends = []
    for _ in range(depth):
        ends.append(np.concatenate([[0], np.cumsum([len(part) for part in level], dtype=np.int64)]))
        level = [inner for part in level for inner in part]
    points = np.array([position[:dimensions] for position in level], dtype=np.float64).reshape(-1, dimensions)
    made: Shapes = shapely.from_ragged_array(shape, points, tuple(reversed(ends)) or None)
    return made
