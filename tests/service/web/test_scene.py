"""The list of layers of the viewer: only what the base holds, each in its group, named and coloured as it is drawn."""

import re

import pytest

from service.tiles.tilesets import TILED
from service.web.scene import GROUPS, SURVEYS, group_of, legend_of, scene_layers


def history(layer: str) -> str:
    return f"/all-time/{layer}"


def test_every_layer_has_one_place() -> None:
    held = {layer: {"count": 1, "bbox": [117, 36, 118, 37]} for layer in (*TILED, *SURVEYS)}
    layers = scene_layers(held, "zh", history)
    names = {group: [one["id"] for one in layers if one["group"] == group] for group in GROUPS}
    assert sorted(layer for group in names.values() for layer in group) == sorted((*TILED, *SURVEYS))
    assert names["below"] == ["pipes", "boreholes"]
    assert names["survey"] == list(SURVEYS)
    assert names["above"][0] == "buildings"
    assert group_of("something new") == "ground"


def test_what_the_base_has_nothing_of_is_not_listed() -> None:
    held = {"pipes": {"count": 0, "bbox": None}, "imagery": {"count": 2, "bbox": [1, 2, 3, 4]}}
    buildings, imagery = scene_layers(held, "en", history)
    assert (buildings["id"], buildings["kind"], buildings["title"]) == ("buildings", "tiles", "Buildings")
    assert (imagery["id"], imagery["kind"], imagery["tileset"]) == ("imagery", "imagery", "/map/imagery/tiles.json")
    assert imagery["extent"] == [1, 2, 3, 4]
    assert (buildings["history"], imagery["history"]) == ("/all-time/buildings", None)


@pytest.mark.parametrize("layer", [layer for layer in TILED if layer != "buildings"])
def test_the_colours_of_every_layer_are_explained(layer: str) -> None:
    assert len(legend_of(layer)) > 0
    assert all(re.fullmatch("#[0-9a-f]{6}", kind.colour) and kind.name.zh and kind.name.en for kind in legend_of(layer))
