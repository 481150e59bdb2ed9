"""The loops that turn points aside into the columns of a GLB."""

import numpy as np
from numpy.typing import NDArray

from tiling.points.compiled import compiled
from tiling.points.layout import Words

Whole = NDArray[np.int64]


@compiled
def arranged(points: Words, order: Words, rows: Whole) -> Words:
    """Points in the order of their tiles; `rows` are places in `order`, which are places in `points`."""
    found = np.empty_like(points)
    for to in range(len(rows)):
        row = order[rows[to]]
        for word in range(6):  # a count known to the compiler: a quarter of the time less
            found[to, word] = points[row, word]
        if points.shape[1] > 6:
            found[to, 6] = points[row, 6]
    return found


@compiled
def extent_of(points: Words) -> Whole:
    """The least and the greatest x, y and z of points, in steps (2 x 3)."""
    found = np.empty((2, 3), np.int64)
    for axis in range(3):
        least = most = np.int64(points[0, axis])
        for row in range(len(points)):
            value = np.int64(points[row, axis])
            least, most = min(least, value), max(most, value)
        found[0, axis], found[1, axis] = least, most
    return found


@compiled
def short_places(points: Words, low: Whole) -> NDArray[np.uint16]:
    """Steps from `low` as glTF's x, y (up) and z (south), each padded to eight bytes; `low` has those axes too."""
    found = np.zeros((len(points), 4), np.uint16)
    for row in range(len(points)):
        found[row, 0] = np.int64(points[row, 0]) - low[0]
        found[row, 1] = np.int64(points[row, 2]) - low[1]
        found[row, 2] = -np.int64(points[row, 1]) - low[2]
    return found


@compiled
def long_places(points: Words, middle: Whole) -> NDArray[np.float32]:
    """Steps from `middle` as floats, which are exact up to 2 ** 24 steps either way."""
    found = np.empty((len(points), 3), np.float32)
    for row in range(len(points)):
        found[row, 0] = np.int64(points[row, 0]) - middle[0]
        found[row, 1] = np.int64(points[row, 2]) - middle[1]
        found[row, 2] = -np.int64(points[row, 1]) - middle[2]
    return found


@compiled
def colours(points: Words, shift: int, light: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Colours in linear light, padded to eight bytes; `shift` leads from what is stored to eight bits."""
    found = np.zeros((len(points), 4), np.uint16)
    for row in range(len(points)):
        found[row, 0] = light[(points[row, 3] & 65535) >> shift]
        found[row, 1] = light[points[row, 3] >> (16 + shift)]
        found[row, 2] = light[(points[row, 4] & 65535) >> shift]
    return found


@compiled
def numbers(points: Words, word: int, shift: int, mask: int) -> Words:
    """One property of each point, padded to four bytes."""
    found = np.empty(len(points), np.uint32)
    for row in range(len(points)):
        found[row] = points[row, word] >> shift & mask
    return found
