"""Blocks through time: those of a cell merged day by day, and told anew only where the difference could be seen.

The latest state of a cell is told as it is. A state before it is told by the block of the state after it, unless the
two differ by more than a share in how many they stand for, in their ground, their volume or their colours. So coarse
tiles of many years stay about as small as those of one day, and the present is exact. Telling what was told tells it
the same again, and merging does not depend on order or grouping within a cell: a block is the same however it came to
be.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.building.blocks import Blocks, merged_groups
from tiling.building.tinting import like
from tiling.grid import first_keys

PARTS: Final = 20
"""A state is told anew where it differs by more than one part in so many from the one that is told after it."""

_MEASURED: Final = ("count", "area", "volume")
_SPAN: Final = 1 << 23  # more days than there are, with those before 1970
_BEFORE: Final = 1 << 22


def merged_through_time(blocks: Blocks, level: int) -> Blocks:
    """The blocks of each cell of a level, one for each time in which little changed, by key and first day."""
    if not len(blocks):
        return blocks
    known, cell = np.unique(first_keys(blocks["key"], level), return_inverse=True)
    first, end = (cell * _SPAN + _BEFORE + blocks[name] for name in ("valid_from", "valid_to"))
    days = np.unique(np.concatenate([first, end]))  # on which anything of a cell begins or ends
    begin, stop = np.searchsorted(days, first), np.searchsorted(days, end)
    counts = stop - begin
    row = np.repeat(np.arange(len(blocks)), counts)
    stretch = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begin, counts)
    merged, stretches = merged_groups(blocks[row], stretch), np.unique(stretch)
    merged["key"] = known[days[stretches] // _SPAN]
    merged["valid_from"] = days[stretches] % _SPAN - _BEFORE
    merged["valid_to"] = days[stretches + 1] % _SPAN - _BEFORE
    return _told(merged)


def _told(blocks: Blocks) -> Blocks:
    """Fewer blocks for states one after another: those that one after them tells well enough are left out."""
    tells = np.arange(len(blocks))  # by which block each is told
    for rows in _from_the_latest(blocks):
        after = tells[rows + 1]
        tells[rows] = np.where(_much_the_same(blocks[rows], blocks[after]), after, rows)
    first = np.flatnonzero(np.append(True, tells[1:] != tells[:-1]))
    found: Blocks = blocks[tells[first]]
    found["valid_from"] = blocks["valid_from"][first]
    return found


def _from_the_latest(blocks: Blocks) -> list[NDArray[np.intp]]:
    """The rows that another follows at once, by how many follow without a gap: first those with one, then with two."""
    same = blocks["key"][1:] == blocks["key"][:-1]
    followed = np.append(same & (blocks["valid_to"][:-1] == blocks["valid_from"][1:]), False)
    last = np.flatnonzero(~followed)
    before = last[np.searchsorted(last, np.arange(len(blocks)))] - np.arange(len(blocks))
    order = np.argsort(before, kind="stable")
    ends = np.cumsum(np.bincount(before))
    return np.split(order, ends[:-1])[1:]


def _much_the_same(blocks: Blocks, after: Blocks) -> NDArray[np.bool_]:
    pairs = [(blocks[name].astype(np.int64), after[name].astype(np.int64)) for name in _MEASURED]
    found: NDArray[np.bool_] = np.all([np.abs(one - other) * PARTS <= other for one, other in pairs], axis=0)
    return found & like(blocks, after, PARTS)
