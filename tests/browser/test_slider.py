"""Sliding over days in a real browser: no tile is asked for, the next frame shows the day, a click finds its things."""

import json
import re
from typing import Any

import pytest

from entities.model import parse_day
from entities.store import Store
from service.config import Config
from tests.browser.city import FIRST, STEP, City
from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser

BEFORE, OLD, NEW = "2024-05-19", "2025-05-18", "2025-06-01"


@pytest.fixture(scope="module")
def seen(base_url: str, city: City, browse: Browse) -> dict[str, Any]:
    """What sliding back and forth above the buildings that change saw."""
    lon, lat = city.places[city.raised]
    given = {"camera": [lon, lat, 1200], "days": [OLD, NEW, BEFORE, FIRST], "places": places(city)}
    found: dict[str, Any] = json.loads(browse("slider.mjs", base_url, json.dumps(given)))
    return found


def places(city: City) -> list[tuple[float, float]]:
    """The middles of the building that is raised and of the eight around it."""
    lon, lat = city.places[city.raised]
    return [(lon + x * STEP, lat + y * STEP) for x in (-1, 0, 1) for y in (-1, 0, 1)]


def standing(city: City, place: tuple[float, float], day: str) -> str | None:
    """What the base knows to stand at a place on a day."""
    store = Store.open(Config.load(city.settings).base)
    found = store.view(valid_at=parse_day(day)).within((*place, *place), ["buildings"])
    store.close()
    return found[0].code if found else None


def test_nothing_is_loaded_and_nothing_is_said(seen: dict[str, Any]) -> None:
    """Of entities, that is: what surveys made besides has a version each, which the day chooses."""
    of_entities = [address for address in seen["asked"] if not re.search(r"/3dtiles/(meshes|pointclouds)/", address)]
    assert of_entities == [] and seen["errors"] == []
    assert seen["first"] > 0


def test_a_click_finds_what_stands_on_the_day(seen: dict[str, Any], city: City) -> None:
    for day in (OLD, NEW, BEFORE, FIRST):
        assert seen["found"][day] == [standing(city, place, day) for place in places(city)]
    assert {tuple(found) for found in seen["found"].values()} >= {(None,) * 9}


def test_the_next_frame_shows_the_day(seen: dict[str, Any]) -> None:
    """The first frame after the slider moved is the picture that stays, and differs from the one before."""
    for day in (NEW, BEFORE, FIRST):
        assert seen["next"][day]["changed"] > 0.01
        assert seen["next"][day]["shown"] > 0.95
