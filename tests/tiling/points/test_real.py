"""Real clouds: counts in are points out, feet are honoured, LAS and LAZ are the same tiles."""

from pathlib import Path

import laspy
import numpy as np
import pytest

from tests.tiling.glbs import validated
from tests.tiling.points.made import by_pyproj, digest, faults, read_back, tiled
from tests.tiling.points.test_tiles import nearest

FOOT = 0.3048

CLOUDS = [
    pytest.param("autzen_trim.las", None, 110_000, id="autzen"),
    pytest.param("1.2-with-color.copc.laz", None, 1_065, id="copc"),
    pytest.param("warsaw_small.las", "EPSG:2180", 3_000, id="warsaw"),
    pytest.param("vegetation_1_3.las", "EPSG:6677", 10_683, id="vegetation"),
]


@pytest.mark.parametrize(("name", "crs", "count"), CLOUDS)
def test_every_point_of_a_real_cloud_is_in_its_tiles(
    shared_data: Path, tmp_path: Path, name: str, crs: str | None, count: int
) -> None:
    prepared = tiled(tmp_path / "tiles", [shared_data / "pointcloud" / name], crs=crs)
    tiles, las = read_back(tmp_path / "tiles"), laspy.read(shared_data / "pointcloud" / name)
    assert prepared.attributes["points"] == sum(len(tile.places) for tile in tiles) == count
    for attribute, field in (("_CLASSIFICATION", "classification"), ("_INTENSITY", "intensity")):
        found = np.concatenate([tile.attributes[attribute] for tile in tiles])
        assert np.sort(found).tolist() == np.sort(np.asarray(las[field])).tolist()
    assert faults(tmp_path / "tiles") == []
    for report in validated(sorted((tmp_path / "tiles/c").iterdir())):
        assert (report["errors"], report["warnings"]) == (0, 0), report


def test_laz_is_the_same_tiles_as_las(shared_data: Path, tmp_path: Path) -> None:
    for form in ("las", "laz"):
        tiled(tmp_path / form, [shared_data / f"pointcloud/autzen_trim.{form}"])
    assert digest(tmp_path / "las") == digest(tmp_path / "laz")


def test_feet_are_feet(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "pointcloud/autzen_trim.las"
    prepared = tiled(tmp_path / "tiles", [path])
    las = laspy.read(path)
    assert (prepared.low, prepared.high) == pytest.approx((las.z.min() * FOOT, las.z.max() * FOOT), abs=1e-6)
    tiles = read_back(tmp_path / "tiles")
    found = next(tile.places for tile in tiles if tile.depth == 0)[::40]
    crs = las.header.parse_crs()
    known = by_pyproj(np.column_stack([las.x, las.y, las.z]), crs.to_wkt(), FOOT)
    assert np.linalg.norm(known[nearest(known, found)] - found, axis=1).max() < 0.001
