"""What tiles say of the survey: its file, its department, and the accuracy that the class table asks of it."""

from dataclasses import replace

import pytest

from entities.model import Surveyed
from service.config import Config
from service.tiles.tilesets import tile_settings
from tests.tiling.glbs import taken_apart
from tests.tiling.made import SETTINGS, house, key_of
from tiling.building.settings import Settings
from tiling.grid import Tile
from tiling.layers.buildings import content


def table(settings: Settings) -> dict[str, list[object]]:
    houses = [house("A"), replace(house("B", 20), surveyed=2), replace(house("C", 40), surveyed=3)]
    surveys = {1: Surveyed("first.gpkg", "lixia"), 2: Surveyed("", "shizhong")}
    return taken_apart(content(houses, Tile.holding(key_of(houses[0]), 16), settings, surveys).glb).table


def test_each_entity_names_its_survey_and_department() -> None:
    found = table(SETTINGS)
    assert found["source"] == ["first.gpkg", "", ""] and found["department"] == ["lixia", "shizhong", ""]
    assert "accuracy" not in found


def test_the_accuracy_is_that_of_the_class_table() -> None:
    chosen = tile_settings(Config.load(None, {}), "buildings")
    assert chosen.accuracies["310301"] == 0.3 and "543002" not in chosen.accuracies
    assert table(replace(SETTINGS, accuracies=chosen.accuracies))["accuracy"] == pytest.approx([0.3] * 3)


def test_another_accuracy_is_another_content() -> None:
    found = {replace(SETTINGS, accuracies=asked).salt for asked in ({}, {"310301": 0.3}, {"310301": 0.5})}
    assert len(found) == 3
