"""The legend of a sheet: signs with their meaning, a scale bar of whole kilometres, and the scale as a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import shapely

from tiling.maps.divisions import Box
from tiling.maps.fonts import Fonts
from tiling.maps.page import Draft, Words
from tiling.maps.style import ink, lettering, word

SIGNS: Final = {
    "province": ("border_province", "border_city", "border_county", "coast", "islet"),
    "city": ("border_province", "border_city", "border_county", "coast", "islet"),
    "county": ("border_province", "border_city", "border_county", "coast", "islet", "water", "roads"),
}
"""What the legend of a sheet may explain, by the sheet's level."""

PAD: Final = 4.0
ROW: Final = 5.2
SIGN: Final = 15.0
TITLE: Final = 8.0
BAR: Final = 14.0
LONGEST: Final = 42.0
"""The longest scale bar in millimetres."""


@cache
def legend_extent(level: str, fonts: Fonts) -> tuple[float, float]:
    """The room that the fullest legend of a level needs, in the wider of the two languages."""
    return _extent(SIGNS[level], fonts)


def _extent(signs: Sequence[str], fonts: Fonts) -> tuple[float, float]:
    texts = [text for sign in signs for text in (word(sign).zh, word(sign).en)]
    widest = max(fonts.width(text, lettering("legend")) for text in texts)
    width = max(SIGN + 2.5 + widest, LONGEST + 8)
    return (round(width + 2 * PAD, 1), round(PAD + TITLE + ROW * len(signs) + BAR + PAD / 2, 1))


@dataclass(frozen=True)
class Legend:
    """A legend to draw: what it explains, the corner box it may use, and the scale."""

    signs: Sequence[str]
    corner: str
    room: Box
    denominator: int
    language: str
    fonts: Fonts

    def box(self) -> Box:
        """The box it takes: no taller than its signs need, in its corner of the room."""
        west, south, east, north = self.room
        tall = _extent(self.signs, self.fonts)[1]
        low = south if self.corner.startswith("south") else north - tall
        return (west, low, east, low + tall)

    def draw(self, draft: Draft) -> None:
        """Draw it."""
        west, south, east, north = self.box()
        middle = (west + east) / 2
        draft.paint(ink("box"), shapely.box(west, south, east, north))
        title = word("legend").say(self.language)
        draft.write([Words(title, middle, north - PAD - 1.6, lettering("legend_title"))])
        for number, sign in enumerate(self.signs):
            level = north - PAD - TITLE - ROW * number
            self._sign(draft, sign, west + PAD, level)
            text = word(sign).say(self.language)
            draft.write([Words(text, west + PAD + SIGN + 2.5, level, lettering("legend"), "left")])
        self._bar(draft, middle, south + BAR - 3.0)

    def _sign(self, draft: Draft, sign: str, left: float, level: float) -> None:
        """Draw one sign: a stroke, a patch or a dot."""
        line = shapely.LineString([(left, level), (left + SIGN, level)])
        patch = shapely.box(left + 3, level - 1.5, left + SIGN - 3, level + 1.5)
        if sign == "coast":
            draft.paint(ink("sea"), shapely.box(left + 2, level - 1.6, left + SIGN - 2, level))
            draft.paint(ink("land"), shapely.box(left + 2, level, left + SIGN - 2, level + 1.6))
            draft.paint(ink("coast"), shapely.LineString([(left + 2, level), (left + SIGN - 2, level)]))
        elif sign == "islet":
            draft.paint(ink("sea"), patch)
            dot = shapely.Point(left + SIGN / 2, level).buffer(ISLET)
            draft.paint(ink("land"), dot)
            draft.paint(ink("islet"), dot.exterior)
        elif sign == "water":
            draft.paint(ink("water_area"), patch)
        else:
            draft.paint(ink("road" if sign == "roads" else sign), line)

    def _bar(self, draft: Draft, middle: float, level: float) -> None:
        """Draw the scale bar: four parts in turn dark and light, whole lengths at its ends and middle."""
        whole = bar_length(self.denominator)
        long = whole * 1000 / self.denominator
        left, tall = middle - long / 2, 1.1
        for part in range(4):
            start, end = left + long * part / 4, left + long * (part + 1) / 4
            draft.paint(ink("bar_light" if part % 2 else "bar_dark"), shapely.box(start, level, end, level + tall))
        metres = whole < 2000
        numbers = [length / (1 if metres else 1000) for length in (0, whole / 2, whole)]
        unit = word("metres" if metres else "kilometres").say(self.language)
        texts = [f"{number:g}" for number in numbers]
        draft.write(
            Words(text, left + long * part / 2, level + tall + 1.7, lettering("scale"))
            for part, text in enumerate(texts)
        )
        beyond = left + long + self.fonts.width(texts[-1], lettering("scale")) / 2 + 0.8
        draft.write([Words(unit, beyond, level + tall + 1.7, lettering("scale"), "left")])
        draft.write([Words(scale_text(self.denominator), middle, level - 3.6, lettering("scale_number"))])


ISLET: Final = 0.55
"""The radius of the dot that stands for an islet too small to see, in millimetres."""


def bar_length(denominator: int) -> int:
    """The length a scale bar shows, in metres: the longest of 1, 2, 4 or 8 times a power of ten that fits."""
    most = LONGEST * denominator / 1000
    lengths = [lead * tens for tens in (10, 100, 1_000, 10_000, 100_000, 1_000_000) for lead in (1, 2, 4, 8)]
    return max(length for length in lengths if length <= most)


def scale_text(denominator: int) -> str:
    """Write a scale: 1:1 900 000."""
    return "1:" + f"{denominator:,}".replace(",", " ")
