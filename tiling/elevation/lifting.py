"""The height anomaly at nodes of the lattice: asked for at every eighth, evenly between, so that neighbours agree."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from numpy.typing import NDArray

from tiling.ecef import Floats
from tiling.elevation.lattice import Nodes, spacing
from tiling.heights import GridAnomaly, HeightAnomaly

_EVERY: Final = 8
_INSIDE: Final = 0.501  # of a cell of the grid: as far as it can be asked


def lifted(anomaly: HeightAnomaly, block: Nodes) -> Floats:
    """The anomaly in metres at a block of whole tiles and one node more on every side.

    Where a grid does not reach, which is where nothing is drawn but the flat ground beside data, its edge goes on.
    """
    columns, rows = (np.arange(-_EVERY, count + _EVERY, _EVERY) for count in (block.width, block.height))
    step = spacing(block.level)
    lon, lat = np.meshgrid(-180 + (block.column + columns) * step, -90 + (block.row + rows) * step)
    lon, lat = _within(anomaly, lon.ravel(), lat.ravel())
    asked = anomaly.at(lon, lat).reshape(len(rows), len(columns))
    number, part = _places(block.height)
    lines = asked[number] * (1 - part[:, None]) + asked[number + 1] * part[:, None]
    number, part = _places(block.width)
    filled: Floats = lines[:, number] * (1 - part) + lines[:, number + 1] * part
    return filled


def _places(count: int) -> tuple[NDArray[np.int64], Floats]:
    """Of each node from one before the first: the asked one before it, and the part of the way to the next."""
    place = np.arange(-1, count + 1) + _EVERY
    return place // _EVERY, (place % _EVERY) / _EVERY


def _within(anomaly: HeightAnomaly, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Places on the earth, and where the anomaly is a grid, in the grid."""
    west, south, east, north = _bounds(anomaly.path) if isinstance(anomaly, GridAnomaly) else (-180, -90, 180, 90)
    return np.clip(lon, west, east), np.clip(lat, south, north)


@cache
def _bounds(grid: Path) -> tuple[float, float, float, float]:
    """Between which longitudes and latitudes a grid can be asked; they may count from 0 to 360."""
    with rasterio.open(grid) as dataset:
        west, south, east, north = dataset.bounds
        across, along = (size * _INSIDE for size in dataset.res)
    shift = 360.0 if west >= 180 else 0.0
    return west + across - shift, south + along, east - across - shift, north - along
