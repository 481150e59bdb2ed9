"""The plan of a region's parts beside the catalogue: small shapes to click, light enough to stand inside the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.divisions import Division, Divisions

WIDTH: Final = 400
_TALLEST: Final = 320
_MARGIN: Final = 6
_GLYPH: Final = {"zh": 12.5, "en": 6.8}  # how wide one letter of a label is, in units of the plan
_LINE: Final = 15


@dataclass(frozen=True, slots=True)
class Part:
    """One clickable shape: where it leads, its name, its label, its path, and where the label stands if it fits."""

    href: str
    name: str
    short: str
    path: str
    label: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A drawn region: its parts, the size of the paper, and the region above it."""

    code: str
    name: str
    width: int
    height: int
    parts: tuple[Part, ...]
    up: tuple[str, str] | None


def plan_of(divisions: Divisions, code: str | None, language: str) -> Plan | None:
    """Draw the parts of a region, or of the province where none is named; None where there is nothing to draw."""
    region = divisions.by_code.get(code or "") or next(iter(divisions.of_level("province")), None)
    parts = divisions.children(region) if region else []
    if region is None or len(parts) < 2:
        return None
    shapes, height = _projected([part.shape for part in parts])
    labels = _labels(parts, shapes, language)
    drawn = tuple(
        Part(_href(divisions, part), part.names.say(language), short_name(part, language), _path(shape), label)
        for part, shape, label in zip(parts, shapes, labels, strict=True)
        if not shape.is_empty
    )
    above = divisions.by_code.get(region.parent or "")
    up = (f"/maps?parent={above.code}", above.names.say(language)) if above else None
    return Plan(region.code, region.names.say(language), WIDTH, height, drawn, up)


def _href(divisions: Divisions, part: Division) -> str:
    return f"/maps?parent={part.code}" if divisions.children(part) else f"/maps/{part.code}"


def _projected(shapes: Sequence[BaseGeometry]) -> tuple[list[BaseGeometry], int]:
    """Bring shapes onto the paper, north up, thinned out together so that neighbours still share their borders."""
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    squeeze = math.cos(math.radians((south + north) / 2))
    inner = WIDTH - 2 * _MARGIN
    scale = min(inner / ((east - west) * squeeze), (_TALLEST - 2 * _MARGIN) / (north - south))
    left = (WIDTH - (east - west) * squeeze * scale) / 2

    def onto_paper(places: NDArray[np.float64]) -> NDArray[np.float64]:
        across = left + (places[:, 0] - west) * squeeze * scale
        return np.column_stack([across, _MARGIN + (north - places[:, 1]) * scale])

    flat = shapely.transform(shapely.force_2d(np.array(shapes, dtype=object)), onto_paper)
    thinned = shapely.coverage_simplify(flat, tolerance=1.2)
    return list(thinned), round((north - south) * scale + 2 * _MARGIN)


def _path(shape: BaseGeometry) -> str:
    return "".join(_ring(polygon.exterior) for polygon in shapely.get_parts(shape) if polygon.area > 1)


def _ring(ring: BaseGeometry) -> str:
    """A closed ring in steps from point to point, in half units, which is finer than anyone sees."""
    places = np.rint(shapely.get_coordinates(ring)[:-1] * 2).astype(int)
    steps = np.diff(places, axis=0)
    start = f"M{_half(places[0][0])} {_half(places[0][1])}"
    return start + "l" + " ".join(f"{_half(x)} {_half(y)}" for x, y in steps if x or y) + "z"


def _half(number: int) -> str:
    return f"{number / 2:g}"


def _labels(
    parts: Sequence[Division], shapes: Sequence[BaseGeometry], language: str
) -> list[tuple[float, float] | None]:
    """A place for each name, the largest shapes first; a name that would run over another has none."""
    taken: list[BaseGeometry] = []
    places: list[tuple[float, float] | None] = [None] * len(parts)
    for index in sorted(range(len(parts)), key=lambda number: -shapes[number].area):
        if shapes[index].is_empty:
            continue
        middle = shapely.maximum_inscribed_circle(max(shapely.get_parts(shapes[index]), key=shapely.area), 2)
        x, y = shapely.get_coordinates(middle)[0]
        half = len(short_name(parts[index], language)) * _GLYPH[language] / 2
        box = shapely.box(x - half, y - _LINE / 2, x + half, y + _LINE / 2)
        if not any(box.intersects(other) for other in taken):
            taken.append(box)
            places[index] = (round(float(x), 1), round(float(y), 1))
    return places


def short_name(division: Division, language: str) -> str:
    """The name without the word for its level: 济南 of 济南市."""
    name = division.names.say(language)
    return name[:-1] if language == "zh" and len(name) > 2 and name[-1] in "省市区县" else name
