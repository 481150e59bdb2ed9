"""Rules about who may write where: a feature lies in the territory of the department that sends it."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.checks.batch import Batch, Flags, Floats, metres_per_degree, tolerance
from entities.rules import Finding


class Territory:
    """Where a department may write, prepared for asking about many features."""

    def __init__(self, area: shapely.Geometry) -> None:
        self._area = area
        shapely.prepare(area)

    def check(self, batch: Batch) -> Iterator[Finding]:
        """`scope.owner`: a feature reaches out of the territory by more than the tolerance."""
        asked = np.flatnonzero(batch.sound)
        outside = asked[~shapely.covers(self._area, batch.geometries[asked])]
        outside = outside[~self._nearly_covers(batch.geometries[outside])]
        for place in outside.tolist():
            beyond = shapely.difference(shapely.make_valid(batch.geometries[place]), self._area)
            where = shapely.get_coordinates(shapely.point_on_surface(beyond))[0]
            share = round(100 * _measure(beyond) / (_measure(batch.geometries[place]) or 1))
            yield batch.finding("scope.owner", place, where, share=share)

    def _nearly_covers(self, geometries: NDArray[np.object_]) -> Flags:
        """Which geometries lie within the territory grown by the tolerance."""
        if not len(geometries):
            return np.zeros(0, dtype=bool)
        covered: Flags = shapely.covers(self._grown, shapely.transform(geometries, self._metres))
        return covered

    @cached_property
    def _grown(self) -> shapely.Geometry:
        grown = shapely.buffer(shapely.transform(self._area, self._metres), tolerance("scope.owner", "metres"))
        shapely.prepare(grown)
        return grown

    def _metres(self, degrees: Floats) -> Floats:
        _, south, _, north = self._area.bounds
        scaled: Floats = degrees * metres_per_degree(np.array([(south + north) / 2]))
        return scaled


def _measure(geometry: shapely.Geometry) -> float:
    """The area, or the length, or the number of points: whatever a geometry has."""
    return float(geometry.area or geometry.length or shapely.get_num_coordinates(geometry))
