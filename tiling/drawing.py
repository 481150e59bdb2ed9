"""Leaves drawn to stored content, by this process or by several others that are started once for many layers."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tiling.blocks import Blocks, blocks_of
from tiling.grid import Tile
from tiling.plan import Leaves
from tiling.settings import Settings
from tiling.source import Opener, Source
from tiling.wrapping import packed

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
    surveys = source.surveys({version.surveyed for version in versions})
    made = settings.layer.draw(versions, tile, settings, surveys)
    return Drawn(packed(made.glb, made.extent), made.extent, blocks_of(versions, settings))


class Workshop:
    """Draws the leaves of several trees: few of them in this process, many in others, which are started once.

    `openers` says how another process opens the source of each tree by the tree's name, and its settings; a tree that
    is not among them is drawn here. To be used as a context, which ends the processes.
    """

    def __init__(self, openers: Mapping[str, tuple[Opener, Settings]], workers: int, leaves: int) -> None:
        self._openers = openers
        self._workers = workers if leaves >= _MANY and openers else 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def draw_all(self, name: str, source: Source, settings: Settings, leaves: Leaves) -> Iterator[Drawn]:
        """Draw leaves of a tree in their order."""
        chunks = [_tiles(leaves[start : start + _CHUNK]) for start in range(0, len(leaves), _CHUNK)]
        if self._workers > 1 and name in self._openers and len(chunks) > 1:
            results = self._by_processes(name, chunks)
        else:
            results = ([draw(source, settings, tile) for tile in chunk] for chunk in chunks)
        for result in results:
            yield from result

    def _by_processes(self, name: str, chunks: Sequence[list[Tile]]) -> Iterator[list[Drawn]]:
        """Draw chunks in other processes, in order, no more than a few ahead so that memory stays flat."""
        if self._pool is None:
            known = (dict(self._openers), os.getpid())
            self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"), _begin, known)
        waiting: deque[Future[list[Drawn]]] = deque()
        for chunk in chunks:
            waiting.append(self._pool.submit(_draw_apart, name, chunk))
            if len(waiting) > 4 * self._workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _tiles(leaves: Leaves) -> list[Tile]:
    pairs = zip(leaves["first"].tolist(), leaves["level"].tolist(), strict=True)
    return [Tile.holding(first, level) for first, level in pairs]


_openers: dict[str, tuple[Opener, Settings]] = {}
_open: dict[str, Source] = {}


def _begin(openers: Mapping[str, tuple[Opener, Settings]], parent: int) -> None:
    """Know, in a process that draws, how sources are opened; each is when it is first needed."""
    _openers.update(openers)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent was killed, since nobody else would."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _draw_apart(name: str, tiles: Sequence[Tile]) -> list[Drawn]:
    reopen, settings = _openers[name]
    if name not in _open:
        _open[name] = reopen()
    return [draw(_open[name], settings, tile) for tile in tiles]
