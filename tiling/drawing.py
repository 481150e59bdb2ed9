"""Leaves drawn to stored content, by this process or by several others."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.blocks import Blocks, blocks_of, packed
from tiling.grid import Tile
from tiling.plan import Leaves
from tiling.settings import Settings
from tiling.source import Opener, Source

Progress = Callable[[int, int], None]
"""Told now and then how many tiles are drawn, of how many."""

_MANY: Final = 256
"""From how many leaves on other processes are worth starting: each takes a second to begin."""

_CHUNK: Final = 8


class Drawn(NamedTuple):
    """A tile's content as stored, its extent in steps of the mesh's lattice, and the blocks that stand for it."""

    blob: bytes
    extent: NDArray[np.int32]
    blocks: Blocks


def draw(source: Source, settings: Settings, tile: Tile) -> Drawn:
    """Draw one tile of the source's moment."""
    versions = source.versions(*tile.keys)
    sources = source.sources({version.surveyed for version in versions})
    made = settings.layer.draw(versions, tile, settings, sources)
    return Drawn(packed(made.glb), made.extent, blocks_of(versions, settings))


def draw_all(
    source: Source,
    settings: Settings,
    leaves: Leaves,
    progress: Progress | None = None,
    reopen: Opener | None = None,
) -> Iterator[Drawn]:
    """Draw leaves in their order; with `reopen`, many are drawn by `settings.workers` processes of their own source."""
    chunks = [_tiles(leaves[start : start + _CHUNK]) for start in range(0, len(leaves), _CHUNK)]
    if reopen is not None and settings.workers > 1 and len(leaves) >= _MANY:
        results = _by_processes(chunks, settings, reopen)
    else:
        results = ([draw(source, settings, tile) for tile in chunk] for chunk in chunks)
    done = 0
    for result in results:
        yield from result
        done += len(result)
        if progress:
            progress(done, len(leaves))


def _tiles(leaves: Leaves) -> list[Tile]:
    pairs = zip(leaves["first"].tolist(), leaves["level"].tolist(), strict=True)
    return [Tile.holding(first, level) for first, level in pairs]


def _by_processes(chunks: Sequence[list[Tile]], settings: Settings, reopen: Opener) -> Iterator[list[Drawn]]:
    """Draw chunks in other processes, in order, no more than a few ahead so that memory stays flat."""
    waiting: deque[Future[list[Drawn]]] = deque()
    with ProcessPoolExecutor(settings.workers, get_context("spawn"), _begin, (reopen, settings)) as pool:
        for chunk in chunks:
            waiting.append(pool.submit(_draw_apart, chunk))
            if len(waiting) > 4 * settings.workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_own: dict[str, tuple[Source, Settings]] = {}


def _begin(reopen: Opener, settings: Settings) -> None:
    """Open the source of a worker process, once."""
    _own["source"] = (reopen(), settings)


def _draw_apart(tiles: Sequence[Tile]) -> list[Drawn]:
    source, settings = _own["source"]
    return [draw(source, settings, tile) for tile in tiles]
