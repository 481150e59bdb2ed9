"""What lies under every tile: land near and far at the detail of a zoom, the base's own land, and boundaries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from tiling.maps.boundaries import Outlines, shared_lines, stretches_of
from tiling.maps.divisions import LEVELS, Divisions, DivisionView
from tiling.maps.page import Ink
from tiling.maps.settings import MapSettings
from tiling.maps.sight import TILE, Sight, look
from tiling.maps.style import page_of
from tiling.maps.surroundings import Place

HOLE: Final = 0.02
"""Holes in land smaller than this, in square degrees, are cracks between data sets."""

FINE: Final = 9
"""From this zoom on outlines are drawn as they are."""


class Heap:
    """Shapes of lon, lat that are looked up by where they are."""

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        self.shapes = np.array(shapes, object)
        self.tree = STRtree(shapes)

    def seen(self, sight: Sight) -> list[BaseGeometry]:
        """Those near a sight, as it shows them, in their order."""
        seen = look(sight, self.shapes[np.sort(self.tree.query(shapely.box(*sight.ground)))])
        return list(seen[~shapely.is_empty(seen)])


@dataclass(frozen=True, eq=False)
class Backdrop:
    """The backdrop of one state of the divisions."""

    divisions: Divisions
    settings: MapSettings

    @classmethod
    def of(cls, view: DivisionView, settings: MapSettings) -> "Backdrop":
        """Read the divisions of a view."""
        return cls(Divisions.read(view), settings)

    def land(self, sight: Sight) -> list[BaseGeometry]:
        """All land seen."""
        return self._simplified("land", sight.zoom).seen(sight)

    def home(self, sight: Sight) -> list[BaseGeometry]:
        """The base's own land seen."""
        return self._simplified("home", sight.zoom).seen(sight)

    def borders(self, sight: Sight) -> Iterator[tuple[str, list[BaseGeometry]]]:
        """The boundaries seen by rank, the lowest first; those of other provinces are of rank `beyond`."""
        for rank, lines in self._borders.items():
            if sight.zoom >= page_of("tiles")["borders"][rank]:
                yield rank, lines.seen(sight)

    @cached_property
    def whole_home(self) -> BaseGeometry:
        """The base's own land, lon, lat."""
        return shapely.union_all([each.shape for each in self.divisions.by_code.values()])

    @cached_property
    def whole_land(self) -> BaseGeometry:
        """All land, lon, lat, without cracks."""
        land = shapely.union(self.settings.surroundings.land(), self.whole_home)
        return shapely.multipolygons([_filled(part) for part in shapely.get_parts(land)])

    @cached_property
    def beyond(self) -> list[Place]:
        """The provinces outside the base."""
        return self.settings.surroundings.provinces(self.divisions.stems)

    @cached_property
    def _borders(self) -> dict[str, Heap]:
        """Boundary lines on land by rank, the lowest first."""
        shapes = [[each.shape for each in self.divisions.of_level(level)] for level in LEVELS]
        own = [Outlines(rank, outlines) for rank, outlines in enumerate(shapes)]
        stretches = stretches_of(own, self.whole_land, (-180.0, -90.0, 180.0, 90.0))
        lines = {level: stretches.border(rank, own=True) for rank, level in reversed(list(enumerate(LEVELS)))}
        lines = {"beyond": shared_lines([place.shape for place in self.beyond]), **lines}
        return {rank: Heap(shapely.get_parts(line)) for rank, line in lines.items()}

    def _simplified(self, what: str, zoom: int) -> Heap:
        """Land at the detail of a zoom."""
        key = (what, min(zoom, FINE))
        if key not in self._heaps:
            self._heaps[key] = _heap(self.whole_home if what == "home" else self.whole_land, key[1])
        return self._heaps[key]

    @cached_property
    def _heaps(self) -> dict[tuple[str, int], Heap]:
        return {}


def _heap(shape: BaseGeometry, zoom: int) -> Heap:
    pixel = 360 / TILE / 2**zoom
    fine = shape if zoom >= FINE else shapely.simplify(shape, pixel / 2)
    return Heap([part for part in shapely.get_parts(fine) if not part.is_empty])


def _filled(part: BaseGeometry) -> BaseGeometry:
    """A polygon without the holes that are cracks."""
    return shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > HOLE])


def tile_ink(name: str) -> Ink:
    """An ink of the base map by name; one without fill and line where the name is unknown."""
    entry: dict[str, Any] = page_of("tiles")["inks"].get(name, {})
    return Ink(**entry)
