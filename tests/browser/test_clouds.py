"""A point cloud in two clients: every point, its colours as surveyed, and styled by what each point says."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from entities.codes import new_codes
from tests.browser.conftest import ROOT, Browse
from tests.serving import SHIKONG, serving
from tests.tiling.points.made import CORNER, cloud
from tiling.points.codes import number_of

pytestmark = pytest.mark.browser

POINTS, WIDE = 40_000, 40.0
CODE = new_codes(1, np.random.default_rng(1))[0]
APART = 500.0
SURVEYED = (200, 100, 50)
BY_CLASS = {"pointSize": 6, "color": "${classification} === 2 ? color('red') : color('blue')"}
BY_INTENSITY = {"pointSize": 6, "color": "${intensity} === 60001 ? color('lime') : color('black')"}


@dataclass(frozen=True)
class Served:
    """The address of all clouds, that of the one whose points name no entity, and the code of the other."""

    whole: str
    plain: str
    code: str


def flat(path: Path, **more: np.ndarray) -> Path:
    """A flat cloud: ground in its western half, roofs in its eastern; strong returns in the south."""
    east, north = np.random.default_rng(1).random((2, POINTS)) * WIDE
    colours = {
        name: np.full(POINTS, part * 256, np.uint16)
        for name, part in zip(("red", "green", "blue"), SURVEYED, strict=True)
    }
    kinds = np.where(east < WIDE / 2, 2, 6).astype(np.uint8)
    strong = np.where(north < WIDE / 2, 60_001, 10).astype(np.uint16)
    if more:
        more = {"entity_code": np.where(east < WIDE / 2, 0, number_of(CODE)).astype(np.uint64)}
    spots = np.column_stack([east + (APART if more else 0), north, np.zeros(POINTS)])
    return cloud(path, spots, classification=kinds, intensity=strong, **colours, **more)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with two clouds, one of which names the entity of its eastern half."""
    folder = tmp_path_factory.mktemp("cloud")
    settings = folder / "config.yaml"
    settings.write_text(f"data: {folder / 'data'}\n")

    def told(*words: object) -> Any:
        command = [*SHIKONG, "--config", str(settings), *map(str, words), "--json"]
        done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
        return json.loads(done.stdout)

    told("init")
    plain, named = flat(folder / "plain.laz"), flat(folder / "named.laz", entity_code=np.empty(0))
    adopted = [told("adopt", path, "--valid-from", "2024-05-20") for path in (plain, named)]
    with serving(settings) as service:
        clouds = f"{service.address}/3dtiles/pointclouds"
        yield Served(f"{clouds}/tileset.json", f"{clouds}/h/{adopted[0]['hash']}/tileset.json", adopted[1]["code"])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def by_cesium(served: Served, browse: Browse, pictures: Path) -> dict[str, Any]:
    back = Transformer.from_crs("EPSG:4528", "EPSG:4490", always_xy=True)
    at = {
        name: [*back.transform(CORNER[0] + APART + east, CORNER[1] + WIDE / 2), CORNER[2]]
        for name, east in (("west", 0.25 * WIDE), ("east", 0.75 * WIDE))
    }
    looks = {"surveyed": {"pointSize": 6}, "by_class": BY_CLASS, "by_intensity": BY_INTENSITY}
    things: list[dict[str, Any]] = [{"name": "whole", "url": served.whole, "places": at}]
    things += [
        {"name": name, "url": served.plain, "style": style, "byPoint": True, "pitch": -1.57, "range": 2.5}
        for name, style in looks.items()
    ]
    told: dict[str, Any] = json.loads(browse("client.mjs", "client-cesium.js", str(pictures), json.dumps(things)))
    assert told["errors"] == []
    return dict(told["seen"])


def shown(pictures: Path, name: str) -> np.ndarray:
    """The picture as numbers (rows x columns x 3)."""
    return np.asarray(Image.open(pictures / f"{name}.png").convert("RGB")).astype(int)


def places(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns where a picture has a colour."""
    return np.argwhere(np.abs(picture - colour).max(axis=2) <= 6)


def test_every_point_is_drawn_by_cesium(by_cesium: dict[str, Any]) -> None:
    assert [seen["failed"] for seen in by_cesium.values()] == [[]] * 4
    assert [by_cesium[name]["points"] for name in ("surveyed", "by_class", "by_intensity")] == [POINTS] * 3


def test_every_point_is_drawn_by_three(served: Served, browse: Browse) -> None:
    things = [{"name": "cloud", "url": served.whole}]
    told = json.loads(browse("client.mjs", "client-three.js", "-", json.dumps(things)))
    assert (told["errors"], told["seen"]["cloud"]["failed"]) == ([], [])
    assert told["seen"]["cloud"]["points"] == 2 * POINTS


def test_a_pick_gives_the_code_of_the_entity_or_else_of_the_cloud(by_cesium: dict[str, Any], served: Served) -> None:
    assert by_cesium["whole"]["picked"] == {"west": served.code, "east": CODE}


def test_colours_are_those_of_the_survey(by_cesium: dict[str, Any], pictures: Path) -> None:
    assert len(places(shown(pictures, "surveyed"), SURVEYED)) > 2000


def test_a_style_tells_classes_apart(by_cesium: dict[str, Any], pictures: Path) -> None:
    picture = shown(pictures, "by_class")
    ground, roofs = places(picture, (255, 0, 0)), places(picture, (0, 0, 255))
    assert len(ground) > 2000
    assert len(roofs) > 2000
    assert ground[:, 1].max() <= roofs[:, 1].min() + 12, "ground lies west of the roofs"


def test_a_style_tells_strong_returns_from_weak(by_cesium: dict[str, Any], pictures: Path) -> None:
    picture = shown(pictures, "by_intensity")
    strong, weak = places(picture, (0, 255, 0)), places(picture, (0, 0, 0))
    assert len(strong) > 2000
    assert strong[:, 0].min() >= weak[:, 0].max() - 12, "strong ones lie south of the weak"
