"""Elevation models made into terrain: DEM cells per second, a tile that was not cut yet, and what a resurvey costs.

What cutting takes is limited by the processors: halving triangles, packing, and starting the processes.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import rasterio
from rasterio.transform import Affine

from tiling.elevation.build import build
from tiling.elevation.lattice import Place
from tiling.elevation.prepare import prepare
from tiling.elevation.terrain import Terrain
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order
from tiling.stored.sink import FolderSink

SIDE = 3_000
"""Cells to the side of the made-up model: 10 m apart, 30 km."""

ANOMALY = ConstantAnomaly(-4.25, "made up for benchmarks")


def bench(folder: Path) -> Iterator[str]:
    """Say each figure as it is known."""
    cores = os.cpu_count() or 1
    model = write_model(folder / "model.tif", SIDE)
    cells = SIDE * SIDE
    wall, processor = timed(lambda: survey(folder, "whole", model))
    each = f"{cells / processor:,.0f} per processor second"
    yield f"terrain, onto the lattice:   {cells / wall:10,.0f} DEM cells/s; {each}"
    terrain, sink = Terrain(folder, ("whole",), ANOMALY), FolderSink(folder / "tiles", lasting=False)
    begun, start = timed(lambda: subprocess.run([sys.executable, "-c", "import tiling.elevation.build"], check=True))
    wall, processor = timed(lambda: build(terrain, sink, workers=cores))
    free = start + (processor - cores * start) / cores
    yield (
        f"terrain, into tiles:         {cells / wall:10,.0f} DEM cells/s of 1,000,000 ({cores} processes, "
        f"{len(sink.names()):,} tiles, load {os.getloadavg()[0]:.1f}); {cells / processor:,.0f} per CPU second, so "
        f"{cells / free:,.0f} where {cores} are free; {begun:.1f} s ({start:.1f} s of the processor) start a process"
    )
    alone = [Place(terrain.finest, *one) for one in terrain.available[terrain.finest][:: cells // 100_000].tolist()]
    times = [timed(lambda place=place: terrain.tiles([place])) for place in alone[:60]]  # type: ignore[misc]
    yield (
        f"terrain, a tile not cut yet: {np.median(times, axis=0)[0] * 1000:10.1f} ms of 50 ms "
        f"({np.median(times, axis=0)[1] * 1000:.1f} ms of the processor)"
    )
    survey(folder, "patch", write_model(folder / "patch.tif", 100, step=5, lift=3))
    after = Terrain(folder, ("patch", "whole"), ANOMALY)
    counts: list[int] = []
    wall, _ = timed(lambda: counts.append(build(after, sink, terrain, cores)))
    yield f"terrain, a patch resurveyed: {wall:10.2f} s for {counts[0]} tiles of {sum(map(len, after.available)):,}"


def survey(folder: Path, name: str, model: Path) -> None:
    """Prepare a model as a holding."""
    (folder / name).mkdir()
    prepare([model], folder / name, Order(ANOMALY), lambda *_: None)


def write_model(path: Path, side: int, step: float = 10, lift: float = 0) -> Path:
    """Hills as rough as real ones: from 7.5 km down to 60 m each octave is 0.55 times as high as the one before."""
    chance = np.random.default_rng(8)
    ground = np.full((side, side), 300.0 + lift)
    for octave in range(8):
        count = 4 << octave
        knots = chance.normal(0, 120 * 0.55**octave, (count + 2, count + 2))
        place = np.arange(side) * (count / SIDE)
        low, part = place.astype(int), place % 1
        smooth = part * part * (3 - 2 * part)
        lines = knots[low] * (1 - smooth[:, None]) + knots[low + 1] * smooth[:, None]
        ground += lines[:, low] * (1 - smooth) + lines[:, low + 1] * smooth
    form = {"crs": "EPSG:4549", "transform": Affine(step, 0, 480_000, 0, -step, 4_060_000), "compress": "deflate"}
    with rasterio.open(path, "w", "GTiff", side, side, 1, dtype="float32", **form) as dataset:
        dataset.write(ground.astype(np.float32), 1)
    return path


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and seconds of all processors, children among them."""
    wall, processor = time.perf_counter(), _spent()
    work()
    return time.perf_counter() - wall, _spent() - processor


def _spent() -> float:
    """Seconds of this process, of those that it waited for, and of its helpers, which live on."""
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    living = [one.cpu_times() for one in psutil.Process().children(recursive=True)]
    ended = mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime
    return ended + sum(times.user + times.system for times in living)
