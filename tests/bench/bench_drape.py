"""Areas and lines on the terrain: how many are laid on it in a second, and how many bytes that takes.

`python -m tests.bench drape` prints the figures: 20,000 parcels of a made city on hills that were surveyed every
2 m, against the same parcels on no terrain at all, by one process.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from entities.model import State
from tests.bench.bench_tiles import SETTINGS, in_memory, states
from tiling.building.build import build
from tiling.elevation.prepare import prepare
from tiling.elevation.surface import footing_of
from tiling.elevation.terrain import Terrain
from tiling.holdings import Order
from tiling.layers import LAYERS
from tiling.stored.sink import MemorySink

_CELL = 2.0 / 111_000


def bench(folder: Path, count: int = 20_000) -> Iterator[str]:
    """The figures, a line each."""
    parcels = [State("685001", state.geometry, state.name) for state in states(count)]
    source = in_memory(parcels)
    flat = replace(SETTINGS, layer=LAYERS["parcels"], workers=1)
    bounds = np.array([parcel.geometry.bounds for parcel in parcels])
    path = _hills(folder / "hills.tif", *bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist())
    (folder / "hills").mkdir()
    prepare([path], folder / "hills", Order(flat.anomaly), lambda *_: None)
    ground = footing_of(Terrain(folder, ("hills",), flat.anomaly))
    for named, chosen in (("flat", flat), ("on terrain of 2 m", replace(flat, ground=ground))):
        started, used, sink = time.perf_counter(), time.process_time(), MemorySink()
        report = build(source, sink, chosen)
        wall, processor = time.perf_counter() - started, time.process_time() - used
        size = sum(len(sink.get(name)) for name in sink.names("c")) / count
        speed = f"{count / processor:10,.0f} a second of one processor ({count / wall:,.0f} by the clock)"
        said = f"{size:,.0f} bytes each, {report.tiles} tiles (load {os.getloadavg()[0]:.1f})"
        yield f"parcels, {named + ':':22}{speed}, {said}"


def _hills(path: Path, west: float, south: float, east: float, north: float) -> Path:
    """A made model of hills with some roughness, every 2 m."""
    columns, rows = (int((high - low) / _CELL) + 40 for low, high in ((west, east), (south, north)))
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    heights: NDArray[Any] = 60 + 40 * np.sin(x / 210) * np.cos(y / 170) + 2 * np.sin(x / 13 + y / 17)
    heights += np.random.default_rng(1).normal(0, 0.05, heights.shape)
    place = {"crs": "EPSG:4490", "transform": Affine(_CELL, 0, west - 20 * _CELL, 0, -_CELL, north + 20 * _CELL)}
    with rasterio.open(path, "w", "GTiff", columns, rows, 1, dtype="float32", **place) as file:
        file.write(heights.astype(np.float32), 1)
    return path
