"""The map of a review case: the outline in the base and the one surveyed, over each other, with what stands around."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.web.paper import METRES_PER_DEGREE, metres_text

WIDTH, HEIGHT = 640, 440
SMALL: Final = 200
"""The sides of the map, and of a small one in a batch, in its own units."""

_MOVED: Final = 0.3  # metres from which a vertex counts as changed (as matching has it for an outline)
_MARGIN: Final = 0.22  # of the frame, on each side
_LEAST: Final = 12.0  # metres across
_MOST_DOTS: Final = 400


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet about a middle (lon, lat): how many of its units a metre takes, how wide and how high it is."""

    lon: float
    lat: float
    scale: float
    width: float = WIDTH
    height: float = HEIGHT

    def place(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where places of lon, lat are on the sheet."""
        squeeze = math.cos(math.radians(self.lat))
        metres = (places[:, :2] - [self.lon, self.lat]) * [METRES_PER_DEGREE * squeeze, -METRES_PER_DEGREE]
        return np.round(metres * self.scale + [self.width / 2, self.height / 2], 1)

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in metres about the middle of the sheet."""
        squeeze = math.cos(math.radians(self.lat))
        factors = np.array([METRES_PER_DEGREE * squeeze, METRES_PER_DEGREE])
        return shapely.transform(shapely.force_2d(shape), lambda places: (places - [self.lon, self.lat]) * factors)


def comparison(case: Mapping[str, Any], labels: Mapping[str, str]) -> Markup:
    """Draw a case with labels at both outlines; page scripts find the sheet's middle and scale in its data."""
    after = _shape(case["feature"])
    before = {one["code"]: _shape(one) for one in case["candidates"]}
    chosen = before.get(case["chosen"])
    paper = _framed([after, *before.values()], WIDTH, HEIGHT)
    parts = [Markup('<path class="near" d="{}"/>').format(_path(paper, near)) for near in _near(case)]
    parts += [_outline(paper, one, "before other") for code, one in before.items() if code != case["chosen"]]
    parts += [_outline(paper, after, "after")]
    parts += [_outline(paper, chosen, "before")] if chosen is not None else []  # its dashes show on an equal outline
    parts += [*_changed(paper, after, chosen), _bar(paper)]
    parts += [_label(paper, chosen, after, "before", labels["before"])] if chosen is not None else []
    parts += [_label(paper, after, chosen, "after", labels["after"])]
    return _drawn(paper, parts, "map")


def thumbnail(case: Mapping[str, Any]) -> Markup:
    """Draw a case small, for a batch."""
    after = _shape(case["feature"])
    before = [_shape(one) for one in case["candidates"]]
    paper = _framed([after, *before], SMALL, SMALL)
    parts = [_outline(paper, after, "after"), *(_outline(paper, one, "before") for one in before)]
    return _drawn(paper, parts, "small")


_SIDE: Final = ("geometry", "surfaces", "height", "base")


def scene(case: Mapping[str, Any]) -> dict[str, Any]:
    """What page scripts draw a case from: both sides' shapes and heights, and nothing that people wrote."""
    sides = [{"code": one["code"], **{name: one[name] for name in _SIDE}} for one in case["candidates"]]
    return {"feature": {name: case["feature"][name] for name in _SIDE}, "candidates": sides, "chosen": case["chosen"]}


def shares(parts: Sequence[Mapping[str, Any]]) -> str:
    """The shares of the parts of a divided outline: `61 % + 39 %`."""
    return " + ".join(f"{part['share']:.0%}".replace("%", "\u202f%") for part in parts)


def _shape(side: Mapping[str, Any]) -> BaseGeometry:
    return shapely.force_2d(shapely.geometry.shape(side["geometry"]))


def _near(case: Mapping[str, Any]) -> list[BaseGeometry]:
    return [shapely.force_2d(shapely.geometry.shape(one)) for one in case.get("neighbours", ())]


def _framed(shapes: Sequence[BaseGeometry], width: float, height: float) -> Paper:
    """The sheet that holds all shapes, each case framed the same way."""
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
    lon, lat = (west + east) / 2, (south + north) / 2
    across = max((east - west) * METRES_PER_DEGREE * math.cos(math.radians(lat)), _LEAST)
    up = max((north - south) * METRES_PER_DEGREE, _LEAST)
    inner = 1 - 2 * _MARGIN
    return Paper(lon, lat, min(width * inner / across, height * inner / up), width, height)


def _outline(paper: Paper, shape: BaseGeometry, kind: str) -> Markup:
    if shapely.get_dimensions(shape) == 0:
        [[x, y], *_] = paper.place(shapely.get_coordinates(shape)).tolist()
        return Markup('<circle class="{} point" cx="{}" cy="{}" r="7"/>').format(kind, x, y)
    line = "" if shapely.get_dimensions(shape) == 2 else " line"
    return Markup('<path class="{}" d="{}"/>').format(kind + line, _path(paper, shape))


def _path(paper: Paper, shape: BaseGeometry) -> str:
    closed = "z" if shapely.get_dimensions(shape) == 2 else ""
    return "".join("M" + " ".join(f"{x:g} {y:g}" for x, y in line) + closed for line in _lines(paper, shape))


def _lines(paper: Paper, shape: BaseGeometry) -> Iterator[list[list[float]]]:
    """The rings of areas and the lines of others, on the sheet."""
    for part in shapely.get_parts(shape):
        for line in shapely.get_rings(part) if shapely.get_dimensions(part) == 2 else [part]:
            places: list[list[float]] = paper.place(shapely.get_coordinates(line)).tolist()
            yield places[:-1] if shapely.get_dimensions(part) == 2 else places


def _changed(paper: Paper, after: BaseGeometry, before: BaseGeometry | None) -> list[Markup]:
    """A dot at every surveyed vertex that lies off the outline in the base."""
    if before is None or shapely.get_dimensions(after) == 0:
        return []
    edge = paper.metres(before)
    edge = edge.boundary if shapely.get_dimensions(edge) == 2 else edge
    vertices = shapely.points(np.unique(shapely.get_coordinates(paper.metres(after)), axis=0))
    moved = vertices[shapely.distance(vertices, edge) > _MOVED][:_MOST_DOTS]
    places = shapely.get_coordinates(moved) * [paper.scale, -paper.scale] + [paper.width / 2, paper.height / 2]
    dot = Markup('<circle class="moved" cx="{}" cy="{}" r="3.5"/>')
    return [dot.format(round(x, 1), round(y, 1)) for x, y in places.tolist()]


def _label(paper: Paper, shape: BaseGeometry, other: BaseGeometry | None, kind: str, text: str) -> Markup:
    """The name of a side at that vertex of its outline which lies farthest from the other one.

    Where both are equal, one name stands above, the other below.
    """
    places = shapely.get_coordinates(shape)
    vertices = shapely.points(places)
    apart = shapely.distance(vertices, other) if other is not None else np.zeros(len(vertices))
    apart = apart + places[:, 1] * (1e-9 if kind == "after" else -1e-9)
    x, y = paper.place(shapely.get_coordinates(vertices[int(np.argmax(apart))]))[0].tolist()
    _, middle = paper.place(shapely.get_coordinates(shapely.centroid(shape)))[0].tolist()
    shown = '<text class="side {}" x="{}" y="{}" text-anchor="middle">{}</text>'
    return Markup(shown).format(kind, x, round(y - 12 if y <= middle else y + 24, 1), text)


def _bar(paper: Paper) -> Markup:
    """A bar of a whole number of metres."""
    length = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000) if step * paper.scale >= 60)
    width = round(length * paper.scale, 1)
    x, y = paper.width - 16 - width, paper.height - 14
    bar = Markup('<path class="bar" d="M{} {}v5h{}v-5"/><text class="tick" x="{}" y="{}">{}</text>')
    return bar.format(x, y - 5, width, x, y - 10, metres_text(length))


def _drawn(paper: Paper, parts: Sequence[Markup], kind: str) -> Markup:
    svg = Markup(
        '<svg class="case-{}" viewBox="0 0 {:g} {:g}" data-lon="{}" data-lat="{}" data-scale="{}"'
        ' aria-hidden="true" focusable="false" translate="no">{}</svg>'
    )
    return svg.format(
        kind, paper.width, paper.height, paper.lon, paper.lat, round(paper.scale, 5), Markup("").join(parts)
    )
