"""Small maps that belong to a page's text: where a rule was broken, and how far an upload reaches in its territory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from service.web.paper import Frame, drawn, framed, graticule, metres_text, scale_bar

_LABELLED: Final = 40


@dataclass(frozen=True, slots=True)
class Sketch:
    """A map of faulty places: its SVG, how many there are, how far they reach, and each row's number on it."""

    svg: Markup
    count: int
    width: str
    height: str
    marks: Mapping[int, int]


def sketch(features: Sequence[Mapping[str, Any]]) -> Sketch | None:
    """Draw where features are faulty, numbered in their order; None where no finding has a place."""
    placed = [feature for feature in features if feature.get("place")]
    if not placed:
        return None
    places = [feature["place"] for feature in placed]
    frame, east, north = framed(places)
    marks = {feature["row"]: number for number, feature in enumerate(placed, 1)}
    dots = [_mark(frame, place, number) for number, place in enumerate(places, 1)]
    svg = drawn([graticule(frame), *dots, scale_bar(frame)])
    return Sketch(svg, len(placed), metres_text(east), metres_text(north), marks)


def _mark(frame: Frame, place: Sequence[float], number: int) -> Markup:
    x, y = frame.pixel(place)
    dot = Markup('<circle class="place" cx="{}" cy="{}" r="6"/>').format(x, y)
    if number > _LABELLED:
        return dot
    return dot + Markup('<text class="mark" x="{}" y="{}">{}</text>').format(x + 8, y - 7, number)


@dataclass(frozen=True, slots=True)
class Outline:
    """A map of an upload's extent over the territory of its department, and how they lie: inside, across, outside."""

    svg: Markup
    lies: str
    width: str
    height: str


def outline(extent: Sequence[float], territory: BaseGeometry | None) -> Outline:
    """Draw the box of an upload (lon, lat) over a territory; without one it lies `somewhere`."""
    west, south, east, north = extent
    box = shapely.box(west, south, east, north)
    whole = shapely.union_all([box, shapely.box(*territory.bounds)]) if territory is not None else box
    left, bottom, right, top = whole.bounds
    frame, _, _ = framed([(left, bottom), (right, top)])
    _, across, up = framed([(west, south), (east, north)])
    land = Markup("") if territory is None else Markup('<path class="land" d="{}"/>').format(_path(frame, territory))
    svg = drawn([graticule(frame), land, _box(frame, extent), scale_bar(frame)])
    return Outline(svg, _lies(box, territory), metres_text(across), metres_text(up))


def _lies(box: BaseGeometry, territory: BaseGeometry | None) -> str:
    if territory is None:
        return "somewhere"
    return "inside" if territory.covers(box) else "across" if territory.intersects(box) else "outside"


def _box(frame: Frame, extent: Sequence[float]) -> Markup:
    """The extent as a rectangle that is never too small to be seen."""
    left, bottom = frame.pixel(extent[:2])
    right, top = frame.pixel(extent[2:])
    wide, high = max(8.0, right - left), max(8.0, bottom - top)
    shape = Markup('<rect class="shape" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    return shape.format((left + right - wide) / 2, (top + bottom - high) / 2, wide, high)


def _path(frame: Frame, territory: BaseGeometry) -> str:
    """A territory's borders, thinned to what can be seen."""
    pixel = 1 / (frame.scale * 111_320)
    rings = [ring for part in shapely.get_parts(territory.simplify(pixel)) for ring in (part.exterior, *part.interiors)]
    lines = [" ".join("{:g} {:g}".format(*frame.pixel(place)) for place in ring.coords) for ring in rings]
    return "".join(f"M{line}z" for line in lines)
