"""Where things stand on a sheet: which way the paper lies, the frame, the scale, and a corner for the legend."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.divisions import Box
from tiling.maps.projection import Projection
from tiling.maps.style import PaperSize

CORNERS: Final = ("south-east", "south-west", "north-east", "north-west")
"""Corners for the legend, the one tried first first."""

WORTH: Final = 1.8
"""How many times larger the scale must become for parts far off to go into insets."""

INSET: Final = (75.0, 60.0)
"""The largest inset in millimetres."""

MARGIN: Final = 7.0
"""What is kept free around a group in its inset, in millimetres."""

LOCATOR: Final = (46.0, 34.0)
"""The box that shows where in its province a division lies, in millimetres."""

Extent = tuple[float, float]


@dataclass(frozen=True)
class Window:
    """A rectangle of the paper through which the ground is seen: its box in millimetres, projection, scale, centre."""

    box: Box
    projection: Projection
    denominator: int
    centre: tuple[float, float]  # metres in the projection

    @cached_property
    def area(self) -> BaseGeometry:
        """The rectangle as a shape on paper."""
        return shapely.box(*self.box)

    @cached_property
    def middle(self) -> tuple[float, float]:
        """The middle of the rectangle on paper."""
        west, south, east, north = self.box
        return ((west + east) / 2, (south + north) / 2)

    def points(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 2) of lon, lat on paper."""
        return (self.projection.forward(places) - self.centre) * (1000 / self.denominator) + self.middle

    def scaled(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in metres of the projection on paper."""
        return shapely.transform(shape, lambda points: (points - self.centre) * (1000 / self.denominator) + self.middle)

    def place(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape of lon, lat on paper, all of it."""
        return shapely.transform(shapely.force_2d(shape), self.points)

    def see(self, shape: BaseGeometry) -> BaseGeometry:
        """What of a shape of lon, lat is seen in the window, on paper."""
        return cut(self.place(shape), self.area)

    @cached_property
    def ground(self) -> Box:
        """The box of lon, lat that holds everything seen."""
        edge = shapely.get_coordinates(shapely.segmentize(self.area.exterior, 5.0))
        metres = (edge - self.middle) * (self.denominator / 1000) + self.centre
        places = self.projection.backward(metres)
        (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        return (west, south, east, north)


def cut(shape: BaseGeometry, area: BaseGeometry) -> BaseGeometry:
    """The part of a shape inside an area; a shape of bad topology is mended first."""
    if shapely.get_dimensions(shape) == 2 and not shape.is_valid:
        shape = shapely.make_valid(shape)
    return shapely.intersection(shape, area)


@dataclass(frozen=True)
class Sheetform:
    """The paper of one sheet: its size as it lies, the frame's two boxes, and the rules of distance."""

    width: float
    height: float
    outer: Box
    inner: Box
    size: PaperSize


@dataclass(frozen=True)
class Fit:
    """How a division fits a sheet: window, legend corner, insets for what lies far off, a box for a locator."""

    form: Sheetform
    window: Window
    corner: str
    legend: Box
    insets: tuple[Window, ...] = ()
    locator: Box | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Every window, the main one first."""
        return (self.window, *self.insets)


def forms(size: PaperSize) -> Iterator[Sheetform]:
    """The paper lying and standing."""
    for width, height in ((size.width, size.height), (size.height, size.width)):
        outer = (size.margin, size.foot, width - size.margin, height - size.head)
        side, end = size.band_side, size.band_end
        inner = (outer[0] + side, outer[1] + end, outer[2] - side, outer[3] - end)
        yield Sheetform(width, height, outer, inner, size)


def denominators(least: float) -> Iterator[int]:
    """Round scale denominators, those of two digits and zeros, from one up, ascending."""
    step = 10 ** (int(np.floor(np.log10(least))) - 1)
    first = int(np.ceil(least / step))
    yield from (lead * step for lead in range(first, 100))
    yield from (lead * step * 10 for lead in range(10, 100))


def fit(shape: BaseGeometry, projection: Projection, size: PaperSize, legend: Extent) -> Fit:
    """Choose paper, scale and legend corner: the largest round scale at which division and legend stay apart.

    Where parts lie so far off that they would halve the scale, they go into insets.
    """
    projected = projection.project(shape)
    whole = _best(projected, projection, size, legend)
    near, *far = clusters(projected)
    if far:
        main = _best(near, projection, size, legend)
        split = _with_insets(main, near, far)
        if split and whole.window.denominator >= WORTH * main.window.denominator:
            return split
    return whole


def _best(shape: BaseGeometry, projection: Projection, size: PaperSize, legend: Extent) -> Fit:
    fits = [_fit_form(shape, projection, form, legend) for form in forms(size)]
    best = min(fits, key=lambda found: found.window.denominator)
    boxes = _free_boxes(best, shape, LOCATOR, [best.corner])
    return replace(best, locator=boxes[0][1] if boxes else None)


def _fit_form(shape: BaseGeometry, projection: Projection, form: Sheetform, legend: Extent) -> Fit:
    west, south, east, north = shape.bounds
    room = [form.inner[n + 2] - form.inner[n] - 2 * form.size.pad for n in (0, 1)]
    outline = shapely.simplify(shape, (east - west) / 500)
    for denominator in denominators(1000 * max((east - west) / room[0], (north - south) / room[1])):
        slack = [room[n] - 1000 * extent / denominator for n, extent in enumerate((east - west, north - south))]
        window = Window(form.inner, projection, denominator, ((west + east) / 2, (south + north) / 2))
        found = _beside(outline, window, slack, form, legend)
        if found:
            return found
    raise ValueError("a legend larger than the sheet")


def _beside(shape: BaseGeometry, window: Window, slack: list[float], form: Sheetform, legend: Extent) -> Fit | None:
    """Move the division as little as needed for the legend to stand free in a corner, if that can be."""
    wide = shapely.buffer(window.scaled(shape), form.size.legend_gap)
    shapely.prepare(wide)
    steps = (0.0, -0.25, 0.25, -0.5, 0.5)
    moves = sorted(product(steps, steps), key=lambda move: abs(move[0]) * slack[0] + abs(move[1]) * slack[1])
    for right, up in moves:
        shift = (right * slack[0], up * slack[1])
        for corner in CORNERS:
            box = corner_box(form, corner, legend)
            if not wide.intersects(shapely.box(*_moved(box, -shift[0], -shift[1]))):
                scale = 1000 / window.denominator
                centre = (window.centre[0] - shift[0] / scale, window.centre[1] - shift[1] / scale)
                return Fit(form, replace(window, centre=centre), corner, box)
    return None


def clusters(shape: BaseGeometry) -> list[BaseGeometry]:
    """The parts of a shape in groups that lie near each other, the group with the largest part first."""
    parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    west, south, east, north = parts[0].bounds
    reach = 0.25 * float(np.hypot(east - west, north - south))
    groups = shapely.get_parts(shapely.union_all([shapely.box(*part.bounds).buffer(reach / 2) for part in parts]))
    held = [[part for part in parts if group.contains(part)] for group in groups]
    return [shapely.multipolygons(group) for group in sorted(held, key=lambda group: parts.index(group[0]))]


def _with_insets(main: Fit, near: BaseGeometry, far: list[BaseGeometry]) -> Fit | None:
    """Give each far group an inset in a free corner; None where there are too many."""
    insets: list[Window] = []
    used = [main.corner]
    for group in far:
        west, south, east, north = group.bounds
        least = 1000 * max((east - west) / (INSET[0] - 2 * MARGIN), (north - south) / (INSET[1] - 2 * MARGIN))
        denominator = max(main.window.denominator, next(denominators(max(least, 100))))
        extent = [max(1000 * side / denominator + 2 * MARGIN, 30.0) for side in (east - west, north - south)]
        free = _free_boxes(main, near, (extent[0], extent[1]), used)
        if not free:
            return None
        used.append(free[0][0])
        centre = ((west + east) / 2, (south + north) / 2)
        insets.append(Window(free[0][1], main.window.projection, denominator, centre))
    boxes = _free_boxes(main, near, LOCATOR, used)
    return replace(main, insets=tuple(insets), locator=boxes[0][1] if boxes else None)


def _free_boxes(found: Fit, shape: BaseGeometry, extent: Extent, used: list[str]) -> list[tuple[str, Box]]:
    """Corners not used yet in which a box of an extent stands free of the division."""
    wide = shapely.buffer(found.window.scaled(shape), found.form.size.legend_gap)
    boxes = [(corner, corner_box(found.form, corner, extent)) for corner in CORNERS if corner not in used]
    return [(corner, box) for corner, box in boxes if not wide.intersects(shapely.box(*box))]


def _moved(box: Box, right: float, up: float) -> Box:
    return (box[0] + right, box[1] + up, box[2] + right, box[3] + up)


def corner_box(form: Sheetform, corner: str, extent: Extent) -> Box:
    """The box of an extent that stands in a corner of the frame, the legend's gap away from it."""
    gap, (width, height), (west, south, east, north) = form.size.legend_gap, extent, form.inner
    left = east - gap - width if corner.endswith("east") else west + gap
    low = north - gap - height if corner.startswith("north") else south + gap
    return (left, low, left + width, low + height)
