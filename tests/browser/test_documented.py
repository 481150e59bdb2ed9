"""What docs/clients.md shows runs as it stands, from a page of another origin, in every client that is here."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from affine import Affine

from entities.model import Period, parse_day
from entities.store import Store
from service.config import Config
from service.holdings.adopting import Adoption, adopt
from tests.browser.city import FIRST, GROUND, SOUTH, STEP, WEST, City, make_city
from tests.browser.conftest import Browse
from tests.serving import ROOT, serving
from tests.tiling.elevation import ground
from tests.tiling.points.made import cloud
from tests.tiling.rasters import picture, plain

pytestmark = pytest.mark.browser

PACKAGES: Final = ROOT / "tests" / "clients"
OTHERS: Final = {"iTowns": "itowns", "Giro3D": "giro3d", "deck.gl": "deck"}
"""The clients whose packages `make clients` fetches, each with its folder."""

SCENE: Final = {"buildings", "pipes", "pointclouds"}
"""Layers that stand in view."""
POINTS: Final = 20_000


@dataclass(frozen=True)
class Look:
    """What a client is to look at: a place in degrees, its height above the ellipsoid, from how far, on which day."""

    lon: float
    lat: float
    height: float
    away: float = 220.0
    day: str = FIRST


@dataclass(frozen=True)
class Town:
    """The small city with a cloud beside its tallest house, ground under it and a photo on that, served."""

    city: City
    address: str

    def raised(self) -> Look:
        """A look at the roof of the house that was raised."""
        return Look(*self.city.places[self.city.raised], GROUND - 9 + 48)

    def gone(self) -> Look:
        """A look at the roof of the house that was pulled down, on a day when it stood."""
        return Look(*self.city.places[self.city.gone], GROUND - 9 + 21)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, browse: Browse) -> Iterator[Town]:
    """Make it, and serve it."""
    folder = tmp_path_factory.mktemp("town")
    city = make_city(folder)
    config = Config.load(city.settings)
    with closing(Store.open(config.base)) as store:
        made = {"pointclouds": _scan(folder), "elevation": _hills(folder), "imagery": _photo(folder)}
        for kind, path in made.items():
            adopt(config, store, Adoption((path,), Period(parse_day(FIRST)), kind), lambda *_: None)
    with serving(city.settings) as served:
        yield Town(city, served.address)


def _scan(folder: Path) -> Path:
    """A strip of points over the street east of the tallest house."""
    chance = np.random.default_rng(1).random((3, POINTS))
    places = np.column_stack(
        [WEST + (5.65 + 0.3 * chance[0]) * STEP, SOUTH + (4 + 2 * chance[1]) * STEP, GROUND + chance[2]]
    )
    shade = {name: np.full(POINTS, part * 256, np.uint16) for name, part in (("red", 20), ("green", 160), ("blue", 40))}
    return cloud(folder / "scan.laz", places, "EPSG:4490+5737", **shade)


def _hills(folder: Path) -> Path:
    step = 1 / 7200
    around = Affine(step, 0, WEST - 0.002, 0, -step, SOUTH + 0.007)
    return ground.model(folder / "hills.tif", lambda lon, lat: GROUND - 0.5 + 0 * lon, size=80, transform=around)


def _photo(folder: Path) -> Path:
    around = Affine(0.0001, 0, WEST - 0.0007, 0, -0.0001, SOUTH + 0.0057)
    return picture(folder / "photo.tif", plain((120, 140, 90)), transform=around, crs="EPSG:4490")


def ran(browse: Browse, town: Town, looks: dict[str, tuple[Look, set[str]]]) -> dict[str, str | None]:
    """The code that each client picked once it asked for all parts that are wanted of it.

    Nothing may have gone wrong on its page, and nothing may have been asked for in vain.
    """
    things = [
        {
            "name": name,
            "address": town.address,
            "at": asdict(look),
            "wanted": sorted(wanted),
            "packages": _packages(name),
        }
        for name, (look, wanted) in looks.items()
    ]
    told = browse("documented.mjs", os.environ.get("SHIKONG_PICTURES", "-"), *map(json.dumps, things))
    found: dict[str, Any] = json.loads(told)
    assert {name: seen["errors"] + seen["failed"] for name, seen in found.items()} == {name: [] for name in looks}
    return {name: seen["code"] for name, seen in found.items()}


def _packages(name: str) -> str:
    return str(PACKAGES / OTHERS[name] if name in OTHERS else ROOT)


def test_cesium_and_three_show_what_the_page_says(browse: Browse, town: Town) -> None:
    looks = {
        "CesiumJS": (town.raised(), SCENE | {"terrain", "map"}),
        "CesiumJS through time": (town.gone(), {"buildings"}),
        "three.js": (town.gone(), SCENE | {"terrain"}),
    }
    gone = town.city.gone
    assert ran(browse, town, looks) == {
        "CesiumJS": town.city.raised,
        "CesiumJS through time": gone,
        "three.js": gone,
    }


def test_other_clients_show_what_the_page_says(browse: Browse, town: Town) -> None:
    if not (PACKAGES / "node_modules").is_dir():
        pytest.skip("left out: the packages of other clients are not here (make clients)")
    wanted = {"iTowns": SCENE | {"map"}, "Giro3D": SCENE, "deck.gl": SCENE | {"map"}}
    looks = {name: (town.raised(), wanted[name]) for name in OTHERS}
    assert ran(browse, town, looks) == dict.fromkeys(OTHERS, town.city.raised)
