"""Which point stands for a cell, and which tile each point goes to: compiled loops over points sorted by key.

At every level the cube is a grid of cells. Of all points of a cell the one with the least number by chance stands for
it, and so stands for every smaller cell that it lies in: the points of a level and all above it are one for each cell.
A point goes to the tile whose cells are as small as the largest cell that it stands for.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.points.compiled import Number, compiled
from tiling.points.loops import Keys

Tiles = NDArray[np.int32]
Levels = NDArray[np.int16]

_DEPTH: Final = 21
ABOVE: Final = -1
"""In place of a tile, for a point that stands for so large a cell that its tile is above the cubes looked at."""


class Plan(NamedTuple):
    """How a cube is made tiles: cells across a tile (as halvings), and how many points are left together.

    A tile with no more than `leaf` points below its own level takes them all; one with no more than `few` of them is
    not made, and its points go to the tile above. No tile is more than `deepest` halvings of the whole cube.
    """

    across: int
    leaf: int
    few: int
    deepest: int


@compiled
def chance(key: Number) -> Number:
    """A number that looks like chance and is the same for the same key (the finisher of splitmix64)."""
    mixed = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)


@compiled
def common(one: Number, other: Number) -> Number:
    """How many levels down two keys are in the same cell."""
    differing, bits = np.uint64(one) ^ np.uint64(other), 0
    for half in (32, 16, 8, 4, 2, 1):
        if differing >> np.uint64(half):
            bits += half
            differing >>= np.uint64(half)
    return _DEPTH if differing == 0 else (62 - bits) // 3


@compiled
def levels_of(keys: Keys) -> Levels:
    """The level of the largest cell that each point stands for; 22 for one that shares even the least cell.

    A point stands for a cell unless a point of less chance lies in it, and the nearest such ones before and after it in
    order are those that share the most levels with it.
    """
    found = np.zeros(len(keys), np.int16)
    waiting, chances = np.empty(len(keys), np.int64), np.empty(len(keys), np.uint64)
    depth = 0
    for row in range(len(keys)):
        own = chance(keys[row])
        while depth and chances[depth - 1] > own:
            depth -= 1
            before = waiting[depth]
            found[before] = max(found[before], common(keys[before], keys[row]) + 1)
        if depth:
            found[row] = common(keys[waiting[depth - 1]], keys[row]) + 1
        waiting[depth], chances[depth] = row, own
        depth += 1
    return found


@compiled
def _below(own: Levels, level: int, first: Number, last: Number) -> Number:
    """How many points go to a level or below it."""
    count = 0
    for row in range(first, last):
        if own[row] >= level:
            count += 1
    return count


@compiled
def tiles_of(keys: Keys, levels: Levels, base: int, plan: Plan) -> tuple[Tiles, NDArray[np.int64]]:
    """The tile of each point of one cube at level `base`, or `ABOVE`; and each tile's level and first row."""
    found, own = np.empty(len(keys), np.int32), np.empty(len(keys), np.int16)
    for row in range(len(keys)):
        found[row] = ABOVE
        own[row] = min(max(levels[row] - plan.across, 0), plan.deepest)
    tiles = [(base, np.int64(0))]
    waiting = [(0, base, np.int64(0), np.int64(len(keys)))]
    if base and _below(own, base, 0, len(keys)) <= plan.few:
        waiting.pop()  # too few for a tile of their own
    while waiting:
        tile, level, first, last = waiting.pop()
        whole = level == plan.deepest or _below(own, level, first, last) <= plan.leaf
        for row in range(first, last):
            if own[row] == level or (whole and own[row] > level):
                found[row] = tile
        while not whole and first < last:
            shift = np.uint64(3 * (_DEPTH - level - 1))
            end = first + 1
            while end < last and keys[end] >> shift == keys[first] >> shift:
                end += 1
            count = _below(own, level + 1, first, end)
            if count > plan.few:
                tiles.append((level + 1, first))
                waiting.append((len(tiles) - 1, level + 1, first, end))
            else:
                for row in range(first, end):
                    if own[row] > level:
                        found[row] = tile
            first = end
    listed = np.empty((len(tiles), 2), np.int64)
    for number, (level, first) in enumerate(tiles):
        listed[number, 0], listed[number, 1] = level, first
    return found, listed


@compiled
def by_tile(found: Tiles, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows by tile in order, those for `ABOVE` first, and where each tile's begin (one more at the end)."""
    ends = np.zeros(count + 2, np.int64)
    for row in range(len(found)):
        ends[found[row] + 2] += 1
    for tile in range(count + 1):
        ends[tile + 1] += ends[tile]
    after, rows = ends[:-1].copy(), np.empty(len(found), np.int64)
    for row in range(len(found)):
        rows[after[found[row] + 1]] = row
        after[found[row] + 1] += 1
    return rows, ends
