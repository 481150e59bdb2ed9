"""A small picture of where in its province a division lies."""

from typing import Final

import shapely

from tiling.maps.divisions import Box, Division
from tiling.maps.layout import Window
from tiling.maps.page import Draft
from tiling.maps.sheet import Sheet
from tiling.maps.style import ink

MARGIN: Final = 3.0
"""What is kept free around the province, in millimetres."""

SMALL: Final = 4.0
"""A division smaller than this on the locator, in square millimetres, gets a ring around it."""

RING: Final = 1.8
"""The ring's radius in millimetres."""


def draw_locator(draft: Draft, sheet: Sheet) -> None:
    """Draw the locator where the sheet has one."""
    province = province_of(sheet)
    if province is None:
        return
    for box in locator_box(sheet):
        window = _window(sheet, box, province)
        draft.paint(ink("box"), shapely.box(*box))
        draft.paint(ink("locator_land"), shapely.simplify(window.place(province.shape), 0.05))
        here = shapely.simplify(window.place(sheet.division.shape), 0.05)
        draft.paint(ink("locator_here"), here)
        if here.area < SMALL:
            draft.paint(ink("locator_ring"), here.centroid.buffer(RING).exterior)


def locator_box(sheet: Sheet) -> list[Box]:
    """The locator's box, where the sheet has room for one and its division is not the province itself."""
    wanted = sheet.fit.locator and province_of(sheet) not in (None, sheet.division)
    return [sheet.fit.locator] if sheet.fit.locator and wanted else []


def province_of(sheet: Sheet) -> Division | None:
    """The province that the sheet's division lies in, if the base has it."""
    above = [each for each in sheet.divisions.of_level("province") if sheet.division.below(each)]
    return above[0] if above else None


def _window(sheet: Sheet, box: Box, province: Division) -> Window:
    projection = sheet.fit.window.projection
    west, south, east, north = projection.project(province.shape).bounds
    room = (box[2] - box[0] - 2 * MARGIN, box[3] - box[1] - 2 * MARGIN)
    denominator = 1000 * max((east - west) / room[0], (north - south) / room[1])
    return Window(box, projection, round(denominator), ((west + east) / 2, (south + north) / 2))
