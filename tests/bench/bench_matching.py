"""A million footprints surveyed again: how long matching takes on two processors, and the memory it needs.

Measured is everything from the shapes as the database and a file hold them (WKB) to an answer for each feature: boxes,
the index of what is near what, the survey's registration, the groups, the states, the matching itself in two processes.
Reading the file and writing to the base are measured by `bench_load`.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.grouping import Group, groups
from entities.matching import MatchPolicy, Registration, match, register
from entities.model import Candidate, Period, State, Version
from tests.bench.plain_city import footprints, heights

COUNT = 1_000_000
SECONDS = 120.0
MEMORY = 2_000.0
NOISE = 0.5
SHIFT = np.array([0.8, 0.1])
GROUP = 10_000
PART = 50_000
METRE = np.array([1 / 89_500, 1 / 111_000])
POLICY = MatchPolicy.load()

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


class Rows:
    """Shapes as a database holds them: WKB, one after another in a file, read where it is asked for."""

    def __init__(self, page: Path) -> None:
        self._bytes = np.asarray(np.load(page.with_suffix(".bytes.npy"), mmap_mode="r"))
        self._ends = np.load(page.with_suffix(".ends.npy"))
        self._starts = np.concatenate([[0], self._ends[:-1]])

    def __len__(self) -> int:
        return len(self._ends)

    def shapes(self, places: Sequence[int]) -> Shapes:
        """The shapes at these places."""
        spans = zip(self._starts[places].tolist(), self._ends[places].tolist(), strict=True)
        found: Shapes = shapely.from_wkb([self._bytes[start:end].tobytes() for start, end in spans])
        return found

    @staticmethod
    def write(page: Path, rows: list[bytes]) -> None:
        """Write rows as a file."""
        np.save(page.with_suffix(".bytes.npy"), np.frombuffer(b"".join(rows), dtype=np.uint8))
        np.save(page.with_suffix(".ends.npy"), np.cumsum([len(row) for row in rows]))


@dataclass
class City:
    """The base and the survey: shapes, heights."""

    base: Rows
    survey: Rows
    base_heights: Floats
    survey_heights: Floats
    registration: Registration | None = None

    @classmethod
    def read(cls, folder: Path) -> "City":
        """The city that `write_city` wrote."""
        tall = np.load(folder / "heights.npy")
        again = tall + np.random.default_rng(12).normal(0, 0.2, len(tall))
        return cls(Rows(folder / "base"), Rows(folder / "survey"), tall, again)


_city: City


def write_city(folder: Path, count: int) -> None:
    """The plain city, and a second survey of it: every corner measured again, all of it 0.8 m east of the base."""
    random = np.random.default_rng(11)
    shapes = footprints(count)
    kind, corners, (rings, polygons) = shapely.to_ragged_array(shapes)
    moved = corners + random.normal(SHIFT, NOISE, corners.shape) * METRE
    moved[rings[1:] - 1] = moved[rings[:-1]]
    again = shapely.from_ragged_array(kind, np.round(moved, 9), (rings, polygons))
    Rows.write(folder / "base", shapely.to_wkb(shapes).tolist())
    Rows.write(folder / "survey", shapely.to_wkb(again).tolist())
    np.save(folder / "heights.npy", heights(count))


def matched(city: City, processes: int) -> Counter[str]:
    """How many features of the survey were found to be what; `lost` are those that were taken for another."""
    features, entities = _boxes(city.survey), _boxes(city.base)
    near = _near(features, entities)
    city.registration = register(features, entities, near, POLICY.register)
    work = groups(len(features), len(entities), near, GROUP)
    with ProcessPoolExecutor(processes, get_context("fork"), _hold, (city,)) as pool:
        return sum(pool.map(_match, work), Counter[str]())


def _parts(count: int) -> Iterator[range]:
    """Parts of so many things, so that never all of them are shapes at once."""
    return (range(start, min(start + PART, count)) for start in range(0, count, PART))


def _boxes(rows: Rows) -> Floats:
    return np.concatenate([shapely.bounds(rows.shapes(part)) for part in _parts(len(rows))])


def _near(features: Floats, entities: Floats) -> NDArray[np.int64]:
    """Pairs of a feature and an entity that are within the margin of each other."""
    tree = shapely.STRtree(shapely.box(*entities.T))
    grown = features + np.array([-1, -1, 1, 1]) * POLICY.margin
    found = [tree.query(shapely.box(*grown[part].T)) + np.array([[part.start], [0]]) for part in _parts(len(grown))]
    return np.concatenate(found, axis=1)


def _hold(city: City) -> None:
    """Let a process have the city, without sending it."""
    global _city
    _city = city


def _match(group: Group) -> Counter[str]:
    """Match one group, and count what its features are."""
    survey = _states(_city.survey, _city.survey_heights, group.features)
    base = _states(_city.base, _city.base_heights, group.entities)
    candidates = [Candidate(row, state) for row, state in zip(group.features, survey, strict=True)]
    versions = [Version(f"E{place:07d}", Period(0), state) for place, state in zip(group.entities, base, strict=True)]
    result = match(candidates, versions, POLICY, registration=_city.registration)
    said: Counter[str] = Counter()
    for one in result.matches:
        kept = one.outcome in ("unchanged", "changed")
        own = f"E{group.features[one.row_index]:07d}"
        said["lost" if kept and one.codes != (own,) else one.outcome] += 1
    return said


def _states(rows: Rows, tall: Floats, places: list[int]) -> Iterator[State]:
    found = zip(rows.shapes(places), tall[places].tolist(), strict=True)
    return (State("310301", shape, height=round(height, 2), base=30.0) for shape, height in found)


class Memory(threading.Thread):
    """Watches how much memory this process and its children need together, each page counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.3):
            own = [os.getpid(), *(child.pid for child in active_children() if child.pid)]
            self.peak = max(self.peak, sum(map(_megabytes, own)))


def _megabytes(process: int) -> float:
    """The proportional share of memory of a process; nothing of one that has just ended."""
    try:
        page = Path(f"/proc/{process}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in page.splitlines() if line.startswith("Pss:")) / 1000


def bench(_: Path) -> list[str]:
    """Run in a process of its own, so that its peak memory is its own, and say what it printed."""
    command = [sys.executable, "-m", "tests.bench.bench_matching"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def run(count: int) -> None:
    """Make the city, match it, print a line for the time and one for the memory."""
    memory = Memory()
    with tempfile.TemporaryDirectory(prefix="shikong-bench-") as folder:
        maker = get_context("spawn").Process(target=write_city, args=(Path(folder), count))
        maker.start()
        maker.join()
        city = City.read(Path(folder))
        memory.start()
        began = time.perf_counter()
        said = matched(city, 2)
        seconds = time.perf_counter() - began
        memory.over.set()
    assert sum(said.values()) == count
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(said.items()))
    print(
        f"{'a survey of ' + format(count, ',') + ' matched':<34}{seconds:>12,.1f} s       limit {SECONDS:,.0f} s     "
        f"{seconds / SECONDS:.2f} of it   ({count / seconds:,.0f} features/s; {outcomes})"
    )
    share = memory.peak / MEMORY
    print(f"{'peak memory, matching':<34}{memory.peak:>12,.0f} MB      limit {MEMORY:,.0f} MB   {share:.2f} of it")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
