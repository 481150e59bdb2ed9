"""Tilesets: read by py3dtiles, divided as they should be, saying what they are."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py3dtiles.tileset import TileSet
from py3dtiles.tileset.content.gltf import Gltf

from tests.tiling.made import DAY, JINAN, Base, house, settings, steep_house, town
from tiling.building.build import build
from tiling.ecef import ACCURACY, geocentric
from tiling.geometry.mesh import ERROR
from tiling.stored.sink import POINTER, MemorySink


def published(versions: list[Any], features: int = 20) -> MemorySink:
    sink = MemorySink()
    build(Base().commit(versions), sink, settings(features))
    return sink


def written(sink: MemorySink, folder: Path) -> Path:
    """The sink as plain files, contents unpacked, for readers that know nothing of gzip."""
    for name, blob in sink.blobs.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(gzip.decompress(blob) if name.endswith(".glb") else blob)
    return folder / POINTER


def test_py3dtiles_reads_every_tile(tmp_path: Path) -> None:
    sink = published([*town(400), steep_house()])
    waiting, tilesets, vertices = [TileSet.from_file(written(sink, tmp_path))], 0, 0
    while waiting:
        tileset = waiting.pop()
        tilesets += 1
        for content in tileset.get_all_tile_contents():
            if isinstance(content, TileSet):
                waiting.append(content)
            else:
                assert isinstance(content, Gltf)
                vertices += content.get_vertex_count()
    assert tilesets == 1 + sum(name.startswith("t/") for name in sink.blobs)
    assert vertices >= 400 * 20


def test_py3dtiles_finds_each_tile_within_the_one_above(tmp_path: Path) -> None:
    written(published(town(400)), tmp_path)
    for path in [tmp_path / POINTER, *sorted((tmp_path / "t").glob("*.json"))]:
        waiting = [TileSet.from_file(path).root_tile]
        while waiting:
            tile = waiting.pop()
            outer = tile.bounding_volume.get_canonical_as_array()
            for child in tile.children:
                corners = np.array(child.get_transformed_bounding_volume().get_corners())
                assert (np.abs(corners - outer[:3]) <= np.diag(outer[3:].reshape(3, 3)) + 1e-3).all()
            waiting += tile.children


def kinds(tiles: list[Any]) -> list[str]:
    return [tile["content"]["uri"].removeprefix("../").split("-")[0] for tile in tiles]


def test_leaves_stand_under_coarse_tiles_that_they_replace() -> None:
    sink = published([*town(400), house("FAR", 90_000)])
    files = json.loads(sink.get(POINTER))["root"]["children"]
    assert kinds(files) == ["t/9", "t/9"]
    crowd, lonely = sorted(
        (json.loads(sink.get(file["content"]["uri"]))["root"]["children"][0] for file in files),
        key=lambda tile: -len(tile["children"]),
    )
    assert kinds([crowd, lonely]) == ["o/11", "o/11"]
    assert kinds(lonely["children"]) == ["t/13"]
    alone = json.loads(sink.get(lonely["children"][0]["content"]["uri"].removeprefix("../")))["root"]
    assert kinds([alone, *alone["children"]]) == [
        "o/13",
        "c/13",
    ]  # a lonely house is not too small to be seen from afar
    assert set(kinds(crowd["children"])) == {"t/13"}
    deep = json.loads(sink.get(crowd["children"][0]["content"]["uri"].removeprefix("../")))["root"]
    assert kinds([deep]) == ["o/13"]
    below = [tile for tile in deep["children"] if "children" in tile]
    assert set(kinds(below)) == {"o/15"} and set(kinds(below[0]["children"])) <= {
        "c/16",
        "c/17",
        "c/18",
        "c/19",
        "c/20",
    }
    chain = [crowd, deep, below[0], below[0]["children"][0]]
    assert [tile.get("refine") for tile in chain] == ["REPLACE", "REPLACE", "REPLACE", None]
    assert [tile["geometricError"] for tile in chain] == [610, 152, 76, 0]


def test_a_leaf_stands_where_its_house_is() -> None:
    sink = published([house("A", side=20, height=10.0, base=30.0)])
    wide = json.loads(sink.get(POINTER))["root"]["children"][0]["content"]["uri"]
    coarse = json.loads(sink.get(wide))["root"]["children"][0]
    file = coarse["children"][0]
    deep = json.loads(sink.get(file["content"]["uri"].removeprefix("../")))["root"]
    leaf = deep["children"][0]
    placed = [np.array(tile["transform"]).reshape(4, 4).T for tile in (coarse, file, deep, leaf)]
    matrix = np.linalg.multi_dot(placed)
    middle = (matrix @ [*leaf["boundingVolume"]["box"][:3], 1])[:3]
    assert np.allclose(middle, geocentric(*JINAN, 30 - 4.25 + 5), rtol=0, atol=0.02)
    half = np.diag(np.array(leaf["boundingVolume"]["box"][3:]).reshape(3, 3))
    assert half == pytest.approx([10, 10, 5], abs=0.05)


def test_the_root_says_what_it_was_made_of() -> None:
    document = json.loads(published(town(30)).get(POINTER))
    assert document["metadata"]["properties"] == {
        "features": 30,
        "height_anomaly": "-4.250 m",
        "height_anomaly_source": "made up for tests",
        "height_datum": "1985 (EPSG:5737)",
        "horizontal_datum": "CGCS2000 (EPSG:4490)",
        "position_error": ACCURACY,
        "title": "Buildings",
        "transaction": 1,
        "valid_day": "2024-10-04",
        "vertex_error": ERROR,
    }
    declared = document["schema"]["classes"]["tileset"]["properties"]
    assert set(declared) == set(document["metadata"]["properties"])
    assert document["asset"]["tilesetVersion"] == "2024-10-04.1" and DAY == 20_000


def test_the_bytes_are_sorted_and_final() -> None:
    sink = published(town(30))
    for name, blob in sink.blobs.items():
        if name.endswith(".json"):
            assert blob == json.dumps(json.loads(blob), sort_keys=True, separators=(",", ":")).encode() + b"\n"
