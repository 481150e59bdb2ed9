"""Every kind of real data in one base: sound to the validators, counted, and looked at in two clients."""

import gzip
import json
import os
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import laspy
import pytest
import rasterio
from pyproj import Transformer
from rasterio.warp import transform_bounds

from service.cli import run
from service.holdings import Shelf
from tests.browser.conftest import Browse
from tests.scene.conftest import Scene
from tests.tiling.glbs import validated
from tiling.encoding.gltf import unpacked

LAYERS = ("buildings", "pipes", "boreholes", "parcels")
CLOUDS = ("pointcloud/autzen_trim.las", "pointcloud/autzen_trim.laz", "pointcloud/1.2-with-color.copc.laz")
MESHES = (
    "mesh/frankfurt_oblique_474_5548_lv5.osgb_3.b3dm",
    "mesh/helsinki_mesh_0_0.glb",
    "mesh/fanvanzh_test.osgb",
)


def test_everything_is_sound(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(scene.settings), "verify"]) == 0, capsys.readouterr().out


@pytest.mark.node
def test_every_glb_is_valid(scene: Scene) -> None:
    files = sorted((scene.config.data).rglob("*.glb"))
    assert {path.relative_to(scene.config.data).parts[0] for path in files} == {"holdings", "tiles"}
    wrong = [report for report in validated(files) if report["errors"] or report["warnings"]]
    assert wrong == []


@pytest.mark.parametrize("file", CLOUDS)
def test_as_many_points_come_out_as_go_in(scene: Scene, shared_data: Path, file: str) -> None:
    with laspy.open(shared_data / file) as reader:
        put_in = reader.header.point_count
    folder = Shelf.of(scene.config).folder("pointclouds", scene.holding(file))
    assert sum(_points(path) for path in folder.rglob("*.glb")) == put_in > 1_000


@pytest.mark.browser
def test_cesium_draws_and_picks_every_layer(scene: Scene, shared_data: Path, address: str, browse: Browse) -> None:
    (code, place), (parcel, middle) = scene.somewhere("boreholes"), scene.somewhere("parcels")
    things: list[dict[str, Any]] = [
        {"name": layer, "url": f"{address}/3dtiles/{layer}/tileset.json"} for layer in LAYERS
    ]
    things[2] |= {"places": {code: place}}
    things[3] |= {"places": {parcel: middle}}
    things += [{"name": kind, "url": f"{address}/3dtiles/{kind}/tileset.json"} for kind in ("meshes", "pointclouds")]
    things += [_tileset(address, scene, "meshes", file) for file in MESHES]
    things.append(_tileset(address, scene, "pointclouds", CLOUDS[0]))
    things.append(_terrain(address, shared_data / "pipelines/ky4_elevation.tif"))
    things.append(_imagery(address, shared_data / "imagery/riotiler_hro_colorado.tif"))
    told = json.loads(
        browse("client.mjs", "client-cesium.js", os.environ.get("SHIKONG_PICTURES", "-"), json.dumps(things))
    )
    assert told["errors"] == []
    assert {name: seen["failed"] for name, seen in told["seen"].items() if seen["failed"]} == {}
    assert told["seen"]["boreholes"]["picked"] == {code: code}
    assert told["seen"][CLOUDS[0]]["points"] > 100_000
    assert min(told["seen"][name]["features"] for name in ("buildings", "pipes", "boreholes")) > 20
    assert told["seen"]["parcels"]["picked"] == {parcel: parcel}
    for asked, drawn in zip(things[-2]["measured"], told["seen"]["terrain"]["heights"], strict=True):
        assert drawn == pytest.approx(asked, abs=1.0)


@pytest.mark.browser
def test_another_client_draws_entities_and_points(scene: Scene, address: str, browse: Browse) -> None:
    things = [
        {"name": "buildings", "url": f"{address}/3dtiles/buildings/tileset.json"},
        _tileset(address, scene, "pointclouds", CLOUDS[1]),
    ]
    told = json.loads(browse("client.mjs", "client-three.js", "-", json.dumps(things)))
    assert told["errors"] == []
    assert len(told["seen"]["buildings"]["codes"]) == 84
    assert told["seen"][CLOUDS[1]]["points"] == 110_000


@pytest.mark.browser
def test_the_viewer_stands_on_the_surveyed_ground(
    shared_data: Path, address: str, browse: Browse, scripts: Path
) -> None:
    lon, lat = _terrain(address, shared_data / "pipelines/ky4_elevation.tif")["places"][0]
    told = json.loads(browse("visit.mjs", address, f"/?camera={lon},{lat},3000,0,-60&elevation=on"))
    assert told["errors"] == []
    assert told["answered"]["terrain 200"] > 10


def _points(path: Path) -> int:
    stored = path.read_bytes()
    document, _ = unpacked(gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored)
    parts = [part for mesh in document["meshes"] for part in mesh["primitives"]]
    return sum(document["accessors"][part["attributes"]["POSITION"]]["count"] for part in parts)


def _tileset(address: str, scene: Scene, kind: str, file: str) -> dict[str, Any]:
    return {"name": file, "url": f"{address}/3dtiles/{kind}/h/{scene.holding(file)}/tileset.json"}


def _terrain(address: str, dem: Path) -> dict[str, Any]:
    """Places in the middle of a model, and the heights it has there in metres."""
    with rasterio.open(dem) as raster:
        middles = [raster.xy(raster.height // 2 + step, raster.width // 2 + step) for step in (0, 40)]
        values = [float(next(raster.sample([middle]))[0]) for middle in middles]
        lons, lats = Transformer.from_crs(raster.crs, 4326, always_xy=True).transform(*zip(*middles, strict=True))
    places = list(zip(lons, lats, strict=True))
    return {"name": "terrain", "kind": "terrain", "url": f"{address}/terrain", "places": places, "measured": values}


def _imagery(address: str, photo: Path) -> dict[str, Any]:
    """The map tiles, where one of the orthophotos is."""
    with urlopen(f"{address}/map/imagery/tiles.json") as answer:
        page = json.load(answer)
    with rasterio.open(photo) as raster:
        bounds = transform_bounds(raster.crs, 4326, *raster.bounds)
    return {"name": "imagery", "kind": "imagery", "url": page["tiles"][0], "bounds": bounds, "maxzoom": page["maxzoom"]}
