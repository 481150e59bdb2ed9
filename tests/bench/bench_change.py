"""How soon a change is in the tiles of a base of 1,000,000 buildings, and how much of them it leaves as it was.

`python -m tests.bench.bench_change [buildings]` makes the base, tiles it whole, and then changes one building, moves
one, and changes 10,000 of one district, each in a transaction of its own. Wall time counts from the commit to the moved
pointer: in this process, which is running already, with all that a job does; and in a worker, which has to notice the
job first. Processor time counts all processes.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from statistics import median

import psutil
import shapely

from entities.model import Period, State, Version
from entities.store import Store
from service.config import Config, Tiles
from service.desk import Desk
from service.tiles import making
from service.work import jobs
from tests.bench.bench_follow import make
from tests.bench.bench_tiles import DAY
from tests.serving import ROOT, SHIKONG
from tiling.building.build import BuildReport
from tiling.building.plan import content_names
from tiling.stored.published import Published, file_names, root_name
from tiling.stored.sink import POINTER, FolderSink

COUNT = 1_000_000
MANY = 10_000
_BEGUN = 10.0  # seconds until the helpers of a worker that has just begun stand ready, also on a busy machine
ROW = 1_000
"""How many buildings the made city has in a row from west to east."""


@dataclass(frozen=True)
class Spent:
    """A build, and what it cost: seconds on the clock, and seconds of all processors."""

    report: BuildReport
    wall: float
    processors: float


def bench(folder: Path, count: int = COUNT) -> Iterator[str]:
    """Make a base and its tiles in a folder, change it, and say what each change cost."""
    config = Config(data=folder, base=f"sqlite:///{folder}/base.sqlite", tiles=Tiles(history=False))
    tiles = folder / "tiles" / "buildings"
    if not (folder / "base.sqlite").exists():
        make(folder / "base.sqlite", count)
    whole = built(config)
    with closing(Store.open(config.base)) as store:
        yield _line("tiles of a base, whole", f"{count / whole.wall:,.0f} buildings/s", 20_000, whole)
        yield _seen("  the whole city from afar", tiles)
        making.tiles(replace(config, tiles=Tiles(history=True)), lambda *_: None)
        yield _seen("  the same with its history", folder / "tiles" / "history" / "buildings")
        for row, (what, change) in enumerate((("changed", raised), ("moved", moved)), count // 2):
            before = digests(tiles)
            tell(store, [row], change)
            spent = built(config)
            after = digests(tiles)
            other = sum(after.get(name) != digest for name, digest in before.items())
            files = f"{spent.report.files_written} files of 12, {other} with other bytes (the pointer)"
            yield _line(f"  one {what} building", f"{1000 * spent.wall:.0f} ms; {files}", 300, spent)
        tell(store, district(count), raised)
        spent = built(config)
        ratio = f"{whole.wall / spent.wall:.0f} times as fast, by processors {whole.processors / spent.processors:.0f}"
        yield _line(f"  {MANY:,} changed in one district", ratio, 50, spent)
        noticed = f"{1000 * median(by_worker(config, store, count)):.0f} ms"
        yield f"{'  one changed, by a worker':<34}{noticed}   ({_load()})"


def built(config: Config) -> Spent:
    """Bring the tiles up to the base, as a job does."""
    started, used = time.perf_counter(), _processors()
    found = {one.layer: one.report for one in making.tiles(config, lambda *_: None)}
    return Spent(found["buildings"], time.perf_counter() - started, _processors() - used)


def by_worker(config: Config, store: Store, count: int) -> Iterator[float]:
    """Seconds from a commit until a worker has moved the pointer, once for each of some changes."""
    pointer = config.data / "tiles" / "buildings" / POINTER
    with closing(Desk.open(config.base)) as desk, working(config):
        for row in range(count // 3, count // 3 + 6):
            tell(store, [row], raised)
            started, before = time.perf_counter(), pointer.read_bytes()
            jobs.add_once(desk, "tiles")
            while pointer.read_bytes() == before:
                time.sleep(0.002)
            if row > count // 3:  # the first one waits for the worker to begin
                yield time.perf_counter() - started
            while jobs.waiting(desk):
                time.sleep(0.05)
            if row == count // 3:
                time.sleep(_BEGUN)


@contextmanager
def working(config: Config) -> Iterator[None]:
    """Keep a worker running during the block."""
    file = config.data / "bench.yaml"
    file.write_text(f"data: {config.data}\ntiles: {{history: false}}\n")
    with subprocess.Popen([*SHIKONG, "--config", str(file), "work"], stdout=subprocess.DEVNULL, cwd=ROOT) as worker:
        try:
            yield
        finally:
            worker.terminate()


def tell(store: Store, rows: list[int], change: Callable[[State], State]) -> None:
    """Change the buildings of some rows of the city in one transaction."""
    numbers = [row + 1 for row in rows]
    codes = [code for (code,) in store.database.query_in("SELECT code FROM version WHERE id IN {in}", numbers)]
    standing = store.view().named(codes)
    with store.transaction("bench", "survey", "again") as transaction:
        transaction.put([Version(one.code, Period(DAY + 1), change(one.state)) for one in standing])


def raised(state: State) -> State:
    """A building, higher than it was."""
    return replace(state, height=(state.height or 0.0) + 9.0)


def moved(state: State) -> State:
    """A building, a kilometre north-east of where it was."""
    return replace(state, geometry=shapely.transform(state.geometry, lambda xy: xy + 0.01))


def district(count: int) -> list[int]:
    """The rows of the buildings of a district: a square of the city."""
    side = int(MANY**0.5)
    first = count // ROW // 2 * ROW + ROW // 2
    return [first + north * ROW + east for north in range(side) for east in range(side)]


def first_view(tiles: Path) -> tuple[int, int]:
    """Bytes and requests, as sent, until the whole city is on the screen in some form: level 11, what leads there."""
    state = Published.read(FolderSink(tiles), root_name((tiles / POINTER).read_bytes()))
    names = [POINTER, *file_names(state.files[state.files["level"] == 9])]
    names += content_names(state.overviews[state.overviews["level"] == 11], "o")
    stored = [(tiles / name).read_bytes() for name in names]
    return sum(len(blob if blob[:2] == b"\x1f\x8b" else gzip.compress(blob)) for blob in stored), len(names)


def digests(folder: Path) -> dict[Path, bytes]:
    """The hash of every file in a folder."""
    return {path: blake2b(path.read_bytes()).digest() for path in folder.rglob("*") if path.is_file()}


def _processors() -> float:
    """Seconds that this process and those that it started have used processors."""
    helping = sum(sum(one.cpu_times()[:2]) for one in psutil.Process().children(recursive=True))
    return sum(os.times()[:4]) + helping


def _line(what: str, figure: str, limit: float, spent: Spent) -> str:
    cost = f"{spent.wall:.2f} s, {spent.processors:.2f} s of processors, {spent.report.tiles_drawn} tiles drawn"
    return f"{what:<34}{figure}   limit {limit:,.0f}   ({cost}, {_load()})"


def _seen(what: str, tiles: Path) -> str:
    size, requests = first_view(tiles)
    return f"{what:<34}{size / 1e6:,.2f} MB   limit 2.00   ({requests} requests)"


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def main(count: int = COUNT) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench(Path(folder), count):
            print(line, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
