"""Cuts every tile of a terrain that is not there yet, block by block, on all processors."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from tiling.building.ahead import ahead
from tiling.building.helpers import at_work
from tiling.elevation.lattice import Place
from tiling.elevation.terrain import SIDE, Terrain, Tiles
from tiling.stored.sink import Sink

Batch = tuple[Place, ...]
"""Tiles of one level that stand close together."""

WORTH: Final = 400
"""From how many tiles on it is worth starting helpers: they take a second to be there."""


def build(
    terrain: Terrain,
    sink: Sink,
    since: Terrain | None = None,
    workers: int = 1,
    tell: Callable[[int, int], None] | None = None,
) -> int:
    """Cut the tiles that the sink does not have, and return how many; with `since`, which is built, look only at those
    that differ from it."""
    batches = list(missing(terrain, sink, since))
    total, done = sum(map(len, batches)), 0
    for count in _cut(terrain, sink, batches, workers):
        done += count
        if tell is not None:
            tell(done, total)
    return done


def missing(terrain: Terrain, sink: Sink, since: Terrain | None = None) -> Iterator[Batch]:
    """The tiles to cut, in batches."""
    for places in differing(terrain, since):
        named = zip(places, terrain.names(places), strict=True)
        batch = tuple(place for place, name in named if not sink.has(name))
        if batch:
            yield batch


def differing(terrain: Terrain, since: Terrain | None) -> Iterator[Batch]:
    """The tiles of a terrain that another does not have like that, in batches; all where there is no other."""
    for level, tiles in enumerate(terrain.available):
        wanted = tiles if since is None else _differing(level, tiles, terrain, since)
        blocks = wanted // SIDE
        order = np.lexsort((wanted[:, 0], wanted[:, 1], blocks[:, 0], blocks[:, 1]))
        cuts = np.flatnonzero(np.diff(blocks[order], axis=0).any(axis=1)) + 1
        for part in np.split(wanted[order], cuts):
            if len(part):
                yield tuple(Place(level, x, y) for x, y in part.tolist())


def _differing(level: int, tiles: Tiles, terrain: Terrain, since: Terrain) -> Tiles:
    """The tiles near a holding that only one of two states has, or of another place in their order; and new ones."""
    if since.anomaly.value != terrain.anomaly.value:
        return tiles
    old = {name: number for number, name in enumerate(since.hashes)}
    changed = set(terrain.hashes) ^ set(since.hashes)
    kept = [name for name in terrain.hashes if name in old]
    if [old[name] for name in kept] != sorted(old[name] for name in kept):
        return tiles
    pyramids = dict(zip((*terrain.hashes, *since.hashes), (*terrain.pyramids, *since.pyramids), strict=True))
    keys = tiles[:, 1] << 32 | tiles[:, 0]
    known = since.available[level] if level <= since.finest else tiles[:0]
    new = ~np.isin(keys, known[:, 1] << 32 | known[:, 0])
    for name in sorted(changed):
        pyramid = pyramids[name]
        shift = max(level - pyramid.finest, 0)
        near = pyramid.tiles(level - shift, near=True)
        new |= np.isin((tiles[:, 1] >> shift) << 32 | (tiles[:, 0] >> shift), near[:, 1] << 32 | near[:, 0])
    return tiles[new]


def _cut(terrain: Terrain, sink: Sink, batches: Sequence[Batch], workers: int) -> Iterator[int]:
    if workers == 1 or sum(map(len, batches)) < WORTH:
        for batch in batches:
            yield _stored(terrain, sink, batch, terrain.tiles(batch))
        return
    with at_work(workers) as crew:
        crew.ask_each(partial(_begin, terrain))
        cut = ahead(crew.pool, crew.ask, (partial(_tiles, batch) for batch in batches), 4 * workers)
        for batch, tiles in zip(batches, cut, strict=True):
            yield _stored(terrain, sink, batch, tiles)


_HERE: list[Terrain] = []
"""In a helper: the terrain that it cuts, which is sent there once."""


def _begin(terrain: Terrain) -> None:
    _HERE[:] = [terrain]


def _tiles(batch: Batch) -> list[bytes]:
    return _HERE[0].tiles(batch)


def _stored(terrain: Terrain, sink: Sink, batch: Batch, tiles: Sequence[bytes]) -> int:
    for name, tile in zip(terrain.names(batch), tiles, strict=True):
        sink.put(name, tile)
    return len(batch)
