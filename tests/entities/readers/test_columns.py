"""What a profile makes of the fields of a file, role by role."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entities.model import Candidate, parse_day
from entities.profiles import Profile
from tests.entities.readers.made import read, rules, squares, write


def taken(folder: Path, profile: str, **fields: list[Any]) -> list[Candidate]:
    """Read squares with these fields by a profile."""
    arrays = {}
    for name, values in fields.items():
        numeric = all(isinstance(value, int | float) for value in values)
        arrays[name] = np.array(values) if numeric else np.array(values, dtype=object)
    count = len(next(iter(fields.values())))
    path = write(folder / "a.gpkg", squares(count), arrays)
    candidates, reading = read(path, profile=Profile.parse(profile))
    assert rules(reading) == []
    return candidates


def test_numbers_in_other_units_become_metres(tmp_path: Path) -> None:
    found = taken(tmp_path, "{class: 310301, height: {field: H, scale: 0.3048}}", H=[10.0, 100.0])
    assert [one.state.height for one in found] == [3.048, 30.48]
    words = taken(tmp_path, "{class: 310301, height: {field: H, scale: 0.1}}", H=["125", "7 m"])
    assert [one.state.height for one in words] == [12.5, 7.0]  # a unit goes before the scale


def test_a_height_made_of_floors_is_marked(tmp_path: Path) -> None:
    profile = "{class: 310301, height: H, floors: N, storey: 3.3, missing: [-1]}"
    found = taken(tmp_path, profile, H=[12.0, -1.0, float("nan"), -1.0], N=[2, 2, 10, 0])
    assert [one.state.height for one in found] == [12.0, 6.6, 33.0, None]
    assert [one.state.attributes.get("height_estimated") for one in found] == [None, True, True, None]
    assert [one.state.attributes["N"] for one in found] == [2, 2, 10, 0]


def test_a_height_between_ground_and_roof(tmp_path: Path) -> None:
    profile = "{class: 310301, height: H, base: B, top: T, floors: N, missing: [-1]}"
    found = taken(
        tmp_path, profile, H=[5.0, -1, -1, -1], B=[20.0, 20.5, 20.5, -1], T=[30.0, 30.75, -1, 30.0], N=[1] * 4
    )
    assert [one.state.height for one in found] == [5.0, 10.25, 3.0, 3.0]
    assert [one.state.base for one in found] == [20.0, 20.5, 20.5, None]


def test_classes_by_field_by_word_and_for_all(tmp_path: Path) -> None:
    assert [one.state.class_code for one in taken(tmp_path, "{class: G}", G=[310301, 310302])] == ["310301", "310302"]
    assert [one.state.class_code for one in taken(tmp_path, "{class: 310301}", G=[1, 2])] == ["310301"] * 2
    words = "{class: {field: G, constant: '310301', values: {楼: '310500', 1: '310400'}}}"
    found = taken(tmp_path, words, G=["楼", "1", "?", None, "310302"])
    assert [one.state.class_code for one in found] == ["310500", "310400", "310301", "310301", "310302"]
    assert found[0].state.attributes == {"G": "楼"}
    strict = taken(tmp_path, "{class: {field: G, values: {楼: '310500'}}}", G=["楼", "?", None])
    assert [one.state.class_code for one in strict] == ["310500", "?", ""]


def test_classes_left_out_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(3), {"G": np.array(["x", "楼", "x"], dtype=object)})
    profile = Profile.parse("{class: {field: G, values: {楼: '310500', x: skip}}}")
    candidates, reading = read(path, profile=profile)
    assert [candidate.row for candidate in candidates] == [2]
    assert [(one.rule, one.values["count"]) for one in reading.findings] == [("pkg.skipped", 2)]


def test_codes_days_names_and_changes(tmp_path: Path) -> None:
    profile = """
class: 310301
code: E
source_id: S
name: {field: N, constant: 无名}
valid_from: D
change: {field: C, values: {新增: create, 2: end}}
resource_codes: {parcel: Z, unit: U}
"""
    first, second = taken(
        tmp_path,
        profile,
        E=["3K7P-9XQ2-M4TA", None],
        S=[17, 18],
        N=[" 大明湖 ", None],
        D=["2024/5/20", ""],
        C=["新增", "2"],
        Z=["370102001001GB00001", ""],
        U=["x", None],
    )
    assert (first.code, first.source_id, first.state.name) == ("3K7P-9XQ2-M4TA", "17", "大明湖")
    assert (first.valid_from, first.change) == (parse_day("2024-05-20"), "create")
    assert first.resource_codes == (("parcel", "370102001001GB00001"), ("unit", "x"))
    assert (second.code, second.source_id, second.state.name) == (None, "18", "无名")
    assert (second.valid_from, second.change, second.resource_codes) == (None, "end", ())


def test_what_says_nothing_of_the_entity_is_dropped(tmp_path: Path) -> None:
    profile = "{class: 310301, ignore: [OBJECTID_1, Shape_Area], height: H}"
    (found,) = taken(tmp_path, profile, objectid_1=[1], SHAPE_AREA=[2.0], H=[3.0], use=["shop"], empty=[None])
    assert found.state.attributes == {"use": "shop"}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a & b", "“引号”", " spaced ", "🏠"])
def test_text_is_kept_as_it_is(tmp_path: Path, text: str) -> None:
    (found,) = taken(tmp_path, "{class: 310301}", note=[text])
    assert found.state.attributes == {"note": text}


def test_a_profile_whose_field_is_missing_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(1), {"H": np.array([3.0])})
    _, reading = read(path, profile=Profile.parse("{profile: mine, class: 310301, height: HH}"))
    assert [(one.rule, one.values["field"]) for one in reading.findings] == [("profile.field", "HH")]
