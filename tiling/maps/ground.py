"""The ground of a sheet seen through a window: sea, land, tints, waters, boundaries by rank, and marks for islets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from tiling.maps.boundaries import Outlines, Stretches, stretches_of
from tiling.maps.divisions import LEVELS, Division
from tiling.maps.frame import graticule, step_of
from tiling.maps.layout import Window, cut
from tiling.maps.legend import ISLET
from tiling.maps.page import Draft, Ink
from tiling.maps.sheet import Sheet
from tiling.maps.style import ink, page_of
from tiling.maps.surroundings import Place
from tiling.maps.tinting import tints

SMALL: Final = 2.2 * ISLET
"""An outline smaller than this both ways, in millimetres, is marked with a dot."""


@dataclass(frozen=True)
class Ground:
    """What of a sheet is seen through a window."""

    sheet: Sheet
    window: Window

    @cached_property
    def area(self) -> BaseGeometry:
        """The box of lon, lat seen."""
        return shapely.box(*self.window.ground)

    @cached_property
    def level(self) -> int:
        """The rank of the sheet's division."""
        return LEVELS.index(self.sheet.division.level)

    @cached_property
    def tinted(self) -> list[Division]:
        """The divisions with a tint of their own: the children, or the division itself where it has none."""
        return self.sheet.divisions.children(self.sheet.division) or [self.sheet.division]

    @cached_property
    def neighbours(self) -> list[Division]:
        """Divisions of the base around the sheet's own, of its level."""
        around = self.sheet.divisions.of_level(self.sheet.division.level)
        return [each for each in around if each is not self.sheet.division and each.shape.intersects(self.area)]

    def outside(self, level: str) -> list[Place]:
        """Divisions outside the base."""
        return self.sheet.settings.surroundings.around(self.window.ground, level, self.sheet.divisions.stems)

    @cached_property
    def land(self) -> BaseGeometry:
        """All land in the window and a little around it, lon, lat."""
        near = self.area.buffer(0.2, join_style="mitre")
        inside = [self.sheet.division.shape, *(each.shape for each in self.neighbours)]
        outside = [place.shape for place in self.outside(self.sheet.division.level)]
        return shapely.union_all([cut(shape, near) for shape in [*inside, *outside]])

    @cached_property
    def stretches(self) -> Stretches:
        """All boundaries seen: down to the sheet's level everywhere, down to counties within its own division."""
        division, outlines = self.sheet.division, []
        for rank, level in enumerate(LEVELS):
            every = self.sheet.divisions.of_level(level)
            own = [each.shape for each in every if each.below(division)]
            rest = [each.shape for each in every if not each.below(division)] if rank <= self.level else []
            beyond = [place.shape for place in self.outside(level)] if rank <= self.level else []
            outlines += [Outlines(rank, own), Outlines(rank, [*rest, *beyond], own=False)]
        return stretches_of(outlines, self.land, self.window.ground)

    @cached_property
    def tints(self) -> list[Ink]:
        """The fill of each tinted division."""
        colors = page_of("styles")["tints"]
        return [Ink(fill=colors[tint]) for tint in tints([each.shape for each in self.tinted], len(colors))]

    @cached_property
    def islets(self) -> list[tuple[BaseGeometry, Ink]]:
        """A dot for each part of a tinted division too small to see, and for islands that are always marked."""
        seen = [(dots(self.window.place(each.shape)), tint) for each, tint in zip(self.tinted, self.tints, strict=True)]
        points = [place for entry in page_of("places")["marked"] if entry["division"] == self.sheet.division.code
                  for place in entry["at"]]  # fmt: skip
        marked = [self.window.place(shapely.Point(point)) for point in points]
        held = shapely.union_all([dot for group, _ in seen for dot in group])
        beyond = [self.window.place(cut(self.land, shapely.Point(point).buffer(0.01))) for point in points]
        extra = [dot.buffer(ISLET) for dot, shape in zip(marked, beyond, strict=True)
                 if not held.intersects(dot) and max(_extent(shape)) < SMALL]  # fmt: skip
        pairs = [(dot, tint) for group, tint in seen for dot in group] + [(dot, ink("land")) for dot in extra]
        return [(dot, tint) for dot, tint in pairs if self.window.area.covers(dot)]

    def draw(self, draft: Draft) -> None:
        """Paint the ground."""
        window, see = self.window, self.window.see
        draft.paint(ink("sea"), window.area)
        draft.paint(ink("land"), see(self.land))
        draft.paint(ink("band"), cut(window.place(self._land_border()), window.area))
        for each, tint in zip(self.tinted, self.tints, strict=True):
            draft.paint(tint, see(each.shape))
        self._draw_others(draft)
        step = step_of(window)
        draft.paint(ink("graticule"), [line for _, _, line in graticule(window, step)])
        self._draw_lines(draft)
        for dot, tint in self.islets:
            draft.paint(tint, dot)
            draft.paint(ink("islet"), dot.exterior)

    def _land_border(self) -> BaseGeometry:
        """The outline of the division where it is not coast."""
        own = stretches_of([Outlines(0, [self.sheet.division.shape])], self.land, self.window.ground)
        return own.border(0, own=True)

    def _draw_others(self, draft: Draft) -> None:
        """Paint waters and roads, areas first."""
        waters = ("water_area", "water_line")
        inks = {"water": waters, "waterways": waters, "roads": ("road_area", "road")}
        for layer, versions in self.sheet.others.items():
            shapes = [self.window.see(version.state.geometry) for version in versions]
            for dimension, name in ((2, inks[layer][0]), (1, inks[layer][1])):
                draft.paint(ink(name), [shape for shape in shapes if shapely.get_dimensions(shape) == dimension])

    def _draw_lines(self, draft: Draft) -> None:
        """Paint coast and boundaries, the lowest rank first and the sheet's own above the others."""
        draft.paint(ink("coast"), self.window.see(self.stretches.lines(self.stretches.coast)))
        for own in (False, True):
            for rank in reversed(range(len(LEVELS))):
                name = f"border_{LEVELS[rank]}" + ("" if own else "_pale")
                draft.paint(ink(name), self.window.see(self.stretches.border(rank, own)))

    @cached_property
    def signs(self) -> Sequence[str]:
        """What of the legend's signs is seen."""
        ranks = {f"border_{LEVELS[rank]}" for rank in set(self.stretches.rank[~self.stretches.coast].tolist())}
        present = {layer for layer, versions in self.sheet.others.items() if versions}
        others = {"water" if layer == "waterways" else layer for layer in present}
        coast = {"coast"} if self.stretches.coast.any() else set()
        return sorted(ranks | others | coast | ({"islet"} if self.islets else set()))


def dots(shape: BaseGeometry) -> list[BaseGeometry]:
    """A dot for each part of a shape on paper that is too small to see."""
    small = [part for part in shapely.get_parts(shape) if max(_extent(part)) < SMALL]
    return [part.point_on_surface().buffer(ISLET) for part in small]


def _extent(shape: BaseGeometry) -> tuple[float, float]:
    if shape.is_empty:
        return (0.0, 0.0)
    west, south, east, north = shape.bounds
    return (east - west, north - south)
