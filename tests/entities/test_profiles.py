"""Upload profiles: the shipped ones are sound, and one that a department writes is read or refused with the reason."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.classes import ClassTable
from entities.errors import Invalid
from entities.profiles import ROLES, SKIP, Origin, Profile, load_profiles, plain, shipped, text_of

FIELDS = st.lists(st.sampled_from(["NAME", "高度", "h_1", "Layer", "层数"]), max_size=3, unique=True).map(tuple)
ORIGINS = st.builds(
    Origin,
    fields=FIELDS,
    constant=st.none() | st.sampled_from(["310301", "x"]),
    values=st.dictionaries(st.sampled_from(["1", "新增", "a b"]), st.sampled_from(["create", "end"]), max_size=2),
    scale=st.sampled_from([1.0, 0.3048]),
    like=FIELDS,
)
PROFILES = st.builds(
    lambda origins, codes, storey, closed: Profile(
        "mine",
        shipped()["standard"].title,
        origins,
        codes,
        storey=storey,
        closed_lines=closed,
        missing=frozenset({"-1"}),
    ),
    origins=st.dictionaries(st.sampled_from(ROLES), ORIGINS),
    codes=st.dictionaries(st.sampled_from(["parcel", "unit"]), ORIGINS),
    storey=st.floats(2, 5),
    closed=st.booleans(),
)


@settings(deadline=None)
@given(PROFILES)
def test_a_profile_written_is_the_profile_read(profile: Profile) -> None:
    assert Profile.parse(yaml.safe_dump(profile.as_data(), allow_unicode=True)) == profile


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_profiles_are_whole(name: str) -> None:
    profile = shipped()[name]
    assert profile.name == name
    assert Profile.parse(yaml.safe_dump(profile.as_data())) == profile
    table = ClassTable.load()
    origin = profile.origin("class")
    for code in {origin.constant, *origin.values.values()} - {None, SKIP}:
        assert table.get(str(code)).leaf, code


@pytest.mark.parametrize("name", sorted(shipped()))
def test_no_name_means_two_things(name: str) -> None:
    roles: dict[str, str] = {}
    for role, origin in shipped()[name].origins.items():
        for field in origin.fields:
            assert roles.setdefault(plain(field), role) == role, field


FIELDS_THAT_ARRIVE = {
    "class": ["ClassID", "FCODE", "GB", "CC"],
    "code": ["EntityID", "ENTIID"],
    "source_id": ["FEATID", "ELEMID", "FIXOID", "BSM"],
    "valid_from": ["ELEMSTIME"],
    "change": ["CHANGETYPE"],
    "name": ["NAME"],
    "height": ["height"],
}


@pytest.mark.parametrize(("role", "fields"), FIELDS_THAT_ARRIVE.items())
def test_fields_that_really_arrive_are_known(role: str, fields: list[str]) -> None:
    for field in fields:
        for spelling in (field, field.lower(), field.upper(), f" {field} "):
            assert shipped()["standard"].bind([spelling]).origin(role).field == spelling


def test_a_profile_is_bound_to_the_first_of_its_names_that_a_file_has() -> None:
    profile = Profile.parse("{class: 310301, height: [H_NEW, H_OLD], resource_codes: {parcel: ZDDM}}")
    bound = profile.bind(["h_old", "hnew", "zddm"])
    assert bound.origin("height").field == "hnew"
    assert bound.resource_codes["parcel"].field == "zddm"
    assert profile.bind(["h_old"]).origin("height").field == "h_old"
    assert profile.bind(["other"]).origin("height").field is None
    assert profile.absent(["h_old"]) == ["ZDDM"]


def test_short_and_long_ways_of_writing() -> None:
    page = """
profile: lixia
title: 历下区
class: 310301
height: JZGD
name: {field: 名称}
floors: {fields: [CS], scale: 1}
change: {field: BG, values: {1: create, 2: end}}
"""
    profile = Profile.parse(page)
    assert (profile.name, profile.title.zh, profile.title.en) == ("lixia", "历下区", "历下区")
    assert profile.origin("class") == Origin(constant="310301")
    assert profile.origin("height") == Origin(fields=("JZGD",))
    assert profile.origin("name") == Origin(fields=("名称",))
    assert profile.origin("change").values == {"1": "create", "2": "end"}
    assert profile.origin("base") == Origin()


def test_a_profile_extends_a_shipped_one() -> None:
    profile = Profile.parse("{profile: mine, extends: buildings, height: H}")
    assert profile.origin("height") == Origin(fields=("H",))
    assert profile.origin("class") == shipped()["buildings"].origin("class")
    assert profile.ignore == shipped()["standard"].ignore


@pytest.mark.parametrize(
    "page",
    [
        "",
        "[]",
        "just words",
        "a: [",
        "{hieght: H}",
        "{class: {field: a, value: {}}}",
        "{height: {scale: tall}}",
        "{height: {fields: {a: b}}}",
        "{change: {field: a, values: {1: invented}}}",
        "{change: {values: [1]}}",
        "{storey: 0}",
        "{storey: three}",
        "{geometry: [Circle]}",
        "{title: {zh: 中文}}",
        "{profile: 3}",
        "{resource_codes: [a]}",
        "{extends: nothing}",
        "{extends: ../rules/base}",
        "{missing: {a: 1}}",
    ],
)
def test_what_is_no_profile(page: str) -> None:
    with pytest.raises(Invalid) as caught:
        Profile.parse(page, "mine.yaml")
    assert caught.value.rule == "profile.form"
    assert "mine.yaml" in caught.value.findings[0].sentence.zh


def test_a_folder_adds_to_the_shipped_profiles_and_replaces_them(tmp_path: Path) -> None:
    (tmp_path / "lixia.yaml").write_text("{class: 310301}", encoding="utf-8")
    (tmp_path / "roads.yaml").write_text("{class: '430503', name: LM}", encoding="utf-8")
    found = load_profiles(tmp_path)
    assert set(found) == {*shipped(), "lixia"}
    assert found["roads"].origin("name").fields == ("LM",)
    assert load_profiles(None) == shipped()
    (tmp_path / "odd.yaml").write_bytes("{class: 房屋}".encode("gbk"))
    with pytest.raises(Invalid) as caught:
        load_profiles(tmp_path)
    assert caught.value.rule == "profile.form"


@pytest.mark.parametrize(
    ("value", "text"), [(310301.0, "310301"), (310301, "310301"), (" a ", "a"), (None, ""), (1.5, "1.5")]
)
def test_values_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


def test_the_profile_in_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[2] / "entities" / "data" / "README.md").read_text(encoding="utf-8")
    example = next(part.split("```")[0] for part in page.split("```yaml") if part.lstrip().startswith("profile:"))
    profile = Profile.parse(example)
    assert profile.origin("class").values["在建"] == SKIP
    assert profile.ignore == ("OBJECTID", "SHAPE_Area")
