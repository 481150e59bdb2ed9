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

import numpy as np

from entities.position import LEVELS, Keys
from tiling.building.above import Above
from tiling.building.draft import Draft, drafted
from tiling.building.drawing import Drawn, Progress, Workshop, workshop
from tiling.building.overviews import WIDEST, Pyramid
from tiling.building.plan import Leaves, cells_of, content_names, within
from tiling.building.settings import Settings
from tiling.building.source import Opener, Source
from tiling.building.standing import held
from tiling.building.tileset import root_tileset, written
from tiling.building.tree import Nodes, Tree, tree
from tiling.grid import COARSEST, TIERS
from tiling.stored.published import Published, file_names, publishing, root_name
from tiling.stored.sink import POINTER, Sink, found, present

Blob = tuple[str, bytes]
"""The name and the bytes of what is stored."""


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
        return finished(draft, drawers, "", started, progress)


def finished(
    draft: Draft, drawers: Workshop, name: str, started: float, progress: Progress | None = None
) -> BuildReport:
    """Draw and store what is missing of a draft, the tree of this name, write the tilesets, and publish."""
    drawn = drawers.draw_all(name, draft.source, draft.settings, draft.leaves[draft.missing])
    around = cells_of(draft.changed, WIDEST)
    leaves, before = draft.leaves[within(draft.leaves, WIDEST, around)], draft.since.part(WIDEST, around)
    pyramid = Pyramid(draft.source, draft.settings, leaves, partial(found, draft.sink), before)
    above = Above(draft, pyramid, around, partial(drawers.draw_above, name, draft.settings))
    making = _Making(draft, above, _contents(draft, pyramid, above, drawn, progress))
    draft.sink.put_all(making.blobs())
    return making.report(started)


class _Making:
    """A build on its way: what it stores, and the state that this makes."""

    def __init__(self, draft: Draft, above: Above, contents: Iterator[Blob]) -> None:
        self._draft, self._above, self._contents = draft, above, contents
        self._state = draft.since
        self._count = 0

    def blobs(self) -> Iterator[Blob]:
        """All that is stored, in the order in which it is to be seen, so that a disk is waited for only once."""
        for blob in self._all():
            self._count += 1
            yield blob

    def _all(self) -> Iterator[Blob]:
        yield from self._contents
        sink, overviews = self._draft.sink, self._above.tiles()
        made, kept = _gathered(self._draft, overviews)
        missing = made.files.keys() - present(sink, made.files)
        yield from ((name, written(made, name)) for name in sorted(missing))
        self._state = _state(self._draft, overviews, np.concatenate([kept, made.rows()]), made)
        yield from publishing(sink, self._state)

    def report(self, started: float) -> BuildReport:
        """What was done, once all is stored."""
        state, count, drawn = self._state, self._count, len(self._draft.missing)
        total = len(state.leaves) + len(state.overviews) + len(state.files) + 2  # with the manifest and the pointer
        features, seconds = int(state.leaves["count"].sum()), time.perf_counter() - started
        return BuildReport(state.name, count, total - count, len(state.leaves), drawn, features, round(seconds, 4))


def _contents(
    draft: Draft, pyramid: Pyramid, above: Above, drawn: Iterable[Drawn], progress: Progress | None
) -> Iterator[Blob]:
    """The names and contents of leaves as they are drawn, which tells their extents and blocks, and of coarse tiles."""
    leaves, uris = draft.leaves, content_names(draft.leaves[draft.missing])
    following = [*leaves["first"][draft.missing[1:]].tolist(), 4**LEVELS]
    for done, (row, one) in enumerate(zip(draft.missing.tolist(), drawn, strict=True)):
        leaves["extent"][row] = one.extent
        pyramid.know((int(leaves["first"][row]), int(leaves["level"][row])), one.blocks)
        yield uris[done], one.blob
        yield from above.until(following[done])
        if progress:
            progress(done + 1, len(draft.missing))
    yield from above.rest()


def _gathered(draft: Draft, overviews: Leaves) -> tuple[Tree, Leaves]:
    """The tree over the changed cells, beside the files that stay as they are; and those as rows of a manifest."""
    wide, leaves = cells_of(draft.changed, TIERS[0]), draft.leaves
    touched, around = within(leaves, COARSEST, draft.changed), within(leaves, TIERS[0], wide)
    fine = overviews["level"] > WIDEST
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
