"""The geometry of a chunk taken into the base's coordinates, all vertices at once, and what cannot be taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from entities.crs import Flags, Numbers, Projection, round_degrees, round_metres
from entities.errors import Invalid
from entities.model import Surfaces
from entities.readers.limits import Limits
from entities.readers.solids import Solid, build
from entities.readers.source import Chunk, Shapes, finding
from entities.readers.touching import judged, noded, rounded, where_faulty
from entities.rules import Finding

_EMPTY: Final = shapely.Polygon()  # what stands for a geometry that is missing: it breaks `geom.empty`
_LINES: Final = (GeometryType.LINESTRING, GeometryType.MULTILINESTRING)
Indices = npt.NDArray[np.integer]
_AXES: Final = np.array([1, 0, 2])


@dataclass(slots=True)
class Placed:
    """The geometry of a chunk in the base's coordinates; one of each a feature, None where it has none."""

    shapes: Sequence[shapely.Geometry]
    bases: Sequence[float | None]
    tops: Sequence[float | None]
    surfaces: Sequence[Surfaces | None]
    faults: dict[int, Finding] = field(default_factory=dict)
    outside: dict[int, Finding] = field(default_factory=dict)  # warnings of places the system is not meant for
    has_heights: bool = False


@dataclass(frozen=True, slots=True)
class Placer:
    """Takes chunks into the base's coordinates; `exchange` says that they list the northing or latitude first."""

    projection: Projection
    limits: Limits
    exchange: bool = False
    closed_lines: bool = False

    def place(self, chunk: Chunk) -> Placed:
        """Place a chunk. `Invalid` (`crs.swapped`, `crs.range`) where most of it lies where it cannot."""
        return self._place_solids(chunk, chunk.solids) if chunk.solids is not None else self._place_shapes(chunk)

    # ---- footprints, lines and points

    def _place_shapes(self, chunk: Chunk) -> Placed:
        shapes = _areas(chunk.shapes) if self.closed_lines else np.array(chunk.shapes, dtype=object)
        faults = self._oversized(chunk, shapely.get_num_coordinates(shapes))
        faults |= self._not_finite(chunk, shapes, faults)
        shapes[list(faults)] = None
        points, owners = shapely.get_coordinates(shapes, include_z=True, return_index=True)
        lon, lat = self.projection.place(points[:, 0], points[:, 1])
        outside = self._misplaced(chunk, points, lon, lat, owners, faults)
        flat = np.column_stack([round_degrees(lon), round_degrees(lat)])
        heights = round_metres(points[:, 2])
        placed = shapely.set_coordinates(shapes.copy(), flat)
        self._as_in_the_file(chunk, shapes, placed, faults)
        lines, bases = _heights(shapes, heights, owners)
        rows = np.isin(owners, lines)
        placed[lines] = shapely.set_coordinates(shapes[lines], np.column_stack([flat[rows], heights[rows]]))
        placed[shapely.is_missing(placed)] = _EMPTY
        nothing = [None] * len(chunk)
        known = len(lines) > 0 or any(base is not None for base in bases)
        return Placed(placed.tolist(), bases, nothing, nothing, faults, outside, known)

    def _as_in_the_file(self, chunk: Chunk, shapes: Shapes, placed: Shapes, faults: dict[int, Finding]) -> None:
        """Let areas that touch themselves be what they are in the file, however their corners were rounded."""
        digits = self.projection.digits
        moved, hidden = judged(shapes, placed, digits)
        for index in moved.tolist():
            placed[index] = shapely.transform(noded(rounded(shapes[index], digits), digits), self._degrees)
        for index in hidden.tolist():
            [(lon, lat)] = self._degrees(where_faulty(rounded(shapes[index], digits))).tolist()
            faults[index] = finding(chunk, index, "geom.valid", lon=lon, lat=lat)

    def _degrees(self, points: Numbers) -> Numbers:
        return np.column_stack([round_degrees(one) for one in self.projection.place(points[:, 0], points[:, 1])])

    def _oversized(self, chunk: Chunk, counts: Sequence[int]) -> dict[int, Finding]:
        limit = self.limits.vertices_per_feature
        found = np.flatnonzero(np.asarray(counts) > limit).tolist()
        return {i: finding(chunk, i, "geom.size", count=int(counts[i]), limit=limit) for i in found}

    def _not_finite(self, chunk: Chunk, shapes: Shapes, known: dict[int, Finding]) -> dict[int, Finding]:
        """Features with a coordinate that is no number; the height counts only for lines, which keep theirs."""
        points, owners = shapely.get_coordinates(shapes, include_z=True, return_index=True)
        flat = ~np.isfinite(points[:, :2]).all(axis=1)
        if flat.any() or not np.isfinite(points[:, 2]).all():
            lines = np.isin(shapely.get_type_id(shapes), _LINES) & shapely.has_z(shapes)
            flat |= lines[owners] & ~np.isfinite(points[:, 2])
        found = np.unique(owners[flat]).tolist()
        return {i: finding(chunk, i, "geom.finite", why="NaN / Infinity") for i in found if i not in known}

    # ---- city models

    def _place_solids(self, chunk: Chunk, solids: Sequence[Solid]) -> Placed:
        if self.exchange:
            for solid in solids:
                solid.points = [ring[:, _AXES] for ring in solid.points]
        faults = self._oversized(chunk, [solid.vertices() for solid in solids])
        built = build([Solid() if i in faults else solid for i, solid in enumerate(solids)], self.projection)
        for index in np.flatnonzero(~np.asarray(built.finite, dtype=bool)).tolist():
            faults[index] = finding(chunk, index, "geom.finite", why="NaN / Infinity")
        known = np.flatnonzero(np.isfinite(built.corners).all(axis=1) & np.asarray(built.finite, dtype=bool))
        corners = built.corners[known]
        lon, lat = self.projection.place(corners[:, 0], corners[:, 1])
        outside = self._misplaced(chunk, corners, lon, lat, known, faults)
        shapes = [_EMPTY if shape is None else shape for shape in built.footprints]
        has_heights = any(bottom is not None for bottom in built.bottoms)
        return Placed(shapes, built.bottoms, built.tops, built.surfaces, faults, outside, has_heights)

    # ---- places

    def _misplaced(
        self, chunk: Chunk, points: Numbers, lon: Numbers, lat: Numbers, owners: Indices, faults: dict[int, Finding]
    ) -> dict[int, Finding]:
        """Add faults for features that lie nowhere or have their axes exchanged; return warnings for odd places."""
        nowhere = ~(np.isfinite(lon) & np.isfinite(lat)) | (np.abs(lat) > 90) | (np.abs(lon) > 180)
        features, first = np.unique(owners, return_index=True)
        lost = np.isin(features, owners[nowhere])
        odd = lost | ~self.projection.covers(lon[first], lat[first])
        if not odd.any():
            return {}
        x, y = points[first, 0], points[first, 1]
        swapped = np.zeros(len(features), dtype=bool)
        swapped[odd] = self.projection.swapped(x[odd], y[odd])
        for rule, flags in (("crs.swapped", swapped), ("crs.range", lost & ~swapped)):
            places = np.flatnonzero(flags)
            found = {int(features[i]): self._at(chunk, rule, int(features[i]), x[i], y[i]) for i in places}
            if 2 * len(found) > len(features):
                raise Invalid([next(iter(found.values()))])
            faults |= found
        rest = np.flatnonzero(odd & ~lost & ~swapped)
        return {int(features[i]): self._at(chunk, "crs.area", int(features[i]), x[i], y[i]) for i in rest[:1]}

    def _at(self, chunk: Chunk, rule: str, index: int, x: float, y: float) -> Finding:
        said = {"lon": round(float(x), 6), "lat": round(float(y), 6), "crs": self.projection.name}
        return finding(chunk, index, rule, **said)


