"""Loading 200,000 buildings into an empty SQLite base and building their tiles: rate, limit, and peak memory."""

import resource
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from entities.intake import IntakeOptions, load
from entities.model import parse_day
from entities.store import Store
from tests.bench.plain_city import write_city
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.building.store_source import StoreSource
from tiling.heights import ConstantAnomaly
from tiling.layers.buildings import BUILDINGS
from tiling.stored.sink import FolderSink

COUNT = 200_000
RATE = 10_000
MEMORY = 1_500.0


def bench(folder: Path) -> list[str]:
    """Run the load in a process of its own, so that its peak memory is its own, and say what it printed."""
    command = [sys.executable, "-m", "tests.bench.bench_load", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def run(folder: Path) -> None:
    """Load, load again, build; print a line for each."""
    survey = write_city(folder / "city.gpkg", COUNT)
    options = IntakeOptions("bench", "bench", parse_day("2026-05-01"), accept_guess=True)
    with closing(Store.open(f"sqlite:///{folder}/base.sqlite")) as store:
        for word in ("load", "load again"):
            began = time.perf_counter()
            report = load(store, survey, options)
            seconds = time.perf_counter() - began
            assert report.accepted and report.read == COUNT, report.findings[:3]
            said = ", ".join(f"{number:,} {outcome}" for outcome, number in report.outcomes.items() if number)
            steps = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in report.steps)
            print(_line(word, COUNT / seconds, RATE, "entities/s", f"{said}; {steps}"))
        sink = FolderSink(folder / "tiles")
        made = build(
            StoreSource(store, "buildings", store.view().moment),
            sink,
            Settings(ConstantAnomaly(0.0, "bench"), BUILDINGS),
        )
        assert made.features == COUNT
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{'peak memory, load and build':<34}{peak:>12,.0f} MB      limit {MEMORY:,.0f} MB   {peak / MEMORY:.2f} of it"
    )


def _line(word: str, rate: float, wanted: float, unit: str, more: str) -> str:
    return f"{word:<34}{rate:>12,.0f} {unit}  limit {wanted:,.0f}   {rate / wanted:.2f} times   ({more})"


if __name__ == "__main__":
    run(Path(sys.argv[1]))
