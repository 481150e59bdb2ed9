"""The terrain in CesiumJS, from a page of another origin: nothing fails, the ground is as high as was surveyed."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entities.model import Period, parse_day
from entities.store import Store
from service.config import Config
from service.holdings.adopting import Adopted, Adoption, adopt
from tests.browser.conftest import Browse
from tests.serving import serving
from tests.tiling.elevation import ground
from tests.tiling.elevation.ground import DEGREE, LAT, LON, hills
from tiling.elevation.terrain import tolerance

pytestmark = pytest.mark.browser

LIFT = -4.25
ROWS = np.arange(10, 70, 6)
SEA = (LON + 140 * DEGREE, LAT + 60 * DEGREE)


def floor(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return -20 - (lon - LON) * 800


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Adopted]]:
    """A base with a surveyed coast: hills, and soundings beside them."""
    folder = tmp_path_factory.mktemp("coast")
    settings = folder / "config.yaml"
    settings.write_text(f"data: {folder}/data\nheight_anomaly: {{value: {LIFT}, source: made up}}\n")
    config = Config.load(settings)
    config.data.mkdir()
    files = [ground.model(folder / "hills.tif"), ground.soundings(folder / "sea.csv", floor, east=70 * DEGREE)]
    with closing(Store.open(config.base)) as store:
        adopted = [
            adopt(config, store, Adoption((path,), Period(parse_day("2025-05-01")), "elevation"), lambda *_: None)
            for path in files
        ]
    return settings, adopted


@pytest.fixture(scope="module")
def address(coast: tuple[Path, list[Adopted]]) -> Iterator[str]:
    """The address of a service on the coast."""
    with serving(coast[0]) as service:
        yield service.address


@pytest.fixture(scope="module")
def places() -> tuple[np.ndarray, np.ndarray]:
    """The middles of some cells of the hills."""
    row, column = np.meshgrid(ROWS, ROWS)
    return LON + (column.ravel() + 0.5) * DEGREE, LAT + (row.ravel() + 0.5) * DEGREE


@pytest.fixture(scope="module")
def seen(address: str, browse: Browse, places: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """What CesiumJS drew of the coast, and the heights that it finds at places."""
    asked = [*zip(*(part.tolist() for part in places), strict=True), SEA]
    things = [{"name": "terrain", "kind": "terrain", "url": f"{address}/terrain", "places": asked}]
    told = json.loads(browse("client.mjs", "client-cesium.js", "-", json.dumps(things)))
    found: dict[str, Any] = {**told["seen"]["terrain"], "errors": told["errors"]}
    return found


def test_no_tile_fails_and_nothing_is_said_on_the_console(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["failed"] == []


def test_the_ground_is_as_high_as_the_survey_says(
    seen: dict[str, Any], places: tuple[np.ndarray, np.ndarray], coast: tuple[Path, list[Adopted]]
) -> None:
    land, _ = coast[1]
    lost = float(land.holding.attributes["largest_error"] or 0)
    off = np.abs(np.array(seen["heights"][:-1]) - LIFT - hills(*places))
    assert off.max() <= lost + tolerance(14) + 0.05
    assert np.median(off) < 0.5
    assert seen["heights"][-1] == pytest.approx(float(floor(*map(np.array, SEA))) + LIFT, abs=1.5)
