"""Meshes prepared per second: an OBJ projected corner by corner, a tileset of b3dm upgraded, files packed to be kept.

`python -m tests.bench meshes` prints the figures. CPU seconds stand beside those of the clock.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from tests.tiling.meshes.made import b3dm, city, filed, glb, tile
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order
from tiling.holdings.packing import pack
from tiling.meshes import MESHES

ORDER: Final = Order(ConstantAnomaly(0.0, "made up"), "EPSG:4549")
SIDE: Final = 708  # corners along a side: just under 1,000,000 triangles
TILES: Final = 2_000
BATCHES: Final = 200


def surface(path: Path) -> int:
    """Write an OBJ of waves, half a metre from corner to corner, and return how many triangles it has."""
    east, north = (axis.ravel() for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    up = 35 + np.sin(east / 20) * np.cos(north / 30)
    corners = np.char.mod("v %.3f", 500_000 + east / 2) + np.char.mod(" %.3f", 4_051_000 + north / 2)
    first = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel() + 1
    corner = [first, first + 1, first + SIDE + 1, first + SIDE]
    faces = np.concatenate([np.stack([corner[place] for place in three], 1) for three in ([0, 1, 2], [0, 2, 3])])
    with path.open("w", encoding="utf-8") as file:
        file.write("\n".join((corners + np.char.mod(" %.3f", up)).tolist()) + "\n")
        np.savetxt(file, faces, "f %d %d %d")
    return len(faces)


def tileset(folder: Path) -> Path:
    """A tileset of b3dm, each with a table of batches."""
    numbers = list(range(BATCHES))
    table = {"name": [f"building {number}" for number in numbers], "height": [number * 0.5 for number in numbers]}
    body = b3dm(glb([0, 1, 2]), {"BATCH_LENGTH": BATCHES}, table)
    contents = {f"{number}.b3dm": body for number in range(TILES)}
    return filed(folder, {"tileset.json": city(tile(None, *(tile(name) for name in contents))), **contents})


def bench(folder: Path) -> Iterator[str]:
    """The lines of the report."""
    count = surface(folder / "waves.obj")
    wall, cpu = timed(lambda: prepared(folder / "waves.obj", folder / "obj"))
    yield said(f"OBJ, {count:,} triangles, each corner projected", count, wall, cpu)
    source = tileset(folder / "city")
    wall, cpu = timed(lambda: prepared(source, folder / "tiles"))
    yield said(f"tileset, {TILES:,} b3dm of {BATCHES} batches upgraded", TILES, wall, cpu)
    wall, cpu = timed(lambda: pack(folder / "tiles", MESHES, 2, lambda *_: None))
    yield said(f"{TILES:,} files packed, hashed and made safe on disk", TILES, wall, cpu)


def said(what: str, count: int, wall: float, cpu: float) -> str:
    """One line of the report."""
    return f"mesh: {what}: {count / wall:,.0f}/s ({wall:.1f} s, CPU {cpu:.1f} s)"


def prepared(path: Path, out: Path) -> None:
    """Prepare a mesh as `shikong adopt` does."""
    out.mkdir()
    MESHES.prepare([path], out, ORDER, lambda *_: None)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used
