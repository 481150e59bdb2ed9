"""Vector tiles, imagery, things on the ground: how long a tile takes, drawn or found drawn; how fast they are made.

`python -m tests.bench flat` prints the figures, of one processor's time and of the clock, since other work on the
machine counts in the second only. The plain city stands in a real base; half of it changed later.
"""

import contextlib
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine

from entities.model import Moment, Period, State, Version
from entities.store import Store
from service.config import Config
from service.tiles.vector import VectorTiles, _names
from tests.bench.bench_tiles import DAY, SETTINGS, in_memory, states
from tiling.building.build import build
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order
from tiling.imagery.prepare import prepare, read_index
from tiling.imagery.tile import Placed, covering, drawn, encoded
from tiling.layers import LAYERS
from tiling.mercator import REACH, Square, projected
from tiling.stored.sink import MemorySink

ZOOM = 15
RUNS = 3


def bench(folder: Path) -> Iterator[str]:
    """The figures, a line each."""
    yield from vector(folder)
    yield from imagery(folder)
    yield from ground()


def vector(folder: Path, count: int = 50_000) -> Iterator[str]:
    """How long vector tiles take, of a past day, of the present, and after a change elsewhere."""
    config = Config.load(None, {"data": folder})
    with contextlib.closing(Store.open(config.base)) as store:
        _write(store, count)
        tiles = VectorTiles(config, store, "buildings")
        squares = list(_squares(store, 12))
        now, past = store.view().moment, Moment(DAY, store.view().moment.known_at)
        for named, moment in (("of a past day", past), ("of the present", now)):
            asked = [partial(tiles.tile, square, moment) for square in squares]
            runs = [_run(asked, folder / "kept") for _ in range(RUNS)]
            yield _line(named, [min(times) for times in zip(*runs, strict=True)])
            yield _line(f"{named}, found", [_timed(ask) for ask in asked])
        _names.clear()
        yield _line("after a change elsewhere", [_timed(partial(tiles.tile, square, now)) for square in squares])
        size = statistics.median(len(tiles.tile(square, now).data) for square in squares)
        yield f"vector tiles, size:                {size / 1e3:10.1f} kB"


def _run(asked: list[Callable[[], object]], kept: Path) -> list[tuple[float, float]]:
    """The times of asking for tiles of which none is kept."""
    _names.clear()
    shutil.rmtree(kept, ignore_errors=True)
    return [_timed(ask) for ask in asked]


def imagery(folder: Path, side: int = 4096) -> Iterator[str]:
    """How fast a picture of 0.5 m is adopted, and how long a tile of it takes."""
    path = _photo(folder / "photo.tif", side)
    (folder / "h").mkdir()
    order = Order(ConstantAnomaly(0.0, "made up for benchmarks"))
    processor, clock = _timed(partial(prepare, [path], folder / "h", order, lambda *_: None))
    speed, by_clock = (side * side / 1e3 / time for time in (processor, clock))
    yield f"imagery, prepared:          {speed:10.2f} M pixels/s of one processor ({by_clock:.2f} by the clock)"
    pictures = [(folder / "h", one) for one in read_index(folder / "h")]
    west, _, _, north = pictures[0][1].bounds
    reach = 2 * REACH / (1 << 18)
    column, row = int((west + REACH) / reach), int((REACH - north) / reach)
    squares = [Square(18, column + step, row + step) for step in range(2, 10)]
    times = [_timed(partial(_tile, pictures, square)) for square in squares]
    processor, clock = (statistics.median(column) for column in zip(*times, strict=True))
    yield f"imagery, a tile as webp:    {processor:10.1f} ms of one processor ({clock:.1f} ms by the clock) of 50 ms"


def ground(count: int = 20_000) -> Iterator[str]:
    """How many parcels and roads are tiled in a second, by one process."""
    city = states(count)
    parcels = [State("685001", state.geometry, state.name) for state in city]
    lines = [shapely.LineString(shapely.get_coordinates(state.geometry)[:4]) for state in city]
    roads = [State("430503", line, state.name) for line, state in zip(lines, city, strict=True)]
    for layer, things in (("parcels", parcels), ("roads", roads)):
        source, chosen = in_memory(things), replace(SETTINGS, layer=LAYERS[layer], workers=1)
        processor, clock = _timed(partial(build, source, MemorySink(), chosen))
        speed, by_clock = (1e3 * count / time for time in (processor, clock))
        yield f"ground, {layer + ':':19} {speed:10,.0f} things/s of one processor ({by_clock:,.0f} by the clock)"


def _photo(path: Path, side: int) -> Path:
    """A made picture with detail at every scale."""
    random = np.random.default_rng(5)
    bands = np.zeros((3, side, side), np.float32)
    for step in (4, 32, 256):
        coarse = random.uniform(-40, 40, (3, side // step, side // step)).astype(np.float32)
        bands += np.kron(coarse, np.ones((1, step, step), np.float32))
    place = {"crs": "EPSG:32650", "transform": Affine(0.5, 0, 501_000, 0, -0.5, 4_057_000)}
    shape = {"count": 3, "width": side, "height": side, "dtype": "uint8", "tiled": True}
    with rasterio.open(path, "w", driver="GTiff", **place, **shape) as file:
        file.write(np.clip(bands + 128, 0, 255).astype(np.uint8))
    return path


def _tile(pictures: list[Placed], square: Square) -> bytes:
    return encoded(drawn(covering(pictures, square), square), "webp")


def _write(store: Store, count: int) -> None:
    city = states(count)
    with store.transaction("bench", "first survey", "plain city") as transaction:
        codes = transaction.issue(city)
        transaction.put([Version(code, Period(DAY), state) for code, state in zip(codes, city, strict=True)])
    later = [(code, replace(state, height=50.0)) for code, state in zip(codes[::2], city[::2], strict=True)]
    with store.transaction("bench", "second survey", "plain city") as transaction:
        transaction.put([Version(code, Period(DAY + 100), state) for code, state in later])


def _squares(store: Store, count: int) -> Iterator[Square]:
    """Tiles one beside the other along the middle of the city."""
    west, south, east, north = store.view().extent("buildings") or (0, 0, 0, 0)
    side = 2 * REACH / (1 << ZOOM)
    ends = projected(np.array([[west, (south + north) / 2], [east, (south + north) / 2]]))
    first, last = ((ends[:, 0] + REACH) / side).astype(int).tolist()
    row = int((REACH - ends[0, 1]) / side)
    for column in np.linspace(first + 1, last - 1, count).astype(int).tolist():
        yield Square(ZOOM, column, row)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the processor and of the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return 1e3 * (time.process_time() - processor), 1e3 * (time.perf_counter() - clock)


def _line(named: str, times: list[tuple[float, float]]) -> str:
    processor, clock = (statistics.median(column) for column in zip(*times, strict=True))
    return f"vector tiles, {named + ':':27}{processor:8.1f} ms of one processor ({clock:.1f} ms by the clock) of 50 ms"
