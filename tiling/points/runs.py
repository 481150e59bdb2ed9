"""Points aside, in memory or on disk: runs sorted by cell, so that the points of any cube are one slice of each.

A cube that holds too many points for memory is written again as runs of its own, by the cells below it. The order of
the runs is that of the files and of the points in them, whoever wrote them and however large the parts were.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tiling.points.layout import Words
from tiling.points.loops import cells_of, sort_again

Whole = NDArray[np.int64]
Given = TypeVar("Given")
Found = TypeVar("Found")

WIDTH: Final = 4
"""Halvings of a cube to the cells that its runs are sorted by: 4,096 of them."""

CELLS: Final = 1 << 3 * WIDTH
_PART: Final = 1 << 20  # points


@dataclass(frozen=True, slots=True)
class Cube:
    """One cube of the octree: how many halvings of the whole, and its number among those, in the octree's order."""

    level: int
    number: int

    def below(self, levels: int, cell: int) -> "Cube":
        """The cube that is so many halvings further down."""
        return Cube(self.level + levels, self.number << 3 * levels | cell)


ALL: Final = Cube(0, 0)


@dataclass(frozen=True, slots=True)
class Run:
    """Points sorted by cell, or the file they wait in; `ends` says where each cell's begin, and where the last ends."""

    points: Words | Path
    ends: Whole

    def count(self, first: int, last: int) -> int:
        """How many points the cells from `first` up to `last` have."""
        return int(self.ends[last] - self.ends[first])

    def read(self, first: int, last: int, out: Words) -> None:
        """Fill in the points of cells from `first` up to `last`."""
        start, end = int(self.ends[first]), int(self.ends[last])
        if isinstance(self.points, Path):
            with self.points.open("rb", buffering=0) as file:
                file.seek(start * out.shape[1] * out.itemsize)
                file.readinto(out.data)
        else:
            out[:] = self.points[start:end]


@dataclass(frozen=True, slots=True)
class Runs:
    """All points of a cube, in runs; each point is so many `words`."""

    cube: Cube
    words: int
    runs: Sequence[Run]

    @property
    def counts(self) -> Whole:
        """How many points each cell has."""
        found: Whole = np.sum([np.diff(run.ends) for run in self.runs], axis=0, dtype=np.int64)
        return found

    def read(self, first: int, last: int) -> Words:
        """The points of cells from `first` up to `last`, in the order of the runs."""
        return _read(self.runs, first, last, self.words)

    def parts(self, first: int, last: int) -> Iterator[Words]:
        """The same, run by run."""
        for run in self.runs:
            if run.count(first, last):
                yield _read([run], first, last, self.words)


def _read(runs: Sequence[Run], first: int, last: int, words: int) -> Words:
    ends = np.cumsum([0, *(run.count(first, last) for run in runs)])
    found = np.empty((ends[-1], words), np.uint32)
    for run, (start, end) in zip(runs, pairwise(ends.tolist()), strict=True):
        if end > start:
            run.read(first, last, found[start:end])
    return found


def written(points: Words, ends: Whole, path: Path) -> Run:
    """Write sorted points as a run."""
    points.tofile(path)
    return Run(path, ends)


def divided(runs: Runs, first: int, last: int, cube: Cube, bits: int, folder: Path) -> Runs:
    """The points of some cells, which are a cube, as runs of that cube's own."""
    folder.mkdir()
    shift = bits - cube.level - WIDTH
    found = []
    for number, points in enumerate(runs.parts(first, last)):
        cells = np.empty(len(points), np.uint16)
        ends = cells_of(points[:, :3], shift, WIDTH, cells)
        found.append(written(sort_again(points, cells, ends), ends, folder / f"{number}.run"))
    return Runs(cube, runs.words, found)


def each(
    workers: int, do: Callable[[Given], Found], asked: Iterable[Given], ahead: int | None = None
) -> Iterator[Found]:
    """Do something for each by threads, and yield what comes of it in order; what waits is left once one fails.

    No more than `ahead` are taken from `asked` before the first of them is done; all where that is not said.
    """
    pool, waiting = ThreadPoolExecutor(workers), deque[Future[Found]]()
    try:
        for one in asked:
            waiting.append(pool.submit(do, one))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