def _areas(shapes: Shapes | None) -> Shapes:
    """The shapes with closed lines made into the areas they enclose."""
    made: Shapes = np.array(shapes, dtype=object)
    closed: Flags = (shapely.get_type_id(made) == GeometryType.LINESTRING) & shapely.is_closed(made)
    for index in np.flatnonzero(closed & (shapely.get_num_coordinates(made) >= 4)):
        made[index] = shapely.Polygon(shapely.get_coordinates(made[index], include_z=bool(made[index].has_z)))
    return made


def _heights(shapes: Shapes, heights: Numbers, owners: Numbers) -> tuple[Indices, list[float | None]]:
    """The indices of lines that keep their heights, and the ground heights that points bring.

    Where all heights of a feature are exactly 0 it was drawn flat, and has none.
    """
    bases: list[float | None] = [None] * len(shapes)
    real = np.isfinite(heights) & (heights != 0)
    if not real.any():
        return np.array([], dtype=np.int64), bases
    raised = np.zeros(len(shapes), dtype=bool)
    raised[owners[real]] = True
    kinds = shapely.get_type_id(shapes)
    for index in np.flatnonzero(raised & (kinds == GeometryType.POINT)):
        bases[index] = float(heights[owners == index][0])
    return np.flatnonzero(raised & np.isin(kinds, _LINES)), bases
