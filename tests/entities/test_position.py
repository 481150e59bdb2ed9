"""Position keys against the plainest way to find a cell: halving the square, level by level."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.position import LEVELS, Bounds, Cell, cell_bounds, cell_of, cell_range, position_keys

# Positions in whole 1e-9°, as the base stores them.
longitudes = st.integers(-180 * 10**9, 180 * 10**9 - 1).map(lambda n: n / 1e9)
latitudes = st.integers(-90 * 10**9, 90 * 10**9 - 1).map(lambda n: n / 1e9)
levels = st.integers(0, LEVELS)


def halve(lon: float, lat: float) -> int:
    """The plainest truth: walk down the quadtree with the exact integers of 1e-9° scaled by 2^20."""
    x, y, side, key = round((lon + 180) * 1e9) << LEVELS, round((lat + 90) * 1e9) << LEVELS, 360 * 10**9 << LEVELS, 0
    for _ in range(LEVELS):
        side //= 2
        key = key << 2 | (y >= side) << 1 | (x >= side)
        x, y = x - side * (x >= side), y - side * (y >= side)
    return key


@given(longitudes, latitudes)
def test_key_equals_the_walk_down_the_quadtree(lon: float, lat: float) -> None:
    assert int(position_keys(lon, lat)[0]) == halve(lon, lat)


@given(longitudes, latitudes, levels)
def test_cell_range_holds_the_key_and_bounds_hold_the_position(lon: float, lat: float, level: int) -> None:
    key = int(position_keys(lon, lat)[0])
    cell = cell_of(key, level)
    first, after = cell_range(*cell)
    assert first <= key < after
    assert after - first == 4 ** (LEVELS - level)
    west, south, east, north = cell_bounds(*cell)
    assert west - 1e-9 <= lon < east + 1e-9
    assert south - 1e-9 <= lat < north + 1e-9


@given(levels, st.data())
def test_cell_of_undoes_cell_range(level: int, data: st.DataObject) -> None:
    x, y = (data.draw(st.integers(0, 2**level - 1)) for _ in range(2))
    first, after = cell_range(level, x, y)
    assert cell_of(first, level) == cell_of(after - 1, level) == Cell(level, x, y)


def test_four_children_fill_their_parent() -> None:
    ranges = sorted(cell_range(8, 10 + dx, 20 + dy) for dx in (0, 1) for dy in (0, 1))
    assert [ranges[0][0], ranges[-1][1]] == [*cell_range(7, 5, 10)]
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_known_cells() -> None:
    assert cell_bounds(0, 0, 0) == Bounds(-180, -90, 180, 270)
    assert cell_of(int(position_keys(117.0, 36.6)[0]), 1) == Cell(1, 1, 0)
    assert cell_of(int(position_keys(117.0, 36.6)[0]), 3) == Cell(3, 6, 2)


def test_many_positions_at_once_equal_one_by_one() -> None:
    lon, lat = np.random.default_rng(1).uniform((-180, -90), (180, 90), (500, 2)).round(9).T
    assert position_keys(lon, lat).tolist() == [halve(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    assert position_keys(lon, lat).dtype == np.uint64


def test_the_outermost_edge_belongs_to_the_last_cell() -> None:
    assert cell_of(int(position_keys(180, 90)[0]), LEVELS) == Cell(LEVELS, 2**20 - 1, 2**19 - 1)


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 0), (0, float("inf")), (180.1, 0), (0, -90.1)])
def test_what_is_not_a_position_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        position_keys(lon, lat)
