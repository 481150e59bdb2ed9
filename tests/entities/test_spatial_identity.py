"""Spatial identity codes: a profile's fields, issuing, taking apart, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.errors import Invalid, NotFound
from entities.grid import rslc
from entities.spatial_identity import IdentityField, IdentityProfile
from entities.text import Text

PLANE = IdentityProfile.load()
SOLID = IdentityProfile.load(name="shikong-3d")
TITLE = Text("方案", "profile")
POSITION = IdentityField("position", 26, grid="rslc", level=16)
CLASS, SEQUENCE = IdentityField("class", 6), IdentityField("sequence", 4)


def test_a_code_is_position_class_and_number() -> None:
    [code] = PLANE.issue(116.31260277777778, 39.993161111111114, ["310300"], [7])
    assert code == "NE104J25253343282311346152" + "310300" + "0007"
    assert PLANE.prefixes(116.31260277777778, 39.993161111111114, ["310300"]) == [code[:-4]]


def test_only_the_position_is_said_to_be_attested() -> None:
    for profile in (PLANE, SOLID):
        assert {field.kind for field in profile.fields if field.status == "attested"} == {"position"}


@given(
    st.floats(-180, 180),
    st.floats(-88, 88),
    st.floats(-9000, 9000),
    st.text("0123456789", min_size=6, max_size=6),
    st.integers(1, 9999),
)
def test_taking_apart_undoes_issuing(lon: float, lat: float, height: float, class_code: str, number: int) -> None:
    for profile in (PLANE, SOLID):
        [code] = profile.issue(lon, lat, [class_code], [number], height)
        assert len(code) == profile.length
        for text in (code, code.lower(), f" {code[:8]}-{code[8:]} "):
            found = profile.parse(text)
            assert (found.class_code, found.sequence) == (class_code, number)
            assert found.cell.west[0] - 1e-9 <= lon <= found.cell.east[0] + 1e-9
    assert found.position == rslc.encode_3d(lon, lat, height)[0]


def test_fixed_fields_stand_before_and_behind() -> None:
    fields = (IdentityField("fixed", 2, text="SD"), POSITION, CLASS, SEQUENCE, IdentityField("fixed", 2, text="00"))
    profile = IdentityProfile("shandong", 1, TITLE, fields)
    codes = profile.issue([117, 118], [36, 37], ["310300", "210100"], [1, 12])
    assert [code[:2] + code[-6:] for code in codes] == ["SD000100", "SD001200"]
    assert profile.parse(codes[1]).sequence == 12
    with pytest.raises(Invalid, match=r"code\.identity\.symbol"):
        profile.parse("SX" + codes[1][2:])


DIVISION = IdentityField("division", 6, attribute="ZLDWDM")


def test_a_profile_may_say_the_division() -> None:
    profile = IdentityProfile("divided", 1, TITLE, (DIVISION, POSITION, CLASS, SEQUENCE))
    said = [profile.division_of(one) for one in ({"ZLDWDM": "370102"}, {"ZLDWDM": 370112}, {"ZLDWDM": "3701"}, {})]
    assert said == ["370102", "370112", "000000", "000000"]
    prefixes = profile.prefixes([117, 117], [36, 36], ["310300"] * 2, divisions=said[:2])
    code = profile.with_sequence(prefixes[0], 3)
    assert (profile.parse(code).division, profile.parse(code).sequence) == ("370102", 3)
    assert profile.redivided(code, "370112") == prefixes[1]
    assert PLANE.division_of({"ZLDWDM": "370102"}) == ""
    assert PLANE.parse(PLANE.issue(117, 36, ["310300"], [1])[0]).division == ""


def test_many_at_once_equal_one_by_one() -> None:
    lon, lat = np.random.default_rng(5).uniform(-80, 80, (2, 100))
    classes = [f"{number:06d}" for number in range(100)]
    one_by_one = [PLANE.prefixes(*place, [code])[0] for *place, code in zip(lon, lat, classes, strict=True)]
    assert PLANE.prefixes(lon, lat, classes) == one_by_one
    assert PLANE.prefixes([], [], []) == []


@pytest.mark.parametrize("number", [0, -1, 10000])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(Invalid, match=r"code\.identity\.full"):
        PLANE.with_sequence("NE", number)


def test_what_cannot_be_issued_is_refused() -> None:
    with pytest.raises(Invalid, match=r"code\.identity\.class"):
        PLANE.prefixes([117, 117], [36, 36], ["310300", "31030"])
    with pytest.raises(Invalid, match=r"code\.location\.position"):
        PLANE.prefixes(117, 89, ["310300"])
    with pytest.raises(Invalid, match=r"code\.identity\.height"):
        SOLID.prefixes(117, 36, ["310300"])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "code.identity.length"),
        ("NE104J25253343282311346152310300007", "code.identity.length"),
        ("NE104J252533432823113461523103000000", "code.identity.symbol"),
        ("NE104J25253343282311346152310300000X", "code.identity.symbol"),
        ("NE104J25253343282311346192310300" + "0001", "code.location.symbol"),
    ],
)
def test_what_is_malformed_is_refused(text: str, rule: str) -> None:
    with pytest.raises(Invalid) as caught:
        PLANE.parse(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ((POSITION, CLASS), "code.identity.fields"),
        ((POSITION, SEQUENCE, CLASS), "code.identity.fields"),
        ((POSITION, CLASS, CLASS, SEQUENCE), "code.identity.fields"),
        ((POSITION, CLASS, SEQUENCE, IdentityField("division", 6)), "code.identity.fields"),
        (
            (IdentityField("division", 6), IdentityField("division", 6), POSITION, CLASS, SEQUENCE),
            "code.identity.fields",
        ),
        ((IdentityField("position", 26, grid="geosot", level=16), CLASS, SEQUENCE), "code.identity.grid"),
        ((IdentityField("position", 25, grid="rslc", level=16), CLASS, SEQUENCE), "code.identity.width"),
        ((IdentityField("position", 26, grid="rslc", level=17), CLASS, SEQUENCE), "code.location.level"),
        ((POSITION, IdentityField("class", 0), SEQUENCE), "code.identity.width"),
        ((IdentityField("fixed", 3, text="SD"), POSITION, CLASS, SEQUENCE), "code.identity.width"),
    ],
)
def test_profiles_that_do_not_go_together_are_refused(fields: tuple[IdentityField, ...], rule: str) -> None:
    with pytest.raises(Invalid) as caught:
        IdentityProfile("wrong", 1, TITLE, fields)
    assert caught.value.rule == rule


def test_a_province_brings_its_own_file(tmp_path: Path) -> None:
    page = tmp_path / "profiles.yaml"
    page.write_text(
        "- {name: ours, version: 3, title: {zh: 我省, en: Ours}, fields: ["
        "{kind: position, grid: beidou, level: 10, length: 20}, "
        "{kind: class, length: 8}, {kind: sequence, length: 3}]}",
        encoding="utf-8",
    )
    profile = IdentityProfile.load(page)
    assert (profile.name, profile.version, profile.length) == ("ours", 3, 31)
    assert profile.issue(117.0180, 36.6620, ["31030001"], [1]) == ["N50J610191A23416436131030001001"]
    with pytest.raises(NotFound, match=r"code\.identity\.unknown"):
        IdentityProfile.load(page, "theirs")
