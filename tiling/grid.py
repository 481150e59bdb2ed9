"""Tiles: the cells of the quadtree of position keys, and the tiers at which a tileset is divided into files."""

from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entities.position import LEVELS, Bounds, Keys, cell_bounds, cell_of, cell_range, columns_and_rows

TIERS: Final = (9, 13)
"""The levels whose cells have a tileset file of their own: about 78 km and 5 km wide."""

STEPS: Final = (9, 11, 13, 15)
"""The levels of the tiles above the leaves; a client goes down them from the whole to a leaf."""

COARSEST: Final = TIERS[-1]
"""The coarsest level of a tile with content: wider ones could not be drawn exactly in one flat frame."""


class Tile(NamedTuple):
    """One cell of the quadtree: its level, its column from the west and its row from the south."""

    level: int
    x: int
    y: int

    @classmethod
    def holding(cls, key: int, level: int) -> Self:
        """Return the tile of a level in which the position with this key lies."""
        return cls(*cell_of(key, level))

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the tile written as `level-x-y`; `ValueError` for anything else."""
        level, x, y = (int(part) for part in name.split("-"))
        if not (0 <= level <= LEVELS and 0 <= x < 1 << level and 0 <= y < 1 << level):
            raise ValueError(f"no tile is named {name}")
        return cls(level, x, y)

    @property
    def name(self) -> str:
        """The tile as it stands in file names: `level-x-y`."""
        return f"{self.level}-{self.x}-{self.y}"

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last key of the positions within."""
        first, end = cell_range(self.level, self.x, self.y)
        return first, end - 1

    @property
    def bounds(self) -> Bounds:
        """The tile's box in degrees."""
        return cell_bounds(self.level, self.x, self.y)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the tile's middle."""
        bounds = self.bounds
        return (bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2

    @property
    def parent(self) -> "Tile":
        """The tile of the level above; the tile of level 0 has none (`ValueError`)."""
        if self.level == 0:
            raise ValueError("the tile of level 0 has no parent")
        return Tile(self.level - 1, self.x >> 1, self.y >> 1)

    @property
    def children(self) -> tuple["Tile", ...]:
        """The four tiles of the level below, in the order of their keys."""
        if self.level == LEVELS:
            raise ValueError(f"a tile of level {LEVELS} has no children")
        return tuple(Tile(self.level + 1, 2 * self.x + dx, 2 * self.y + dy) for dy in (0, 1) for dx in (0, 1))


def shifts(levels: ArrayLike) -> Keys:
    """How many bits of a key number the positions inside a cell of each level."""
    return (2 * (LEVELS - np.asarray(levels, np.int64))).astype(np.uint64)


def first_keys(keys: Keys, levels: ArrayLike) -> Keys:
    """The first key of the cell of each level in which each key lies."""
    bits = shifts(levels)
    return keys >> bits << bits


def names(keys: Keys, levels: NDArray[np.uint8]) -> list[str]:
    """The names of the tiles of these levels in which these keys lie."""
    columns, rows = columns_and_rows(keys, levels)
    cells = zip(levels.tolist(), columns.tolist(), rows.tolist(), strict=True)
    return [f"{level}-{x}-{y}" for level, x, y in cells]


def centres(keys: Keys, levels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of the middles of the tiles of these levels in which these keys lie."""
    columns, rows = columns_and_rows(keys, levels)
    sides = 360 / (1 << levels.astype(np.int64))
    return -180 + (columns + 0.5) * sides, -90 + (rows + 0.5) * sides
