"""Buildings tiled per second, against `py3dtiles export`; what changes cost stands in `bench_change`.

`python -m tests.bench tiles` prints the figures. Both tilers are given the same footprints and
heights, ready in memory, and write whole tilesets to a folder; py3dtiles is given a part of them, as it is slow, and as
the solids that it takes: a MultiPolygon Z of roof and walls for each building. Ours writes entity codes, classes,
names, heights, days and sources besides, and gzip-encodes every tile.
"""

import contextlib
import io
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from py3dtiles.export import wkbs_to_tileset

from entities.model import Moment, Period, State, Surveyed, Version
from entities.position import Keys, position_keys
from tests.bench.plain_city import footprints, heights
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.building.source import LAST_KEY
from tiling.ecef import Frame, geocentric
from tiling.heights import ConstantAnomaly
from tiling.layers.buildings import BUILDINGS
from tiling.stored.sink import FolderSink

DAY = 20_000
BASE = 30.0
SETTINGS = Settings(ConstantAnomaly(-4.25, "made up for benchmarks"), BUILDINGS)


@dataclass(frozen=True)
class Listed:
    """Everything at one moment, by position key, in memory."""

    keys: Keys
    digests: NDArray[np.bytes_]
    listed: list[Version] = field(repr=False)

    @property
    def moment(self) -> Moment:
        return Moment(DAY, 1)

    def index(self, first: int = 0, last: int = LAST_KEY) -> "Listed":
        start, end = np.searchsorted(self.keys, np.array([first, last + 1], np.uint64))
        return Listed(self.keys[start:end], self.digests[start:end], self.listed[start:end])

    def boxes(self, first: int = 0, last: int = LAST_KEY) -> NDArray[np.float64]:
        found = self.index(first, last).listed
        return shapely.bounds([version.state.geometry for version in found]).reshape(-1, 4)

    def versions(self, first: int, last: int) -> list[Version]:
        return sorted(self.index(first, last).listed, key=lambda version: version.code)

    def dirty_keys(self, since: Moment) -> Keys:
        raise NotImplementedError("the benchmark of changes reads a real base")

    def surveys(self, numbers: Collection[int]) -> dict[int, Surveyed]:
        return dict.fromkeys(numbers, Surveyed("plain city", "lixia"))


def states(count: int) -> list[State]:
    """The plain city's buildings."""
    rows = enumerate(zip(footprints(count), heights(count).tolist(), strict=True))
    return [State("310301", shape, f"房屋{row}" if row % 10 == 0 else None, tall, BASE) for row, (shape, tall) in rows]


def in_memory(city: list[State]) -> Listed:
    """The city as a source of tiles."""
    bounds = shapely.bounds(np.array([state.geometry for state in city]))
    keys = position_keys((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)
    order = np.argsort(keys, kind="stable")
    digests = np.random.default_rng(3).bytes(16 * len(city))
    versions = [Version(f"B{row:011d}", Period(DAY), city[row], 1) for row in order.tolist()]
    return Listed(keys[order], np.frombuffer(digests, "S16"), versions)


def solids(city: list[State]) -> list[bytes]:
    """Each building as `py3dtiles export` takes it: polygons of roof and walls in metres, y up, as WKB."""
    frame = Frame.at(*city[0].geometry.centroid.coords[0])
    return [shapely.to_wkb(_solid(state, frame), flavor="iso") for state in city]


def _solid(state: State, frame: Frame) -> shapely.MultiPolygon:
    low, high = BASE, BASE + (state.height or 0.0)

    def at(ring: shapely.LinearRing, height: float) -> NDArray[np.float64]:
        points = shapely.get_coordinates(ring)
        east, north, up = frame.local(geocentric(points[:, 0], points[:, 1], height)).T
        return np.column_stack([east, up, -north])

    rings = [state.geometry.exterior, *state.geometry.interiors]
    roof = shapely.Polygon(at(rings[0], high), [at(ring, high) for ring in rings[1:]])
    walls = []
    for ring in rings:
        foot, top = at(ring, low), at(ring, high)
        walls += [shapely.Polygon([foot[k], foot[k + 1], top[k + 1], top[k]]) for k in range(len(foot) - 1)]
    return shapely.MultiPolygon([roof, *walls])


def ours(source: Listed, folder: Path) -> None:
    """Tile the whole city with one process."""
    build(source, FolderSink(folder), replace(SETTINGS, workers=1))


def theirs(solid: list[bytes], folder: Path) -> None:
    """Tile a part of the city with py3dtiles."""
    folder.mkdir()
    with contextlib.redirect_stdout(io.StringIO()):
        wkbs_to_tileset(solid, None, np.eye(4, dtype=np.float32).ravel(), folder)


def speed(count: int, work: Callable[[], object]) -> float:
    """Buildings a second of one processor, so that what else the machine does counts for neither."""
    started = time.process_time()
    work()
    return count / (time.process_time() - started)


def bench(folder: Path, count: int = 200_000, part: int = 2_000) -> Iterator[str]:
    """The figures, a line each."""
    city = states(count)
    source, solid = in_memory(city), solids(city[:part])
    our_speed = speed(count, lambda: ours(source, folder / "ours"))
    their_speed = speed(part, lambda: theirs(solid, folder / "theirs"))
    yield f"tiles, ours:                 {our_speed:10,.0f} buildings/s of one processor ({count:,} buildings)"
    yield f"tiles, py3dtiles export:     {their_speed:10,.0f} buildings/s of one processor ({part:,} buildings)"
    yield f"tiles, ratio:                {our_speed / their_speed:10.1f} times"
