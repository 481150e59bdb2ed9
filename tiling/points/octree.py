"""Runs of points to tiles: cube by cube in memory, and what belongs to tiles above a cube in the next round.

A round takes the largest cubes that hold no more points than fit into memory, writes the tiles in each, and puts aside
again the points that stand for cells too large for it. Those are few, and the cubes of the next round are larger: the
last one is the whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.points.choosing import Plan, by_tile, levels_of, tiles_of
from tiling.points.glb import Look, glb
from tiling.points.lattice import DEPTH
from tiling.points.layout import Words
from tiling.points.loops import keys_of, sorted_by
from tiling.points.packing import arranged
from tiling.points.runs import ALL, CELLS, WIDTH, Cube, Run, Runs, divided, each, written

Whole = NDArray[np.int64]

FIRST: Final = 1 << 19
"""Points of a cube in the first rounds, by far the longest, at most: 12 MB, which the caches of a processor hold."""

_EARLY: Final = 2  # rounds; those after them have cubes so large that they surely grow
_AHEAD: Final = 16  # tiles that wait to be written, for each worker
_LEVEL: Final = 1  # of ISA-L's gzip: as small as zlib's first level to a fifteenth, and four times as fast
_GZIP: Final = 31  # window bits that ask for gzip's own header, which has no time in it


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile that was written: its cube, how many points it has, and their extent in steps (2 x 3)."""

    cube: Cube
    points: int
    extent: Whole

    @property
    def name(self) -> str:
        return path_of(self.cube)


def path_of(cube: Cube) -> str:
    """A cube's path from the whole, which is `r`: an octant a digit."""
    digits = [str(cube.number >> 3 * (cube.level - 1 - level) & 7) for level in range(cube.level)]
    return "r" + "".join(digits)


@dataclass(frozen=True, slots=True)
class Share:
    """A cube with no more points than fit into memory: which cells of which runs it is."""

    runs: Runs
    cube: Cube
    first: int
    last: int
    aside: Path


Piece = tuple[Cube, Words]
"""A tile to be written: its cube, and its points."""


@dataclass(frozen=True, slots=True)
class Octree:
    """How tiles are made of runs; `content` is where they go, and `aside` where points wait meanwhile."""

    look: Look
    plan: Plan
    content: Path
    aside: Path
    workers: int
    most: int

    def tiles(self, runs: Runs) -> Iterator[Tile]:
        """Write every tile, and yield them as they are written; every point is in one of them."""
        number = 0
        while runs.runs:
            most = min(FIRST, self.most) if number < _EARLY else self.most
            folder = self.aside / f"round-{number}"
            folder.mkdir()
            left: list[Run] = []
            pieces = self._pieces(self._shares(runs, folder, most), left)
            yield from each(self.workers, self._written, pieces, _AHEAD * self.workers)
            runs, number = Runs(ALL, runs.words, left), number + 1

    def _pieces(self, shares: Iterable[Share], left: list[Run]) -> Iterator[Piece]:
        """The points of each tile; `left` gets those that belong above the cubes, as runs of the next round."""
        for pieces, rest in each(self.workers, self._divided, shares, self.workers + 1):
            left += [rest] if rest else []
            yield from pieces

    def _shares(self, runs: Runs, folder: Path, most: int) -> Iterator[Share]:
        """The largest cubes that fit into memory, in the octree's order."""
        ends = np.concatenate([[0], np.cumsum(runs.counts)])
        waiting = [(0, 0)]
        while waiting:
            levels, cell = waiting.pop()
            first, last = cell << 3 * (WIDTH - levels), (cell + 1) << 3 * (WIDTH - levels)
            count, cube = int(ends[last] - ends[first]), runs.cube.below(levels, cell)
            if count and cube.level > self.plan.deepest:
                raise Invalid.because("points.piled", count=count, side=round(self._side(cube), 3))
            if 0 < count <= most:
                yield Share(runs, cube, first, last, folder / f"{path_of(cube)}.run")
            elif count and levels == WIDTH:
                own = divided(runs, first, last, cube, self.look.lattice.bits, folder / path_of(cube))
                yield from self._shares(own, folder, most)
            elif count:
                waiting += [(levels + 1, cell << 3 | octant) for octant in reversed(range(8))]

    def _side(self, cube: Cube) -> float:
        return float(self.look.lattice.side / 2**cube.level)

    def _divided(self, share: Share) -> tuple[list[Piece], Run | None]:
        """The points of each tile of one cube, and those that belong above it."""
        points = share.runs.read(share.first, share.last)
        order, keys = sorted_by(keys_of(points, self.look.lattice.bits))
        numbers, listed = tiles_of(keys, levels_of(keys), share.cube.level, self.plan)
        rows, ends = by_tile(numbers, len(listed))
        above = keys[rows[: ends[1]]]
        cubes = [Cube(int(level), int(keys[first]) >> 3 * (DEPTH - int(level))) for level, first in listed.tolist()]
        points = arranged(points, order, rows)
        pieces = [
            (cube, points[start:end])
            for cube, start, end in zip(cubes, ends[1:-1].tolist(), ends[2:].tolist(), strict=True)
            if end > start
        ]
        return pieces, _rest(points[: len(above)], above, share.aside) if len(above) else None

    def _written(self, piece: Piece) -> Tile:
        cube, points = piece
        data, extent = glb(points, self.look)
        tile = Tile(cube, len(points), extent)
        (self.content / f"{tile.name}.glb").write_bytes(isal_zlib.compress(data, _LEVEL, _GZIP))
        return tile


def _rest(points: Words, keys: NDArray[np.uint64], path: Path) -> Run:
    """Points sorted by key as a run of the whole."""
    starts = np.arange(CELLS + 1, dtype=np.uint64) << np.uint64(3 * (DEPTH - WIDTH))
    return written(points, np.searchsorted(keys, starts).astype(np.int64), path)
