"""Geometries of GeoJSON as shapely ones, made a kind at a time; what is wrong with the form of one is said."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
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

_NUMBERS: Final = {int, float}


class _Malformed(Exception):
    """A geometry that is not what GeoJSON says it must be."""

    def __init__(self, why: str, rule: str = "geom.form") -> None:
        super().__init__(why)
        self.fault = Fault(rule, why)


def shapes_of(geometries: Sequence[object]) -> tuple[Shapes, dict[int, Fault]]:
    """Make the geometries of a chunk; null and malformed ones are None, and the latter are said by their index."""
    shapes: Shapes = np.full(len(geometries), None, dtype=object)
    faults: dict[int, Fault] = {}
    kinds: dict[str, list[int]] = defaultdict(list)
    for index, geometry in enumerate(geometries):
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        if kind in _DEPTHS:
            kinds[str(kind)].append(index)
        elif geometry is not None:
            faults[index] = Fault("geom.form", str(kind or type(geometry).__name__))
    for kind, indices in kinds.items():
        coordinates = {index: _coordinates(geometries[index]) for index in indices}
        made = _all_at_once(kind, list(coordinates.values()))
        if made is not None:
            shapes[indices] = made
        else:
            _one_by_one(kind, coordinates, shapes, faults)
    return shapes, faults


def _coordinates(geometry: object) -> Nested:
    return geometry.get("coordinates") if isinstance(geometry, Mapping) else None


def _one_by_one(kind: str, coordinates: Mapping[int, Nested], shapes: Shapes, faults: dict[int, Fault]) -> None:
    """Make geometries each by itself, since one of them at least is malformed or they differ in dimensions."""
    for index, nested in coordinates.items():
        try:
            dimensions = _check(kind, nested)
            shapes[index] = _make(kind, [nested], dimensions)[0]
        except _Malformed as error:
            faults[index] = error.fault


def _all_at_once(kind: str, coordinates: Sequence[Nested]) -> Shapes | None:
    """Make all geometries of one kind together; None where they are not all well formed and of the same dimensions."""
    try:
        runs = list(coordinates)
        for _ in range(_DEPTHS[kind][1] - 1):
            runs = list(chain.from_iterable(runs))
        positions = runs if kind == "Point" else list(chain.from_iterable(runs))
        lengths = set(map(len, positions))
        kinds = set(map(type, chain.from_iterable(positions)))
        if len(lengths) > 1 or min(lengths, default=2) < 2 or kinds - _NUMBERS or set(map(type, positions)) - {list}:
            return None
        for run in runs if kind != "Point" else ():
            _check_run(kind, run)
        return _make(kind, coordinates, min(max(lengths, default=2), 3))
    except (TypeError, _Malformed):
        return None


def _check(kind: str, nested: Nested) -> int:
    """The dimensions (2 or 3) of a geometry; raises `_Malformed` where it is malformed."""
    depth = _DEPTHS[kind][1]
    lengths = set()
    for run in _runs([nested] if depth == 0 else nested, max(depth - 1, 0)):
        lengths |= {_length(position) for position in run}
        _check_run(kind, run)
    return min(lengths, default=2)


def _runs(nested: object, depth: int) -> Iterator[Sequence[Position]]:
    """Yield every run of positions."""
    if not isinstance(nested, list):
        raise _Malformed("coordinates")
    if depth == 0:
        yield nested
        return
    for inner in nested:
        yield from _runs(inner, depth - 1)


def _length(position: object) -> int:
    if not isinstance(position, list) or len(position) < 2:
        raise _Malformed("position")
    for number in position:
        if type(number) not in _NUMBERS:
            raise _Malformed(f"position: {number}")
    return min(len(position), 3)


def _check_run(kind: str, run: Sequence[Position]) -> None:
    """Refuse a ring that is not closed or has fewer than three corners, and a line of one point."""
    if kind.endswith("LineString") and len(run) < 2:
        raise _Malformed(str(len(run)), "geom.form.few")
    if kind.endswith("Polygon") and (len(run) < 4 or run[0] != run[-1]):
        if not all(isfinite(number) for position in run for number in position):
            raise _Malformed("NaN", "geom.finite")
        if len(run) < 4:
            raise _Malformed(str(len(run)), "geom.form.few")
        raise _Malformed(f"{run[0]} ≠ {run[-1]}", "geom.form.open")


def _make(kind: str, coordinates: Sequence[Nested], dimensions: int) -> Shapes:
    """Make geometries of one kind from all their positions in a row and where each part of them ends."""
    shape, depth = _DEPTHS[kind]
    level: Sequence[Nested] = coordinates
    ends = []
    for _ in range(depth):
        ends.append(np.concatenate([[0], np.cumsum([len(part) for part in level], dtype=np.int64)]))
        level = list(chain.from_iterable(level))
    if set(map(len, level)) - {dimensions}:
        level = [position[:dimensions] for position in level]
    points = np.fromiter(chain.from_iterable(level), np.float64, len(level) * dimensions).reshape(-1, dimensions)
    made: Shapes = shapely.from_ragged_array(shape, points, tuple(reversed(ends)) or None)
    return made
