"""A plain city of any size for benchmarks: rows of simple houses, the same every time."""

from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

WEST, SOUTH = 117.0, 36.5
STEP = 0.0003


def footprints(count: int) -> NDArray[np.object_]:
    """`count` houses in lon, lat: squares, L shapes and houses with a courtyard, in rows of 1,000."""
    numbers = np.arange(count)
    random = np.random.default_rng(7)
    west = WEST + numbers % 1000 * STEP
    south = SOUTH + numbers // 1000 * STEP
    width, depth = random.uniform(0.5, 0.9, (2, count)) * STEP * 0.8
    shapes = shapely.box(west, south, west + width, south + depth)
    yards = shapely.box(west + width * 0.3, south + depth * 0.3, west + width * 0.6, south + depth * 0.6)
    corners = shapely.box(west + width * 0.6, south + depth * 0.6, west + width * 2, south + depth * 2)
    shapes[0::5] = shapely.difference(shapes[0::5], yards[0::5])
    shapes[1::5] = shapely.difference(shapes[1::5], corners[1::5])
    return shapely.transform(shapes, lambda xy: np.round(xy, 9))


def heights(count: int) -> NDArray[np.float64]:
    """The height of each house in metres."""
    return np.round(np.random.default_rng(8).gamma(3, 5, count) + 3, 1)


def write_city(path: Path, count: int) -> Path:
    """Write the city as a GeoPackage with the fields of an ordinary survey."""
    names = np.array([f"房屋{number}" if number % 10 == 0 else None for number in range(count)], dtype=object)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(footprints(count)),
        field_data=[names, heights(count), np.full(count, 30.0), np.arange(count) % 7 + 1],
        fields=["NAME", "height", "base", "CS"],
        crs="EPSG:4490",
        geometry_type="Polygon",
        driver="GPKG",
        layer="buildings",
        encoding="UTF-8",
    )
    return path
