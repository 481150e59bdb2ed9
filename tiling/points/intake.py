"""Reading files of points, part by part and by several threads: placed on the lattice and put aside, sorted by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.holdings import Progress
from tiling.points.codes import Codes
from tiling.points.ground import FINE
from tiling.points.lattice import Lattice
from tiling.points.layout import Words
from tiling.points.loops import cells_of, extremes, outside, put_aside
from tiling.points.placing import Way
from tiling.points.runs import ALL, WIDTH, Run, Runs, each, written
from tiling.points.source import Cloud

Floats = NDArray[np.float64]

PART: Final = 500_000
"""Points read at once: ten chunks of LAZ, as most programs write them."""

HELD: Final = 12_000_000
"""Up to how many points in all wait in memory (24 bytes each), and more on disk."""

_EDGES: Final = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 2, [0.0, 1.0]), axis=-1).reshape(-1, 3)
_PAD: Final = 1.0  # metres around a box in the survey's coordinates, whose sides are not straight in the frame
_BULGE: Final = 0.001


class Astray(Exception):
    """A point lies outside the box that its file's header tells of."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One file of points, and the way from its coordinates to the frame of all."""

    cloud: Cloud
    way: Way

    def parts(self, size: int) -> Iterator[tuple["Survey", int, int]]:
        """The file's points in parts: which is the first, and how many."""
        for first in range(0, self.cloud.count, size):
            yield self, first, min(size, self.cloud.count - first)

    def trusted(self) -> bool:
        """Whether the header tells of a box where points can lie."""
        bounds = self.cloud.bounds
        return bool(np.isfinite(bounds).all() and (bounds[0] <= bounds[1]).all() and self.way.covers(box_of(bounds)))

    def local(self, bounds: Floats) -> Floats:
        """The box around all that a box of the survey's coordinates can hold, in the frame (2 x 3)."""
        corners = self.way.local(box_of(bounds))
        low, high = corners.min(axis=0), corners.max(axis=0)
        pad = _PAD + _BULGE * float((high - low).max())
        return np.stack([low - pad, high + pad])


@dataclass(frozen=True, slots=True)
class Taken:
    """All points aside: in runs, with the squares of ground they lie in, how bright and between which heights."""

    runs: Runs
    occupied: NDArray[np.bool_]
    brightest: int
    low: float
    high: float


def scanned(survey: Survey, size: int, workers: int) -> Floats:
    """Where the points of a file really lie (2 x 3); `Invalid` (`points.place`) where that is nowhere."""
    cloud = survey.cloud

    def ends(part: tuple[Survey, int, int]) -> Floats:
        data, _ = cloud.read(part[1], part[2])
        found: Floats = extremes(data) * cloud.scale + cloud.offset
        return found

    found = np.stack(list(each(workers, ends, list(survey.parts(size)))))
    bounds = np.stack([found[:, 0].min(axis=0), found[:, 1].max(axis=0)])
    if not survey.way.covers(box_of(bounds)):
        raise Invalid.because("points.place", name=cloud.path.name, crs=survey.way.projection.name)
    return bounds


@dataclass(frozen=True, slots=True)
class Intake:
    """How points are put aside; `codes` is None where none names its entity."""

    lattice: Lattice
    folder: Path
    codes: Codes | None
    workers: int
    size: int = PART
    held: int = HELD

    def take(self, surveys: Sequence[Survey], tell: Progress) -> Taken:
        """Read all points; `Astray` where one lies outside the lattice."""
        parts = [part for survey in surveys for part in survey.parts(self.size)]
        total = sum(survey.cloud.count for survey in surveys)
        occupied = np.zeros((1 << FINE, 1 << FINE), np.bool_)
        runs: list[Run] = []
        bright, low, high = 0, np.inf, -np.inf
        aside = partial(self._aside, held=total <= self.held)
        for part in each(self.workers + 1, aside, list(enumerate(parts))):  # one more, while others wait for the disk
            occupied |= part.occupied
            bright, low, high = max(bright, part.brightest), min(low, part.low), max(high, part.high)
            runs += part.runs.runs
            tell("read", sum(int(run.ends[-1]) for run in runs), total)
        return Taken(Runs(ALL, self._words, runs), occupied, bright, low, high)

    @property
    def _words(self) -> int:
        return 6 if self.codes is None else 7

    def _aside(self, numbered: tuple[int, tuple[Survey, int, int]], held: bool) -> Taken:
        """Read one part of a file and put it aside as a run."""
        number, (survey, first, count) = numbered
        data, names = survey.cloud.read(first, count)
        steps = survey.way.steps(data, survey.cloud, self.lattice)
        if outside(steps, self.lattice.bits):
            raise Astray
        cells = np.empty(count, np.uint16)
        ends = cells_of(steps, self.lattice.bits - WIDTH, WIDTH, cells)
        occupied = np.zeros((1 << FINE, 1 << FINE), np.bool_)
        codes, shift = self._numbers(count, names), self.lattice.bits - FINE
        points, bright = put_aside(data, steps, codes, survey.cloud.layout, cells, ends, shift, occupied)
        run = Run(points, ends) if held else written(points, ends, self.folder / f"{number}.run")
        low, high = survey.way.heights(data, survey.cloud)
        return Taken(Runs(ALL, self._words, [run]), occupied, int(bright), low, high)

    def _numbers(self, count: int, names: NDArray[np.uint64] | None) -> Words:
        """The number of each point's entity; nothing where no point of all has one."""
        if self.codes is None:
            return np.empty(0, np.uint32)
        return np.zeros(count, np.uint32) if names is None else self.codes.of(names)


def box_of(bounds: Floats) -> Floats:
    """Places all over the top and the bottom of a box, its corners among them."""
    found: Floats = bounds[0] + _EDGES * (bounds[1] - bounds[0])
    return found
