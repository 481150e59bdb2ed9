"""One base that holds every kind of real data there is a sample of, built and served: the whole scene."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from entities.model import Version
from entities.store import Store
from service.cli import run
from service.config import Config
from tests.browser.conftest import browse, node, scripts  # noqa: F401  fixtures used here
from tests.serving import serving
from tiling.ecef import Frame

LOADED = {
    "pipelines/ky4_pipes.geojson": ["--yes"],
    "boreholes/bgs_NorthKelvinsideLogs.ags": ["--crs", "EPSG:27700"],
    "terrain/opengeos_buildings.geojson": ["--yes"],
    "parcels/nl_brpgewaspercelen_definitief_2023.gpkg": ["--yes"],
}
"""Entities: each file with what is to be said of it."""

ADOPTED = {
    "pipelines/ky4_elevation.tif": ["--kind", "elevation"],
    "terrain/opengeos_dsm.tif": ["--kind", "elevation", "--valid-to", "2023-06-01"],
    "terrain/opengeos_dtm.tif": ["--kind", "elevation"],
    "terrain/mago_34707051.tif": ["--kind", "elevation"],
    "bathymetry/baja-bathymetry.csv.xz": ["--kind", "elevation", "--crs", "EPSG:4326"],
    "imagery/riotiler_hro_colorado.tif": ["--kind", "imagery"],
    "imagery/riotiler_mosaic_cog1.tif": ["--kind", "imagery"],
    "pointcloud/autzen_trim.las": [],
    "pointcloud/autzen_trim.laz": [],
    "pointcloud/1.2-with-color.copc.laz": [],
    "mesh/frankfurt_oblique_474_5548_lv5.osgb_3.b3dm": [],
    "mesh/helsinki_mesh_0_0.glb": ["--origin", "24.94,60.17,10"],
    "mesh/fanvanzh_test.osgb": ["--origin", "117.0,36.6,30"],
}
"""Holdings: each with what is to be said of it; the names end at the first dot and are told apart by the day."""

OBLIQUE = "mesh/frankfurt_oblique_474_5548_lv5.osgb_3.b3dm"
"""A tile in the axes of the earth, z upward: its own tileset would say so, and is not there, so a folder says it."""

DAY = "2023-01-01"


@dataclass(frozen=True)
class Scene:
    """Where the scene's settings and data are."""

    settings: Path
    config: Config

    def versions(self, layer: str) -> list[Version]:
        """What stands in a layer today."""
        with closing(Store.open(self.config.base)) as store:
            return list(store.view().versions(layer))

    def holding(self, file: str) -> str:
        """The hash of the holding that was made of a file."""
        versions = [one for kind in KINDS for one in self.versions(kind)]
        (found,) = [one for one in versions if one.state.attributes["files"] == Path(file).name]
        return str(found.state.attributes["holding"])

    def somewhere(self, layer: str) -> tuple[str, tuple[float, float, float]]:
        """The first entity of a layer, and a place on it: longitude, latitude, height."""
        first = self.versions(layer)[0]
        inside = first.state.geometry.representative_point()
        return first.code, (inside.x, inside.y, first.state.base or 0.0)


KINDS = ("elevation", "imagery", "meshes", "pointclouds")


@pytest.fixture(scope="session")
def scene(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Load, adopt and build all of it."""
    folder = tmp_path_factory.mktemp("scene")
    settings = folder / "config.yaml"
    told = {"data": str(folder / "data"), "height_anomaly": {"value": 0.0, "source": "made for a test: none"}}
    settings.write_text(yaml.safe_dump(told), encoding="utf-8")
    for file, said in LOADED.items():
        assert _shikong(settings, "load", str(shared_data / file), "--valid-from", DAY, *said) == 0, file
    for file, said in ADOPTED.items():
        path = _oblique(folder, shared_data / file) if file == OBLIQUE else shared_data / file
        assert _shikong(settings, "adopt", str(path), "--valid-from", DAY, *said) == 0, file
    assert _shikong(settings, "build") == 0
    return Scene(settings, Config.load(settings))


@pytest.fixture(scope="session")
def address(scene: Scene) -> Iterator[str]:
    """The address of a service on the scene, without a slash at the end."""
    with serving(scene.settings) as service:
        yield service.address


def _oblique(folder: Path, tile: Path) -> Path:
    """A tileset of one tile in the axes of the earth, its middle a hundred metres above Frankfurt."""
    least, most = np.array([[-1326.5, 659.5, 913.0], [-516.1, 1687.1, 1517.8]])
    middle, half = (least + most) / 2, (most - least) / 2
    there = Frame.at(8.6821, 50.1109).geocentric(np.array([[0.0, 0.0, 100.0]]))[0]
    root = {
        "boundingVolume": {"box": [*middle, *np.diag(half).ravel()]},
        "geometricError": 0,
        "content": {"uri": tile.name},
        "transform": Frame(there - middle, np.eye(3)).matrix(),
    }
    made = folder / tile.name
    made.mkdir()
    shutil.copy(tile, made)
    document = {"asset": {"version": "1.0", "gltfUpAxis": "Z"}, "geometricError": 100, "root": root}
    (made / "tileset.json").write_text(json.dumps(document))
    return made


def _shikong(settings: Path, *words: str) -> int:
    return run(["--config", str(settings), *words])
