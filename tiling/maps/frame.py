"""The frame of a sheet: double neat line with degrees and ticks, graticule, title, and the notes below."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from entities.model import day_text
from tiling.maps.fonts import Fonts
from tiling.maps.layout import Sheetform, Window
from tiling.maps.page import POINT, Draft, Lettering, Words
from tiling.maps.projection import degrees
from tiling.maps.sheet import Sheet
from tiling.maps.style import ink, lettering, page_of, word

STEPS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300)
"""Distances of graticule lines that read well, in minutes."""

PARTS: Final = {1: 2, 2: 2, 5: 5, 10: 5, 15: 3, 20: 4, 30: 6, 60: 6, 120: 4, 300: 5}
"""Into how many parts ticks divide each of them."""

LINES: Final = 7
"""How many graticule lines cross the longer side, at most."""


def step_of(window: Window) -> int:
    """The distance of graticule lines in minutes: the same for both directions."""
    west, south, east, north = window.ground
    longest = max((east - west) * np.cos(np.radians((south + north) / 2)), north - south) * 60
    return next((step for step in STEPS if longest / step <= LINES), STEPS[-1])


def graticule(window: Window, step: float) -> list[tuple[str, float, BaseGeometry]]:
    """Meridians ("E") and parallels ("N") every `step` minutes, as lines seen in the window."""
    west, south, east, north = window.ground
    spare = (north - south) / 50  # the box is sampled along its edge, so that it may be a hair too small
    along_x = np.linspace(west - spare, east + spare, 60)
    along_y = np.linspace(south - spare, north + spare, 60)
    found = []
    for minutes in _multiples(west, east, step):
        line = np.column_stack([np.full(60, minutes / 60), along_y])
        found.append(("E", minutes / 60, window.see(shapely.LineString(line))))
    for minutes in _multiples(south, north, step):
        line = np.column_stack([along_x, np.full(60, minutes / 60)])
        found.append(("N", minutes / 60, window.see(shapely.LineString(line))))
    return [(kind, value, line) for kind, value, line in found if not line.is_empty]


def _multiples(low: float, high: float, step: float) -> Iterator[float]:
    for number in range(int(np.ceil(low * 60 / step)), int(np.floor(high * 60 / step)) + 1):
        yield number * step


def draw_frame(draft: Draft, form: Sheetform, window: Window, fonts: Fonts) -> None:
    """Draw the double frame with ticks and degrees between its lines."""
    draft.paint(ink("paper"), shapely.box(*form.outer).difference(shapely.box(*form.inner)))
    step = step_of(window)
    for kind, value, line in graticule(window, step / PARTS[step]):
        whole = round(value * 60 * 100) % (step * 100) == 0
        for x, y, side in _ends(line, kind, form):
            draft.paint(ink("tick"), _tick(x, y, side, 2.2 if whole else 1.1))
            if whole:
                draft.write(_degrees(x, y, side, degrees(value), form, fonts))
    draft.paint(ink("frame_inner"), shapely.box(*form.inner).exterior)
    draft.paint(ink("frame_outer"), shapely.box(*form.outer).exterior)


def _ends(line: BaseGeometry, kind: str, form: Sheetform) -> Iterator[tuple[float, float, str]]:
    """Where a graticule line meets the inner frame: meridians at top and bottom, parallels at the sides."""
    west, south, east, north = form.inner
    for x, y in shapely.get_coordinates(line)[[0, -1]]:
        if kind == "E" and min(abs(y - south), abs(y - north)) < 1e-6:
            yield x, y, "bottom" if abs(y - south) < 1e-6 else "top"
        elif kind == "N" and min(abs(x - west), abs(x - east)) < 1e-6:
            yield x, y, "left" if abs(x - west) < 1e-6 else "right"


def _tick(x: float, y: float, side: str, long: float) -> BaseGeometry:
    right, up = {"bottom": (0, -1), "top": (0, 1), "left": (-1, 0), "right": (1, 0)}[side]
    return shapely.LineString([(x, y), (x + right * long, y + up * long)])


def _degrees(x: float, y: float, side: str, text: str, form: Sheetform, fonts: Fonts) -> list[Words]:
    """The degrees beside a tick, in the middle of the band; none where a corner leaves no room."""
    letters, (west, south, east, north) = lettering("degrees"), form.inner
    half_wide, half_tall = fonts.width(text, letters) / 2, letters.size * POINT / 2
    if side in ("bottom", "top"):
        level = (form.outer[1] + south) / 2 if side == "bottom" else (form.outer[3] + north) / 2
        away = x + 0.8 + half_wide
        return [Words(text, away, level, letters)] if west < x and away + half_wide < east else []
    level = y + 0.5 + half_tall
    middle = (form.outer[0] + west) / 2 if side == "left" else (form.outer[2] + east) / 2
    return [Words(text, middle, level, letters)] if level + half_tall < north else []


def draw_title(draft: Draft, sheet: Sheet, language: str, fonts: Fonts) -> None:
    """Write the title above the frame, smaller where it is too long."""
    form = sheet.fit.form
    text, letters = sheet.title.say(language), lettering("title")
    if language == "en":
        letters = Lettering(letters.face, 26, letters.color, spacing=0.4)
    room = form.outer[2] - form.outer[0]
    if fonts.width(text, letters) > room:
        size = int(letters.size * room / fonts.width(text, letters))
        letters = Lettering(letters.face, size, letters.color)
    draft.write([Words(text, form.width / 2, form.outer[3] + form.size.head / 2 - 1.5, letters)])


def draw_notes(draft: Draft, sheet: Sheet, language: str) -> None:
    """Write approval number, data version and source at the lower left; datum and projection at the lower right."""
    form = sheet.fit.form
    left, right, level = form.outer[0], form.outer[2], form.outer[1] - 4.2
    version = word("version").fill({"number": sheet.data_version, "day": day_text(sheet.data_day)}).say(language)
    source = word("source").fill({"source": sheet.settings.source.say(language)}).say(language)
    gap, note = 4.4, lettering("note")
    approval = sheet.settings.approval_line().say(language)
    lines = [(approval, lettering("approval")), (version, note), (source, note)]
    draft.write(
        Words(text, left, level - gap * number, letters, "left") for number, (text, letters) in enumerate(lines)
    )
    notes = page_of("places")["notes"]
    remarks = [entry["text"][language] for entry in notes if sheet.division.code in entry["divisions"]]
    about = [word("datum").say(language), sheet.fit.window.projection.about.say(language), *remarks]
    draft.write(Words(text, right, level - gap * number, note, "right") for number, text in enumerate(about))
