"""What holds for every position, level and grid: reading undoes writing, levels nest, the hemispheres mirror."""

import math
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.errors import Invalid
from entities.grid import Cells, beidou, rslc
from entities.grid.beidou import HeightSplit

longitudes = st.integers(-180 * 10**9, 180 * 10**9).map(lambda n: n / 1e9)
latitudes = st.integers(-88 * 10**9, 88 * 10**9).map(lambda n: n / 1e9)
heights = st.integers(-2_000_000, 20_000_000).map(lambda n: n / 1000) | st.floats(-4_900_000, 20_000_000)
SPLITS = list(HeightSplit)
RESOLUTION = 1e-9

Encode = Callable[[float, float, float, int], list[str]]
Decode = Callable[[list[str]], Cells]

GRIDS: dict[str, tuple[int, Encode, Decode]] = {
    "beidou": (10, lambda lon, lat, height, level: beidou.encode(lon, lat, level), beidou.decode),
    "beidou-3d": (10, beidou.encode_3d, beidou.decode_3d),
    "beidou-3d-binary": (
        10,
        lambda lon, lat, height, level: beidou.encode_3d(lon, lat, height, level, HeightSplit.BINARY),
        lambda codes: beidou.decode_3d(codes, HeightSplit.BINARY),
    ),
    "rslc": (16, lambda lon, lat, height, level: rslc.encode(lon, lat, level), rslc.decode),
    "rslc-3d": (16, rslc.encode_3d, rslc.decode_3d),
}
every_grid = pytest.mark.parametrize(("last", "encode", "decode"), GRIDS.values(), ids=GRIDS)


@every_grid
@given(lon=longitudes, lat=latitudes, height=heights)
def test_the_cell_of_a_code_holds_the_position_at_every_level(
    last: int, encode: Encode, decode: Decode, lon: float, lat: float, height: float
) -> None:
    codes = [encode(lon, lat, height, level)[0] for level in range(1, last + 1)]
    cells = decode(codes)
    assert cells.level.tolist() == list(range(1, last + 1))
    assert np.all((cells.west - RESOLUTION <= lon) & (lon <= cells.east + RESOLUTION))
    assert np.all((cells.south - RESOLUTION <= lat) & (lat <= cells.north + RESOLUTION))
    if cells.bottom is not None and cells.top is not None:
        allowed = 1e-6 + abs(height) * 1e-9
        assert np.all((cells.bottom - allowed <= height) & (height <= cells.top + allowed))


@every_grid
@given(lon=longitudes, lat=latitudes, height=heights)
def test_a_code_begins_with_the_codes_of_the_cells_around_it(
    last: int, encode: Encode, decode: Decode, lon: float, lat: float, height: float
) -> None:
    whole = encode(lon, lat, height, last)[0]
    for level in range(1, last):
        part = encode(lon, lat, height, level)[0]
        assert whole.startswith(part)


@every_grid
@given(lon=longitudes, lat=latitudes, height=heights, data=st.data())
def test_the_middle_and_the_inner_corner_of_a_cell_are_in_it(
    last: int, encode: Encode, decode: Decode, lon: float, lat: float, height: float, data: st.DataObject
) -> None:
    level = data.draw(st.integers(1, last))
    code = encode(lon, lat, height, level)[0]
    cells = decode([code])
    west, south, east, north = cells.west[0], cells.south[0], cells.east[0], cells.north[0]
    low, high = (cells.bottom[0], cells.top[0]) if cells.bottom is not None and cells.top is not None else (0.0, 0.0)
    assert encode((west + east) / 2, (south + north) / 2, (low + high) / 2, level) == [code]
    # The corner nearest (0°, 0°) belongs to the cell; exactly on an axis the sign is lost, so that is left out.
    inner = tuple(min(pair, key=abs) for pair in ((west, east), (south, north)))
    if all(inner):
        assert encode(*inner, (low + high) / 2, level) == [code]
        assert encode(*np.round(inner, 9).tolist(), (low + high) / 2, level) == [code]


@every_grid
@given(lon=longitudes.filter(bool), lat=latitudes.filter(bool), height=heights.filter(lambda h: abs(h) > 1))
def test_hemispheres_mirror(last: int, encode: Encode, decode: Decode, lon: float, lat: float, height: float) -> None:
    one, other = (astuple(decode(encode(sign * lon, sign * lat, height, last))) for sign in (1, -1))
    assert (one[1], one[2]) == (-other[3], -other[4])
    assert (one[3], one[4]) == (-other[1], -other[2])


def test_levels_may_be_mixed_and_keep_their_places() -> None:
    position = 117.018, 36.662
    levels = [10, 3, 7, 3, 1]
    cells = beidou.decode([beidou.encode(*position, level)[0] for level in levels])
    assert cells.level.tolist() == levels
    assert (cells.east - cells.west)[1] == pytest.approx(0.25)
    assert (cells.north - cells.south)[4] == pytest.approx(4)


