"""Which tiles there are: a pure function of where the entities stand, whole or for the part that changed.

A cell is a leaf when it holds at most `features` entities, or is of the finest level; none is coarser than
`grid.COARSEST`. So what happens in one cell of that level touches no leaf of another, and the leaves of a changed base
are the old ones with those cells planned anew.
"""

from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.position import LEVELS, Keys
from tiling.building.settings import Settings
from tiling.building.source import Index
from tiling.grid import COARSEST, first_keys, names, shifts

LEAF: Final = np.dtype(
    [("first", "<u8"), ("level", "u1"), ("count", "<u4"), ("digest", "S24"), ("extent", "<i4", (6,))]
)
"""A leaf: its first key, its level, how many entities it holds, the hash of its content, and once it is drawn its
extent: smallest and largest east, north, up in steps of the mesh's lattice."""

Leaves = NDArray[np.void]
"""Leaves in the order of their keys, of dtype `LEAF`."""


def cells(keys: Keys, features: int) -> tuple[Keys, NDArray[np.int64], NDArray[np.int64]]:
    """Divide sorted keys into leaves: the level of each, where its keys begin, and how many they are."""
    members = np.arange(len(keys))
    found = []
    for level in range(COARSEST, LEVELS + 1):
        starts, counts = _runs(keys[members] >> shifts(level))
        small = (counts <= features) | (level == LEVELS)
        found.append((np.full(small.sum(), level, np.uint64), members[starts[small]], counts[small]))
        members = members[np.repeat(~small, counts)]
    levels, starts, counts = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(starts)
    return levels[order], starts[order], counts[order]


def plan(index: Index, settings: Settings) -> Leaves:
    """The leaves of a layer, each with the hash that names its content; extents are 0 until drawn."""
    levels, starts, counts = cells(index.keys, settings.most)
    leaves = np.zeros(len(starts), LEAF)
    leaves["first"], leaves["level"], leaves["count"] = first_keys(index.keys[starts], levels), levels, counts
    pairs = zip(starts.tolist(), counts.tolist(), strict=True)
    leaves["digest"] = [content_hash(index.digests[start : start + count], settings) for start, count in pairs]
    return leaves


def content_hash(digests: NDArray[np.bytes_], settings: Settings) -> bytes:
    """The hash of everything a tile's content is made of, as 24 hexadecimal digits, before anything is drawn."""
    found = blake2b(settings.salt, digest_size=12)
    found.update(np.sort(digests).tobytes())
    return found.hexdigest().encode()


def wide_cells(keys: Keys) -> Keys:
    """The first keys of the coarsest leaf cells in which keys lie."""
    return cells_of(keys, COARSEST)


def cells_of(keys: Keys, level: int) -> Keys:
    """The first keys of the cells of a level in which keys lie, ascending."""
    found: Keys = np.unique(first_keys(np.asarray(keys, np.uint64), level))
    return found


def within(tiles: Leaves, level: int, cells: Keys) -> NDArray[np.bool_]:
    """Which tiles lie in the cells of a level that have these first keys."""
    return np.isin(first_keys(tiles["first"], level), cells)


def replanned(old: Leaves, changed: Keys, new: Leaves) -> Leaves:
    """The leaves once those in the changed cells, by their first keys, are replaced by new ones."""
    leaves: Leaves = np.concatenate([old[~within(old, COARSEST, changed)], new])
    return leaves[np.argsort(leaves["first"])]


def parts(old: Leaves, dirty: Keys) -> list[tuple[int, int]]:
    """The cells, by first key and level and none within another, in which leaves may change where keys are dirty.

    Each was divided before, or is of the coarsest. As long as one holds too much for a leaf it stays divided, and
    nothing beside it changes.
    """
    row = np.searchsorted(old["first"], dirty, side="right").astype(np.int64)
    inside = np.append(np.uint64(0), old["first"] + _sizes(old["level"]))[row] > dirty
    around = np.unique(row[inside]) - 1
    levels = np.maximum(old["level"][around].astype(np.int64) - 1, COARSEST)
    found = set(zip(first_keys(old["first"][around], levels).tolist(), levels.tolist(), strict=True))
    places = old["first"].tolist()
    pairs = zip(dirty[~inside].tolist(), row[~inside].tolist(), strict=True)
    found |= {_between(key, places[max(at - 1, 0) : at + 1]) for key, at in pairs}
    kept: list[tuple[int, int]] = []
    for first, level in sorted(found):
        if not kept or first >= kept[-1][0] + (1 << 2 * (LEVELS - kept[-1][1])):
            kept.append((first, level))
    return kept


def _between(key: int, places: list[int]) -> tuple[int, int]:
    """The smallest cell that holds a key in no leaf and one of the leaves beside it, or else one of the coarsest."""
    level = max([COARSEST, *(LEVELS - ((key ^ place).bit_length() + 1) // 2 for place in places)])
    bits = 2 * (LEVELS - level)
    return key >> bits << bits, level


def _sizes(levels: NDArray[np.uint8]) -> Keys:
    """How many keys the cells of levels have."""
    found: Keys = np.uint64(1) << shifts(levels)
    return found


def with_extents(leaves: Leaves, drawn: Leaves) -> Leaves:
    """The leaves with the extents of those drawn ones that have the same place and content."""
    known = {identity: row for row, identity in enumerate(identities(drawn))}
    rows = np.array([known.get(identity, -1) for identity in identities(leaves)], np.int64)
    leaves = leaves.copy()
    leaves["extent"][rows >= 0] = drawn["extent"][rows[rows >= 0]]
    return leaves


Identity = tuple[int, int, bytes]
"""The place of a tile, its first key and its level, and the hash of its content."""


def identities(leaves: Leaves) -> list[Identity]:
    """What makes each leaf's content the one it is: place, level and hash."""
    return list(zip(*(leaves[part].tolist() for part in ("first", "level", "digest")), strict=True))


def content_names(tiles: Leaves, folder: str = "c", kind: str = "glb") -> list[str]:
    """The names of the leaves' content files; in another folder those of coarse tiles, and of tilesets."""
    places = names(tiles["first"], tiles["level"])
    digests = tiles["digest"].tolist()
    return [f"{folder}/{place}-{digest.decode()}.{kind}" for place, digest in zip(places, digests, strict=True)]


def _runs(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of equal values begin, and how long they are."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    return starts, np.diff(np.append(starts, len(values)))
