"""The coarse tiles of a past day, taken out of the history's: nothing below them need be read.

They show the blocks that the history tells of the day, which may differ by a share from what stood then (see
`block_history`). Such a tile is named by the hash of the history's tile and the day, and its URI says which tile that
is: whatever is built meanwhile, the same name has the same bytes.
"""

from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.model import Day
from tiling.building.blocks import draw_blocks, stored_blocks
from tiling.building.plan import Leaves
from tiling.building.settings import Settings
from tiling.encoding.wrapping import packed
from tiling.grid import Tile

_TELLER: Final = 1
"""The version of how a day's blocks are taken out; raised whenever the same come out as other bytes."""


def told(overviews: Leaves, rows: NDArray[np.intp], ever: Leaves, day: Day, settings: Settings) -> list[str]:
    """Name those coarse tiles in `rows` that the history has too anew, with its extents; the hash of each in history.

    Where the history has none, the text is empty and the tile is left as it is.
    """
    known = {(first, level): row for row, (first, level) in enumerate(_places(ever))}
    found = [known.get(place, -1) for place in _places(overviews[rows])]
    for row, at in zip(rows.tolist(), found, strict=True):
        if at >= 0:
            overviews["digest"][row] = told_hash(bytes(ever["digest"][at]), day, settings)
            overviews["extent"][row] = ever["extent"][at]
    return [bytes(ever["digest"][at]).decode() if at >= 0 else "" for at in found]


def told_hash(history: bytes, day: Day, settings: Settings) -> bytes:
    """The hash that names a day's coarse tile that is taken out of the history's tile with this hash."""
    found = blake2b(settings.salt, digest_size=12)
    found.update(b"%d|%s|%d" % (_TELLER, history, day))
    return found.hexdigest().encode()


def day_of(stored: bytes, tile: Tile, day: Day, settings: Settings) -> bytes:
    """A day's coarse tile, as stored, out of the history's stored one."""
    blocks = stored_blocks(stored, tile)
    blocks = blocks[(blocks["valid_from"] <= day) & (blocks["valid_to"] > day)]
    blocks["valid_from"] = blocks["valid_to"] = 0
    content = draw_blocks(blocks, tile, settings)
    return packed(content.glb, content.extent)


def _places(tiles: Leaves) -> list[tuple[int, int]]:
    return list(zip(tiles["first"].tolist(), tiles["level"].tolist(), strict=True))
