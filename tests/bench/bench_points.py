"""Points tiled per second from LAS and LAZ, against py3dtiles, and the memory that clouds of three sizes take.

`python -m tests.bench.bench_points [millions …]` prints them. Each run is a process of its own, timed from before its
first import to its end, so starting up counts; CPU seconds stand beside those of the clock, with what two processors
that had nothing else to do would make of them: one during start-up, both from then on (LAZ is decoded by the other
meanwhile, which is not counted). py3dtiles is slow: it is given every size asked for by name, and else the smallest
only. Its start-up is taken to be none.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.made_points import survey

MILLION = 1_000_000
_OURS = """
import sys
from pathlib import Path
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order
from tiling.points.prepare import prepare
folder = Path(sys.argv[2])
folder.mkdir()
prepare([Path(sys.argv[1])], folder, Order(ConstantAnomaly(0.0, "made up")), lambda *_: None)
"""
_THEIRS = """
import sys
from pyproj import CRS
from py3dtiles.constants import SpecVersion
from py3dtiles.convert import convert
if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2], jobs=2, crs_in=CRS(4528), crs_out=CRS(4978), force_crs_in=True,
            pyproj_always_xy=True, rgb=True, extra_fields=["classification", "intensity"],
            spec_version=SpecVersion.V1_1)
"""


@dataclass(frozen=True)
class Run:
    """What one run took: seconds by the clock and of the processors, and megabytes of all its processes at the most."""

    points: int
    wall: float
    cpu: float
    peak: float
    start: float = 0.0

    @property
    def rate(self) -> float:
        """Millions of points a second, by the clock."""
        return self.points / self.wall / MILLION

    @property
    def free(self) -> float:
        """The same on two processors that have nothing else to do, if both are used once `start` seconds are over."""
        return self.points / (self.start + (self.cpu - self.start) / 2) / MILLION

    @property
    def steady(self) -> float:
        """The same without starting up."""
        return 2 * self.points / (self.cpu - self.start) / MILLION

    def __str__(self) -> str:
        return (
            f"{self.rate:.2f} M/s by the clock, {self.free:.2f} M/s by the processors "
            f"({self.steady:.2f} without start-up), {self.peak:.0f} MB at the most, load {os.getloadavg()[0]:.1f}"
        )


def run(program: str, source: Path, target: Path, points: int, start: float = 0.0) -> Run:
    """Run a program on a file in a process of its own, and watch it and its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "run.py"
        script.write_text(program)
        where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        child = subprocess.Popen([sys.executable, str(script), source, target], env=where, stdout=subprocess.DEVNULL)
        peak = 0.0
        while child.poll() is None:
            peak = max(peak, _memory(child.pid))
            time.sleep(0.02)
    if child.returncode:
        raise RuntimeError(f"a run on {source.name} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(points, time.perf_counter() - began, cpu, peak, start)


def _memory(number: int) -> float:
    """Megabytes that a process and its children hold."""
    found = 0
    try:
        whole = psutil.Process(number)
        for process in [whole, *whole.children(recursive=True)]:
            found += process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return found / MILLION


def made(folder: Path, millions: float, suffix: str = "las") -> Path:
    path = folder / f"{millions}.{suffix}"
    return path if path.exists() else survey(path, round(millions * MILLION))


def tiles(folder: Path) -> tuple[int, float]:
    """How many tiles lie in a folder, and their bytes."""
    found = [path.stat().st_size for path in folder.rglob("*.glb")]
    return len(found), sum(found)


def bench(folder: Path, sizes: tuple[int, ...] = (5, 10, 30), compared: tuple[int, ...] = (5,)) -> Iterator[str]:
    """Print speed and memory for surveys of so many million points, and for some of them the comparison."""
    run(_OURS, made(folder, 0.001), folder / "warm", 1_000)  # compiles the loops where that was not done before
    start = run(_OURS, made(folder, 0.001), folder / "start", 1_000)
    yield f"points: made surveys, format 7; starting up takes {start.wall:.2f} s by the clock, {start.cpu:.2f} s of CPU"
    for millions in sizes:
        for suffix, asked in (("las", 3.0), ("laz", 1.5)):
            path, target = made(folder, millions, suffix), folder / f"{millions}-{suffix}"
            found = run(_OURS, path, target, millions * MILLION, start.cpu)
            count, size = tiles(target)
            each = f"{count} tiles, {size / found.points:.1f} bytes a point"
            yield f"  {millions} million, {suffix.upper()}: {found}; asked {asked} M/s, 1,000 MB; {each}"
            if suffix == "las" and millions in compared:
                yield from _comparison(found, path, folder / f"{millions}-theirs")
            path.unlink()
            shutil.rmtree(target)


def _comparison(ours: Run, path: Path, target: Path) -> Iterator[str]:
    """Print what py3dtiles takes for a file, and the ratio."""
    theirs = run(_THEIRS, path, target, ours.points)
    yield f"    py3dtiles: {theirs}"
    clock, processors = ours.rate / theirs.rate, theirs.cpu / ours.cpu
    yield f"    ratio: {clock:.1f} x by the clock, {processors:.1f} x by the processors (asked: 10 x)"
    shutil.rmtree(target)


def main() -> None:
    """Print the figures for some sizes of survey, in millions of points."""
    sizes = tuple(int(text) for text in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="shikong-bench-points-") as folder:
        for line in bench(Path(folder), sizes, sizes) if sizes else bench(Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
