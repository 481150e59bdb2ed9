"""The seam between layers and everything else: a layer that only a test knows is built, checked, asked for by day."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from entities.model import Version
from tests.tiling.made import SETTINGS, Base, house, town
from tests.tiling.test_past import drawn_on_demand
from tiling.building.build import build
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.grid import Tile
from tiling.layers import LAYERS
from tiling.layers.buildings import content, spans
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import POINTER, MemorySink


def flat(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw every building without its height."""
    lying = [replace(version, state=replace(version.state, height=None)) for version in versions]
    return content(lying, tile, settings, surveys)


PLATES = Layer("plates", 7, flat, spans, Palette(("#ff0000",) * 4), (64, 32, 16, 8))


def test_a_layer_is_its_value() -> None:
    base, sink, chosen = Base(), MemorySink(), replace(SETTINGS, layer=PLATES)
    base.commit(town(60))
    build(base.commit([house("NEW", 30)], ["T000001"]), sink, chosen)
    assert check(sink) == []
    wide = json.loads(sink.get(POINTER))["root"]["children"]
    deep = [json.loads(sink.get(tile["content"]["uri"]))["root"]["children"][0] for tile in wide]
    assert {tile["geometricError"] for tile in wide} == {64}
    assert {tile["geometricError"] for tile in deep} == {16}
    root = tileset_at(base.at(1), sink, chosen, Published.now(sink))
    drawn_on_demand(base.at(1), sink, chosen, root)
    assert check(sink, root) == []


def test_another_version_or_colour_is_another_content() -> None:
    others = [PLATES, replace(PLATES, version=8), replace(PLATES, palette=Palette(("#00ff00",) * 4))]
    assert len({replace(SETTINGS, layer=layer).salt for layer in others}) == 3


def test_errors_fall_from_tier_to_tier() -> None:
    with pytest.raises(ValueError, match="fall"):
        replace(PLATES, errors=(64, 32, 64, 8))


def test_every_layer_has_the_name_it_is_found_by() -> None:
    assert all(layer.name == name for name, layer in LAYERS.items())
