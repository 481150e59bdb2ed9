"""The viewer's tools in a real browser, by keyboard: measuring, cuts and water, two dates, the list of layers."""

import json
import re
from typing import Any

import pytest

from tests.browser.city import FIRST, GROUND, City
from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(base_url: str, city: City, browse: Browse) -> dict[str, Any]:
    """What one journey through the tools saw."""
    places = {name: [code, *city.places[code]] for name, code in (("raised", city.raised), ("main", city.main))}
    found: dict[str, Any] = json.loads(browse("tools.mjs", base_url, json.dumps({**places, "first": FIRST})))
    return found


def metres(text: str) -> float:
    found = re.fullmatch(r"(-?[\d.]+)\u202fm", text)
    assert found, text
    return float(found[1])


def test_nothing_is_said_on_the_console(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []


@pytest.mark.parametrize("panel", ["measure", "cut", "compare", "layers"])
def test_every_open_panel_is_accessible_and_fits_a_phone(seen: dict[str, Any], panel: str) -> None:
    assert seen["axe"][panel] == []
    assert seen["outside"][panel] == []


def test_keys_measure_a_distance_and_take_a_point_back(seen: dict[str, Any]) -> None:
    told = seen["measure"]
    assert told["open"] and told["one"] == "已取1点"
    level, slope = metres(told["distance"]["水平距离（椭球面）"]), metres(told["distance"]["斜距（含起伏）"])
    assert 20 < level < slope < 300
    assert told["says"].startswith("水平距离（椭球面）：")
    assert (told["drawn"], told["undone"]) == (2, 1)
    assert told["closed"]


def test_a_link_keeps_what_is_measured(seen: dict[str, Any]) -> None:
    link = seen["measure"]["link"]
    what, *numbers = link["measure"].split(",")
    assert (link["panel"], what, len(numbers)) == ("measure", "distance", 6)


def test_a_roof_is_as_high_above_the_street_as_the_base_says(seen: dict[str, Any]) -> None:
    height = seen["measure"]["height"]
    assert metres(height["起点高程（1985）"]) == pytest.approx(GROUND + 48, abs=0.3)
    rise = metres(height["终点高程（1985）"]) - metres(height["起点高程（1985）"])
    assert metres(height["高差"]) == pytest.approx(rise, abs=0.011)


def test_a_profile_is_told_in_words_and_as_a_table(seen: dict[str, Any]) -> None:
    profile = seen["measure"]["profile"]
    assert profile["rows"] == 61
    assert re.search(r"地面最低35\.00\u202fm，最高35\.00\u202fm", profile["says"])


def test_pipes_are_no_surface_of_a_profile(seen: dict[str, Any]) -> None:
    assert max(seen["measure"]["profile"]["tops"], default=GROUND) < GROUND + 50


def test_cuts_and_water_change_the_picture_and_the_address(seen: dict[str, Any]) -> None:
    cut = seen["cut"]
    assert cut["focus"] == "top-on"
    assert cut["back"] == "tool-cut"
    assert cut["top"]["top"] == "38"
    assert cut["top"]["pixel"] != cut["whole"]
    assert "top" not in cut["side"] and len(cut["side"]["side"].split(",")) == 4
    assert float(cut["water"]["water"]) == GROUND + 2
    assert not {"top", "side", "water"} & cut["after"].keys()
    assert cut["after"]["pixel"] == cut["whole"]


def test_two_dates_stand_side_by_side_and_what_differs_is_told(seen: dict[str, Any], city: City) -> None:
    told = seen["compare"]
    assert told["halves"][0] == "2024年5月20日"
    assert "3处不同" in told["note"]
    assert told["groups"] == ["建筑 3"]
    assert sorted(row[:2] for row in told["list"]) == ["变更", "新增", "消失"]
    assert any("泉城路188号楼" in row for row in told["list"])
    assert told["half"]["against"] == FIRST and "swipe" not in told["half"]


def test_the_edge_moves_by_keys_and_buttons_and_a_link_keeps_it(seen: dict[str, Any]) -> None:
    told = seen["compare"]
    assert told["moved"]["swipe"] == "48" and "48" in told["moved"]["says"]
    assert told["button"]["swipe"] == "75"
    assert told["handle"] >= 44
    assert (told["reopened"]["left"], told["reopened"]["edge"]) == (FIRST, "75")
    assert "against" not in told["ended"]


def test_a_layer_that_fails_says_so_and_heals_while_the_others_stand(seen: dict[str, Any]) -> None:
    told = seen["layers"]
    assert "管线" in told["notice"] and "重试" in told["notice"]
    assert told["healed"] == ""
    assert told["strength"] == "60"
    assert told["address"]["buildings"] == "50" and told["address"]["pipes"] == "on"
    assert "99" in told["last"] or "100" in told["last"]
