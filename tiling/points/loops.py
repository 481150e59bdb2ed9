"""The loops of the tiler that go over every point, compiled: placing, sorting, choosing, packing."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.points.compiled import Number, compiled
from tiling.points.layout import Layout, Words

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Whole = NDArray[np.int64]

TERMS: Final = 6
"""Of a polynomial of the second order in two variables: 1, u, v, uu, uv, vv."""

_DIGIT: Final = 11
_FIGURES: Final = 1 << _DIGIT
_DEPTH: Final = 21


@compiled
def whole(data: Bytes, row: int, at: int) -> Number:
    """A signed number of 32 bits, least byte first."""
    found = np.uint32(data[row, at]) | np.uint32(data[row, at + 1]) << np.uint32(8)
    found |= np.uint32(data[row, at + 2]) << np.uint32(16) | np.uint32(data[row, at + 3]) << np.uint32(24)
    return np.int64(np.int32(found))


@compiled
def short(data: Bytes, row: int, at: int) -> Number:
    """An unsigned number of 16 bits, least byte first."""
    return np.uint32(data[row, at]) | np.uint32(data[row, at + 1]) << np.uint32(8)


@compiled
def extremes(data: Bytes) -> Whole:
    """The least and the greatest x, y and z of points as they are stored (2 x 3)."""
    found = np.empty((2, 3), np.int64)
    for axis in range(3):
        found[:, axis] = whole(data, 0, 4 * axis)
    for row in range(1, len(data)):
        for axis in range(3):
            value = whole(data, row, 4 * axis)
            found[0, axis], found[1, axis] = min(found[0, axis], value), max(found[1, axis], value)
    return found


@compiled
def placed_in(
    data: Bytes, scale: Floats, offset: Floats, side: float, first: Whole, used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which points lie in the squares marked."""
    found = np.empty(len(data), np.bool_)
    for row in range(len(data)):
        column = np.int64(np.floor((whole(data, row, 0) * scale[0] + offset[0]) / side)) - first[0]
        line = np.int64(np.floor((whole(data, row, 4) * scale[1] + offset[1]) / side)) - first[1]
        found[row] = used[column, line]
    return found


@compiled
def place(
    data: Bytes,
    scale: Floats,
    offset: Floats,
    side: float,
    first: Whole,
    known: NDArray[np.bool_],
    fits: Floats,
    corner: Floats,
    step: float,
    row: int,
    out: Whole,
) -> tuple[Number, Number, Number]:
    """Steps from the lattice's corner of points from a row on, by the fit of the square each lies in.

    `fits` is (columns, lines, 3 axes, 2 x `TERMS`): ground and upward, as polynomials of the place in the square; the
    one at [0, 0] is of the square `first`. Returns the row of the first point whose square is not `known`, and that.
    """
    column = line = np.int64(0)
    while row < len(data):
        x = (whole(data, row, 0) * scale[0] + offset[0]) / side
        y = (whole(data, row, 4) * scale[1] + offset[1]) / side
        height = whole(data, row, 8) * scale[2] + offset[2]
        column, line = np.int64(np.floor(x)), np.int64(np.floor(y))
        if not known[column - first[0], line - first[1]]:
            break
        u, v = x - column - 0.5, y - line - 0.5
        uu, uv, vv = u * u, u * v, v * v
        fit = fits[column - first[0], line - first[1]]
        for axis in range(3):
            term = fit[axis]
            ground = term[0] + term[1] * u + term[2] * v + term[3] * uu + term[4] * uv + term[5] * vv
            upward = term[6] + term[7] * u + term[8] * v + term[9] * uu + term[10] * uv + term[11] * vv
            out[row, axis] = np.int64(np.floor((ground + height * upward - corner[axis]) / step + 0.5))
        row += 1
    return row, column, line


@compiled
def outside(steps: Whole, bits: int) -> Number:
    """Whether any point lies outside the cube."""
    found = np.int64(0)
    for row in range(len(steps)):
        found |= steps[row, 0] | steps[row, 1] | steps[row, 2]
    return found >> bits != 0


@compiled
def cells_of(steps: Whole | Words, shift: int, width: int, cells: NDArray[np.uint16]) -> Whole:
    """The cell of each point, in the order of the octree, and where each cell's points begin once they are sorted.

    A cell is told by `width` bits of each axis, above the lowest `shift`.
    """
    ends = np.zeros((1 << 3 * width) + 1, np.int64)
    for row in range(len(steps)):
        cell: Number = 0
        for bit in range(width - 1, -1, -1):
            for axis in range(3):
                cell = cell << 1 | (np.int64(steps[row, axis]) >> (shift + bit)) & 1
        cells[row] = cell
        ends[cell + 1] += 1
    for cell in range(1 << 3 * width):
        ends[cell + 1] += ends[cell]
    return ends


