"""The coarse tiles of a build, drawn beside its leaves: each is begun as soon as all that it is made of is known."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from entities.position import LEVELS, Keys
from tiling.building.blocks import Blocks
from tiling.building.draft import Draft, undrawn
from tiling.building.drawing import Later
from tiling.building.overviews import WIDEST, Pyramid, overview_names
from tiling.building.plan import Leaves, with_extents, within
from tiling.grid import Tile, shifts

Begin = Callable[[Blocks, Tile], Later]
"""Begins to draw a coarse tile of its blocks."""

_MOST: Final = 16
"""How many drawn tiles may wait to be stored, so that memory stays flat."""


class Above:
    """The coarse tiles over the widest cells in which something changed, and those beside them, which stay."""

    def __init__(self, draft: Draft, pyramid: Pyramid, around: Keys, begin: Begin) -> None:
        before = draft.since.overviews
        touched = within(before, WIDEST, around)
        self._beside: Leaves = before[~touched]
        self._tiles = with_extents(pyramid.overviews, before[touched])
        self._names = overview_names(self._tiles)
        self._pyramid, self._begin = pyramid, begin
        missing = undrawn(draft.sink, self._tiles, before[touched], self._names, draft.anew)
        self._left = deque(sorted((self._end(row), -int(self._tiles["level"][row]), row) for row in missing))
        self._begun: deque[tuple[int, Later]] = deque()

    def until(self, key: int) -> Iterator[tuple[str, bytes]]:
        """Begin the tiles that end before a key, now that all leaves before it are drawn; some are ready to be stored.

        Those that are coarser come after those below them.
        """
        while self._left and self._left[0][0] <= key:
            row = self._left.popleft()[2]
            place = int(self._tiles["first"][row]), int(self._tiles["level"][row])
            self._begun.append((row, self._begin(self._pyramid.blocks(place), Tile.holding(*place))))
            if len(self._begun) > _MOST:
                yield self._drawn()

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """Begin all that is left, and wait for what was begun."""
        yield from self.until(4**LEVELS)
        while self._begun:
            yield self._drawn()

    def tiles(self) -> Leaves:
        """All coarse tiles that there are, finest first, once all are drawn."""
        found: Leaves = np.concatenate([self._beside, self._tiles])
        order = np.lexsort((found["first"], -found["level"].astype(np.int64)))
        ordered: Leaves = found[order]
        return ordered

    def _drawn(self) -> tuple[str, bytes]:
        row, later = self._begun.popleft()
        one = later()
        self._tiles["extent"][row] = one.extent
        return self._names[row], one.blob

    def _end(self, row: int) -> int:
        """The key after the last one of a tile."""
        return int(self._tiles["first"][row]) + (1 << int(shifts(self._tiles["level"][row])))
