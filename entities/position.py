"""Position keys: where an entity stands, as one number whose order keeps neighbours together.

The quadtree's cell of level 0 is the square of 360° whose south-west corner is (-180, -90); each level halves it. The
key of a position is the Morton number (bits of column and row interleaved, column lowest) of its cell of level 20, so
every cell of any level is one unbroken range of keys. The arithmetic is in integers of 1e-9°, the base's resolution.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS: Final = 20
"""The level of the cells that keys name: about 38 m wide at the equator."""

Keys = NDArray[np.uint64]

_SIDE: Final = 1 << LEVELS
_NANODEGREES: Final = 360 * 10**9
# Each step moves the upper half of every group of bits up by as many places as the group is wide.
_SPREAD: Final = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


class Cell(NamedTuple):
    """One cell of the quadtree: its level, its column from the west and its row from the south."""

    level: int
    x: int
    y: int


class Bounds(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float


def position_keys(lon: ArrayLike, lat: ArrayLike) -> Keys:
    """Return the key of each position, given in degrees; positions on the outermost edge belong to the last cell.

    Raises `ValueError` where a coordinate is not a finite number within ±180 and ±90.
    """
    x = _column_or_row(lon, 180, _SIDE - 1)
    y = _column_or_row(lat, 90, _SIDE // 2 - 1)
    return _spread(x) | (_spread(y) << np.uint64(1))


def cell_range(level: int, x: int, y: int) -> tuple[int, int]:
    """Return the keys of a cell's positions: the first, and the one after the last."""
    morton = int((_spread(np.array([x], np.uint64)) | (_spread(np.array([y], np.uint64)) << np.uint64(1)))[0])
    shift = 2 * (LEVELS - level)
    return morton << shift, (morton + 1) << shift


def cell_of(key: int, level: int) -> Cell:
    """Return the cell of `level` in which the position with this key lies."""
    morton = np.array([int(key) >> 2 * (LEVELS - level)], np.uint64)
    return Cell(level, int(_gather(morton)[0]), int(_gather(morton >> np.uint64(1))[0]))


def columns_and_rows(keys: Keys, levels: ArrayLike) -> tuple[Keys, Keys]:
    """Return column and row of the cells in which positions with these keys lie, each cell of its own level."""
    mortons = keys >> (2 * (LEVELS - np.asarray(levels, np.int64))).astype(np.uint64)
    return _gather(mortons), _gather(mortons >> np.uint64(1))


def cell_bounds(level: int, x: int, y: int) -> Bounds:
    """Return a cell's box in degrees."""
    side = 360 / (1 << level)
    return Bounds(-180 + x * side, -90 + y * side, -180 + (x + 1) * side, -90 + (y + 1) * side)


def _column_or_row(degrees: ArrayLike, reach: int, last: int) -> Keys:
    values = np.atleast_1d(np.asarray(degrees, np.float64))
    if not np.all(np.abs(values) <= reach):
        raise ValueError(f"a coordinate is not a finite number within ±{reach}")
    nanodegrees = np.rint(values * 1e9).astype(np.int64) + reach * 10**9
    return np.minimum(nanodegrees * _SIDE // _NANODEGREES, last).astype(np.uint64)


def _spread(numbers: Keys) -> Keys:
    """Put a nought between each two of the lower 32 bits."""
    for step, mask in _SPREAD:
        numbers = (numbers | (numbers << np.uint64(step))) & np.uint64(mask)
    return numbers


def _gather(numbers: Keys) -> Keys:
    """Undo `_spread`, dropping the bits between."""
    numbers = numbers & np.uint64(_SPREAD[-1][1])
    for (step, _), (_, mask) in zip(reversed(_SPREAD), [*reversed(_SPREAD[:-1]), (32, 0xFFFFFFFF)], strict=True):
        numbers = (numbers | (numbers >> np.uint64(step))) & np.uint64(mask)
    return numbers