@compiled
def put_aside(
    data: Bytes,
    steps: Whole,
    codes: Words,
    layout: Layout,
    cells: NDArray[np.uint16],
    ends: Whole,
    shift: int,
    occupied: NDArray[np.bool_],
) -> tuple[Words, Number]:
    """Points as words, sorted by cell, in the order they came within each; and the greatest part of any colour.

    The squares of ground in which points lie are marked: they are `2 ** shift` steps wide.
    """
    found = np.empty((len(data), 6 + (len(codes) > 0)), np.uint32)
    after, brightest = ends[:-1].copy(), np.uint32(0)
    for row in range(len(data)):
        to = after[cells[row]]
        after[cells[row]] += 1
        for axis in range(3):
            found[to, axis] = steps[row, axis]
        occupied[steps[row, 0] >> shift, steps[row, 1] >> shift] = True
        intensity = short(data, row, layout.intensity)
        if layout.colour >= 0:
            red, green = short(data, row, layout.colour), short(data, row, layout.colour + 2)
            blue = short(data, row, layout.colour + 4)
            found[to, 3], found[to, 4] = red | green << 16, blue | intensity << 16
            brightest = max(brightest, red, green, blue)
        else:
            found[to, 3], found[to, 4] = 0, intensity << 16
        returns, kind = np.uint32(data[row, layout.returns]), np.uint32(data[row, layout.classification])
        if not layout.wide:
            returns = (returns & 7) | (returns >> 3 & 7) << 4
            kind &= np.uint32(31)
        found[to, 5] = kind | returns << 8 | short(data, row, layout.source) << 16
        if len(codes):
            found[to, 6] = codes[row]
    return found, brightest


@compiled
def sort_again(points: Words, cells: NDArray[np.uint16], ends: Whole) -> Words:
    """Points already aside, sorted by other cells."""
    found = np.empty_like(points)
    after = ends[:-1].copy()
    for row in range(len(points)):
        for word in range(points.shape[1]):
            found[after[cells[row]], word] = points[row, word]
        after[cells[row]] += 1
    return found


@compiled
def spread(value: Number) -> Number:
    """The 21 bits of a number, each with two empty ones before it."""
    wide = np.uint64(value) & np.uint64(0x1FFFFF)
    wide = (wide | wide << np.uint64(32)) & np.uint64(0x1F00000000FFFF)
    wide = (wide | wide << np.uint64(16)) & np.uint64(0x1F0000FF0000FF)
    wide = (wide | wide << np.uint64(8)) & np.uint64(0x100F00F00F00F00F)
    wide = (wide | wide << np.uint64(4)) & np.uint64(0x10C30C30C30C30C3)
    return (wide | wide << np.uint64(2)) & np.uint64(0x1249249249249249)


@compiled
def keys_of(points: Words, bits: int) -> Keys:
    """The octree's key of each point: from the highest on, three bits a level."""
    found = np.empty(len(points), np.uint64)
    up, down = np.uint64(max(0, _DEPTH - bits)), np.uint64(max(0, bits - _DEPTH))
    for row in range(len(points)):
        x, y, z = (np.uint64(points[row, 0]), np.uint64(points[row, 1]), np.uint64(points[row, 2]))
        east, north, high = spread(x >> down << up), spread(y >> down << up), spread(z >> down << up)
        found[row] = east << np.uint64(2) | north << np.uint64(1) | high
    return found


@compiled
def sorted_by(keys: Keys) -> tuple[Words, Keys]:
    """The order that sorts keys, equal ones as they came, and the keys in it (radix sort, eleven bits at a time)."""
    count = len(keys)
    order, other = np.empty(count, np.uint32), np.empty(count, np.uint32)
    here, there = keys.copy(), np.empty(count, np.uint64)
    for row in range(count):
        order[row] = row
    for digit in range(6):
        shift, mask = np.uint64(_DIGIT * digit), np.uint64(_FIGURES - 1)
        after = np.zeros(_FIGURES + 1, np.int64)
        for row in range(count):
            after[(here[row] >> shift & mask) + np.uint64(1)] += 1
        if after[(here[0] >> shift & mask) + np.uint64(1)] == count:
            continue
        for figure in range(_FIGURES):
            after[figure + 1] += after[figure]
        for row in range(count):
            to = after[here[row] >> shift & mask]
            after[here[row] >> shift & mask] += 1
            there[to], other[to] = here[row], order[row]
        here, there, order, other = there, here, other, order
    return order, here
