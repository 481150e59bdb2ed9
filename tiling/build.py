"""From a source to a published tileset, whole or only where it changed; both give the same bytes.

A build reads the cells in which leaves may have changed, draws the leaves whose content is new, and
writes the tilesets above them; all else stands in the manifest of the state before. What was drawn by a build that was
cut off is found under its name and not drawn again. Blobs of earlier states stay: `published.back` shows one again,
`published.collect` removes what nothing shows any more.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from entities.position import Keys
from tiling.draft import Draft, drafted, undrawn
from tiling.drawing import Drawn, Progress, workshop
from tiling.grid import COARSEST, TIERS
from tiling.overviews import DRAWN, Pyramid
from tiling.plan import Leaves, cells_of, content_names, with_extents, within
from tiling.published import Published, file_names, publish, root_name
from tiling.settings import Settings
from tiling.sink import POINTER, Sink, found, present
from tiling.source import Opener, Source
from tiling.standing import held
from tiling.tileset import root_tileset, written
from tiling.tree import Nodes, Tree, tree

_WIDEST: Final = DRAWN[-1]
"""The level of the widest coarse tiles: what happens in one of its cells concerns no coarse tile of another."""


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
    anew: bool = False,
) -> BuildReport:
    """Publish the source's moment in the sink; with `since`, the state published there, draw only what differs.

    With `reopen`, many tiles are drawn by `settings.workers` processes, each with a source of its own. Should the
    build be cut off at any point, what was published before stays published, and what was drawn is not drawn again,
    unless all is to be drawn `anew`.
    """
    started = time.perf_counter()
    draft = drafted(source, sink, settings, since, anew)
    openers = {} if reopen is None else {"": (reopen, settings)}
    with workshop(openers, settings.workers, len(draft.missing)) as drawers:
        drawn = drawers.draw_all("", source, settings, draft.leaves[draft.missing])
        return finished(draft, drawn, started, progress)


def finished(draft: Draft, drawn: Iterable[Drawn], started: float, progress: Progress | None = None) -> BuildReport:
    """Store the leaves of a draft as they are drawn, draw the coarse tiles, write the tilesets, and publish."""
    around = cells_of(draft.changed, _WIDEST)
    leaves, before = draft.leaves[within(draft.leaves, _WIDEST, around)], draft.since.part(_WIDEST, around)
    pyramid = Pyramid(draft.source, draft.settings, leaves, partial(found, draft.sink), before)
    draft.sink.put_all(_contents(draft, pyramid, drawn, progress))
    overviews, count = _drawn_overviews(draft, pyramid, around)
    made, kept = _gathered(draft, overviews)
    count += len(draft.missing) + _write_tilesets(draft.sink, made)
    state = _state(draft, overviews, np.concatenate([kept, made.rows()]), made)
    count += publish(draft.sink, state)
    total = len(state.leaves) + len(overviews) + len(state.files) + 2  # with the manifest and the pointer
    features, seconds = int(state.leaves["count"].sum()), time.perf_counter() - started
    return BuildReport(
        state.name, count, total - count, len(state.leaves), len(draft.missing), features, round(seconds, 4)
    )


def _contents(
    draft: Draft, pyramid: Pyramid, drawn: Iterable[Drawn], progress: Progress | None
) -> Iterator[tuple[str, bytes]]:
    """The names and contents of leaves as they are drawn; their extents and blocks are known then."""
    leaves, uris = draft.leaves, content_names(draft.leaves[draft.missing])
    for done, (row, one) in enumerate(zip(draft.missing.tolist(), drawn, strict=True)):
        leaves["extent"][row] = one.extent
        pyramid.know((int(leaves["first"][row]), int(leaves["level"][row])), one.blocks)
        yield uris[done], one.blob
        if progress:
            progress(done + 1, len(draft.missing))


def _drawn_overviews(draft: Draft, pyramid: Pyramid, around: Keys) -> tuple[Leaves, int]:
    """All coarse tiles, those drawn that are neither known nor found, finest first; and how many were drawn."""
    before = draft.since.overviews
    touched = within(before, _WIDEST, around)
    new = with_extents(pyramid.overviews, before[touched])
    uris = content_names(new, "o")
    missing = undrawn(draft.sink, new, before[touched], uris, draft.anew)
    drawn = [pyramid.draw((int(new["first"][row]), int(new["level"][row]))) for row in missing]
    for row, one in zip(missing, drawn, strict=True):
        new["extent"][row] = one.extent
    draft.sink.put_all((uris[row], one.blob) for row, one in zip(missing, drawn, strict=True))
    tiles = np.concatenate([before[~touched], new])
    return tiles[np.lexsort((tiles["first"], -tiles["level"].astype(np.int64)))], len(missing)


def _gathered(draft: Draft, overviews: Leaves) -> tuple[Tree, Leaves]:
    """The tree over the changed cells, beside the files that stay as they are; and those as rows of a manifest."""
    wide, leaves = cells_of(draft.changed, TIERS[0]), draft.leaves
    touched, around = within(leaves, COARSEST, draft.changed), within(leaves, TIERS[0], wide)
    fine = overviews["level"] > _WIDEST
    coarse = overviews[np.where(fine, within(overviews, COARSEST, draft.changed), within(overviews, TIERS[0], wide))]
    files = _kept_files(draft, wide)
    beside = files[(files["level"] == TIERS[0]) | within(files, TIERS[0], wide)]
    bare = leaves[around & ~touched & (leaves["level"] == COARSEST)]
    if draft.settings.layer.spread is not None:
        bare = bare[:0]  # each has a coarse tile above it, and so a file of its own
    ready = Nodes.joined([Nodes.of(beside, file_names(beside)), _nodes(bare)])
    return tree(draft.settings.layer, _nodes(leaves[touched]), _nodes(coarse, "o"), ready), files


def _kept_files(draft: Draft, wide: Keys) -> Leaves:
    """The tileset files of the state before over cells in which nothing changed."""
    files = draft.since.files
    fine = files["level"] == COARSEST
    gone = np.where(fine, within(files, COARSEST, draft.changed), within(files, TIERS[0], wide))
    kept: Leaves = files[~gone]
    return kept


def _nodes(tiles: Leaves, folder: str = "c") -> Nodes:
    return Nodes.of(tiles, content_names(tiles, folder))


def _state(draft: Draft, overviews: Leaves, files: Leaves, made: Tree) -> Published:
    """The state that is to be published."""
    moment, features = draft.source.moment, int(draft.leaves["count"].sum())
    root = root_tileset(made, moment, draft.settings, features)
    before = root_name(draft.sink.get(POINTER)) if draft.sink.has(POINTER) else ""
    order = np.lexsort((files["first"], files["level"]))
    parts = draft.leaves, overviews, files[order]
    return Published(moment, draft.settings.key, *parts, root, before, held(draft.settings))


def _write_tilesets(sink: Sink, made: Tree) -> int:
    missing = made.files.keys() - present(sink, made.files)
    sink.put_all((name, written(made, name)) for name in sorted(missing))
    return len(missing)
