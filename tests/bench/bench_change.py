"""How soon a change is in the tiles of a base of 1,000,000 buildings, and how much of them it leaves as it was.

`python -m tests.bench.bench_change [buildings]` makes the base, tiles it whole, and then changes one building, moves
one, and changes 10,000 of one district, each in a transaction of its own. Wall time counts from the commit to the moved
pointer, in a process that is running already, as the worker's is; processor time counts all processes.
"""

import gzip
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import shapely

from entities.model import Period, State, Version
from entities.store import Store
from tests.bench.bench_follow import make
from tests.bench.bench_tiles import DAY, SETTINGS
from tiling.build import BuildReport, build
from tiling.published import Published
from tiling.sink import FolderSink
from tiling.store_source import StoreSource, opener

COUNT = 1_000_000
MANY = 10_000
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
    url, sink = f"sqlite:///{folder}/base.sqlite", FolderSink(folder / "tiles")
    if not (folder / "base.sqlite").exists():
        make(folder / "base.sqlite", count)
    with closing(Store.open(url)) as store:
        whole = built(store, url, sink)
        yield _line("whole build", f"{count / whole.processors:,.0f} buildings/s of one processor", 20_000, whole)
        size, requests = first_view(sink.folder)
        yield f"{'  the whole city from afar':<34}{size / 1e6:>9.2f} MB   limit 2.00   ({requests} requests)"
        middle = count // 2
        for what, change in (("one changed building", raised), ("one moved building", moved)):
            before = digests(sink.folder)
            tell(store, [middle], change)
            spent = built(store, url, sink)
            other = sum(digests(sink.folder).get(name) != digest for name, digest in before.items())
            files = f"{spent.report.files_written} files of 12, {other} with other bytes (the pointer)"
            yield _line(f"  {what}", f"{1000 * spent.wall:.0f} ms; {files}", 300, spent)
            middle += 7
        tell(store, district(count), raised)
        spent = built(store, url, sink)
        ratio = f"{whole.wall / spent.wall:.0f} times as fast, by processors {whole.processors / spent.processors:.0f}"
        yield _line(f"  {MANY:,} changed in one district", ratio, 50, spent)


def built(store: Store, url: str, sink: FolderSink) -> Spent:
    """Bring the tiles up to the base."""
    started, used = time.perf_counter(), _processors()
    moment = store.view().moment
    source, since = StoreSource(store, "buildings", moment), Published.now(sink)
    report = build(source, sink, SETTINGS, since, None, opener(url, "buildings", moment))
    return Spent(report, time.perf_counter() - started, _processors() - used)


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


def first_view(folder: Path) -> tuple[int, int]:
    """Bytes and requests, as sent, until the whole city is on the screen in some form: level 11, what leads there."""
    files = [folder / "tileset.json", *folder.glob("t/9-*"), *folder.glob("o/11-*")]
    sizes = [len(gzip.compress(path.read_bytes())) if path.suffix == ".json" else path.stat().st_size for path in files]
    return sum(sizes), len(sizes)


def digests(folder: Path) -> dict[Path, bytes]:
    """The hash of every file in a folder."""
    return {path: blake2b(path.read_bytes()).digest() for path in folder.rglob("*") if path.is_file()}


def _processors() -> float:
    """Seconds that this process and those that it started and waited for have used processors."""
    return sum(os.times()[:4])


def _line(what: str, figure: str, limit: float, spent: Spent) -> str:
    load = os.getloadavg()[0]
    cost = f"{spent.wall:.2f} s, {spent.processors:.2f} s of processors, {spent.report.tiles_drawn} tiles drawn"
    return f"{what:<34}{figure}   limit {limit:,.0f}   ({cost}, load {load:.1f})"


def main(count: int = COUNT) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        for line in bench(Path(folder), count):
            print(f"tiles, {line.strip()}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
