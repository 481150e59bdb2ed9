"""From a source to a published tileset, whole or only where it changed; both give the same bytes.

An incremental build reads the cells that hold a changed entity, draws the leaves whose content is new, and writes the
tilesets above them. Blobs of earlier states stay: `published.publish` shows one again, `published.collect` removes what
nothing shows any more.
"""

import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from entities.model import LATEST
from tiling.drawing import Progress, draw_all
from tiling.overviews import Pyramid, overview_names
from tiling.plan import LEAF, Leaves, content_names, identities, plan, replanned, wide_cells, with_extents
from tiling.published import Published, root_name
from tiling.settings import Settings
from tiling.sink import POINTER, Sink
from tiling.source import Opener, Source
from tiling.tileset import root_tileset, written
from tiling.tree import Nodes, Tree, tree


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: the root it published, files written and found already there, tiles, entities, seconds."""

    root: str
    files_written: int
    files_kept: int
    tiles: int
    tiles_drawn: int
    features: int
    seconds: float


def build(
    source: Source,
    sink: Sink,
    settings: Settings,
    since: Published | None = None,
    progress: Progress | None = None,
    reopen: Opener | None = None,
) -> BuildReport:
    """Publish the source's moment in the sink; with `since`, the state published there, draw only what differs.

    With `reopen`, many tiles are drawn by `settings.workers` processes, each with a source of its own. Should the
    build be cut off at any point, what was published before stays published.
    """
    if source.moment.known_at == LATEST:
        raise ValueError("the source does not say which transaction it knows of")
    started = time.perf_counter()
    leaves, fresh = _planned(source, settings, since)
    uris = content_names(leaves)
    pyramid = Pyramid(source, settings, leaves, partial(_found, sink), since)
    count = 0
    for row, drawn in zip(fresh, draw_all(source, settings, leaves[fresh], progress, reopen), strict=True):
        leaves["extent"][row] = drawn.extent
        pyramid.know((int(leaves["first"][row]), int(leaves["level"][row])), drawn.blocks)
        count += _put(sink, uris[row], drawn.blob, anew=since is None)
    overviews, more = _drawn_overviews(sink, pyramid, since)
    made = tree(settings.layer, Nodes.of(leaves, uris), Nodes.of(overviews, overview_names(overviews)))
    count += more + _write_tilesets(sink, made)
    root, more = _publish(sink, Published.of(source.moment, settings, leaves, overviews), settings, made)
    count += more
    total = len(leaves) + len(overviews) + len(made.files) + 3  # with the manifest, the root tileset and the pointer
    features, seconds = int(leaves["count"].sum()), time.perf_counter() - started
    return BuildReport(root, count, total - count, len(leaves), len(fresh), features, seconds)


def _planned(source: Source, settings: Settings, since: Published | None) -> tuple[Leaves, list[int]]:
    """The leaves, and the rows of those that must be drawn."""
    if since is None:
        leaves = plan(source.index(), settings)
        return leaves, list(range(len(leaves)))
    if since.key != settings.key:
        leaves = with_extents(plan(source.index(), settings), since.leaves)
    else:
        changed = wide_cells(source.dirty_keys(since.moment))
        parts = [plan(source.index(first, last), settings) for first, last in changed]
        leaves = replanned(since.leaves, changed, np.concatenate([np.zeros(0, LEAF), *parts]))
    known = set(identities(since.leaves))
    return leaves, [row for row, identity in enumerate(identities(leaves)) if identity not in known]


def _drawn_overviews(sink: Sink, pyramid: Pyramid, since: Published | None) -> tuple[Leaves, int]:
    """The coarse tiles, those drawn that are not in `since`, finest first; and how many files were written."""
    overviews = with_extents(pyramid.overviews, since.overviews if since else np.zeros(0, LEAF))
    known = set(identities(since.overviews)) if since else set()
    uris, count = overview_names(overviews), 0
    for row, (first, level, digest) in enumerate(identities(overviews)):
        if (first, level, digest) not in known:
            drawn = pyramid.draw((first, level))
            overviews["extent"][row] = drawn.extent
            count += _put(sink, uris[row], drawn.blob, anew=since is None)
    return overviews, count


def _found(sink: Sink, name: str) -> bytes | None:
    return sink.get(name) if sink.has(name) else None


def _write_tilesets(sink: Sink, made: Tree) -> int:
    missing = [name for name in made.files if not sink.has(name)]
    for name in missing:
        sink.put(name, written(made, name))
    return len(missing)


def _publish(sink: Sink, state: Published, settings: Settings, made: Tree) -> tuple[str, int]:
    """Write manifest and root, then move the pointer; return the root's name and how many files were written."""
    manifest, blob = state.pack()
    features = int(state.leaves["count"].sum())
    root = root_tileset(made, state.moment, settings, features, {"manifest": manifest})
    name = root_name(root)
    count = _put(sink, manifest, blob) + _put(sink, name, root)
    if sink.has(POINTER) and sink.get(POINTER) == root:
        return name, count
    sink.put(POINTER, root)
    return name, count + 1


def _put(sink: Sink, name: str, blob: bytes, anew: bool = False) -> int:
    """Store a blob unless one of its name is there, or in any case if `anew`; return how many were written."""
    if sink.has(name) and not anew:
        return 0
    sink.put(name, blob)
    return 1
