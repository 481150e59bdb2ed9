"""Leaves drawn to stored content, by this process or by helpers beside it."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.building import helpers
from tiling.building.ahead import ahead
from tiling.building.blocks import NO_BLOCKS, Blocks, blocks_of, draw_blocks
from tiling.building.helpers import Crew
from tiling.building.plan import Leaves
from tiling.building.settings import Settings
from tiling.building.source import Opener, Source
from tiling.encoding.wrapping import packed
from tiling.grid import Tile

Progress = Callable[[int, int], None]
"""Told now and then how many tiles are drawn, of how many."""

MANY: Final = 256
"""From how many leaves on helpers are worth starting: each takes a second to begin."""

_SOME: Final = 16
"""From how many leaves on helpers are worth asking that are there already."""

_CHUNK: Final = 4
"""How many leaves a helper is asked for at once where there are many."""

Later = Callable[[], "Drawn"]
"""Gives what is being drawn, once it is."""


class Drawn(NamedTuple):
    """A tile's content as stored, its extent in steps of the mesh's lattice, and the blocks that stand for it."""

    blob: bytes
    extent: NDArray[np.int32]
    blocks: Blocks


def draw(source: Source, settings: Settings, tile: Tile) -> Drawn:
    """Draw one tile of the source's moment."""
    versions = source.versions(*tile.keys)
    surveys = source.surveys({version.surveyed for version in versions})
    made = settings.layer.draw(versions, tile, settings, surveys)
    return Drawn(packed(made.glb, made.extent), made.extent, blocks_of(versions, settings))


def draw_above(blocks: Blocks, tile: Tile, settings: Settings) -> Drawn:
    """Draw a coarse tile of its blocks."""
    made = draw_blocks(blocks, tile, settings)
    return Drawn(packed(made.glb, made.extent), made.extent, blocks)


class Workshop:
    """Draws the leaves of several trees: few of them in this process, many by helpers.

    `openers` says how a helper opens the source of each tree by the tree's name, and its settings; a tree that is not
    among them is drawn here, and its coarse tiles in the thread `beside`: while one is packed, all else goes on.
    """

    def __init__(
        self, openers: Mapping[str, tuple[Opener, Settings]], beside: Executor, crew: Crew | None = None
    ) -> None:
        self._crew, self._beside = crew, beside
        self._rooms = {name: pickle.dumps(opener) for name, opener in openers.items()} if crew else {}

    def draw_all(self, name: str, source: Source, settings: Settings, leaves: Leaves) -> Iterator[Drawn]:
        """Draw leaves of a tree in their order."""
        tiles = _tiles(leaves)
        if self._crew is None or name not in self._rooms:
            return (draw(source, settings, tile) for tile in tiles)
        size = _CHUNK if len(tiles) >= MANY else 1  # of few, no helper is to wait long for another
        chunks = (tiles[start : start + size] for start in range(0, len(tiles), size))
        work = (partial(_draw_apart, self._rooms[name], chunk) for chunk in chunks)
        drawn = ahead(self._crew.pool, self._crew.ask, work, 4 * len(self._crew.helpers))
        return (one for some in drawn for one in some)

    def draw_above(self, name: str, settings: Settings, blocks: Blocks, tile: Tile) -> Later:
        """Begin to draw a coarse tile of a tree; the tile is there once what is returned has been called."""
        if self._crew is None or name not in self._rooms:
            return self._beside.submit(draw_above, blocks, tile, settings).result
        work = partial(_draw_above_apart, self._rooms[name], blocks, tile)
        return self._crew.pool.submit(self._crew.ask, work).result


@contextmanager
def workshop(openers: Mapping[str, tuple[Opener, Settings]], workers: int, leaves: int) -> Iterator[Workshop]:
    """A workshop for so many leaves; what its helpers hold open is closed in the end, and they stay."""
    with ThreadPoolExecutor(1) as beside:
        if workers < 2 or not openers or leaves < (_SOME if helpers.ready() else MANY):
            yield Workshop(openers, beside)
            return
        with helpers.at_work(workers) as crew:
            yield Workshop(openers, beside, crew)
            crew.ask_each(_close_apart)


def _tiles(leaves: Leaves) -> list[Tile]:
    pairs = zip(leaves["first"].tolist(), leaves["level"].tolist(), strict=True)
    return [Tile.holding(first, level) for first, level in pairs]


_open: dict[bytes, tuple[Source, Settings]] = {}
_closing: Final = ExitStack()


def _draw_apart(room: bytes, tiles: Sequence[Tile]) -> list[Drawn]:
    """Draw tiles in a helper; `room` is the pickled way to open their source, and the settings."""
    source, settings = _opened(room)
    return [draw(source, settings, tile) for tile in tiles]


def _draw_above_apart(room: bytes, blocks: Blocks, tile: Tile) -> Drawn:
    """Draw a coarse tile in a helper; whoever asks has its blocks already."""
    return draw_above(blocks, tile, _opened(room)[1])._replace(blocks=NO_BLOCKS)


def _opened(room: bytes) -> tuple[Source, Settings]:
    """What is in a room, opened once."""
    if room not in _open:
        reopen, settings = pickle.loads(room)
        _open[room] = _closing.enter_context(closing(reopen())), settings
    return _open[room]


def _close_apart() -> None:
    """Close all that a helper has open."""
    _open.clear()
    _closing.close()
