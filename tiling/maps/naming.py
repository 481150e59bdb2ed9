"""The names on a sheet: what wants to be written, where it may stand, and what is needed."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from tiling.maps.divisions import LEVELS, Box, Division
from tiling.maps.fonts import Fonts, height
from tiling.maps.ground import Ground
from tiling.maps.labels import Placed, Placer, Wish
from tiling.maps.page import Draft
from tiling.maps.romanise import short
from tiling.maps.style import ink, letterings, page_of

PLAIN: Final = 0.2
"""How much detail of an area does not matter to the place of a name, in millimetres."""

Named = list[tuple[str, BaseGeometry]]


def names_on(ground: Ground, language: str, fonts: Fonts, kept_free: Iterable[Box]) -> list[Placed]:
    """Place every name of a sheet around what is kept free."""
    west, south, east, north = ground.window.box
    placer = Placer((west + 1.2, south + 1.2, east - 1.2, north - 1.2), fonts)
    placer.taken += [_grown(box, 1.5) for box in kept_free] + [dot.bounds for dot, _ in ground.islets]
    lines = ground.stretches
    placer.crossed = ground.window.see(lines.lines(np.ones(len(lines.rank), np.bool_)))
    shapely.prepare(placer.crossed)
    wishes = [*division_wishes(ground, language), *island_wishes(ground, language, fonts)]
    needed = placer.place(wishes)
    optional = [*higher_wishes(ground, language), *neighbour_wishes(ground, language), *sea_wishes(ground, language)]
    return needed + placer.place(optional)


def draw_names(draft: Draft, placed: Iterable[Placed]) -> None:
    """Paint leader lines and write names."""
    names = list(placed)
    leaders = [name.leader for name in names if name.leader is not None]
    draft.paint(ink("leader"), leaders)
    draft.paint(ink("anchor"), [shapely.Point(line.coords[0]).buffer(0.3) for line in leaders])
    draft.write(name.words for name in names)


def label(division: Division, language: str) -> str:
    """What is written on a division: its whole name in Chinese, the short Latin name in English."""
    if language == "zh":
        return division.names.zh
    given = division.version.state.attributes.get("name_en")
    return str(given) if given else short(division.names.zh)


def division_wishes(ground: Ground, language: str) -> Iterator[Wish]:
    """The sheet's divisions: children, and on a province's sheet the counties too; the county itself on its own."""
    sheet, division = ground.sheet, ground.sheet.division
    children = sheet.divisions.children(division)
    use = {"province": "city", "city": "child", "county": "self"}[division.level]
    named = [(each, use) for each in children or [division]]
    if division.level == "province":
        named += [(each, "county") for each in sheet.divisions.under(division, "county")]
    for each, letters in named:
        area = ground.window.see(each.shape)
        if not area.is_empty:
            yield Wish(label(each, language), letterings(letters), shapely.simplify(area, PLAIN))


def higher_wishes(ground: Ground, language: str) -> Iterator[Wish]:
    """Names of the neighbours a level higher: provinces around a city's sheet, cities around a county's."""
    if ground.level:
        level = LEVELS[ground.level - 1]
        own = ground.sheet.divisions.by_code.get(ground.sheet.division.parent or "")
        around = [each for each in ground.sheet.divisions.of_level(level) if each is not own]
        inside = [(label(each, language), each.shape) for each in around if each.shape.intersects(ground.area)]
        beyond = [(place.name, place.shape) for place in ground.outside(level)]
        yield from _around_wishes(ground, inside, beyond, "neighbour_higher", language)


def neighbour_wishes(ground: Ground, language: str) -> Iterator[Wish]:
    """Names of the land around, where there is room for them."""
    inside = [(label(each, language), each.shape) for each in ground.neighbours]
    beyond = [(place.name, place.shape) for place in ground.outside(ground.sheet.division.level)]
    yield from _around_wishes(ground, inside, beyond, "neighbour", language)


def _around_wishes(ground: Ground, inside: Named, beyond: Named, use: str, language: str) -> Iterator[Wish]:
    own = shapely.simplify(ground.window.see(ground.sheet.division.shape), PLAIN).buffer(2.0)
    for name, shape in [*inside, *((name if language == "zh" else short(name), shape) for name, shape in beyond)]:
        area = shapely.simplify(ground.window.see(shape), PLAIN).difference(own)
        parts = [part for part in shapely.get_parts(area) if part.area > 30]
        if parts:
            yield Wish(name, letterings(use), max(parts, key=lambda part: part.area), needed=False)


def sea_wishes(ground: Ground, language: str) -> Iterator[Wish]:
    """Names of seas and bays in the middle of what is seen of them."""
    taken = shapely.simplify(ground.window.see(ground.land), PLAIN).buffer(1.5)
    for entry in _within("seas", ground.window.denominator):
        area = shapely.difference(ground.window.see(shapely.Polygon(entry["area"])), taken)
        taken = taken.union(area)  # a bay's water is not the sea's
        widest = max(shapely.get_parts(area), key=lambda part: part.area, default=None)
        if widest is not None and widest.area > 400:
            letters = letterings("sea_name" if language == "zh" else "sea_name_latin")
            yield Wish(entry["name"][language], letters, widest, needed=False)


def island_wishes(ground: Ground, language: str, fonts: Fonts) -> Iterator[Wish]:
    """Names of islands beside them; a group's name is needed wherever the group is part of what the sheet shows."""
    own, land = ground.sheet.division.shape.buffer(0.3), shapely.get_parts(ground.window.see(ground.land))
    for entry in _within("islands", ground.window.denominator):
        place = shapely.Point(entry["at"])
        point = ground.window.place(place)
        if own.contains(place) and ground.window.area.contains(point):
            group, name = bool(entry.get("group")), entry["name"][language]
            letters = letterings("islands" if group else "island")
            island = shapely.union_all([point.buffer(0.6), *land[shapely.dwithin(land, point, 0.6)]])
            box = _grown((point if group else island).bounds, 6.0 if group else 0.0)
            spots = tuple(_around(box, fonts.width(name, letters[0]), height(letters[0])))
            yield Wish(name, letters, point, group, spots, rank=-1 if group else 0, avoid=shapely.union_all(list(land)))


def _around(box: Box, width: float, tall: float) -> Iterator[tuple[float, float]]:
    """Spots beside a box for a name of an extent: right, left, above, below, then further off."""
    west, south, east, north = box
    x, y = (west + east) / 2, (south + north) / 2
    for off in (0.6, 1.5, 3.0, 5.0, 8.0, 12.0):
        right, left = east + off + width / 2, west - off - width / 2
        high, low = north + off + tall / 2, south - off - tall / 2
        yield from ((right, y), (left, y), (x, high), (x, low))
        yield from ((right, high), (right, low), (left, high), (left, low))


def _grown(box: Box, reach: float) -> Box:
    return (box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach)


def _within(kind: str, scale: int) -> Iterator[Any]:
    return (entry for entry in page_of("places")[kind] if scale <= entry.get("within", scale))
