"""Blocks of far views have the mean colours of what their buildings show, each by its area, and of nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from entities.model import Period, Version
from entities.painting import COLOURS, Patch
from entities.pictures import Pictures
from tests.tiling.glbs import taken_apart
from tests.tiling.made import SETTINGS, Base, house, key_of, steep_house
from tests.tiling.test_textures import RED, textured
from tiling.building.blocks import CELLS, blocks_of, draw_blocks, merged_blocks, stored_blocks
from tiling.building.build import build
from tiling.building.settings import BLOCKS, Settings
from tiling.encoding.glances import means
from tiling.encoding.light import linear
from tiling.encoding.wrapping import packed
from tiling.grid import Tile
from tiling.layers.buildings import BUILDINGS
from tiling.moments.block_history import merged_through_time
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

ROOF, WALL = BUILDINGS.palette.linear()[:2]
ALL = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def painted(code: str, colours: str, east: float = 0.0) -> Version:
    """The steep house with colours of its own, somewhere else."""
    found = house(code, east)
    return replace(steep_house(code), state=replace(found.state, surfaces=steep_house().state.surfaces,
                   attributes={COLOURS: colours}))  # fmt: skip


def colours_of(versions: list[Version], chosen: Settings) -> tuple[np.ndarray, np.ndarray, dict[str, object]]:
    """The colours of the roof and of the walls of a block of all versions, and what is told of it."""
    tile = Tile.holding(key_of(versions[0]), 11)
    blocks = merged_blocks(blocks_of(versions, chosen), CELLS[11])
    assert len(blocks) == 1
    glb = taken_apart(draw_blocks(blocks, tile, chosen).glb)
    up = glb.attributes["NORMAL"][:, 1] == 127
    roof, wall = (np.unique(glb.attributes["COLOR_0"][some], axis=0) for some in (up, ~up))
    assert len(roof) == len(wall) == 1
    return roof[0].astype(int), wall[0].astype(int), glb.table


def test_a_block_has_the_mean_colours_of_the_pictures_below_it(tmp_path: Path, settings: Settings) -> None:
    roof, wall, told = colours_of([textured(tmp_path, settings)], settings)
    once = 0.25 * np.array([20, 40, 200]) + 9 / 64 * 255 + 39 / 64 * np.array(RED)
    often = 0.25 * np.array([20, 40, 200]) + 0.45 * 3 / 8 * 255 + (0.75 - 0.45 * 3 / 8) * np.array(RED)
    seen = [255 * linear(colour / 255) for colour in (once, often)]
    mean = (60 * seen[0] + 48 * seen[1] + 108 * np.array(WALL)) / 216  # the north and the west show nothing
    assert np.abs(roof - 255 * linear(90 / 255)).max() <= 1
    assert np.abs(wall - mean).max() <= 4, (wall, mean)
    assert np.abs(wall - WALL).max() > 40
    assert np.array(told["pictured"], np.float32).view(np.uint32).tolist() == [1]


def test_it_has_the_layer_s_colours_where_pictures_are_not_here(tmp_path: Path, settings: Settings) -> None:
    shown = textured(tmp_path, settings)
    roof, wall, told = colours_of([shown], replace(settings, pictures=Pictures(tmp_path / "none")))
    assert (roof.tolist(), wall.tolist()) == (list(ROOF), list(WALL))
    assert "shown" not in told and "pictured" not in told


def test_materials_count_by_the_ground_of_their_buildings() -> None:
    """A house with red roofs beside one as large without: halfway; walls without colours keep the layer's."""
    red = painted("A", '[{"colour":"#ff0000","surfaces":"0-1"}]')
    alone, wall, told = colours_of([red], SETTINGS)
    both, _, _ = colours_of([red, replace(red, code="B", state=replace(red.state, attributes={}))], SETTINGS)
    assert alone.tolist() == [255, 0, 0] and wall.tolist() == list(WALL)
    assert np.abs(both - (alone + ROOF) / 2).max() <= 1
    assert np.array(told["pictured"], np.float32).view(np.uint32).tolist() == [0]


