"""The ground under and around the made district, and the sea floor of a bay: made, and the same on every machine."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin

from service.demo.town import CRS, GROUND, ORIGIN, SEED

CELL: Final = 10.0
"""How wide a cell of the elevation model is, in metres."""

_WEST, _SOUTH, _EAST, _NORTH = (
    ORIGIN[0] - 3_000.0,
    ORIGIN[1] - 5_000.0,
    ORIGIN[0] + 9_500.0,
    ORIGIN[1] + 8_000.0,
)
_BAY: Final = (120.20, 35.90, 120.40, 36.05)
"""West, south, east, north of the sounded part of Jiaozhou Bay's mouth, in degrees."""

Heights = NDArray[np.floating[Any]]


def write_ground(path: Path) -> None:
    """Write a digital elevation model (GeoTIFF, 10 m): a level plain, and to its south hills as Jinan has."""
    easts = np.arange(_WEST + CELL / 2, _EAST, CELL)
    norths = np.arange(_NORTH - CELL / 2, _SOUTH, -CELL)
    heights = ground_at(easts[None, :], norths[:, None]).astype(np.float32)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=len(easts),
        height=len(norths),
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(_WEST, _NORTH, CELL, CELL),
        nodata=-9999.0,
        compress="deflate",
    ) as raster:
        raster.write(heights, 1)


def ground_at(east: Heights, north: Heights) -> Heights:
    """The 1985 height of the made ground (m): level under the district, rising beyond its southern edge."""
    beyond = np.clip((ORIGIN[1] - 250.0 - north) / 3_500.0, 0.0, 1.0)
    rise = beyond**2 * (3 - 2 * beyond)
    ridges = 1 + 0.35 * np.sin(east / 640.0) * np.cos(north / 510.0) + 0.2 * np.sin(east / 233.0 + north / 310.0)
    heights: Heights = GROUND + 320.0 * rise * ridges
    return heights


def write_soundings(path: Path) -> None:
    """Write soundings of a bay as longitude, latitude and depth below the 1985 datum, one a line."""
    random = np.random.default_rng(SEED + 5)
    west, south, east, north = _BAY
    lon, lat = random.uniform(west, east, 9_000), random.uniform(south, north, 9_000)
    across = (lon - west) / (east - west)
    channel = np.exp(-(((lat - 36.0 + 0.05 * across) / 0.02) ** 2))
    depth = 4.0 + 12.0 * across + 26.0 * channel + 0.8 * np.sin(lon * 900) * np.sin(lat * 700)
    rows = zip(lon.tolist(), lat.tolist(), depth.tolist(), strict=True)
    lines = ["longitude,latitude,depth", *(f"{x:.6f},{y:.6f},{z:.2f}" for x, y, z in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
