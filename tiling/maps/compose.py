"""Composing a sheet: from what it shows to where every line and letter stands on the paper."""

import shapely

from tiling.maps.fonts import Fonts
from tiling.maps.frame import draw_frame, draw_notes, draw_title
from tiling.maps.ground import Ground
from tiling.maps.legend import SIGNS, Legend, scale_text
from tiling.maps.locator import draw_locator, locator_box
from tiling.maps.naming import draw_names, names_on
from tiling.maps.page import Draft, Page, Words
from tiling.maps.sheet import Sheet
from tiling.maps.style import ink, lettering


def compose(sheet: Sheet, language: str = "zh") -> Page:
    """Compose a sheet in a language. Raises `Conflict` (`map.font`) without the fonts to measure with."""
    fonts, form, draft = Fonts(sheet.settings.fonts), sheet.fit.form, Draft()
    ground = Ground(sheet, sheet.fit.window)
    legend = _legend(ground, language, fonts)
    boxes = [legend.box(), *(inset.box for inset in sheet.fit.insets), *locator_box(sheet)]
    names = names_on(ground, language, fonts, boxes)
    draft.paint(ink("paper"), shapely.box(0, 0, form.width, form.height))
    ground.draw(draft)
    draw_names(draft, names)
    for inset in sheet.fit.insets:
        _draw_inset(draft, Ground(sheet, inset), language, fonts)
    legend.draw(draft)
    draw_locator(draft, sheet)
    draw_frame(draft, form, sheet.fit.window, fonts)
    draw_title(draft, sheet, language, fonts)
    draw_notes(draft, sheet, language)
    return draft.finish(form.width, form.height, sheet.title.say(language), language)


def _legend(ground: Ground, language: str, fonts: Fonts) -> Legend:
    """The legend with those of its signs that are seen."""
    sheet, insets = ground.sheet, [Ground(ground.sheet, inset) for inset in ground.sheet.fit.insets]
    seen = {sign for each in (ground, *insets) for sign in each.signs}
    signs = [sign for sign in SIGNS[sheet.division.level] if sign in seen]
    return Legend(signs, sheet.fit.corner, sheet.fit.legend, sheet.scale, language, fonts)


def _draw_inset(draft: Draft, ground: Ground, language: str, fonts: Fonts) -> None:
    """Draw an inset: its ground, names, frame and scale."""
    west, south, east, north = ground.window.box
    text, letters = scale_text(ground.window.denominator), lettering("scale")
    half, middle = fonts.width(text, letters) / 2 + 1, (west + east) / 2
    names = names_on(ground, language, fonts, [(middle - half, south, middle + half, south + 4.5)])
    ground.draw(draft)
    draw_names(draft, names)
    draft.paint(ink("inset"), shapely.box(west, south, east, north).exterior)
    draft.write([Words(text, middle, south + 2.6, letters)])
