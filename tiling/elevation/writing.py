"""Writes the pyramid of a holding: the finest level as it is asked for, each coarser one of the one below it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine

from tiling.building.ahead import ahead
from tiling.elevation.lattice import STEPS, Heights, Nodes, spacing
from tiling.elevation.pyramid import CHUNK, HAS, INDEX, NEAR, Level, window_of

Fill = Callable[[Nodes], Heights]
"""The heights of a block of nodes of the finest level; asked for by several threads at once."""

_FORM: Final = {
    "driver": "GTiff", "count": 1, "dtype": "float32", "nodata": float("nan"), "tiled": True, "blockxsize": 256,
    "blockysize": 256, "compress": "deflate", "zlevel": 2, "predictor": 3, "sparse_ok": True, "bigtiff": "if_safer",
    "crs": CRS.from_epsg(4490),
}  # fmt: skip
_WEIGHTS: Final = (0.25, 0.5, 0.25)


def write(folder: Path, extent: Nodes, fill: Fill, sea: bool, tell: Callable[[int, int], None], workers: int) -> None:
    """Write the pyramid of what `fill` gives for the blocks of whole tiles of the finest level, several at a time.

    `sea` says that it is of the sea floor. Where nothing was measured at all the pyramid has no levels.
    """
    reach: dict[str, NDArray[Any]] = {"sea": np.array(sea)}
    while True:
        _write_level(folder / f"{extent.level}.tif", extent, fill, tell, workers)
        with rasterio.open(folder / f"{extent.level}.tif") as dataset:
            tiles = _reached(Level(extent, dataset))
        if not tiles.any():
            (folder / f"{extent.level}.tif").unlink()
            break
        reach[f"tiles{extent.level}"] = tiles
        reach[f"extent{extent.level}"] = np.array([extent.column, extent.row, extent.width, extent.height])
        if extent.level == 0:
            break
        fill = _Coarser(folder / f"{extent.level}.tif", extent)
        extent = _above(extent)
    with (folder / INDEX).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **reach)


def _write_level(path: Path, extent: Nodes, fill: Fill, tell: Callable[[int, int], None], workers: int) -> None:
    step = spacing(extent.level)
    west, north = extent.lons()[0] - step / 2, extent.lats()[-1] + step / 2
    form = {**_FORM, "width": extent.width, "height": extent.height}
    transform, blocks = Affine(step, 0, west, 0, -step, north), list(_blocks(extent))
    with rasterio.open(path, "w", transform=transform, **form) as dataset, ThreadPoolExecutor(workers) as pool:
        filled = ahead(pool, fill, blocks, 2 * workers)
        for done, (block, heights) in enumerate(zip(blocks, filled, strict=True), 1):
            if not np.isnan(heights).all():
                dataset.write(heights[::-1], 1, window=window_of(extent, block))
            tell(done, len(blocks))


def _blocks(extent: Nodes) -> Iterator[Nodes]:
    """Blocks of whole tiles that make up an extent without overlapping."""
    for row in range(0, extent.height, CHUNK):
        for column in range(0, extent.width, CHUNK):
            width, height = min(CHUNK, extent.width - column), min(CHUNK, extent.height - row)
            yield Nodes(extent.level, extent.column + column, extent.row + row, width, height)


def _above(extent: Nodes) -> Nodes:
    """The whole tiles of the level above around an extent."""
    west, south = extent.column // STEPS // 2, extent.row // STEPS // 2
    east = -(-((extent.column + extent.width - 1) // STEPS) // 2)
    north = max(-(-((extent.row + extent.height - 1) // STEPS) // 2), south + 1)
    width, height = (max(east, west + 1) - west) * STEPS + 1, (north - south) * STEPS + 1
    return Nodes(extent.level - 1, west * STEPS, south * STEPS, width, height)


@dataclass(frozen=True, slots=True)
class _Coarser:
    """The level above a level: each node the mean of the nodes around it, where it was measured itself."""

    path: Path
    extent: Nodes

    def __call__(self, block: Nodes) -> Heights:
        finer = Nodes(
            self.extent.level, 2 * block.column - 1, 2 * block.row - 1, 2 * block.width + 1, 2 * block.height + 1
        )
        with rasterio.open(self.path) as dataset:
            heights = Level(self.extent, dataset).read(finer)
        measured = np.isfinite(heights)
        total = _spread(np.where(measured, heights, 0).astype(np.float64))
        weight = _spread(measured.astype(np.float64))
        centre = measured[1::2, 1::2]
        return np.where(centre, total / np.where(weight > 0, weight, 1), np.nan).astype(np.float32)


def _spread(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every other number with its neighbours, by weight."""
    west, middle, east = _WEIGHTS
    rows = west * numbers[:-2:2] + middle * numbers[1:-1:2] + east * numbers[2::2]
    spread: NDArray[np.float64] = west * rows[:, :-2:2] + middle * rows[:, 1:-1:2] + east * rows[:, 2::2]
    return spread


def _reached(level: Level) -> NDArray[np.uint8]:
    """Of each tile of a level's extent and of those around it: whether it holds heights, and whether any are near."""
    extent = level.extent
    columns, rows = (extent.width - 1) // STEPS + 2, (extent.height - 1) // STEPS + 2
    found = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        south = extent.row + (row - 1) * STEPS - 1
        block = Nodes(extent.level, extent.column - STEPS - 1, south, extent.width + 2 * STEPS + 2, STEPS + 3)
        measured = np.isfinite(level.read(block))
        found[row] = HAS * _any(measured[1:-1], 1, STEPS + 1, columns) | NEAR * _any(measured, 0, STEPS + 3, columns)
    return found


def _any(measured: NDArray[np.bool_], first: int, width: int, count: int) -> NDArray[np.uint8]:
    """Whether anything is measured in each of `count` spans of columns, one tile apart."""
    sums = np.concatenate([[0], np.cumsum(measured.any(axis=0))])
    starts = first + np.arange(count) * STEPS
    reached: NDArray[np.uint8] = (sums[starts + width] > sums[starts]).astype(np.uint8)
    return reached
