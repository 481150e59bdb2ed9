"""The paper of a page's small maps: which part of the earth is on it, its lines of longitude and latitude, its bar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

METRES_PER_DEGREE: Final = 111_320.0
WIDTH, HEIGHT = 720, 320
_MARGIN: Final = 34
_LEAST: Final = 60.0  # metres across, so that one faulty vertex still shows what stands around it


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the earth on the paper: its centre, and pixels for each metre."""

    lon: float
    lat: float
    scale: float

    def pixel(self, place: Sequence[float]) -> tuple[float, float]:
        """Where a place of lon, lat is drawn."""
        east = (place[0] - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        north = (place[1] - self.lat) * METRES_PER_DEGREE
        return round(WIDTH / 2 + east * self.scale, 1), round(HEIGHT / 2 - north * self.scale, 1)


def framed(places: Sequence[Sequence[float]]) -> tuple[Frame, float, float]:
    """The paper that holds all places with a margin, and how far they reach east and north in metres."""
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    east = (max(lons) - min(lons)) * METRES_PER_DEGREE * math.cos(math.radians(lat))
    north = (max(lats) - min(lats)) * METRES_PER_DEGREE
    inner = WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN
    scale = min(inner[0] / max(east, _LEAST), inner[1] / max(north, _LEAST * inner[1] / inner[0]))
    return Frame(lon, lat, scale), east, north


def metres_text(length: float) -> str:
    """Write a length as people say it: `60 m`, `1.4 km`, `52 km`."""
    if length < 1000:
        return f"{max(1, round(length))}\u202fm"
    return f"{length / 1000:.1f}\u202fkm" if length < 10_000 else f"{length / 1000:.0f}\u202fkm"


def graticule(frame: Frame) -> Markup:
    """Lines of longitude and latitude with their degrees, as few as are readable."""
    lon_step = _round_step(180 / frame.scale / METRES_PER_DEGREE / math.cos(math.radians(frame.lat)))
    lat_step = _round_step(110 / frame.scale / METRES_PER_DEGREE)
    parts = []
    for lon in _multiples(frame.lon, lon_step, 3):
        x, _ = frame.pixel((lon, frame.lat))
        if _MARGIN < x < WIDTH - 2 * _MARGIN:
            label = _degrees(lon, lon_step, "E")
            parts.append(_line(x, 0, x, HEIGHT) + _label(x + 4, 14, label))
    for lat in _multiples(frame.lat, lat_step, 3):
        _, y = frame.pixel((frame.lon, lat))
        if _MARGIN < y < HEIGHT - _MARGIN:
            parts.append(_line(0, y, WIDTH, y) + _label(4, y - 4, _degrees(lat, lat_step, "N")))
    return Markup("").join(parts)


def scale_bar(frame: Frame) -> Markup:
    """A bar whose length is a round number of metres."""
    length = _round_step(90 / frame.scale)
    width = round(length * frame.scale, 1)
    x, y = WIDTH - _MARGIN / 2 - width, HEIGHT - 10
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


def drawn(parts: Sequence[Markup]) -> Markup:
    """The finished picture; the text beside it says the same, so it is hidden from screen readers."""
    svg = Markup('<svg viewBox="0 0 {} {}" aria-hidden="true" focusable="false" translate="no">{}</svg>')
    return svg.format(WIDTH, HEIGHT, Markup("").join(parts))
