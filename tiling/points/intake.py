"""Points on their way in, part by part and by several threads: placed on the lattice and put aside, sorted by cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.holdings import Progress
from tiling.points.codes import Codes
from tiling.points.ground import FINE
from tiling.points.lattice import Lattice
from tiling.points.layout import ABSENT, Words
from tiling.points.loops import cells_of, extremes, outside, put_aside
from tiling.points.placing import Way
from tiling.points.reading import Part
from tiling.points.runs import ALL, WIDTH, Run, Runs, each, written
from tiling.points.source import Bytes, Cloud

Floats = NDArray[np.float64]

Read = Iterable[tuple[Part, Bytes]]
"""Parts of files with the points in them."""

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


def scanned(surveys: Sequence[Survey], read: Read) -> list[Floats]:
    """Where the points of each file really lie (2 x 3); `Invalid` (`points.place`) where that is nowhere."""
    found: dict[Path, list[Floats]] = {}
    for part, data in read:
        ends = extremes(data) * part.cloud.scale + part.cloud.offset
        found.setdefault(part.cloud.path, []).append(ends)
    return [_around(survey, np.stack(found[survey.cloud.path])) for survey in surveys]


def _around(survey: Survey, ends: Floats) -> Floats:
    """The box around some boxes of a file."""
    bounds = np.stack([ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)])
    if not survey.way.covers(box_of(bounds)):
        raise Invalid.because("points.place", name=survey.cloud.path.name, crs=survey.way.projection.name)
    return bounds


@dataclass(frozen=True, slots=True)
class Intake:
    """How points are put aside; `codes` is None where none names its entity."""

    ways: Mapping[Path, Way]
    lattice: Lattice
    folder: Path
    codes: Codes | None
    workers: int
    held: int

    def take(self, read: Read, total: int, tell: Progress) -> Taken:
        """Take all points, which are so many in all; `Astray` where one lies outside the lattice."""
        occupied = np.zeros((1 << FINE, 1 << FINE), np.bool_)
        runs: list[Run] = []
        bright, low, high = 0, np.inf, -np.inf
        for part in each(self.workers, self._aside, _counted(read), 2 * self.workers):
            occupied |= part.occupied
            bright, low, high = max(bright, part.brightest), min(low, part.low), max(high, part.high)
            runs += part.runs.runs
            tell("read", sum(int(run.ends[-1]) for run in runs), total)
        return Taken(Runs(ALL, self._words, runs), occupied, bright, low, high)

    @property
    def _words(self) -> int:
        return 6 if self.codes is None else 7

    def _aside(self, counted: tuple[int, Part, Bytes]) -> Taken:
        """Put one part of a file aside as a run: in memory, or on disk once there are too many."""
        count, part, data = counted
        cloud, way = part.cloud, self.ways[part.cloud.path]
        steps = way.steps(data, cloud, self.lattice)
        if outside(steps, self.lattice.bits):
            raise Astray
        cells = np.empty(part.count, np.uint16)
        ends = cells_of(steps, self.lattice.bits - WIDTH, WIDTH, cells)
        occupied = np.zeros((1 << FINE, 1 << FINE), np.bool_)
        codes, shift = self._numbers(data, cloud.layout.code), self.lattice.bits - FINE
        points, bright = put_aside(data, steps, codes, cloud.layout, cells, ends, shift, occupied)
        run = Run(points, ends) if count <= self.held else written(points, ends, self.folder / f"{count}.run")
        low, high = way.heights(data, cloud)
        return Taken(Runs(ALL, self._words, [run]), occupied, int(bright), low, high)

    def _numbers(self, data: Bytes, at: int) -> Words:
        """The number of each point's entity; nothing where no point of all has one."""
        if self.codes is None:
            return np.empty(0, np.uint32)
        if at == ABSENT:
            return np.zeros(len(data), np.uint32)
        return self.codes.of(data[:, at : at + 8].copy().view("<u8")[:, 0])


def _counted(read: Read) -> Iterator[tuple[int, Part, Bytes]]:
    """Parts with how many points there are up to the end of each."""
    count = 0
    for part, data in read:
        count += part.count
        yield count, part, data


def box_of(bounds: Floats) -> Floats:
    """Places all over the top and the bottom of a box, its corners among them."""
    found: Floats = bounds[0] + _EDGES * (bounds[1] - bounds[0])
    return found
