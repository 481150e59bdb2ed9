"""A profile is guessed from names and values; what is not certain is never called sure."""

from collections.abc import Sequence

import pytest

from entities.guessing import Guess, guess_profile
from entities.model import Scalar
from entities.profiles import Profile, shipped

Row = dict[str, Scalar]


def guess(rows: Sequence[Row], *kinds: str, format_name: str = "GeoPackage", **options: object) -> Guess:
    fields = [(name, "text") for name in dict.fromkeys(name for row in rows for name in row)]
    return guess_profile(fields, rows, kinds or ("Polygon",), format_name, **options)


def chosen(found: Guess) -> dict[str, str | None]:
    return {choice.role: choice.field for choice in found.choices}


def test_a_class_field_with_codes_is_sure() -> None:
    found = guess([{"GB": 310301, "NAME": "a"}, {"GB": 310302.0, "NAME": None}])
    assert (found.profile.name, found.sure) == ("standard", True)
    assert chosen(found) == {"class": "GB", "name": "NAME"}


def test_a_class_field_with_other_values_is_not_taken() -> None:
    found = guess([{"gb": "156370102", "height": 3.0}])
    assert chosen(found)["class"] is None
    assert not found.sure


@pytest.mark.parametrize(
    ("row", "kind", "name"),
    [
        ({"height": 3.0}, "Polygon", "buildings"),
        ({"HEIGHT": 3.0, "SQMETERS": 2.0}, "Polygon", "buildings"),
        ({"建筑高度": 3.0, "名称": "a"}, "Polygon", "buildings"),
        ({"层数": 3}, "Polygon", "buildings"),
        ({"RANK": "main", "NAME": "a"}, "LineString", "roads"),
        ({"路名": "经十路"}, "LineString", "roads"),
        ({"DIAMETER": 300.0}, "LineString", "pipes"),
        ({"管径": 300, "管材": "PE"}, "LineString", "pipes"),
        ({"base_demand": 1.0, "elevation": 3.0}, "Point", "pipe-nodes"),
        ({"树种": "法桐", "冠幅": 6.0}, "Point", "trees"),
        ({"孔深": 30.0, "钻孔编号": "ZK1"}, "Point", "holes"),
        ({"ZDDM": "370102001001GB00001"}, "Polygon", "parcels"),
        ({"DLBM": "0101", "ZLDWDM": "3701020010010000000"}, "Polygon", "parcels"),
        ({"adcode": "370102", "class_code": "650100"}, "Polygon", "divisions"),
        ({"whatever": 1}, "Polygon", "buildings"),
        ({"whatever": 1}, "LineString", "roads"),
        ({"whatever": 1}, "Point", "standard"),
    ],
)
def test_signs_of_a_profile(row: Row, kind: str, name: str) -> None:
    assert guess([row], kind).profile.name == name


def test_a_guess_by_signs_is_to_be_confirmed() -> None:
    found = guess([{"height": 3.0}])
    assert not found.sure
    (constant,) = [choice for choice in found.choices if choice.field is None]
    assert constant.role == "class"
    assert "310301" in constant.reason.zh
    assert "310301" in constant.reason.en


def test_a_city_model_says_itself_what_it_holds() -> None:
    found = guess([{"measuredHeight": 3.0}], "Solid", format_name="CityGML")
    assert (found.profile.name, found.sure) == ("city-model", True)


def test_a_suggestive_name_is_taken_when_its_values_fit_and_makes_the_guess_unsure() -> None:
    rows: list[Row] = [{"GB": 310301, "房屋檐口高度": "12.5"}, {"GB": 310301, "房屋檐口高度": "-9999"}]
    found = guess(rows)
    assert chosen(found)["height"] == "房屋檐口高度"
    assert not found.sure
    assert "height" not in chosen(guess([{"GB": 310301, "高度基准": "1985"}, {"GB": 310301, "高度基准": "黄海"}]))


def test_the_first_name_whose_values_fit_is_taken() -> None:
    found = guess([{"GD": "x", "height": "tall", "JZGD": 12.0}])
    assert chosen(found)["height"] == "JZGD"


def test_values_that_do_not_fit_their_name() -> None:
    rows: list[Row] = [{"GB": 310301, "EntityID": "370102-17", "ELEMSTIME": "spring", "CHANGETYPE": "7", "BSM": "1"}]
    assert chosen(guess(rows)) == {"class": "GB", "source_id": "BSM"}


def test_entity_codes_of_the_base_are_known_by_their_form() -> None:
    rows: list[Row] = [{"GB": 310301, "EntityID": code} for code in ("", None)]
    assert chosen(guess(rows))["code"] == "EntityID"


def test_profiles_of_a_department_take_part() -> None:
    mine = Profile.parse("{profile: lixia, geometry: [Polygon], signs: [LX_ID, LX_H], class: 310301, height: LX_H}")
    found = guess([{"LX_ID": 1, "LX_H": 3.0}], profiles=dict(shipped()) | {"lixia": mine})
    assert found.profile.name == "lixia"
    assert chosen(found) == {"class": None, "height": "LX_H"}


def test_unknown_kinds_of_geometry_do_not_stop_a_guess() -> None:
    assert guess([{"height": 3.0}], "Unknown").profile.name == "buildings"
    assert guess([{"a": 1}], "Polygon", "LineString").profile.name in shipped()
