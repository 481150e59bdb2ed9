"""Colours of surfaces: what is written is read, from a model's materials to the tile that shows them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.painting import COLOURS, colours_of, colours_text
from tests.entities.readers.made import read
from tests.tiling.glbs import taken_apart
from tests.tiling.made import SETTINGS, key_of, steep_house, version
from tiling.building.settings import Palette
from tiling.grid import Tile
from tiling.layers.buildings import content, drawn, painted

RED, GREY = "#800000", "#808080"
PAINTS = st.sampled_from(["", RED, GREY, "#ebebeb"])


@given(st.lists(PAINTS))
def test_what_is_written_is_read(colours: list[str]) -> None:
    text = colours_text(colours)
    assert colours_of(text, len(colours)) == colours
    assert (text is None) == (not any(colours))


@pytest.mark.parametrize(
    "text",
    [None, "", "[", "7", "[7]", '[{"colour":"red","surfaces":"0"}]', '[{"colour":"#800000","surfaces":"9-99 -1 x"}]'],
)
def test_what_cannot_be_read_says_nothing(text: str | None) -> None:
    assert colours_of(text, 2) == ["", ""]


def model(theme: dict[str, Any], faces: int = 6) -> dict[str, Any]:
    """A block whose faces have materials: red, one without a colour, grey."""
    corners = [[x, y, z] for z in (0, 6) for y in (0, 8) for x in (0, 10)]
    shell = [[[0, 2, 3, 1]], [[4, 5, 7, 6]], [[0, 1, 5, 4]], [[1, 3, 7, 5]], [[3, 2, 6, 7]], [[2, 0, 4, 6]]]
    geometry = {"type": "Solid", "lod": "2", "boundaries": [shell[:faces]], "material": theme}
    materials = [
        {"name": "a", "diffuseColor": [0.502, 0, 0]},
        {"name": "b"},
        {"name": "c", "diffuseColor": [0.502] * 3},
    ]
    return {
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [1, 1, 1], "translate": [500_000, 4_060_000, 30]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"},
        "appearance": {"materials": materials, "vertices-texture": [[0.1, 0.2]], "default-theme-material": "shown"},
        "CityObjects": {"B1": {"type": "Building", "geometry": [geometry]}}, "vertices": corners,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("theme", "colours"),
    [
        ({"shown": {"values": [[None, 0, 2, 2, 1, 2]]}}, ["", RED, GREY, GREY, "", GREY]),
        ({"shown": {"value": 0}, "first": {"value": 2}}, [RED] * 6),
        ({"other": {"value": 2}}, [GREY] * 6),
        ({"shown": {"values": [[0, 0]]}}, None),
        ({"shown": {"value": 9}}, None),
        ({"shown": 7}, None),
    ],
)
def test_materials_of_a_city_model_paint_its_faces(
    theme: dict[str, Any], colours: list[str] | None, tmp_path: Path
) -> None:
    path = tmp_path / "block.city.json"
    path.write_text(json.dumps(model(theme)), encoding="utf-8")
    [block], _ = read(path)
    text = block.state.attributes.get(COLOURS)
    assert (None if text is None else colours_of(text, 6)) == colours


def test_a_tile_shows_the_colours_of_the_survey(tmp_path: Path) -> None:
    path = tmp_path / "block.city.json"
    path.write_text(json.dumps(model({"shown": {"values": [[None, 0, 2, 2, 1, 2]]}})), encoding="utf-8")
    [block], _ = read(path)
    house = version("A", block.state.geometry, surfaces=block.state.surfaces, attributes=block.state.attributes)
    assert painted([house]) == [RED, GREY]
    glb = taken_apart(content([house], Tile.holding(key_of(house), 16), SETTINGS, {}).glb)
    shown = {tuple(colour) for colour in glb.attributes["COLOR_0"].tolist()}
    own = Palette((RED, GREY, SETTINGS.layer.palette.colours[3])).linear()
    assert shown == set(own)


def test_real_roofs_are_red_and_walls_light(shared_data: Path) -> None:
    found, _ = read(shared_data / "buildings/DH_01_subs.city.json", crs="EPSG:7415")
    assert len(found) == 4
    for candidate in found:
        surfaces = candidate.state.surfaces
        assert surfaces is not None
        colours = colours_of(candidate.state.attributes[COLOURS], len(surfaces.kinds))
        named = {"R": RED, "W": "#ebebeb", "G": GREY}
        assert [named[kind] for kind in surfaces.kinds] == colours


def test_other_houses_keep_the_colours_of_their_kinds() -> None:
    plain = steep_house()
    assert painted([plain]) == []
    kinds = drawn([plain], Tile.holding(key_of(plain), 16), SETTINGS).kinds
    assert set(np.unique(kinds).tolist()) == {0, 1, 2}
