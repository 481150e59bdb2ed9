"""Following a base of 200,000 buildings from nothing, over HTTP: rate, bytes, peak memory of both, and the digests.

Beside it stands the limit: SQLite copying the file.
`python -m tests.bench.bench_follow FOLDER` uses FOLDER/base.sqlite, which `bench_load` leaves, and makes it where it is
missing.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from entities.model import Period, State, Version
from entities.store import Store
from tests.bench.plain_city import footprints, heights
from tests.serving import ROOT, SHIKONG, serving

COUNT = 200_000
RATE = 5_000
MEMORY = 500.0


def bench(folder: Path) -> list[str]:
    """Follow the base in a folder and say what came of it."""
    base = folder / "base.sqlite"
    if not base.exists():
        make(base)
    copied = copy(base, folder / "copy.sqlite")
    config = folder / "open.yaml"
    config.write_text(f"data: {folder}\nreplication: {{open: true}}\n")
    with serving(config) as service:
        told, seconds, peak = follow(service.address, folder / "follower")
        served = peak_of(service.process)
    entities = count(base)
    found = [digests(where) for where in (folder, folder / "follower")]
    assert found[0] == found[1], found
    more = f"{told['bytes'] / 1e6:.0f} MB sent, {told['bytes'] / 1e6 / seconds:.1f} MB/s; history and present equal"
    return [
        f"{'follow, from nothing':<34}{entities / seconds:>12,.0f} entities/s  limit {RATE:,}   "
        f"{entities / seconds / RATE:.2f} times   ({seconds:.1f} s; {more})",
        f"{'  beside copying the file':<34}{seconds / copied:>12,.1f} times as long as SQLite takes ({copied:.2f} s)",
        f"{'peak memory, follower':<34}{peak:>12,.0f} MB      limit {MEMORY:,.0f} MB   {peak / MEMORY:.2f} of it",
        f"{'peak memory, source':<34}{served:>12,.0f} MB      limit {MEMORY:,.0f} MB   {served / MEMORY:.2f} of it",
    ]


def make(base: Path, size: int = COUNT) -> None:
    """A base of plain houses in one transaction."""
    shapes, tall = footprints(size), heights(size).tolist()
    states = [State("310301", shape, height=high, base=30.0) for shape, high in zip(shapes, tall, strict=True)]
    with closing(Store.open(f"sqlite:///{base}")) as store, store.transaction("bench", "survey", "city") as tx:
        for start in range(0, size, 10_000):
            some = states[start : start + 10_000]
            tx.put([Version(code, Period(20_000), one) for code, one in zip(tx.issue(some), some, strict=True)])


def copy(base: Path, to: Path) -> float:
    """Seconds in which SQLite copies the base: what no follower can be quicker than."""
    to.unlink(missing_ok=True)
    began = time.perf_counter()
    with closing(sqlite3.connect(base)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return time.perf_counter() - began


def follow(url: str, folder: Path) -> tuple[dict[str, Any], float, float]:
    """Follow once into an empty base: what the command told, its seconds, and its peak memory in MB."""
    began = time.perf_counter()
    command = [*SHIKONG, "--data", str(folder), "follow", url, "--once", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said
    return json.loads(said), time.perf_counter() - began, usage.ru_maxrss / 1000


def peak_of(process: int) -> float:
    """The peak memory of a running process in MB."""
    line = next(one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


def digests(folder: Path) -> str:
    command = [*SHIKONG, "--data", str(folder), "verify", "--digest", "--json"]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def count(base: Path) -> int:
    with closing(sqlite3.connect(base)) as database:
        return int(database.execute("SELECT COUNT(*) FROM entity").fetchone()[0])


if __name__ == "__main__":
    print(*bench(Path(sys.argv[1])), sep="\n")
