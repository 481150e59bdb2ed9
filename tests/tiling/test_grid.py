"""Tiles are the cells of the quadtree of position keys."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.position import LEVELS, position_keys
from tiling.grid import Tile, centres, first_keys, names

keys = st.integers(0, 2 * 4 ** (LEVELS - 1) - 1)
levels = st.integers(0, LEVELS)


@given(keys, levels)
def test_a_tile_holds_the_keys_it_is_the_tile_of(key: int, level: int) -> None:
    first, last = Tile.holding(key, level).keys
    assert first <= key <= last


@given(keys, st.integers(0, LEVELS - 1))
def test_children_divide_their_parent(key: int, level: int) -> None:
    tile = Tile.holding(key, level)
    spans = [child.keys for child in tile.children]
    assert [child.parent for child in tile.children] == [tile] * 4
    assert (spans[0][0], spans[-1][1]) == tile.keys
    assert all(before[1] + 1 == after[0] for before, after in pairwise(spans))


@given(keys, levels)
def test_a_name_is_read_back(key: int, level: int) -> None:
    tile = Tile.holding(key, level)
    assert Tile.named(tile.name) == tile


@given(st.lists(st.tuples(keys, levels), min_size=1, max_size=20))
def test_many_at_once_equal_one_by_one(cells: list[tuple[int, int]]) -> None:
    given_keys, given_levels = np.array([key for key, _ in cells], np.uint64), np.array([level for _, level in cells])
    tiles = [Tile.holding(key, level) for key, level in cells]
    assert names(given_keys, given_levels.astype(np.uint8)) == [tile.name for tile in tiles]
    assert first_keys(given_keys, given_levels).tolist() == [tile.keys[0] for tile in tiles]
    lon, lat = centres(given_keys, given_levels.astype(np.uint8))
    assert list(zip(lon.tolist(), lat.tolist(), strict=True)) == [tile.centre for tile in tiles]


def test_bounds_hold_the_positions_within() -> None:
    tile = Tile.holding(int(position_keys(117.02, 36.66)[0]), 16)
    west, south, east, north = tile.bounds
    assert west <= 117.02 < east and south <= 36.66 < north
    assert east - west == 360 / 2**16


@pytest.mark.parametrize("name", ["", "1-2", "13-8192-0", "21-0-0", "-1-0-0", "a-b-c"])
def test_other_names_are_no_tiles(name: str) -> None:
    with pytest.raises(ValueError):
        Tile.named(name)


def test_the_ends_of_the_tree() -> None:
    with pytest.raises(ValueError, match="no parent"):
        _ = Tile(0, 0, 0).parent
    with pytest.raises(ValueError, match="no children"):
        _ = Tile(LEVELS, 0, 0).children
