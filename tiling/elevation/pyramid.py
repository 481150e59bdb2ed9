"""A prepared holding: its heights on the lattice, level by level, as tiled GeoTIFFs, and which tiles they reach.

`{level}.tif` holds whole tiles of a level, north up, in EPSG:4490; coarser levels are means of finer ones. A node
without a height was not measured. `pyramid.npz` says where each level lies, and of each tile whether any of its nodes
was measured, or any close enough to count for the slope at its edge.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from tiling.elevation.lattice import STEPS, Heights, Nodes, Place, spacing

CHUNK: Final = 8 * STEPS
"""How many steps to the side are made at a time."""

INDEX: Final = "pyramid.npz"
HAS: Final = 1
NEAR: Final = 2


def window_of(extent: Nodes, block: Nodes) -> Window:
    """Where a block of nodes lies in the file of a level."""
    top = extent.row + extent.height - block.row - block.height
    return Window(block.column - extent.column, top, block.width, block.height)


@dataclass(frozen=True, slots=True)
class Level:
    """One level's file, open."""

    extent: Nodes
    dataset: Any

    def read(self, block: Nodes) -> Heights:
        """Heights of any block of the level's nodes; NaN outside of the file."""
        out = np.full(block.shape, np.nan, np.float32)
        west, south = max(block.column, self.extent.column), max(block.row, self.extent.row)
        east = min(block.column + block.width, self.extent.column + self.extent.width)
        north = min(block.row + block.height, self.extent.row + self.extent.height)
        if west < east and south < north:
            inside = Nodes(block.level, west, south, east - west, north - south)
            found = self.dataset.read(1, window=window_of(self.extent, inside))[::-1]
            out[south - block.row : north - block.row, west - block.column : east - block.column] = found
        return out


