"""The lattice that heights stand on: 64 steps to the side of every tile of the geographic quadtree, at every level.

Two tiles at level 0, west and east; y counts from the south (TMS), as Cesium's terrain does. The nodes of a level are
every other node of the next, and neighbours share the nodes of the edge between them.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from entities.errors import NotFound

Heights = NDArray[np.float32]
"""Heights in metres by node, from the south northwards and from the west eastwards; NaN where nothing was measured."""

STEPS: Final = 64
"""Steps of the lattice to the side of a tile."""

DEEPEST: Final = 22
"""The finest level: a node every 7 cm."""

_METRES: Final = 111_319.49  # of a degree along the equator
_COARSER: Final = 0.25  # of a level that the lattice may be coarser than the survey: 1.19 times


def spacing(level: int) -> float:
    """Degrees between two nodes of a level."""
    return 180 / (STEPS << level)


def level_for(resolution: float, lat: float) -> int:
    """The level whose nodes stand about as close as a survey's, given in metres, at a latitude."""
    across = spacing(0) * _METRES * math.sqrt(max(math.cos(math.radians(lat)), 0.01))
    return min(max(math.ceil(math.log2(across / resolution) - _COARSER), 0), DEEPEST)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A tile of the quadtree: its level, its column from the west, its row from the south."""

    level: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.level <= DEEPEST and 0 <= self.x < 2 << self.level and 0 <= self.y < 1 << self.level):
            raise NotFound.because("terrain.tile", name=f"{self.level}/{self.x}/{self.y}")

    @property
    def nodes(self) -> "Nodes":
        """The 65 x 65 nodes of the tile, its edges included."""
        return Nodes(self.level, self.x * STEPS, self.y * STEPS, STEPS + 1, STEPS + 1)


@dataclass(frozen=True, slots=True)
class Nodes:
    """A block of nodes of one level: the first column and row, and how many of each."""

    level: int
    column: int
    row: int
    width: int
    height: int

    @classmethod
    def around(cls, level: int, bounds: tuple[float, float, float, float]) -> Self:
        """Whole tiles of a level around west, south, east, north in degrees."""
        side = 180 / (1 << level)
        west, south = math.floor((bounds[0] + 180) / side), math.floor((bounds[1] + 90) / side)
        east, north = math.ceil((bounds[2] + 180) / side), math.ceil((bounds[3] + 90) / side)
        east, north = min(max(east, west + 1), 2 << level), min(max(north, south + 1), 1 << level)
        west, south = min(west, east - 1), min(south, north - 1)
        return cls(level, west * STEPS, south * STEPS, (east - west) * STEPS + 1, (north - south) * STEPS + 1)

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    def grown(self, by: int) -> "Nodes":
        """The block and so many nodes more on every side."""
        return Nodes(self.level, self.column - by, self.row - by, self.width + 2 * by, self.height + 2 * by)

    def lons(self) -> NDArray[np.float64]:
        """The longitude of each column."""
        return -180.0 + np.arange(self.column, self.column + self.width, dtype=np.float64) * spacing(self.level)

    def lats(self) -> NDArray[np.float64]:
        """The latitude of each row."""
        return -90.0 + np.arange(self.row, self.row + self.height, dtype=np.float64) * spacing(self.level)
