"""Made-up ground: models written as GeoTIFF, soundings as text, and tiles read back in the plainest way."""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from quantized_mesh_tile.terrain import TerrainTile
from rasterio.transform import Affine

from tiling.elevation.lattice import Place
from tiling.elevation.prepare import prepare
from tiling.elevation.terrain import Terrain
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order, Prepared

LON, LAT = 120.30, 36.05
"""A corner of the made-up coast, south-west."""

DEGREE = 1 / 3600
ANOMALY = ConstantAnomaly(-4.25, "made up for tests")
Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]


def hills(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Smooth hills from 20 to 180 m."""
    return 100 + 80 * np.sin((lon - LON) * 600) * np.cos((lat - LAT) * 500)


def model(
    path: Path,
    shape: Shape = hills,
    size: int = 80,
    step: float = DEGREE,
    east: float = 0.0,
    west: float = LON,
    south: float = LAT,
    **form: object,
) -> Path:
    """Write a model of so many cells to the side in EPSG:4490; `form` overrides how it is written."""
    west, north = west + east, south + size * step
    lon, lat = np.meshgrid(west + (np.arange(size) + 0.5) * step, north - (np.arange(size) + 0.5) * step)
    said = {"crs": "EPSG:4490", "transform": Affine(step, 0, west, 0, -step, north), "nodata": -9999.0, **form}
    heights = np.where(np.isnan(found := shape(lon, lat)), -9999.0, found).astype(np.float32)
    with rasterio.open(path, "w", "GTiff", size, size, 1, dtype="float32", **said) as dataset:
        dataset.write(heights, 1)
    return path


def soundings(
    path: Path,
    shape: Shape,
    count: int = 30,
    step: float = 4 * DEGREE,
    east: float = 0.0,
    head: str = "lon,lat,depth\n",
) -> Path:
    """Write soundings on a slightly uneven grid; depths are positive downwards."""
    shift = np.random.default_rng(5).uniform(-0.2, 0.2, (2, count, count)) * step
    lon, lat = np.meshgrid(LON + east + np.arange(count) * step, LAT + np.arange(count) * step)
    lon, lat = lon + shift[0], lat + shift[1]
    rows = zip(lon.ravel(), lat.ravel(), -shape(lon, lat).ravel(), strict=True)
    path.write_text(head + "".join(f"{x:.7f},{y:.7f},{depth:.2f}\n" for x, y, depth in rows))
    return path


def prepared(folder: Path, *files: Path, crs: str | None = None, workers: int = 2) -> Prepared:
    """Prepare files into a folder of their own."""
    folder.mkdir(parents=True)
    return prepare(files, folder, Order(ANOMALY, crs, workers), lambda *_: None)


def under(folder: Path, place: tuple[float, float]) -> Path:
    """Prepare four surveys around a place: `wide`, `old` and `new` of the same ground, and a `fine` one of a part."""
    west, south = place[0] - 0.005, place[1] - 0.005
    prepared(folder / "wide", model(folder / "1.tif", size=40, step=4 * DEGREE, west=west, south=south))
    prepared(folder / "old", model(folder / "2.tif", size=40, west=west, south=south))
    prepared(folder / "new", model(folder / "3.tif", lambda x, y: hills(x, y) + 10, 40, west=west, south=south))
    prepared(folder / "fine", model(folder / "4.tif", size=30, step=DEGREE / 4, west=place[0], south=south))
    return folder


def terrain(folder: Path, *names: str) -> Terrain:
    """The terrain of prepared folders, the one that wins first."""
    return Terrain(folder, names, ANOMALY)


@dataclass(frozen=True)
class Read:
    """A tile as an outside reader understands it: corners in degrees and metres, triangles, edges, extensions."""

    points: np.ndarray  # (n, 3)
    triangles: np.ndarray  # (m, 3)
    raw: TerrainTile

    def at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """The drawn height at places, by looking for the triangle around each."""
        found = np.full(lon.shape, np.nan)
        for corners in self.points[self.triangles]:
            area = _cross(corners[0], corners[1], corners[2])
            where = np.column_stack([lon, lat])
            weights = [
                _cross(corners[1], corners[2], where),
                _cross(corners[2], corners[0], where),
                _cross(corners[0], corners[1], where),
            ]
            inside = np.all([weight >= -1e-9 * abs(area) for weight in weights], axis=0)
            heights = np.sum([weight * height for weight, height in zip(weights, corners[:, 2], strict=True)], axis=0)
            found[inside] = heights[inside] / area
        return found


def _cross(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    return (second[0] - first[0]) * (third[..., 1] - first[1]) - (second[1] - first[1]) * (third[..., 0] - first[0])


def read(blob: bytes, place: Place) -> Read:
    """Read a tile with PyPI's `quantized-mesh-tile`."""
    side = 180 / (1 << place.level)
    west, south = place.x * side - 180, place.y * side - 90
    tile = TerrainTile(west=west, south=south, east=west + side, north=south + side)
    tile.fromBytesIO(io.BytesIO(gzip.decompress(blob)), hasLighting=True, hasWatermask=True)
    return Read(np.array(tile.getVerticesCoordinates()), np.array(tile.indices).reshape(-1, 3), tile)


def shown(terrain: Terrain, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The drawn height at places, from the finest tile that is available at each."""
    found = np.full(lon.shape, np.nan)
    for level in range(terrain.finest, -1, -1):
        side, left = 180 / (1 << level), np.flatnonzero(np.isnan(found))
        tiles = np.stack([(lon[left] + 180) // side, (lat[left] + 90) // side], axis=1).astype(int)
        for x, y in np.unique(tiles, axis=0).tolist():
            place, here = Place(level, x, y), left[(tiles == [x, y]).all(axis=1)]
            if terrain.has(place):
                found[here] = read(terrain.tiles([place])[0], place).at(lon[here], lat[here])
    return found


def drawn(terrain: Terrain, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The drawn height at places, from the finest tile at each, each tile read once."""
    side, found = 180 / (1 << terrain.finest), np.full(lon.shape, np.nan)
    tiles = np.stack([(lon + 180) // side, (lat + 90) // side], axis=1).astype(int)
    for x, y in np.unique(tiles, axis=0).tolist():
        place, here = Place(terrain.finest, x, y), (tiles == [x, y]).all(axis=1)
        found[here] = read(terrain.tiles([place])[0], place).at(lon[here], lat[here])
    return found
