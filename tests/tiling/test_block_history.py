"""Blocks through time: as many, as much ground and room on each day, and few of them."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.model import FOREVER, Period, Version
from entities.position import LEVELS
from tests.tiling.made import house, key_of, settings, town
from tests.tiling.test_build import houses
from tiling.building.blocks import CELLS, NO_BLOCKS, Blocks, blocks_of, draw_blocks, merged_blocks, stored_blocks
from tiling.encoding.wrapping import packed
from tiling.grid import Tile, first_keys
from tiling.moments.block_history import PARTS, merged_through_time

SETTINGS = replace(settings(), history=True)
MEASURED = ("count", "area", "volume")
DAYS = range(14)

spans = st.tuples(st.integers(0, 10), st.integers(1, 10)).map(lambda ends: Period(ends[0], ends[0] + ends[1]))
lasting = st.integers(0, 10).map(Period)
versions = st.builds(lambda one, when: replace(one, period=when), houses, spans | lasting)
many = st.lists(versions, max_size=25)


def told(found: list[Version], level: int = 18) -> Blocks:
    return merged_through_time(blocks_of(found, SETTINGS), level)


def on(blocks: Blocks, day: int) -> dict[int, tuple[int, ...]]:
    """What the blocks tell of each cell on a day, each once only."""
    rows = blocks[(blocks["valid_from"] <= day) & (blocks["valid_to"] > day)]
    assert len(np.unique(rows["key"])) == len(rows)
    return {int(row["key"]): tuple(int(row[name]) for name in MEASURED) for row in rows}


def truth(found: list[Version], day: int, level: int = 18) -> dict[int, tuple[int, ...]]:
    """The plainest: the blocks of what stands on the day."""
    now = blocks_of([version for version in found if day in version.period], settings())
    return {int(row["key"]): tuple(int(row[name]) for name in MEASURED) for row in merged_blocks(now, level)}


@hypothesis_settings(max_examples=100, deadline=None)
@given(many)
def test_each_day_is_told_within_the_share_and_the_latest_as_it_is(found: list[Version]) -> None:
    blocks = told(found)
    for day in DAYS:
        now, then = on(blocks, day), truth(found, day)
        assert now.keys() == then.keys()
        for cell, measures in then.items():
            assert all(abs(one - other) * PARTS <= other for one, other in zip(measures, now[cell], strict=True))
    assert on(blocks, FOREVER - 1) == truth(found, FOREVER - 1)


@hypothesis_settings(max_examples=100, deadline=None)
@given(many, st.data())
def test_how_they_were_merged_does_not_matter(found: list[Version], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found))
    assert told(shuffled).tobytes() == told(found).tobytes()
    assert merged_through_time(told(found), 18).tobytes() == told(found).tobytes()
    cells = defaultdict(list)
    for version in found:
        cells[int(first_keys(np.array([key_of(version)], np.uint64), 18)[0])].append(version)
    apart = [NO_BLOCKS, *(told(cells[cell]) for cell in sorted(cells))]
    assert np.concatenate(apart).tobytes() == told(found).tobytes()


def test_little_changes_are_not_told_and_great_ones_are() -> None:
    years = [house("A", height=100.0 - 3 * year) for year in range(8)]
    found = [replace(one, period=Period(year, year + 1)) for year, one in enumerate(years)]
    found.append(replace(house("A", height=10.0), period=Period(9)))  # after a day without anything
    blocks = told(found)
    assert blocks["valid_from"].tolist() == [0, 2, 4, 6, 9]
    assert on(blocks, 8) == {}
    assert len(blocks) < len(found)
    volumes = [on(blocks, day)[int(blocks["key"][0])][2] for day in range(8)]
    assert volumes == sorted(volumes, reverse=True) and len(set(volumes)) == len(blocks) - 1


def test_twenty_years_of_a_city_are_hardly_more_blocks_than_one_day() -> None:
    """A fiftieth of the houses is rebuilt each year, somewhere, higher or lower than it was."""
    random = np.random.default_rng(4)
    city, found = town(3_000, 1_500), []
    for one in city:
        years = [0, *(np.flatnonzero(random.random(19) < 0.02) + 1).tolist(), FOREVER]
        for first, end in pairwise(years):
            tall = one.state.height if first == 0 else float(random.uniform(2, 80))
            found.append(replace(one, period=Period(first, end), state=replace(one.state, height=tall)))
    assert len(found) > 1.3 * len(city)
    for level, most in ((CELLS[11], 1.3), (CELLS[13], 3.0)):
        assert len(told(found, level)) <= most * len(merged_blocks(blocks_of(city, settings()), level))


def test_they_are_read_back_as_they_were() -> None:
    tile = Tile.holding(key_of(house("A")), 15)
    found = [replace(house("A"), period=Period(-900, 20)), replace(house("A", height=40.0), period=Period(20))]
    blocks = told(found, CELLS[15])
    content = draw_blocks(blocks, tile, SETTINGS)
    again = stored_blocks(packed(content.glb, content.extent), tile)
    assert len(again) == 2 and again.tobytes() == blocks.tobytes()


def test_nothing_is_nothing() -> None:
    assert len(merged_through_time(NO_BLOCKS, LEVELS)) == 0
