"""Placing names so that none touches another: inside its area where it fits, else beside it with a leader line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.divisions import Box
from tiling.maps.fonts import Fonts, height
from tiling.maps.page import POINT, Lettering, Words

Floats = NDArray[np.float64]

CLEAR: Final = 0.35
"""What is kept free around every name, in millimetres."""

PARTLY: Final = 0.78
"""The share of a name that must lie in its area where the whole cannot."""

SPOTS: Final = 250
"""About how many spots are tried in an area."""

FOOT: Final = 0.5
"""Half the room a leader line's end takes, in millimetres."""

FEET: Final = 12
"""How many ends of a leader line are tried."""

RINGS: Final = (4, 5.5, 7, 9, 11, 13.5, 16, 19, 22, 26, 30, 36, 42, 50, 60, 72, 86, 100)
"""How far from what they name, in millimetres, names with leader lines are tried."""


@dataclass(frozen=True)
class Wish:
    """A name that wants a place: its letterings, the best first, the area it names, and whether it must be written.

    `spots` are places to try instead of the area's own; the first that is free is taken. `shown` is where on the area
    a leader line would end.
    """

    text: str
    letterings: tuple[Lettering, ...]
    area: BaseGeometry
    needed: bool = True
    spots: tuple[tuple[float, float], ...] = ()
    rank: int = 0  # names of a lower rank are placed first
    avoid: BaseGeometry | None = None  # what the name may not stand on besides other names


@dataclass(frozen=True)
class Placed:
    """A name in its place: what to write, its box, and the leader line, if it needs one."""

    words: Words
    box: Box
    leader: BaseGeometry | None = None


