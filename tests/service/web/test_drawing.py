"""The small pictures in pages say what the text says: every faulty place marked once, every division drawn."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from shapely.geometry import box, shape

from entities.text import Text
from service.web.drawing import outline, sketch
from service.web.index_map import plan_of
from service.web.lifeline import lifeline
from service.web.paper import metres_text
from tiling.maps.divisions import Division, Divisions

PLACE = st.tuples(st.floats(114, 123), st.floats(34, 39))


@given(st.lists(PLACE, min_size=1, max_size=60))
def test_every_place_is_drawn_on_the_paper(places: list[tuple[float, float]]) -> None:
    drawn = sketch([{"row": row, "place": list(place)} for row, place in enumerate(places)])
    assert drawn is not None
    svg = etree.fromstring(drawn.svg)
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in svg.iter("circle")]
    assert len(dots) == drawn.count == len(places) == len(drawn.marks)
    assert all(0 <= x <= 720 and 0 <= y <= 320 for x, y in dots)


def test_north_is_up_and_east_is_right() -> None:
    drawn = sketch([{"row": 1, "place": [117.0, 36.0]}, {"row": 2, "place": [117.01, 36.01]}])
    assert drawn is not None
    (west, south), (east, north) = [
        (float(dot.get("cx")), float(dot.get("cy"))) for dot in etree.fromstring(drawn.svg).iter("circle")
    ]
    assert west < east
    assert north < south


def test_nothing_to_draw() -> None:
    assert sketch([{"row": 1, "place": None}]) is None
    assert lifeline([], "2026-01-01") == ""


@pytest.mark.parametrize(("length", "text"), [(0, "1 m"), (60, "60 m"), (1400, "1.4 km"), (52_000, "52 km")])
def test_lengths(length: float, text: str) -> None:
    assert metres_text(length).replace("\u202f", " ") == text


def test_lifeline_tells_what_holds_from_what_was_corrected() -> None:
    history = [
        {"valid_from": "2020-01-01", "valid_to": "2024-01-01", "known_to": None},
        {"valid_from": "2024-01-01", "valid_to": "..", "known_to": 7},
        {"valid_from": "2024-01-01", "valid_to": "..", "known_to": None},
    ]
    drawn = lifeline(history, "2026-01-01")
    assert drawn.count('class="bar"') == 2
    assert drawn.count('class="bar past"') == 1


@pytest.mark.parametrize(
    ("extent", "lies"), [((1, 1, 2, 2), "inside"), ((9, 9, 11, 11), "across"), ((20, 20, 21, 21), "outside")]
)
def test_outline_says_how_an_upload_lies_in_its_territory(extent: tuple[float, ...], lies: str) -> None:
    drawn = outline(extent, box(0, 0, 10, 10))
    assert drawn.lies == lies
    assert drawn.svg.count("<rect") == drawn.svg.count('class="land"') == 1
    assert outline(extent, None).lies == "somewhere"


def division(code: str, name: str, parent: str | None, square: tuple[float, float, float, float]) -> Division:
    level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
    return Division(code, Text(name, "Name"), level, parent, box(*square), None)


def test_a_region_without_parts_has_no_plan() -> None:
    assert plan_of(Divisions({}), None, "zh") is None
    only = division("370000", "山东省", None, (115, 34, 123, 38))
    assert plan_of(Divisions({"370000": only}), None, "zh") is None


def test_plan_of_the_real_divisions_is_light_and_whole(shared_data: Path) -> None:
    divisions = read_divisions(shared_data / "divisions")
    for code, parts in (("370000", 16), ("370100", 12)):
        plan = plan_of(divisions, code, "zh")
        assert plan is not None
        assert len(plan.parts) == parts
        assert sum(len(part.path) for part in plan.parts) < 20_000
        assert all(re.fullmatch(r"(M[\d. -]+l[\d. -]+z)+", part.path) for part in plan.parts)
    province = plan_of(divisions, None, "en")
    assert province is not None
    assert "/maps?parent=370100" in [part.href for part in province.parts]
    city = plan_of(divisions, "370100", "zh")
    assert city is not None
    assert city.up == ("/maps?parent=370000", "山东省")
    assert "/maps/370102" in [part.href for part in city.parts]


def read_divisions(folder: Path) -> Divisions:
    found = {}
    for kind, level in (("province", "province"), ("city", "city"), ("district", "county")):
        page = json.loads((folder / f"shandong_{kind}.geojson").read_text(encoding="utf-8"))
        for feature in page["features"]:
            code = str(feature["properties"]["gb"])[-6:]
            parent = {"province": None, "city": "370000", "county": f"{code[:4]}00"}[level]
            names = Text(feature["properties"]["name"], "Name")
            found[code] = Division(code, names, level, parent, shape(feature["geometry"]), None)
    return Divisions(dict(sorted(found.items())))