@dataclass(frozen=True)
class Pyramid:
    """Reads the prepared heights of one holding."""

    folder: Path
    sea: bool
    levels: dict[int, tuple[Nodes, NDArray[np.uint8]]] = field(repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path) -> "Pyramid":
        """The pyramid in a folder."""
        return _opened(folder)

    @property
    def finest(self) -> int:
        return max(self.levels)

    def reaches(self, place: Place) -> bool:
        """Whether a tile, or the slope at its edge, depends on this holding."""
        level = min(place.level, self.finest)
        return bool(self._flag(level, place.x >> place.level - level, place.y >> place.level - level) & NEAR)

    def extent(self, level: int) -> tuple[int, int, int, int]:
        """West, south, east and north in nodes of a level, with a tile more on every side; nowhere if it has none."""
        own = min(level, self.finest)
        if own not in self.levels:
            return 1, 1, -1, -1
        extent, scale = self.levels[own][0], 1 << level - own
        west, south = extent.column - STEPS, extent.row - STEPS
        east, north = extent.column + extent.width + STEPS, extent.row + extent.height + STEPS
        return west * scale, south * scale, east * scale, north * scale

    def _flag(self, level: int, x: int, y: int) -> int:
        if level not in self.levels:
            return 0
        extent, tiles = self.levels[level]
        column, row = x - extent.column // STEPS + 1, y - extent.row // STEPS + 1
        return int(tiles[row, column]) if 0 <= row < tiles.shape[0] and 0 <= column < tiles.shape[1] else 0

    def tiles(self, level: int, near: bool = False) -> NDArray[np.int64]:
        """The tiles of a level (n, 2: x, y) that hold heights; with `near`, those too whose edge has some close by."""
        if level not in self.levels:
            return np.zeros((0, 2), np.int64)
        extent, tiles = self.levels[level]
        row, column = np.nonzero(tiles & (NEAR if near else HAS))
        return np.stack([column + extent.column // STEPS - 1, row + extent.row // STEPS - 1], axis=1)

    def heights(self, block: Nodes) -> Heights:
        """The heights of a block of nodes; between the nodes of the finest level where a finer one is asked for."""
        if block.level <= self.finest:
            if block.level not in self.levels:
                return np.full(block.shape, np.nan, np.float32)
            return self._read(block)
        return self._between(block)

    def at(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """The heights at places; NaN where nothing was measured."""
        column, row = (lon + 180) / spacing(self.finest), (lat + 90) / spacing(self.finest)
        found, (west, south, east, north) = np.full(lon.shape, np.nan), self.extent(self.finest)
        inside = np.flatnonzero((column >= west) & (column <= east) & (row >= south) & (row <= north))
        for near, block in chunks(self.finest, row[inside], column[inside]):
            part = inside[near]
            found[part] = bilinear(self._read(block), row[part] - block.row, column[part] - block.column)
        return found

    def _between(self, block: Nodes) -> Heights:
        scale = 1 << block.level - self.finest
        first_column, first_row = block.column // scale, block.row // scale
        last_column, last_row = (
            -(-(block.column + block.width - 1) // scale),
            -(-(block.row + block.height - 1) // scale),
        )
        coarse = Nodes(self.finest, first_column, first_row, last_column - first_column + 1, last_row - first_row + 1)
        heights = self._read(coarse)
        row = (block.row + np.arange(block.height)) / scale - first_row
        column = (block.column + np.arange(block.width)) / scale - first_column
        return bilinear(heights, row[:, None] + 0 * column, column + 0 * row[:, None]).astype(np.float32)

    def _read(self, block: Nodes) -> Heights:
        dataset = _dataset(self.folder / f"{block.level}.tif")
        return Level(self.levels[block.level][0], dataset).read(block)


def chunks(
    level: int, row: NDArray[np.float64], column: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.intp], Nodes]]:
    """Places on a level's lattice in groups of those close together, and the nodes around each group."""
    number = np.floor(row / CHUNK).astype(np.int64) * (1 << 32) + np.floor(column / CHUNK).astype(np.int64)
    order = np.argsort(number, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []:
        west, south = int(column[part].min()), int(row[part].min())
        width, height = int(column[part].max()) - west + 2, int(row[part].max()) - south + 2
        yield part, Nodes(level, west, south, width, height)


def bilinear(heights: NDArray[Any], row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights between the rows and columns of an array; NaN where the nearest one is, and of the others those count
    that are there."""
    last = np.array(heights.shape) - 1
    first_row = np.clip(np.floor(row), 0, max(last[0] - 1, 0)).astype(np.int64)
    first_column = np.clip(np.floor(column), 0, max(last[1] - 1, 0)).astype(np.int64)
    up, right = np.clip(row - first_row, 0, 1), np.clip(column - first_column, 0, 1)
    flat, here = heights.ravel(), first_row * heights.shape[1] + first_column
    north, east = heights.shape[1] * int(last[0] > 0), int(last[1] > 0)
    gaps, total, weights = bool(np.isnan(flat).any()), np.zeros(row.shape), np.zeros(row.shape)
    for rows, vertical in ((0, 1 - up), (north, up)):
        for columns, horizontal in ((0, 1 - right), (east, right)):
            one, weight = flat[here + (rows + columns)], vertical * horizontal
            if gaps:
                missing = np.isnan(one)
                one[missing], weight[missing] = 0, 0
            total += one * weight
            weights += weight
    found: NDArray[np.float64] = total / np.where(weights > 0, weights, 1)
    if gaps:
        found[np.isnan(flat[here + north * (up > 0.5) + east * (right > 0.5)])] = np.nan
    return found


@lru_cache(maxsize=4096)
def _opened(folder: Path) -> Pyramid:
    with np.load(folder / INDEX) as found:
        levels = {
            int(name.removeprefix("tiles")): (
                Nodes(int(name.removeprefix("tiles")), *found[f"extent{name.removeprefix('tiles')}"].tolist()),
                found[name],
            )
            for name in found.files
            if name.startswith("tiles")
        }
        sea = bool(found["sea"])
    return Pyramid(folder, sea, levels)


_MINE: Final = threading.local()


def _dataset(path: Path) -> Any:
    """A level's file, open for this thread alone: GDAL's datasets are not to be shared."""
    if not hasattr(_MINE, "opened"):
        _MINE.opened = lru_cache(maxsize=64)(rasterio.open)
    return _MINE.opened(path)