@dataclass
class Placer:
    """A sheet's free room for names, within a box and around what stands there already."""

    box: Box
    fonts: Fonts
    point: float = POINT
    taken: list[Box] = field(default_factory=list)
    leaders: list[BaseGeometry] = field(default_factory=list)
    crossed: BaseGeometry | None = None  # what leader lines' names had better not stand on

    def place(self, wishes: Sequence[Wish]) -> list[Placed]:
        """Place names, those with least choice first within a rank; one not needed is left out where room lacks."""
        choices = {n: self._choices(wish) for n, wish in enumerate(wishes)}
        order = sorted(choices, key=lambda n: (wishes[n].rank, sum(len(spots) for _, spots in choices[n]), n))
        inside = {n: self._inside(wishes[n], choices[n]) for n in order}
        left = [n for n in order if inside[n] is None and wishes[n].needed]
        beside = {n: self._take_beside(wishes[n]) or self._take_beside(wishes[n], strict=False) for n in left}
        return [found for n in range(len(wishes)) if (found := inside[n] or beside.get(n)) is not None]

    def _extent(self, wish: Wish, lettering: Lettering) -> tuple[float, float]:
        return self.fonts.width(wish.text, lettering, self.point), height(lettering, self.point)

    def _choices(self, wish: Wish) -> list[tuple[Lettering, Floats]]:
        """For each lettering the spots where the name may stand, the best first."""
        if wish.spots:
            return [(lettering, np.array(wish.spots)) for lettering in wish.letterings]
        spots, depth = spots_in(wish.area)
        cost, found = self._cost(wish, spots, depth), []
        for lettering in reversed(wish.letterings):  # where a small name does not fit, a larger one does not either
            fits = self._covered(wish, lettering, spots, depth)
            spots, depth, cost = spots[fits], depth[fits], cost[fits]
            found.append((lettering, spots[np.argsort(cost, kind="stable")]))
        return found[::-1]

    def _partly(self, wish: Wish) -> list[tuple[Lettering, Floats]]:
        """The spots where the smallest lettering may stand if it may reach over the area's edge."""
        if wish.spots:
            return []
        spots, depth = spots_in(wish.area)
        width, tall = self._extent(wish, wish.letterings[-1])
        seen = shapely.area(shapely.intersection(wish.area, shapely.box(*_boxes(spots, width, tall).T)))
        fits = seen >= PARTLY * width * tall
        return [(wish.letterings[-1], spots[fits][np.argsort(self._cost(wish, spots, depth)[fits], kind="stable")])]

    def _covered(self, wish: Wish, lettering: Lettering, spots: Floats, depth: Floats) -> NDArray[np.bool_]:
        """At which spots the whole name lies in its area; most of them are settled by how deep they are."""
        width, tall = self._extent(wish, lettering)
        fits = depth >= np.hypot(width, tall) / 2
        unsure = np.flatnonzero(~fits & (depth >= tall / 2))
        shapely.prepare(wish.area)
        fits[unsure] = shapely.covers(wish.area, shapely.box(*_boxes(spots[unsure], width, tall).T))
        return np.asarray(fits, np.bool_)

    def _cost(self, wish: Wish, spots: Floats, depth: Floats) -> Floats:
        """How bad spots are: far from the area's middle, or near its edge."""
        if not len(spots):
            return np.empty(0)
        width, _ = self._extent(wish, wish.letterings[0])
        away = np.hypot(*(spots - shapely.get_coordinates(wish.area.centroid)[0]).T)
        near_edge = np.maximum(0, 1 - depth / (0.6 * width))
        cost: Floats = away / np.sqrt(wish.area.area) + 1.5 * near_edge
        return cost

    def _inside(self, wish: Wish, choices: list[tuple[Lettering, Floats]]) -> Placed | None:
        """Put a name wholly inside its area, else mostly."""
        return self._take_inside(wish, choices) or self._take_inside(wish, self._partly(wish))

    def _take_inside(self, wish: Wish, choices: list[tuple[Lettering, Floats]]) -> Placed | None:
        for lettering, spots in choices:
            width, tall = self._extent(wish, lettering)
            boxes = _boxes(spots.reshape(-1, 2), width + 2 * CLEAR, tall + 2 * CLEAR)
            clear = self._free(boxes)
            if wish.avoid is not None:
                clear &= ~shapely.intersects(wish.avoid, shapely.box(*boxes.T))
            free = np.flatnonzero(clear)
            if len(free):
                return self._take(wish, lettering, spots[free[0]], boxes[free[0]])
        return None

    def _take_beside(self, wish: Wish, strict: bool = True) -> Placed | None:
        """Put a name near what it names with a leader line, the nearest good place first.

        The line keeps off other names and lines too, unless that leaves no place (`strict`).
        """
        lettering = wish.letterings[-1]
        width, tall = self._extent(wish, lettering)
        for foot in self._feet(wish, strict):
            for spot, box in self._ring_boxes(foot, width, tall):
                line = shapely.LineString([foot, _nearest_edge(foot, spot, width, tall)])
                if not strict or self._leads_free(line, shapely.box(*box)):
                    self.leaders.append(line)
                    self.taken.append(_box_around(foot, FOOT))
                    return self._take(wish, lettering, spot, box, line)
        return None

    def _feet(self, wish: Wish, strict: bool) -> Floats:
        """Where in an area a leader line may end: the most inward spots, those not covered by a name if `strict`."""
        if wish.spots:
            return np.array(wish.spots[:1])
        spots, depth = spots_in(wish.area)
        spots = spots[np.argsort(-depth, kind="stable")]
        return (spots[self._free(_boxes(spots, 2 * FOOT, 2 * FOOT))] if strict else spots)[:FEET]

    def _ring_boxes(self, foot: Floats, width: float, tall: float) -> Iterator[tuple[Floats, Floats]]:
        """Free boxes around a point, those off the lines of the map before others of the same distance."""
        turns = np.radians(np.arange(0, 360, 10))
        out = np.column_stack([np.cos(turns), np.sin(turns)])
        spots = np.concatenate([foot + out * (ring + np.abs(out[:, :1]) * width / 2) for ring in RINGS])
        reach = np.repeat(np.array(RINGS, dtype=float), len(turns))
        boxes = _boxes(spots, width + 2 * CLEAR, tall + 2 * CLEAR)
        free = self._free(boxes)
        spots, boxes, reach = spots[free], boxes[free], reach[free]
        on_lines = shapely.intersects(self.crossed, shapely.box(*boxes.T)) if self.crossed is not None else reach > 0
        for n in np.argsort(reach + 12 * on_lines, kind="stable"):
            yield spots[n], boxes[n]

    def _leads_free(self, line: BaseGeometry, box: BaseGeometry) -> bool:
        crossed = shapely.intersects(line, shapely.box(*np.array(self.taken).reshape(-1, 4).T))
        others = [other for other in self.leaders if other.intersects(line) or other.intersects(box)]
        return not crossed.any() and not others

    def _free(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which boxes lie within the sheet's room and touch nothing that is taken."""
        west, south, east, north = self.box
        free = (boxes[:, 0] >= west) & (boxes[:, 1] >= south) & (boxes[:, 2] <= east) & (boxes[:, 3] <= north)
        taken = np.array(self.taken).reshape(-1, 1, 4)
        meets = (boxes[:, 2] > taken[..., 0]) & (boxes[:, 0] < taken[..., 2])
        meets &= (boxes[:, 3] > taken[..., 1]) & (boxes[:, 1] < taken[..., 3])
        free &= ~meets.any(axis=0)
        if self.leaders and len(boxes):
            free &= ~shapely.intersects(shapely.multilinestrings(self.leaders), shapely.box(*boxes.T))
        return free

    def _take(
        self, wish: Wish, lettering: Lettering, spot: Floats, box: Floats, leader: BaseGeometry | None = None
    ) -> Placed:
        taken: Box = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        self.taken.append(taken)
        return Placed(Words(wish.text, round(float(spot[0]), 3), round(float(spot[1]), 3), lettering), taken, leader)


def spots_in(area: BaseGeometry) -> tuple[Floats, Floats]:
    """Spots spread evenly over an area, and how far each is from the area's edge."""
    if area.is_empty or not area.area:
        return np.empty((0, 2)), np.empty(0)
    west, south, east, north = area.bounds
    step = max(np.sqrt(area.area / SPOTS), 0.3)
    across, up = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    spots = np.column_stack([across.ravel(), up.ravel()])
    shapely.prepare(area)
    spots = spots[shapely.contains_xy(area, spots[:, 0], spots[:, 1])]
    if not len(spots):
        spots = np.array(area.point_on_surface().coords)[:1]
    return spots, shapely.distance(shapely.points(spots), area.boundary)


def _boxes(spots: Floats, width: float, tall: float) -> Floats:
    """Boxes (n, 4) of one size around spots."""
    half = np.array([width / 2, tall / 2])
    return np.hstack([spots - half, spots + half])


def _box_around(spot: Floats, reach: float) -> Box:
    return (float(spot[0] - reach), float(spot[1] - reach), float(spot[0] + reach), float(spot[1] + reach))


def _nearest_edge(foot: Floats, spot: Floats, width: float, tall: float) -> Floats:
    """Where a leader line meets the box of a name: the point of the box nearest to the foot, a little off it."""
    half = np.array([width / 2 + CLEAR + 0.05, tall / 2 + CLEAR + 0.05])
    return np.clip(foot, spot - half, spot + half)
