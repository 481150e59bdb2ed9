"""GeoTIFFs with files beside them: what places them counts and is part of the holding, and nothing else is read."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import CRS

from tests.tiling.rasters import NORTH, ORDER, WEST, picture, plain
from tiling.elevation.prepare import ELEVATION
from tiling.holdings import Kind, Prepared
from tiling.holdings.kinds import uppermost
from tiling.imagery.prepare import IMAGERY

WORLD = f"0.5\n0\n0\n-0.5\n{WEST + 0.25}\n{NORTH - 0.25}\n"
KINDS = [(IMAGERY, plain((10, 200, 30))), (ELEVATION, np.arange(64 * 64, dtype=np.float32).reshape(1, 64, 64))]


def unplaced(folder: Path, values: np.ndarray, name: str = "a.tif") -> Path:
    """A TIFF that says neither where it lies nor in which system, with a world file and a `.prj` beside it."""
    path = folder / name
    count, height, width = values.shape
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="GTiff", count=count, height=height, width=width, dtype=values.dtype.name
        ) as file,
    ):
        file.write(values)
    path.with_suffix(".tfw").write_text(WORLD)
    path.with_suffix(".PRJ").write_text(CRS(32650).to_wkt("WKT1_ESRI"))
    return path


def prepared(kind: Kind, path: Path, folder: Path) -> Prepared:
    folder.mkdir()
    return kind.prepare([path], folder, ORDER, lambda *_: None)


@pytest.mark.parametrize(("kind", "values"), KINDS)
def test_a_world_file_and_a_prj_place_what_says_nothing(kind: Kind, values: np.ndarray, tmp_path: Path) -> None:
    found = prepared(kind, unplaced(tmp_path, values), tmp_path / "out")
    told = prepared(kind, picture(tmp_path / "b.tif", values), tmp_path / "told")
    assert found.footprint.equals(told.footprint)
    assert (found.low, found.high) == (told.low, told.high)


@pytest.mark.parametrize(("kind", "values"), KINDS)
def test_they_are_part_of_the_holding(kind: Kind, values: np.ndarray, tmp_path: Path) -> None:
    path = unplaced(tmp_path, values)
    beside = [path.with_suffix(".tfw"), path.with_suffix(".PRJ")]
    assert [name for name, _ in kind.members([path])] == ["a.PRJ", "a.tfw", "a.tif"]
    assert uppermost([path, *beside]) == (path,)
    before = kind.hash([path], ORDER)
    beside[0].write_text(WORLD.replace(str(WEST + 0.25), str(WEST + 900)))
    assert kind.hash([path], ORDER) != before


def test_a_mask_beside_a_picture_counts_and_its_statistics_do_not(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.tif", plain((10, 200, 30)))
    before = IMAGERY.hash([path], ORDER)
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:4490</SRS></PAMDataset>")
    assert IMAGERY.hash([path], ORDER) == before
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK="NO"), rasterio.open(path, "r+") as file:
        file.write_mask(np.repeat([[True] * 32 + [False] * 32], 64, axis=0))
    assert (tmp_path / "a.tif.msk").is_file()
    assert IMAGERY.hash([path], ORDER) != before
    half = prepared(IMAGERY, path, tmp_path / "half").footprint
    whole = prepared(IMAGERY, picture(tmp_path / "b.tif", plain((10, 200, 30))), tmp_path / "whole").footprint
    assert half.area == pytest.approx(whole.area / 2, rel=0.05)
