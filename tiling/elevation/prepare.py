"""The kind of holdings that terrain is made of: models and soundings onto the lattice, once, with what that loses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from entities.crs import round_degrees
from entities.errors import Invalid
from entities.model import Scalar
from tiling.elevation.lattice import Heights, Nodes, level_for, spacing
from tiling.elevation.measured import Measured, Samples
from tiling.elevation.pyramid import Pyramid, chunks
from tiling.elevation.rasters import Raster
from tiling.elevation.soundings import SUFFIXES, Soundings
from tiling.elevation.writing import write
from tiling.holdings import Kind, Order, Prepared, Progress, geotiff

_SCATTERED: Final = 1_000  # nodes for each height that was measured, at most
_FEW: Final = 4_000_000  # nodes that are never too many
_DRAWN: Final = 1_500_000  # nodes at most that a footprint is drawn around
_CORNERS: Final = 20_000  # at most, of a footprint
_USUAL: Final = 95.0  # per cent of the samples that are off by no more than `usual_error`
_TOP: Final = ("dsm", "surface", "表面")


def prepare(files: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    """Put what the files measured onto the lattice. `Invalid` where one is unfit."""
    parts = _opened(files, order)
    bounds = np.array([part.bounds for part in parts])
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    resolution = min(part.resolution for part in parts)
    around = Nodes.around(level_for(resolution, (south + north) / 2), (west, south, east, north))
    count = sum(part.count for part in parts)
    if around.width * around.height > max(_SCATTERED * count, _FEW):
        raise Invalid.because("elevation.scattered", name=files[0].name, count=count, metres=round(resolution, 2))
    filled = _Filled(parts)
    sea = all(part.sea for part in parts)
    write(folder, around, filled, sea, lambda done, total: tell("lattice", done, total), order.workers)
    if filled.low > filled.high:
        raise Invalid.because("elevation.empty", name=files[0].name)
    prepared = Pyramid.open(folder)
    footprint = _footprint(prepared)
    order.anomaly.at(*shapely.get_coordinates(shapely.box(*footprint.bounds))[:4].T)  # has to reach there
    usual, most = _lost(prepared, parts)
    attributes: dict[str, Scalar] = {
        "crs": ", ".join(dict.fromkeys(part.crs for part in parts)),
        "resolution": round(resolution, 3),
        "cells": count,
        "surface": "sea floor" if sea else "top" if _is_top(files) else "ground",
        "usual_error": round(usual, 3),
        "largest_error": round(most, 3),
    }
    warnings = {(one.rule, str(one.values)): one for part in parts for one in part.findings}
    return Prepared(footprint, round(filled.low, 3), round(filled.high, 3), attributes, tuple(warnings.values()))


ELEVATION: Final = Kind(
    name="elevation",
    class_code="900300",
    version=1,
    suffixes=geotiff.SUFFIXES | SUFFIXES,
    prepare=prepare,
    opens=None,
    companions=geotiff.companions,
)
"""Elevation models and soundings."""


def _opened(files: Sequence[Path], order: Order) -> list[Measured]:
    """The files by name, models before loose points: where two overlap the first has its heights shown."""
    ordered = sorted(files, key=lambda path: path.name)
    loose = [path for path in ordered if path.suffix.lower() in SUFFIXES]
    found: list[Measured] = [Raster.open(path, order.crs) for path in ordered if path not in loose]
    return [*found, Soundings.read(loose, order.crs)] if loose else found


def _is_top(files: Sequence[Path]) -> bool:
    """Whether the files' names say that they show roofs and tree tops, not the ground."""
    return all(any(word in path.stem.lower() for word in _TOP) for path in files)


@dataclass(slots=True)
class _Filled:
    """Fills blocks of nodes by each survey in turn, for any number of threads, and notes the lowest and the highest
    height."""

    parts: Sequence[Measured]
    lock: Lock = field(default_factory=Lock)
    low: float = field(default=np.inf)
    high: float = field(default=-np.inf)

    def __call__(self, nodes: Nodes) -> Heights:
        heights = np.full(nodes.shape, np.nan, np.float32)
        for part in self.parts:
            if np.isnan(heights).any() and _meet(nodes, part):
                heights = np.where(np.isnan(heights), part.heights(nodes), heights)
        if np.isfinite(heights).any():
            low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
            with self.lock:
                self.low, self.high = min(self.low, low), max(self.high, high)
        return heights


