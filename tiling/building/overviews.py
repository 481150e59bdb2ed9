"""The coarse tiles above the leaves: which there are, what they are named, and the blocks that each is drawn of.

A tile of level 15 stands over the leaves finer than itself, one of 13 and one of 11 over everything: so a leaf is never
far below what is seen in its place, and a city is seen whole in a few tiles.
"""

from collections.abc import Callable
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np

from entities.position import Keys
from tiling.building.blocks import CELLS, NO_BLOCKS, Blocks, blocks_of, merged_blocks, stored_blocks
from tiling.building.plan import LEAF, Identity, Leaves, content_names, identities
from tiling.building.settings import BLOCKS, Settings
from tiling.building.source import Source
from tiling.grid import COARSEST, STEPS, Tile, first_keys, shifts
from tiling.moments.block_history import merged_through_time
from tiling.stored.published import Published

DRAWN: Final = STEPS[:0:-1]
"""The levels of coarse tiles with content, finest first."""

WIDEST: Final = DRAWN[-1]
"""The level of the widest coarse tiles: what happens in one of its cells concerns no coarse tile of another."""

Place = tuple[int, int]
"""The first key and the level of a tile."""


def above(leaves: Leaves, settings: Settings) -> Leaves:
    """The coarse tiles above some leaves, finest first, each with the hash that names its content."""
    found = [_above(leaves, level, settings) for level in DRAWN if settings.layer.spread]
    return np.concatenate([np.zeros(0, LEAF), *found])


def is_below(levels: Keys, level: int) -> np.ndarray:
    """Which leaves, of these levels, stand below the coarse tiles of a level; from the coarsest leaves' on all do."""
    return (levels > level) | (level <= COARSEST)


def overview_names(overviews: Leaves) -> list[str]:
    """The names of the coarse tiles' content files."""
    return content_names(overviews, "o")


class Pyramid:
    """The blocks of any coarse tile, from what is nearest: drawn by this build, stored, or read from the versions.

    `stored` gives a blob by its name, or None; `before` is a state published earlier, whose coarse tiles tell the
    blocks of whatever below them did not change.
    """

    def __init__(
        self,
        source: Source,
        settings: Settings,
        leaves: Leaves,
        stored: Callable[[str], bytes | None],
        before: Published | None = None,
    ) -> None:
        self.source, self.settings, self.leaves, self.stored = source, settings, leaves, stored
        self.overviews = above(leaves, settings)
        self._names = _named(self.overviews)
        self._digests = dict(zip(_places(self.overviews), self.overviews["digest"].tolist(), strict=True))
        told = before if before is not None and before.key == settings.key else Published.nothing(settings)
        self._before = _named(told.overviews)
        self._stayed = {*identities(told.leaves), *identities(told.overviews)}
        self._known: dict[Place, Blocks] = {}

    def know(self, place: Place, blocks: Blocks) -> None:
        """Take the blocks of a leaf that was just drawn."""
        self._known[place] = blocks

    def blocks(self, place: Place) -> Blocks:
        """The blocks that a coarse tile is drawn of; those below it are best asked for before."""
        self._known[place] = found = self._merged(place)
        return found

    def _merged(self, place: Place) -> Blocks:
        cells, told = CELLS[place[1]], self._told(place)
        parts = [self._part(one, told if one[1] <= cells else None) for one in self._below(place)]
        merge = merged_through_time if self.settings.history else merged_blocks
        return merge(np.concatenate([NO_BLOCKS, *parts]), cells)

    def _below(self, place: Place) -> list[Identity]:
        """The coarse tiles, and the leaves not below those, that a coarse tile is made of."""
        finer = _FINER_STEP[place[1]]
        leaves = self.leaves[slice(*np.searchsorted(self.leaves["first"], np.array(_ends(place), np.uint64)))]
        if not finer:
            return identities(leaves)
        covered = is_below(leaves["level"], finer)
        tops = [(top, finer) for top in np.unique(first_keys(leaves["first"][covered], finer)).tolist()]
        return [*((*top, self._digests[top]) for top in tops), *identities(leaves[~covered])]

    def _told(self, place: Place) -> Blocks | None:
        """The blocks of the coarse tile that stood here before, if one did."""
        stored = self.stored(self._before[place]) if place in self._before else None
        return None if stored is None else stored_blocks(stored, Tile.holding(*place))

    def _part(self, tile: Identity, told: Blocks | None) -> Blocks:
        """The blocks of a tile below another; of one that stayed, those told before, which lie in whole cells of it."""
        place = tile[:2]
        if told is not None and tile in self._stayed:
            return told[slice(*np.searchsorted(told["key"], np.array(_ends(place), np.uint64)))]
        return self._overview(place) if self._digests.get(place) == tile[2] else self._leaf(place)

    def _overview(self, place: Place) -> Blocks:
        if place not in self._known:
            stored = self.stored(self._names[place])
            self._known[place] = stored_blocks(stored, Tile.holding(*place)) if stored else self._merged(place)
        return self._known[place]

    def _leaf(self, place: Place) -> Blocks:
        if place not in self._known:
            versions = self.source.versions(*Tile.holding(*place).keys)
            self._known[place] = blocks_of(versions, self.settings)
        return self._known[place]


_FINER_STEP: Final = dict(zip(DRAWN, (None, *DRAWN), strict=False))


def _above(leaves: Leaves, level: int, settings: Settings) -> Leaves:
    leaves = leaves[is_below(leaves["level"], level)]
    own = first_keys(leaves["first"], level)
    starts = np.flatnonzero(np.append(True, own[1:] != own[:-1])[: len(own)])
    found = np.zeros(len(starts), LEAF)
    found["first"], found["level"] = own[starts], level
    if len(starts):
        found["count"] = np.add.reduceat(leaves["count"], starts)
    digests = leaves["digest"].tobytes()
    ends = [24 * start for start in [*starts.tolist(), len(leaves)]]
    salt = settings.salt + b"%d" % BLOCKS
    found["digest"] = [_digest(salt, digests[start:end]) for start, end in pairwise(ends)]
    return found


def _digest(salt: bytes, digests: bytes) -> bytes:
    return blake2b(salt + digests, digest_size=12).hexdigest().encode()


def _named(overviews: Leaves) -> dict[Place, str]:
    return dict(zip(_places(overviews), overview_names(overviews), strict=True))


def _ends(place: Place) -> tuple[int, int]:
    """The first key of a tile, and the one after its last."""
    first, level = place
    return first, first + (1 << int(shifts(level)))


def _places(leaves: Leaves) -> list[Place]:
    return list(zip(leaves["first"].tolist(), leaves["level"].tolist(), strict=True))
