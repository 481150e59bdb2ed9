"""Small pictures that belong to a page's text: where a rule was broken, and how long each version of an entity held."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

METRES_PER_DEGREE: Final = 111_320.0
_WIDTH, _HEIGHT = 720, 320
_MARGIN: Final = 34
_LEAST: Final = 60.0  # metres across, so that one faulty vertex still shows what stands around it
_LABELLED: Final = 40


@dataclass(frozen=True, slots=True)
class Sketch:
    """A map of faulty places: its SVG, how many there are, how far they reach, and each row's number on it."""

    svg: Markup
    count: int
    width: str
    height: str
    marks: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the earth on the paper: its centre, and pixels for each metre."""

    lon: float
    lat: float
    scale: float

    def pixel(self, place: Sequence[float]) -> tuple[float, float]:
        east = (place[0] - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        north = (place[1] - self.lat) * METRES_PER_DEGREE
        return round(_WIDTH / 2 + east * self.scale, 1), round(_HEIGHT / 2 - north * self.scale, 1)


def sketch(features: Sequence[Mapping[str, Any]]) -> Sketch | None:
    """Draw where features are faulty, numbered in their order; None where no finding has a place."""
    placed = [feature for feature in features if feature.get("place")]
    if not placed:
        return None
    places = [feature["place"] for feature in placed]
    frame, east, north = _framed(places)
    marks = {feature["row"]: number for number, feature in enumerate(placed, 1)}
    parts = [_ticks(frame), *(_mark(frame, place, number) for number, place in enumerate(places, 1))]
    svg = Markup('<svg viewBox="0 0 {} {}" aria-hidden="true" focusable="false" translate="no">{}</svg>').format(
        _WIDTH, _HEIGHT, Markup("").join([*parts, _scale_bar(frame)])
    )
    return Sketch(svg, len(placed), metres_text(east), metres_text(north), marks)


def metres_text(length: float) -> str:
    """Write a length as people say it: `60 m`, `1.4 km`, `52 km`."""
    if length < 1000:
        return f"{max(1, round(length))}\u202fm"
    return f"{length / 1000:.1f}\u202fkm" if length < 10_000 else f"{length / 1000:.0f}\u202fkm"


def _framed(places: Sequence[Sequence[float]]) -> tuple[_Frame, float, float]:
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    east = (max(lons) - min(lons)) * METRES_PER_DEGREE * math.cos(math.radians(lat))
    north = (max(lats) - min(lats)) * METRES_PER_DEGREE
    inner = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    scale = min(inner[0] / max(east, _LEAST), inner[1] / max(north, _LEAST * inner[1] / inner[0]))
    return _Frame(lon, lat, scale), east, north


def _mark(frame: _Frame, place: Sequence[float], number: int) -> Markup:
    x, y = frame.pixel(place)
    dot = Markup('<circle class="place" cx="{}" cy="{}" r="6"/>').format(x, y)
    if number > _LABELLED:
        return dot
    return dot + Markup('<text class="mark" x="{}" y="{}">{}</text>').format(x + 8, y - 7, number)


def _ticks(frame: _Frame) -> Markup:
    """Lines of longitude and latitude with their degrees, as few as are readable."""
    lon_step = _round_step(180 / frame.scale / METRES_PER_DEGREE / math.cos(math.radians(frame.lat)))
    lat_step = _round_step(110 / frame.scale / METRES_PER_DEGREE)
    parts = []
    for lon in _multiples(frame.lon, lon_step, 3):
        x, _ = frame.pixel((lon, frame.lat))
        if _MARGIN < x < _WIDTH - 2 * _MARGIN:
            label = _degrees(lon, lon_step, "E")
            parts.append(_line(x, 0, x, _HEIGHT) + _label(x + 4, _HEIGHT - 6, label))
    for lat in _multiples(frame.lat, lat_step, 3):
        _, y = frame.pixel((frame.lon, lat))
        if _MARGIN < y < _HEIGHT - _MARGIN:
            parts.append(_line(0, y, _WIDTH, y) + _label(4, y - 4, _degrees(lat, lat_step, "N")))
    return Markup("").join(parts)


def _scale_bar(frame: _Frame) -> Markup:
    length = _round_step(90 / frame.scale)
    width = round(length * frame.scale, 1)
    x, y = _WIDTH - _MARGIN / 2 - width, _HEIGHT - 10
    bar = Markup('<path d="M{0} {1}v4h{2}v-4" fill="none" stroke="currentColor" stroke-width="1.5"/>')
    return bar.format(x, y - 4, width) + _label(x, y - 8, metres_text(length))


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<path class="grid" d="M{} {}L{} {}"/>').format(x1, y1, x2, y2)


def _label(x: float, y: float, text: str) -> Markup:
    return Markup('<text class="tick" x="{}" y="{}">{}</text>').format(round(x, 1), round(y, 1), text)


def _round_step(wanted: float) -> float:
    """The nearest 1, 2 or 5 times a power of ten that is not below what is wanted."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted * 0.999)


def _multiples(centre: float, step: float, each_side: int) -> list[float]:
    middle = round(centre / step)
    return [(middle + n) * step for n in range(-each_side, each_side + 1)]


def _degrees(value: float, step: float, side: str) -> str:
    return f"{value:.{max(0, math.ceil(-math.log10(step)))}f}°{side}"


@dataclass(frozen=True, slots=True)
class _Bar:
    """One version on the line of an entity's life, in pixels."""

    start: float
    end: float
    row: int
    superseded: bool
    day: str


def lifeline(history: Sequence[Mapping[str, Any]], today: str) -> Markup:
    """Draw the versions of an entity over time: what holds now solid, what was corrected later dashed."""
    if len(history) < 2:
        return Markup("")
    first = min(_days(version["valid_from"]) for version in history)
    last = max(_days(today), *(_days(v["valid_to"]) for v in history if v["valid_to"] not in (None, "..")), first + 1)
    first -= (last - first) // 40 + 1

    def x(day: int) -> float:
        return round(8 + (_WIDTH - 16) * (day - first) / (last - first), 1)

    bars = [_bar(version, x, last) for version in history]
    height = 60 if any(bar.superseded for bar in bars) else 44
    return Markup(
        '<figure class="lifeline" aria-hidden="true" translate="no">'
        '<svg viewBox="0 0 {} {}" focusable="false">{}</svg></figure>'
    ).format(_WIDTH, height, Markup("").join(_drawn(bar) for bar in bars))


def _bar(version: Mapping[str, Any], x: Any, last: int) -> _Bar:
    ended = version["valid_to"] not in (None, "..")
    superseded = version["known_to"] is not None
    end = x(_days(version["valid_to"]) if ended else last)
    return _Bar(x(_days(version["valid_from"])), end, 44 if superseded else 22, superseded, version["valid_from"])


def _drawn(bar: _Bar) -> Markup:
    kind = "bar past" if bar.superseded else "bar"
    box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="12" rx="2"/>')
    shape = box.format(kind, bar.start, bar.row, max(3, round(bar.end - bar.start - 2, 1)))
    if bar.superseded:
        return shape
    anchor = "end" if bar.start > _WIDTH - 90 else "start"
    return shape + Markup('<text x="{}" y="16" text-anchor="{}">{}</text>').format(bar.start, anchor, bar.day)


def _days(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()