looks = st.sampled_from(["#ff0000", "#0000ff", "#fefefe"]).map(
    lambda colour: f'[{{"colour":"{colour}","surfaces":"0-4"}}]'
)


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(looks, st.sampled_from([0.0, 40.0, 900.0])), min_size=1, max_size=12), st.data())
def test_how_they_were_merged_does_not_matter(found: list[tuple[str, float]], data: st.DataObject) -> None:
    versions = [painted(f"P{row}", *one) for row, one in enumerate(found)]
    cut = data.draw(st.integers(0, len(versions)))
    parts = [merged_blocks(blocks_of(part, SETTINGS), 19) for part in (versions[cut:], versions[:cut])]
    together = merged_blocks(np.concatenate(parts), 16)
    assert together.tobytes() == merged_blocks(blocks_of(versions, SETTINGS), 16).tobytes()
    tile = Tile.holding(int(together["key"][0]), 11)
    some = together[(together["key"] >= tile.keys[0]) & (together["key"] <= tile.keys[1])]
    drawn = draw_blocks(some, tile, SETTINGS)
    assert stored_blocks(packed(drawn.glb, drawn.extent), tile).tobytes() == some.tobytes()


def test_a_house_that_is_only_painted_anew_is_told_of_its_days() -> None:
    red, blue = (painted("A", f'[{{"colour":"{one}","surfaces":"0-4"}}]') for one in ("#ff0000", "#0000ff"))
    history = replace(SETTINGS, history=True)
    found = [replace(red, period=Period(0, 5)), replace(red, period=Period(5, 9)), replace(blue, period=Period(9))]
    told = merged_through_time(blocks_of(found, history), 18)
    assert told["valid_from"].tolist() == [0, 9]
    assert np.sign(told["roof_red"]).tolist() == [1, -1]


def test_blocks_of_another_writer_are_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base that was built before blocks had colours: one house changes, and all blocks are as of a whole build."""
    base, sink, whole = Base(), MemorySink(), MemorySink()
    first = base.commit([painted("A", '[{"colour":"#ff0000","surfaces":"0-1"}]'), house("B", 30), house("C", 4_000)])
    with monkeypatch.context() as older:
        for module in ("settings", "overviews"):
            older.setattr(f"tiling.building.{module}.BLOCKS", BLOCKS - 1)
        older.setattr("tiling.building.blocks.tint", lambda *_: None)
        build(first, sink, SETTINGS)
    source = base.commit([house("C", 4_000, height=50.0)])
    build(source, sink, SETTINGS, Published.now(sink))
    build(source, whole, SETTINGS)
    names = [name for name in whole.names() if name.startswith("o/")]
    assert names and {name: sink.get(name) for name in names} == {name: whole.get(name) for name in names}


@pytest.fixture
def kept(tmp_path: Path) -> Pictures:
    """A picture whose left half is black, named `aaa…`."""
    found = Pictures(tmp_path)
    path = found.path("a" * 64)
    path.parent.mkdir()
    Image.fromarray(np.repeat(np.array([[0] * 64 + [255] * 64], np.uint8)[..., None], 3, 2).repeat(96, 0)).save(
        path, "PNG"
    )
    return found


@pytest.mark.parametrize(
    ("corners", "rings", "wrap", "wanted"),
    [
        (ALL * (0.5, 1), [4], "clamp", 0.0),
        (ALL * (0.5, 1) + (0.5, 0), [4], "clamp", 255.0),
        (ALL * (1, 1) + (0.5, 0), [4], "clamp", 255.0),
        (ALL * (1, 1) + (0.5, 0), [4], "repeat", 127.5),
        (np.concatenate([ALL, ALL[::-1] * (0.5, 1)]), [4, 4], "clamp", 255.0),  # a hole over all that is black
        (ALL[::-1], [4], "mirror", 127.5),
        (ALL * 0 + 0.75, [4], "clamp", 255.0),
    ],
)
def test_the_mean_is_of_what_is_shown_alone(
    kept: Pictures, corners: np.ndarray, rings: list[int], wrap: str, wanted: float
) -> None:
    [found] = means([Patch("a" * 64, corners, wrap)], [rings], kept)
    assert found == pytest.approx(255 * linear(np.full(3, wanted) / 255), abs=12)  # places on the very edge


def test_a_picture_that_is_not_here_has_no_mean(kept: Pictures) -> None:
    found = means([Patch("b" * 64, ALL), Patch("a" * 64, ALL)], [[4], [4]], kept)
    assert np.isnan(found).all(axis=1).tolist() == [True, False]
