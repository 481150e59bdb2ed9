"""The viewer in a real browser: buildings, picking, the past, permanent links, the keyboard, and no 3D at all."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from entities.model import day_text, today
from tests.browser.city import FIRST, SECOND, City
from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser

TO_GLOBE = 1_200_000
TO_CITY = 2_000_000


@pytest.fixture(scope="module")
def seen(base_url: str, city: City, browse: Browse) -> dict[str, Any]:
    """What one journey through the viewer saw."""
    things = {name: [code, *city.places[code]] for name, code in _named(city).items()}
    journey = {**things, "past": "2024-12-01", "today": day_text(today())}
    found: dict[str, Any] = json.loads(browse("viewer.mjs", base_url, json.dumps(journey), seconds=600))
    return found


def _named(city: City) -> dict[str, str]:
    return {"raised": city.raised, "added": city.added, "gone": city.gone, "main": city.main}


def asked(base_url: str, path: str) -> Any:
    with urlopen(Request(base_url + path, headers={"Accept": "application/json"})) as answer:
        return json.load(answer)


def test_nothing_is_said_on_the_console_and_nothing_asked_elsewhere(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["elsewhere"] == []


def test_the_page_has_words_and_the_picture_before_any_script(base_url: str) -> None:
    with urlopen(Request(base_url + "/", headers={"Accept": "text/html"})) as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    assert "正在载入三维场景" in page
    assert '<img class="still" src="/still.jpg"' in page
    assert re.findall(r"<script(?! type=)", page) == []
    assert "'unsafe-eval'" not in policy


def test_the_page_stays_light(seen: dict[str, Any]) -> None:
    assert 300_000 < seen["toGlobe"] <= TO_GLOBE
    assert seen["toCity"] <= TO_CITY


def test_the_map_says_its_approval_and_scale_and_the_address_is_clean_at_first(
    seen: dict[str, Any], base_url: str
) -> None:
    assert "鲁S（2026）000号" in seen["credits"]
    assert re.fullmatch(r"\d+\s(m|km)", seen["scale"])
    assert seen["addressAtFirst"] == base_url + "/"


def test_a_click_shows_what_the_base_knows(seen: dict[str, Any], base_url: str, city: City) -> None:
    card = asked(base_url, f"/codes/{city.raised}")
    shown = seen["today"]
    assert shown["code"].replace(" ", "") == card["code"] == city.raised
    assert re.fullmatch(r"(\w{4} )*\w{1,4}", shown["code"])
    assert shown["title"] == card["name"] == "泉城路188号楼"
    assert card["class"]["zh"] in shown["class"]
    assert card["class"]["code"] in shown["class"]
    assert shown["height"].split()[0] == f"{card['height']:g}" == "48"
    assert shown["from"] == card["valid_from"] == SECOND
    assert "历下区自然资源局" in shown["source"]
    assert shown["versions"] == len([row for row in card["history"] if row["known_to"] is None]) == 2


def test_a_pick_is_answered_and_its_time_is_told(seen: dict[str, Any]) -> None:
    print(f"a pick was answered after {seen['pickMilliseconds']:.0f} ms; wanted 200 at most on a quiet machine")
    assert seen["pickMilliseconds"] > 0


def test_the_slider_shows_the_past_everywhere(seen: dict[str, Any]) -> None:
    past = seen["past"]
    assert past["height"].split()[0] == "12"
    assert past["from"] == FIRST
    assert past["date"] == "2024-12-01"
    assert parse_qs(urlsplit(past["address"]).query)["date"] == ["2024-12-01"]
    for place in ("day", "legend"):
        assert "2024年12月1日" in past[place]
    assert seen["sliderSays"] == "2024年12月1日，0处变化"


def test_history_is_a_way_to_move_the_date(seen: dict[str, Any]) -> None:
    assert seen["byHistory"]["date"] == SECOND
    assert seen["byHistory"]["height"].split()[0] == "48"


def test_a_link_reopens_what_was_seen(seen: dict[str, Any], city: City) -> None:
    reopened, before = seen["reopened"], seen["byHistory"]
    assert parse_qs(urlsplit(reopened["address"]).query) == parse_qs(urlsplit(before["address"]).query)
    assert reopened["date"] == before["date"]
    assert reopened["code"].replace(" ", "") == city.raised


def test_the_keyboard_picks_what_stands_at_the_centre_on_each_day(seen: dict[str, Any], city: City) -> None:
    assert seen["added"] == {"today": city.added, "eve": SECOND, "day": FIRST, "past": None, "keys": True}
    assert seen["gone"] == {"today": None, "eve": SECOND, "day": FIRST, "past": city.gone, "keys": True}


def test_from_afar_blocks_stand_for_the_buildings_and_say_how_many(seen: dict[str, Any]) -> None:
    assert seen["far"]["asked"] == ["o/11", "t/9"]
    said = re.search(r"这里有(\d+)栋房屋", seen["far"]["says"])
    assert said and 1 < int(said[1]) <= 99


def test_what_lies_under_the_ground_is_seen_through_it_and_picked(seen: dict[str, Any], city: City) -> None:
    under = seen["under"]
    assert under["before"] == {"pressed": "false", "pipes": False}
    assert under["after"] == {"pressed": "true", "pipes": True}
    assert under["pitch"] == pytest.approx(-45, abs=1)
    assert under["code"] == city.main
    assert under["title"] == "泉城路给水干管"
    assert under["home"] == {"pressed": "false", "pipes": True}
    assert parse_qs(urlsplit(under["address"]).query)["under"] == ["on"]


def test_a_day_without_data_offers_the_nearest(seen: dict[str, Any]) -> None:
    assert (seen["mapsAtFirst"], seen["empty"]["maps"], seen["filled"]["maps"]) == ([None], ["1999-01-02"], [FIRST])
    assert seen["empty"]["date"] == "1999-01-02"
    assert "没有数据" in seen["empty"]["note"]
    assert FIRST in seen["empty"]["note"]
    assert seen["filled"]["date"] == FIRST
    assert "没有" not in seen["filled"]["note"]


def test_enter_that_ends_a_composition_does_nothing(seen: dict[str, Any]) -> None:
    assert seen["composing"] == {"moved": False, "results": False}


def test_pinyin_finds_names_and_what_was_found_is_offered_until_it_is_forgotten(seen: dict[str, Any]) -> None:
    assert any("泉城路188号楼" in row for row in seen["pinyin"])
    lately = seen["lately"]
    assert lately["rows"][0].splitlines()[0] == seen["pinyin"][0].splitlines()[0]
    assert lately["rows"][0].splitlines()[0] in lately["focus"]
    assert lately["forgotten"] == {"rows": [], "kept": "[]"}


def test_without_3d_there_is_a_list(seen: dict[str, Any]) -> None:
    assert "WebGL" in seen["without3d"]["notice"]
    assert seen["without3d"]["groups"] == ["建筑", "树木", "实景模型"]
    assert seen["without3d"]["rows"] == 52
    assert len(seen["without3d"]["card"]) > 10


@pytest.mark.slow
def test_the_page_passes_every_check(base_url: str, browse: Browse) -> None:
    assert browse("page-checks.mjs", base_url, f"/@{TO_CITY // 1000}", seconds=500).startswith("1 passed, 0 failed")
