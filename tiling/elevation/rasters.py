"""Elevation models read from GeoTIFF: any coordinate system, feet or metres, gaps declared or plain to see."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.transform import Affine
from rasterio.windows import Window

from entities.crs import Projection
from entities.errors import Invalid
from entities.rules import Finding
from tiling.elevation.lattice import Heights, Nodes
from tiling.elevation.measured import (
    HIGHEST,
    LOWEST,
    Bounds,
    Floats,
    Samples,
    metres_between,
    oddly_placed,
    placed,
    system,
    undeclared,
    unplaced,
)
from tiling.elevation.pyramid import bilinear
from tiling.holdings.geotiff import opened, system_of

_BLOCK: Final = 1024  # cells to the side that are read at a time
_SAMPLED: Final = 24  # blocks of cells that samples are taken of
_SAMPLE: Final = 128  # cells to their side
_EVERY: Final = 32  # nodes between two that are placed exactly
_SLACK: Final = 0.02  # of a cell that the places between those may be off
_EDGE: Final = 33  # places on each edge of a raster that its box is drawn around
_NOWHERE: Final = 1e30
_SEA: Final = ("bathy", "seafloor", "海底", "水深")
_UNITS: Final = {
    "": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048,
    "us survey foot": 1200 / 3937, "ussurveyft": 1200 / 3937, "us-ft": 1200 / 3937, "ftus": 1200 / 3937,
    "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01, "dm": 0.1, "decimetre": 0.1, "decimeter": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raster:
    """One file of heights; read block by block, so that its size does not matter."""

    path: Path
    projection: Projection
    findings: list[Finding] = field(repr=False)
    transform: Affine
    shape: tuple[int, int]
    scale: float  # to metres
    resolution: float
    bounds: Bounds
    count: int
    sea: bool

    @classmethod
    def open(cls, path: Path, given: str | None) -> Self:
        """Look at a file. `Invalid` where it is no elevation model that can be placed."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it is refused in words
                with opened(path) as dataset:
                    return cls._looked_at(path, dataset, given)
        except RasterioIOError as error:
            raise Invalid.because("elevation.unreadable", name=path.name, why=str(error).splitlines()[0]) from None

    @classmethod
    def _looked_at(cls, path: Path, dataset: Any, given: str | None) -> Self:
        if dataset.count != 1 or np.dtype(dataset.dtypes[0]).kind not in "iuf":
            raise Invalid.because("elevation.bands", name=path.name, count=dataset.count)
        projection, findings = system(system_of(dataset, path), given, path)
        if dataset.transform.is_identity or dataset.transform.determinant == 0:
            raise Invalid.because("elevation.unplaced", name=path.name)
        bounds, resolution = _extent(projection, dataset.transform, dataset.shape)
        scale = _to_metres(path, dataset)
        findings = [*findings, *oddly_placed(projection, *_at(dataset.transform, *_edge(dataset.shape)))]
        measured, odd = _counted(dataset, scale)
        if not measured:
            raise Invalid.because("elevation.empty", name=path.name)
        if odd:
            findings = [*findings, Finding("elevation.odd", {"name": path.name, "count": odd})]
        sea = any(word in path.stem.lower() for word in _SEA)
        return cls(
            path, projection, findings, dataset.transform, dataset.shape, scale, resolution, bounds, measured, sea
        )

    @property
    def crs(self) -> str:
        return self.projection.name

    def heights(self, nodes: Nodes) -> Heights:
        column, row = self._cells(nodes)
        inside = (column > -0.5) & (row > -0.5) & (column < self.shape[1] - 0.5) & (row < self.shape[0] - 0.5)
        if not inside.any():
            return np.full(nodes.shape, np.nan, np.float32)
        window = _around(column[inside], row[inside], self.shape)
        found = bilinear(self._read(window), row - window.row_off, column - window.col_off)
        return np.where(inside, found, np.nan).astype(np.float32)

    def samples(self) -> Iterator[Samples]:
        windows = list(_windows(self.shape, _SAMPLE))
        for window in windows[:: -(-len(windows) // _SAMPLED)]:
            cells = self._read(window)
            row, column = np.nonzero(np.isfinite(cells))
            if len(row):
                x, y = _at(self.transform, column + window.col_off, row + window.row_off)
                yield Samples(*placed(self.projection, x, y), cells[row, column].astype(np.float64))

    def _read(self, window: Window) -> Heights:
        with opened(self.path) as dataset:
            return _metres(dataset, window, self.scale)[0]

    def _cells(self, nodes: Nodes) -> tuple[Floats, Floats]:
        """Column and row, from the middle of the first cell, of each node: placed exactly at some, evenly between."""
        lons, lats = nodes.lons(), nodes.lats()
        columns, rows = _some(nodes.width), _some(nodes.height)
        some = self._exact(lons[columns], lats[rows])
        if len(columns) > 1 and len(rows) > 1:
            true = self._exact((lons[columns][1:] + lons[columns][:-1]) / 2, (lats[rows][1:] + lats[rows][:-1]) / 2)
            if max(np.abs(one - _middles(part)).max() for one, part in zip(true, some, strict=True)) > _SLACK:
                return self._exact(lons, lats)
        return _between(some[0], columns, rows, nodes), _between(some[1], columns, rows, nodes)

    def _exact(self, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
        lon, lat = np.meshgrid(lons, lats)
        x, y = unplaced(self.projection, lon.ravel(), lat.ravel())
        if self.projection.geographic and self.transform.c >= 179:
            x = np.where(x < 0, x + 360, x)
        x, y = np.where(np.isfinite(x), x, _NOWHERE), np.where(np.isfinite(y), y, _NOWHERE)
        column, row = _at(~self.transform, x - 0.5, y - 0.5)
        return column.reshape(lon.shape) - 0.5, row.reshape(lon.shape) - 0.5


def _at(transform: Affine, column: Any, row: Any) -> tuple[Floats, Floats]:
    """Where the middle of a cell is."""
    column, row = column + 0.5, row + 0.5
    x = transform.a * column + transform.b * row + transform.c
    return x, transform.d * column + transform.e * row + transform.f


def _to_metres(path: Path, dataset: Any) -> float:
    """What the file's heights are multiplied by. `Invalid` (`elevation.unit`) for a unit that is not known."""
    unit = (dataset.units[0] or "").strip().lower()
    if unit not in _UNITS:
        raise Invalid.because("elevation.unit", name=path.name, unit=unit)
    return _UNITS[unit] if unit else _unit_of_system(dataset)


def _unit_of_system(dataset: Any) -> float:
    """The unit of a compound system's heights, in metres; 1 where it says nothing of heights."""
    crs = CRS.from_wkt(dataset.crs.to_wkt()) if dataset.crs else None
    parts = crs.sub_crs_list if crs is not None and crs.is_compound else []
    return next((float(part.axis_info[0].unit_conversion_factor) for part in parts if part.is_vertical), 1.0)


def _edge(shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Places all along the edge of a raster: column and row from the middle of the first cell."""
    across, along = (np.linspace(-0.5, side - 0.5, _EDGE) for side in (shape[1], shape[0]))
    west, east = np.full(_EDGE, -0.5), np.full(_EDGE, shape[1] - 0.5)
    north, south = np.full(_EDGE, -0.5), np.full(_EDGE, shape[0] - 0.5)
    return np.concatenate([across, across, west, east]), np.concatenate([north, south, along, along])


def _extent(projection: Projection, transform: Affine, shape: tuple[int, int]) -> tuple[Bounds, float]:
    """The box around a raster in degrees, and how far apart the middles of its cells are in metres."""
    height, width = shape
    lon, lat = placed(projection, *_at(transform, *_edge(shape)))
    middle = np.array([0.0, 1.0, 0.0]) + (width - 1) // 2, np.array([0.0, 0.0, 1.0]) + (height - 1) // 2
    near = placed(projection, *_at(transform, *middle))
    if lon.max() - lon.min() > 180:
        raise Invalid.because("elevation.wide", degrees=round(float(lon.max() - lon.min())))
    sides = [metres_between(near[0][[0, other]], near[1][[0, other]]) for other in (1, 2)]
    return (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())), float(np.sqrt(sides[0] * sides[1]))


def _counted(dataset: Any, scale: float) -> tuple[int, int]:
    """How many cells hold heights, and how many hold what can be none."""
    measured = odd = 0
    for window in _windows(dataset.shape, _BLOCK):
        heights, beyond = _metres(dataset, window, scale)
        measured, odd = measured + int(np.isfinite(heights).sum()), odd + beyond
    return measured, odd


def _metres(dataset: Any, window: Window, scale: float) -> tuple[Heights, int]:
    """Heights in metres of some cells, NaN for gaps, and how many of them hold what can be no height."""
    stored: Floats = dataset.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
    heights = (stored * dataset.scales[0] + dataset.offsets[0]) * scale
    odd = (heights < LOWEST) | (heights > HIGHEST) | undeclared(stored)  # no height at all is none of them
    count = int(np.count_nonzero(odd))
    if count:
        heights[odd] = np.nan
    return heights.astype(np.float32), count


def _windows(shape: tuple[int, int], side: int) -> Iterator[Window]:
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            yield Window(column, row, min(side, shape[1] - column), min(side, shape[0] - row))


def _around(column: Floats, row: Floats, shape: tuple[int, int]) -> Window:
    """The cells around some places in a raster."""
    left, top = max(math.floor(column.min()), 0), max(math.floor(row.min()), 0)
    right, bottom = min(math.ceil(column.max()) + 1, shape[1]), min(math.ceil(row.max()) + 1, shape[0])
    return Window(left, top, max(right - left, 1), max(bottom - top, 1))


def _some(count: int) -> NDArray[np.int64]:
    return np.unique(np.append(np.arange(0, count, _EVERY), count - 1))


def _middles(numbers: Floats) -> Floats:
    middles: Floats = (numbers[:-1, :-1] + numbers[1:, :-1] + numbers[:-1, 1:] + numbers[1:, 1:]) / 4
    return middles


def _between(numbers: Floats, columns: NDArray[np.int64], rows: NDArray[np.int64], nodes: Nodes) -> Floats:
    """Numbers known at some columns and rows, evenly filled in between."""
    lines = np.stack([np.interp(np.arange(nodes.width), columns, line) for line in numbers])
    place = np.interp(np.arange(nodes.height), rows, np.arange(len(rows)))
    low = np.minimum(place.astype(np.int64), max(len(rows) - 2, 0))
    part = (place - low)[:, None]
    filled: Floats = lines[low] * (1 - part) + lines[np.minimum(low + 1, len(rows) - 1)] * part
    return filled
