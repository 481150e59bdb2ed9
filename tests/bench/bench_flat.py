"""Vector tiles: how long one takes, drawn of the present, drawn of a past day, and found drawn.

`python -m tests.bench.bench_flat` prints the figures, of one processor's time and of the clock, since other work on the
machine counts in the second only. The plain city stands in a real base; half of it changed later.
"""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from entities.model import Moment, Period, Version
from entities.store import Store
from service.config import Config
from service.vector import VectorTiles, _names
from tests.bench.bench_tiles import DAY, states
from tiling.mercator import REACH, Square, projected

ZOOM = 15


def bench(folder: Path, count: int = 50_000) -> Iterator[str]:
    """The figures, a line each."""
    config = Config.load(None, {"data": folder})
    with contextlib.closing(Store.open(config.base)) as store:
        _write(store, count)
        tiles = VectorTiles(config, store, "buildings")
        squares = list(_squares(store, 12))
        now, past = store.view().moment, Moment(DAY, store.view().moment.known_at)
        for named, moment in (("of the present", now), ("of a past day", past)):
            asked = [partial(tiles.tile, square, moment) for square in squares]
            yield _line(named, [_timed(ask) for ask in asked])
            yield _line(f"{named}, found", [_timed(ask) for ask in asked])
        _names.clear()
        yield _line("after a change elsewhere", [_timed(partial(tiles.tile, square, now)) for square in squares])
        size = statistics.median(len(tiles.tile(square, now).data) for square in squares)
        yield f"vector tiles, size:                {size / 1e3:10.1f} kB"


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


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory(prefix="shikong-bench-flat-") as folder:
        for line in bench(Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
