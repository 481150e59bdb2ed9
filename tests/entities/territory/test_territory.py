"""What lies outside a territory, whose it is, and who has to consent: against counting squares."""

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from entities.territory.divisions import Division, Divisions, above, code_of, lies_in, stem
from entities.territory.rights import Territory

UNIT = 0.001
"""About 90 m east and 111 m north: far more than the tolerance."""

SIDE = 10
"""Units that a county measures each way."""

COUNTIES = {f"37{city:02d}{county:02d}": (city - 1, county - 1) for city in (1, 2, 3) for county in (1, 2, 3)}
"""Nine counties as squares: cities from west to east, the counties of each from south to north."""


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(117 + west * UNIT, 36 + south * UNIT, 117 + east * UNIT, 36 + north * UNIT)


def county_box(code: str) -> tuple[int, int, int, int]:
    x, y = COUNTIES[code]
    return x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE


def divisions(levels: Sequence[str] = ("county", "city", "province")) -> Divisions:
    counties = [Division(code, code, box(*county_box(code))) for code in COUNTIES]
    cities = [Division(f"37{x:02d}00", "市", box((x - 1) * SIDE, 0, x * SIDE, 3 * SIDE)) for x in (1, 2, 3)]
    province = [Division("370000", "省", box(0, 0, 3 * SIDE, 3 * SIDE))]
    found = {"county": counties, "city": cities, "province": province}
    return Divisions(tuple(sorted((one for level in levels for one in found[level]), key=lambda one: one.code)))


def overlap(one: Sequence[int], other: Sequence[int]) -> int:
    """Square units that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    depth = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(depth, 0)


SIDES = st.tuples(st.integers(-4, 30), st.integers(-4, 30), st.integers(1, 25), st.integers(1, 25))


@given(SIDES, st.sets(st.sampled_from([*COUNTIES, "370100", "370200", "370000"]), min_size=1, max_size=3))
def test_shares_and_needs_are_those_of_counted_squares(sides: tuple[int, int, int, int], codes: set[str]) -> None:
    west, south, width, depth = sides
    asked = (west, south, west + width, south + depth)
    shares = {code: overlap(asked, county_box(code)) / (width * depth) for code in COUNTIES}
    mine = {code for code in COUNTIES if any(lies_in(code, own) for own in codes)}
    inside = sum(shares[code] for code in mine)
    needs = {code: share for code, share in shares.items() if code not in mine and share > 0}
    nowhere = 1 - sum(shares.values())
    level = next(iter(above(sorted(codes)[0])), None)
    if nowhere > 1e-9 and level:
        needs[level] = nowhere
    found = Territory.of(divisions(), sorted(codes)).reaches(np.array([box(*asked)]))
    if inside > 1 - 1e-9:
        assert found == {}
        return
    assert {code: part.share for code, part in found[0].needs.items()} == pytest.approx(needs, abs=1e-6)
    assert found[0].share == pytest.approx(1 - inside, abs=1e-6)
    assert found[0].foreign == (inside < 0.01 or not needs)
    x, y = found[0].place
    assert not any(shapely.Point(x, y).within(box(*county_box(code))) for code in mine)


@given(SIDES, st.sampled_from([*COUNTIES, "370100", "370000"]))
def test_what_stands_of_a_division_makes_no_difference(sides: tuple[int, int, int, int], code: str) -> None:
    """A city is its counties, whether it stands itself or not."""
    asked = np.array([box(sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3])])
    whole, parts = (
        Territory.of(divisions(levels), [code]).reaches(asked)
        for levels in (("county", "city", "province"), ("county",))
    )
    assert whole.keys() == parts.keys()
    for place, reach in whole.items():
        assert reach.needs.keys() == parts[place].needs.keys()
        assert reach.foreign == parts[place].foreign


@pytest.mark.parametrize(
    ("shape", "needs", "foreign"),
    [
        (shapely.Point(117.005, 36.005), set(), None),
        (shapely.Point(117.015, 36.005), {"370201"}, True),
        (shapely.LineString([(117.005, 36.005), (117.015, 36.005)]), {"370201"}, False),
        (shapely.MultiPoint([(117.005, 36.005), (117.015, 36.005)]), {"370201"}, False),
        (shapely.LineString([(117.005, 36.005, 9), (117.005, 36.015, 9)]), {"370102"}, False),
        (shapely.Polygon([(117.005, 36.005), (117.015, 36.008), (117.005, 36.008), (117.015, 36.005)]), {"370201"}, 0),
    ],
    ids=["point inside", "point outside", "line", "points", "line with heights", "bow tie"],
)
def test_every_kind_of_geometry_is_asked_about(shape: shapely.Geometry, needs: set[str], foreign: bool | None) -> None:
    found = Territory.of(divisions(), ["370101"]).reaches(np.array([shape]))
    assert set(found[0].needs if found else ()) == needs
    assert not found if foreign is None else found[0].foreign == foreign


def test_a_gap_between_divisions_is_nobodys_to_consent() -> None:
    gap = 2e-7  # two centimetres, as digitised borders leave between them
    west, middle, east = box(0, 0, 10, 10), box(10 + gap / UNIT, 0, 20, 10), box(20 + gap / UNIT, 0, 30, 10)
    found = Divisions(tuple(Division(c, c, s) for c, s in (("370101", west), ("370102", middle), ("370103", east))))
    reach = Territory.of(found, ["370101"]).reaches(np.array([box(5, 2, 25, 4)]))[0]
    assert set(reach.needs) == {"370102", "370103"}


def test_a_territory_without_divisions_has_nobody_to_ask() -> None:
    reach = Territory([box(0, 0, 10, 10)]).reaches(np.array([box(5, 2, 15, 4)]))[0]
    assert (reach.foreign, dict(reach.needs)) == (True, {})


def test_codes_say_what_lies_in_what() -> None:
    assert [stem(code) for code in ("370000", "370100", "370112", "429004")] == ["37", "3701", "370112", "429004"]
    assert above("370112") == ["370100", "370000"]
    assert above("370000") == []
    assert lies_in("370112", "370000")
    assert not lies_in("370100", "370112")


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"adcode": "370112"}, "370112"),
        ({"gb2260": 156370112, "name": "历城区"}, "370112"),
        ({"adcode": None, "XZQDM": "370112 "}, "370112"),
        ({"adcode": "37", "name": "x"}, None),
        ({}, None),
    ],
)
def test_the_code_of_a_division_is_found(attributes: dict[str, str | int | None], code: str | None) -> None:
    assert code_of(attributes) == code
