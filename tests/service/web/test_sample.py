"""The sample stands where its department may write, and every house is sound."""

import json
from pathlib import Path

import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, shape

from entities.readers import open_reading
from entities.text import Text
from service.web.sample import CLASS, middle_of, sample_survey
from tiling.maps.divisions import Division, Divisions


@given(st.floats(114, 123), st.floats(34, 39))
def test_houses_are_sound_and_stand_apart(lon: float, lat: float) -> None:
    houses = [shape(feature["geometry"]) for feature in sample_survey(lon, lat)["features"]]
    assert len(houses) == 12
    assert all(house.is_valid and house.exterior.is_ccw for house in houses)
    assert shapely.union_all(houses).geom_type == "MultiPolygon"
    assert max(house.distance(shapely.Point(lon, lat)) for house in houses) < 0.002


def test_it_is_understood_without_a_question(tmp_path: Path) -> None:
    path = tmp_path / "sample.geojson"
    path.write_text(json.dumps(sample_survey(117.02, 36.66)), encoding="utf-8")
    with open_reading(path) as reading:
        assert reading.guess is not None
        assert reading.guess.sure
        states = [candidate.state for batch in reading.batches() for candidate in batch]
    assert {state.class_code for state in states} == {CLASS}
    assert all(state.height and state.name for state in states)


def test_it_stands_in_the_first_county_of_a_city() -> None:
    def division(code: str, level: str, west: int) -> Division:
        return Division(code, Text("区", "District"), level, None, box(west, 0, west + 1, 1), None)

    found = {"370100": division("370100", "city", 0), "370102": division("370102", "county", 5)}
    assert middle_of(Divisions(found), "370100") == (5.5, 0.5)
    assert middle_of(Divisions(found), "371000") is None
