"""Blocks stand for buildings: as many, as much ground, as much room, whatever they were merged from."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.model import Version
from tests.tiling.glbs import taken_apart
from tests.tiling.made import JINAN, SETTINGS, house, key_of, steep_house, town, version
from tests.tiling.test_build import houses
from tiling.building.blocks import CELLS, blocks_of, draw_blocks, merged_blocks, stored_blocks
from tiling.ecef import metres_per_degree
from tiling.encoding.wrapping import packed
from tiling.grid import Tile

CITY = town(300, 1_500)
TILE = Tile.holding(key_of(house("A")), 13)


def inside(blocks: np.ndarray, tile: Tile) -> np.ndarray:
    first, last = tile.keys
    return blocks[(blocks["key"] >= first) & (blocks["key"] <= last)]


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(houses, max_size=30), st.data())
def test_how_they_were_merged_does_not_matter(found: list[Version], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(found)))
    parts = [
        merged_blocks(blocks_of(part, SETTINGS), data.draw(st.integers(18, 20))) for part in (found[cut:], found[:cut])
    ]
    together = merged_blocks(np.concatenate(parts), 18)
    assert together.tobytes() == merged_blocks(blocks_of(found, SETTINGS), 18).tobytes()
    assert together["count"].sum() == len(found)


def test_they_cover_the_ground_and_fill_the_room_of_what_they_stand_for() -> None:
    blocks = merged_blocks(blocks_of(CITY, SETTINGS), 18)
    flats = [found.state.geometry.area * np.prod(metres_per_degree(np.array([JINAN[1]]))) for found in CITY]
    rooms = [flat * found.state.height for flat, found in zip(flats, CITY, strict=True) if found.state.height]
    assert blocks["count"].sum() == 300 > 2 * len(blocks)
    assert blocks["area"].sum() / 100 == pytest.approx(sum(flats), rel=1e-3)
    assert blocks["volume"].sum() == pytest.approx(sum(rooms), rel=1e-3)


def test_what_is_drawn_has_that_ground_and_room() -> None:
    places = np.random.default_rng(2).uniform(-700, 700, (80, 2)).tolist()
    low = [house(f"L{row:03d}", *place, side=10, height=8.0, base=0.0) for row, place in enumerate(places)]
    blocks = inside(merged_blocks(blocks_of(low, SETTINGS), CELLS[13]), TILE)
    glb = taken_apart(draw_blocks(blocks, TILE, SETTINGS).glb)
    node = glb.document["nodes"][0]
    corners = glb.attributes["POSITION"] * np.array(node.get("scale", 1)) + np.array(node.get("translation", 0))
    up = glb.attributes["NORMAL"][:, 1] == 127
    roofs = glb.indices.reshape(-1, 3)[up[glb.indices.reshape(-1, 3)].all(axis=1)]
    east, south = corners[:, 0], corners[:, 2]
    one, two, three = roofs.T
    area = (east[two] - east[one]) * (south[one] - south[three]) + (south[two] - south[one]) * (east[three] - east[one])
    assert (area > 0).all()
    assert area.sum() / 2 == pytest.approx(int(blocks["count"].sum()) * 100, rel=0.01)
    assert corners[up, 1].max() == pytest.approx(8 - 4.25, abs=0.3)


def test_a_tower_over_low_houses_is_seen() -> None:
    found = [house(f"L{row}", 3.0 * row, height=6.0) for row in range(5)] + [
        house("TALL", 20, 20, side=15, height=180.0)
    ]
    blocks = merged_blocks(blocks_of(found, SETTINGS), 16)
    assert len(blocks) == 1 and blocks["tall"][0] == 18_000
    glb = taken_apart(draw_blocks(blocks, Tile.holding(int(blocks["key"][0]), 11), SETTINGS).glb)
    assert len(glb.indices) // 3 == 2 * 10
    assert set(glb.attributes["_FEATURE_ID_0"].ravel().tolist()) == {0}


def test_they_are_read_back_as_they_were() -> None:
    for level in (11, 13, 15):
        tile = Tile.holding(key_of(CITY[0]), level)
        blocks = inside(merged_blocks(blocks_of([*CITY, steep_house()], SETTINGS), CELLS[level]), tile)
        assert len(blocks)
        content = draw_blocks(blocks, tile, SETTINGS)
        again = stored_blocks(packed(content.glb, content.extent), tile)
        assert again.tobytes() == blocks.tobytes()


def test_what_has_no_ground_counts_and_is_not_drawn() -> None:
    point = version("P", shapely.Point(*JINAN), height=900.0)
    blocks = merged_blocks(blocks_of([point], SETTINGS), CELLS[13])
    assert blocks["count"].tolist() == [1] and blocks["tall"].tolist() == [0]
    content = draw_blocks(blocks, TILE, SETTINGS)
    assert not content.extent.any()
    assert stored_blocks(packed(content.glb, content.extent), TILE).tobytes() == blocks.tobytes()
