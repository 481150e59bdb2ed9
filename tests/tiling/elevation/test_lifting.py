"""The height anomaly at nodes: exact where it is even, the same for neighbours, and beyond a grid its edge."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine

from tiling.elevation.lattice import Place
from tiling.elevation.lifting import lifted
from tiling.heights import GridAnomaly


@dataclass(frozen=True)
class Slanted:
    """An anomaly that rises evenly to the north-east."""

    value: str = "slanted"
    source: str = "made up for tests"

    def at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return 3 * lon - 2 * lat


def test_it_is_exact_where_the_anomaly_is_even() -> None:
    nodes = Place(9, 850, 357).nodes
    around = nodes.grown(1)
    lon, lat = np.meshgrid(around.lons(), around.lats())
    np.testing.assert_allclose(lifted(Slanted(), nodes), 3 * lon - 2 * lat, atol=1e-9)


def test_a_grid_goes_on_with_its_edge_and_neighbours_agree(tmp_path: Path) -> None:
    path = tmp_path / "grid.tif"
    form = {"crs": "EPSG:4326", "transform": Affine(0.5, 0, 118, 0, -0.5, 38), "dtype": "float32"}
    with rasterio.open(path, "w", "GTiff", 8, 8, 1, **form) as dataset:
        dataset.write(np.add.outer(np.arange(8), 10 * np.arange(8)).astype(np.float32), 1)
    anomaly = GridAnomaly(path, "made up for tests")
    inside, across = lifted(anomaly, Place(9, 850, 357).nodes), lifted(anomaly, Place(2, 6, 2).nodes)
    assert np.isfinite(inside).all()
    assert np.isfinite(across).all()
    assert 0 <= across.min() < across.max() <= 77
    west, east = (lifted(anomaly, Place(6, x, 44).nodes) for x in (106, 107))
    np.testing.assert_array_equal(west[:, 65], east[:, 1])
    assert np.ptp(west) > 0
