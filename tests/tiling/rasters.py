"""Made pictures: small GeoTIFFs of any kind, near Jinan in UTM zone 50 (EPSG:32650)."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from tiling.heights import ConstantAnomaly
from tiling.holdings import Order

WEST, NORTH = 501_000.0, 4_057_000.0
ORDER = Order(ConstantAnomaly(0.0, "a test"))


def picture(path: Path, values: np.ndarray, pixel: float = 0.5, east: float = 0.0, **said: Any) -> Path:
    """Write bands (n, rows, columns) as a GeoTIFF whose upper left corner is so many metres east of the common one."""
    colours, interpretation = said.pop("colours", None), said.pop("interpretation", None)
    grid = Affine(pixel, 0, WEST + east, 0, -pixel, NORTH)
    count, height, width = values.shape
    shape = {"count": count, "height": height, "width": width, "dtype": values.dtype.name}
    with rasterio.open(path, "w", driver="GTiff", **{"crs": "EPSG:32650", "transform": grid, **shape, **said}) as file:
        if interpretation:
            file.colorinterp = interpretation
        if colours:
            file.write_colormap(1, colours)
        file.write(values)
    return path


def plain(colour: tuple[int, ...], size: int = 64, dtype: str = "uint8") -> np.ndarray:
    """A picture of one colour."""
    return np.broadcast_to(np.array(colour, dtype)[:, None, None], (len(colour), size, size)).copy()