def _meet(nodes: Nodes, part: Measured) -> bool:
    west, south, east, north = part.bounds
    lons, lats = nodes.lons(), nodes.lats()
    return bool(lons[0] <= east and lons[-1] >= west and lats[0] <= north and lats[-1] >= south)


def _footprint(prepared: Pyramid) -> BaseGeometry:
    """The area around all nodes that were measured, holes left out, as fine as can be told in some thousand corners."""
    for level in sorted(prepared.levels, reverse=True):
        extent = prepared.levels[level][0]
        if extent.width * extent.height <= _DRAWN:
            found = _outline(prepared.heights(extent), extent)
            if not found.is_empty and shapely.get_num_coordinates(found) <= _CORNERS:
                return found
    extent = prepared.levels[prepared.finest][0]
    return shapely.box(extent.lons()[0], extent.lats()[0], extent.lons()[-1], extent.lats()[-1])


def _outline(heights: Heights, extent: Nodes) -> BaseGeometry:
    measured, step = np.isfinite(heights)[::-1], spacing(extent.level)
    corner = Affine(step, 0, extent.lons()[0] - step / 2, 0, -step, extent.lats()[-1] + step / 2)
    shapes = rasterio.features.shapes(measured.astype(np.uint8), mask=measured, transform=corner)
    whole = shapely.union_all([shapely.geometry.shape(shape) for shape, _ in shapes])
    simple = shapely.make_valid(shapely.transform(whole.simplify(step * 0.75), round_degrees))
    areas = [part for part in shapely.get_parts(simple) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(areas)


def _lost(prepared: Pyramid, parts: Sequence[Measured]) -> tuple[float, float]:
    """How far, in metres, the lattice is off from what was measured: for most samples, and for the worst."""
    found = [np.zeros(0)]
    for number, part in enumerate(parts):
        found += [_off(prepared, _not_in(samples, parts[:number])) for samples in part.samples()]
    off = np.concatenate(found)
    return (float(np.percentile(off, _USUAL)), float(off.max())) if len(off) else (0.0, 0.0)


def _not_in(samples: Samples, parts: Sequence[Measured]) -> Samples:
    """The samples that no other survey hides."""
    free = np.ones(len(samples.lon), np.bool_)
    for west, south, east, north in (part.bounds for part in parts):
        lon, lat = samples.lon, samples.lat
        free &= (lon < west) | (lon > east) | (lat < south) | (lat > north)
    return Samples(*(axis[free] for axis in samples))


def _off(prepared: Pyramid, samples: Samples) -> NDArray[np.float64]:
    """How far samples lie from the triangles between nodes, whichever way the cells are cut into two."""
    level = prepared.finest
    column, row = (samples.lon + 180) / spacing(level), (samples.lat + 90) / spacing(level)
    found = [np.zeros(0)]
    for part, nodes in chunks(level, row, column):
        heights = prepared.heights(nodes).astype(np.float64)
        found.append(_between(heights, row[part] - nodes.row, column[part] - nodes.column, samples.height[part]))
    off = np.concatenate(found)
    known: NDArray[np.float64] = off[np.isfinite(off)]
    return known


def _between(
    heights: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64], true: NDArray[np.float64]
) -> NDArray[np.float64]:
    rows, columns = row.astype(np.int64), column.astype(np.int64)
    up, right = row - rows, column - columns
    west, east = heights[rows, columns], heights[rows, columns + 1]
    north_west, north_east = heights[rows + 1, columns], heights[rows + 1, columns + 1]
    rising = np.where(
        right >= up,
        west + right * (east - west) + up * (north_east - east),
        west + up * (north_west - west) + right * (north_east - north_west),
    )
    falling = np.where(
        right + up <= 1,
        west + right * (east - west) + up * (north_west - west),
        north_east + (1 - right) * (north_west - north_east) + (1 - up) * (east - north_east),
    )
    off: NDArray[np.float64] = np.maximum(np.abs(rising - true), np.abs(falling - true))
    return off