def test_arrays_equal_one_by_one() -> None:
    random = np.random.default_rng(3)
    lon, lat, height = (random.uniform(-reach, reach, 300) for reach in (180, 88, 9000))
    for _, encode, decode in GRIDS.values():
        last = 10
        many = encode(lon, lat, height, last)
        assert many == [encode(*place, last)[0] for place in zip(lon, lat, height, strict=True)]
        assert decode(many).west.tolist() == [decode([code]).west[0] for code in many]


def test_no_positions_give_no_codes() -> None:
    for _, encode, decode in GRIDS.values():
        assert encode(np.array([]), np.array([]), np.array([]), 5) == []
        assert decode([]).west.tolist() == []


def test_sizes_of_the_smallest_cells() -> None:
    """At the ground one unit of height is about 1.5 cm, as 1/2048\" is at the equator."""
    cells = rslc.decode_3d(rslc.encode_3d(117, 36, 10))
    assert cells.top is not None and cells.bottom is not None
    assert (cells.top - cells.bottom)[0] == pytest.approx(0.01497, abs=1e-5)


def test_the_cell_just_below_the_ellipsoid_ends_there() -> None:
    for encode, decode in ((beidou.encode_3d, beidou.decode_3d), (rslc.encode_3d, rslc.decode_3d)):
        for level in (1, 5, 9):
            cells = decode(encode(117, 36, -0.05, level))
            assert cells.top is not None and cells.bottom is not None
            assert (cells.top[0], cells.bottom[0] < -0.05) == (0, True)
        assert decode(encode(117, 36, -0.001)).level[0] >= 10


@pytest.mark.parametrize(("lon", "lat"), [(180.001, 0), (-181, 0), (0, 88.001), (0, -89), (np.nan, 0), (0, np.inf)])
def test_positions_outside_are_refused(lon: float, lat: float) -> None:
    for _, encode, _ in GRIDS.values():
        with pytest.raises(Invalid) as caught:
            encode(lon, lat, 0, 3)
        assert caught.value.rule == "code.location.position"


@pytest.mark.parametrize("height", [np.nan, -6378137.0, -np.inf, np.inf, 1e12])
def test_heights_outside_are_refused(height: float) -> None:
    for encode in (beidou.encode_3d, rslc.encode_3d):
        with pytest.raises(Invalid) as caught:
            encode(117, 36, height)
        assert caught.value.rule == "code.location.height"


@pytest.mark.parametrize("level", [0, -1, 17])
def test_levels_that_are_not_there_are_refused(level: int) -> None:
    for _, encode, _ in GRIDS.values():
        with pytest.raises(Invalid) as caught:
            encode(117, 36, 0, level)
        assert caught.value.rule == "code.location.level"


@pytest.mark.parametrize(
    ("decode", "code", "rule"),
    [
        (beidou.decode, "", "code.location.length"),
        (beidou.decode, "N50J4", "code.location.length"),
        (beidou.decode, "X50J", "code.location.symbol"),
        (beidou.decode, "N00J", "code.location.symbol"),
        (beidou.decode, "N61J", "code.location.symbol"),
        (beidou.decode, "N50W", "code.location.symbol"),
        (beidou.decode, "N50JC7", "code.location.symbol"),
        (beidou.decode, "N50J48", "code.location.symbol"),
        (beidou.decode, "N50J476", "code.location.symbol"),
        (beidou.decode, "N50J475F9", "code.location.symbol"),
        (beidou.decode, "N50J4753A", "code.location.symbol"),
        (beidou.decode, "N５0J", "code.location.symbol"),
        (beidou.decode_3d, "N250J00", "code.location.symbol"),
        (beidou.decode_3d, "N050J64", "code.location.symbol"),
        (beidou.decode_3d, "N050J004705039F", "code.location.symbol"),
        (rslc.decode, "NE1", None),
        (rslc.decode, "NE4", "code.location.symbol"),
        (rslc.decode, "NE115J", "code.location.symbol"),
        (rslc.decode, "NE104L", "code.location.symbol"),
        (rslc.decode, "NX1", "code.location.symbol"),
        (beidou.decode_3d, "N151J000000000000000000000000000", "code.location.symbol"),
        (rslc.decode_3d, "NE10000A" + "0" * 36, "code.location.symbol"),
        (rslc.decode_3d, "NE12", "code.location.length"),
        (rslc.decode_3d, "NE01004J11", "code.location.symbol"),
    ],
)
def test_malformed_codes_are_refused(decode: Decode, code: str, rule: str | None) -> None:
    if rule is None:
        assert decode([code]).level.tolist() == [1]
        return
    with pytest.raises(Invalid) as caught:
        decode([code])
    assert caught.value.rule == rule
    assert code in caught.value.findings[0].sentence.zh


@given(st.floats(-180, 180), st.floats(-88, 88))
def test_one_position_is_coded_as_many_are(lon: float, lat: float) -> None:
    for grid in (rslc, beidou):
        assert grid.encode_one(lon, lat) == grid.encode([lon, 0.0], [lat, 0.0])[0]


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 0.0), (0.0, 88.1), (math.nan, 0.0)])
def test_one_position_outside_is_refused_too(lon: float, lat: float) -> None:
    for grid in (rslc, beidou):
        with pytest.raises(Invalid):
            grid.encode_one(lon, lat)
