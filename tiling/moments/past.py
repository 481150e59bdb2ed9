"""The tiles of another moment: its tilesets made at once, its contents drawn when they are asked for.

A tileset of another moment names the published contents wherever nothing differs. The other contents exist nowhere
yet; their URIs carry `?datetime=YYYY-MM-DD` (and `&known-at=N` where the moment knows less than what is published), and
the server that is asked for one looks in the sink first and else calls `content`, which draws it from a view of that
moment. The hash in the name is known before anything is drawn, so whatever is answered may be cached for ever.

The volume of a tile that was not drawn is a safe guess: around the published tiles at its place and the entities that
differ from what is published. Where there is a history, `past_files` makes the tilesets, without reading what differs.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import NotFound
from entities.model import Day, Moment, Version, day_text
from entities.position import Keys
from tiling.building.drawing import draw, draw_above
from tiling.building.overviews import DRAWN, Pyramid, above, is_below, overview_names
from tiling.building.plan import (
    LEAF,
    Leaves,
    content_hash,
    content_names,
    identities,
    plan,
    replanned,
    wide_cells,
    with_extents,
    within,
)
from tiling.building.settings import Settings
from tiling.building.source import Source
from tiling.building.standing import index, stale
from tiling.building.tileset import root_tileset, written
from tiling.building.tree import LEAST, Nodes, corners_of, extents_over, tree
from tiling.ecef import SEMI_MAJOR, Floats, Frame, geocentric
from tiling.geometry.mesh import STEP
from tiling.grid import COARSEST, Tile, centres, shifts
from tiling.moments.blocks import day_of, told_hash
from tiling.stored.published import Published, root_name
from tiling.stored.sink import Sink

_BLOCKS_BEYOND: Final = 512
"""How far, in steps of the lattice, a block may stand out of the volume of what it stands for: meridians converge."""

_FEW: Final = 16
"""Up to how many changed places in a leaf are read one by one rather than with the whole leaf."""


def tileset_at(source: Source, sink: Sink, settings: Settings, published: Published | None = None) -> str:
    """Write the tilesets of the source's moment to the sink and return the name of their root.

    Contents are named, not drawn; those of `published` are shared. Nothing is published by it.
    """
    if published is not None and published.key != settings.key:
        published = None
    leaves, new = _leaves(source, settings, published)
    boxes = [_of_versions(source, settings, leaves[new], published)]
    boxes += [of_tiles(leaves[new], published.leaves)] if published is not None else []
    leaves["extent"][new] = guessed(leaves[new], boxes)
    overviews, unmade = overviews_of(leaves, settings, published.overviews if published else leaves[:0])
    query = query_of(source, published)
    made = tree(
        settings.layer,
        Nodes.of(leaves, asked(content_names(leaves), np.where(new, query, ""))),
        Nodes.of(overviews, asked(overview_names(overviews), np.where(unmade, query, ""))),
    )
    for name in made.files:
        if not sink.has(name):
            sink.put(name, written(made, name))
    root = root_tileset(made, source.moment, settings, int(leaves["count"].sum()))
    sink.put(root_name(root), root)
    return root_name(root)


def nothing(moment: Moment, settings: Settings) -> bytes:
    """The root tileset of a moment at which nothing stands."""
    none = Nodes.of(np.zeros(0, LEAF), [])
    return root_tileset(tree(settings.layer, none, none), moment, settings, 0)


def content(source: Source, settings: Settings, tile: Tile, expected_hash: str) -> bytes:
    """Draw a tile of the source's moment, gzip-encoded; `NotFound` (`tiles.stale`) if its hash is another."""
    standing = index(source, settings, *tile.keys)
    if not len(standing.keys) or content_hash(standing.digests, settings) != expected_hash.encode():
        raise _stale(source.moment.valid_at, tile, expected_hash)
    return draw(source, settings, tile).blob


def overview(
    source: Source, settings: Settings, tile: Tile, expected_hash: str, stored: Callable[[str], bytes | None]
) -> bytes:
    """Draw a coarse tile of the source's moment, as stored; `NotFound` (`tiles.stale`) if its hash is another.

    `stored` gives what was drawn before by its name: coarse tiles below this one spare the reading of everything.
    """
    first, last = Tile.holding(tile.keys[0], min(tile.level, COARSEST)).keys
    leaves = plan(index(source, settings, first, last), settings)
    pyramid = Pyramid(source, settings, leaves, stored)
    if (tile.keys[0], tile.level, expected_hash.encode()) not in identities(pyramid.overviews):
        raise _stale(source.moment.valid_at, tile, expected_hash)
    return draw_above(pyramid.blocks((tile.keys[0], tile.level)), tile, settings).blob


def overview_of(stored: bytes | None, of: str, day: Day, settings: Settings, tile: Tile, expected_hash: str) -> bytes:
    """Take a day's coarse tile out of the history's tile `stored` with the hash `of`; `NotFound` (`tiles.stale`)."""
    if stored is None or told_hash(of.encode(), day, settings) != expected_hash.encode():
        raise _stale(day, tile, expected_hash)
    return day_of(stored, tile, day, settings)


def _stale(day: Day, tile: Tile, expected_hash: str) -> NotFound:
    return NotFound.because("tiles.stale", tile=tile.name, hash=expected_hash, day=day_text(day))


def overviews_of(
    leaves: Leaves, settings: Settings, drawn: Leaves, coarsest: int = 0
) -> tuple[Leaves, NDArray[np.bool_]]:
    """The coarse tiles above some leaves, and which of them are not drawn yet: those have a safe guess for a volume."""
    found = above(leaves, settings)
    found = with_extents(found[found["level"] >= coarsest], drawn)
    known = set(identities(drawn))
    unmade = np.array([identity not in known for identity in identities(found)], np.bool_)
    for level in DRAWN:
        rows = np.flatnonzero(unmade & (found["level"] == level))
        below = leaves[is_below(leaves["level"], level)]
        nodes = Nodes.of(below, [""] * len(below))
        first = found["first"][rows]
        spans = np.searchsorted(nodes.first, np.stack([first, first + _reach(found[rows]) + np.uint64(1)], axis=1))
        frames = Frame.at(*centres(first, found["level"][rows]))
        for row, span, origin, axes in zip(rows.tolist(), spans.tolist(), frames.origin, frames.axes, strict=True):
            around = extents_over(nodes.part(slice(*span)), Frame(origin[None], axes[None]), np.array([0]))
            found["extent"][row] = around[0] + _BLOCKS_BEYOND * LEAST
    return found, unmade


def _leaves(source: Source, settings: Settings, published: Published | None) -> tuple[Leaves, NDArray[np.bool_]]:
    """The moment's leaves, and which are not drawn yet; only cells where it differs from what is published are read."""
    if published is None:
        leaves = plan(index(source, settings), settings)
        return leaves, np.ones(len(leaves), np.bool_)
    cells = wide_cells(stale(source, settings, published))
    reach = (1 << int(shifts(COARSEST))) - 1
    parts = [plan(index(source, settings, first, first + reach), settings) for first in cells.tolist()]
    old = published.leaves[within(published.leaves, COARSEST, cells)]
    leaves = replanned(published.leaves, cells, with_extents(np.concatenate([np.zeros(0, LEAF), *parts]), old))
    known = set(identities(published.leaves))
    return leaves, np.array([identity not in known for identity in identities(leaves)], np.bool_)


def asked(names: list[str], queries: NDArray[Any]) -> list[str]:
    """Names with what stands after them in a URI."""
    return [name + query for name, query in zip(names, queries.tolist(), strict=True)]


def query_of(source: Source, published: Published | None) -> str:
    """How the source's moment stands in the URI of what is not published."""
    moment = source.moment
    earlier = published is not None and moment.known_at < published.moment.known_at
    return f"?datetime={day_text(moment.valid_at)}" + (f"&known-at={moment.known_at}" if earlier else "")


Boxes = tuple[NDArray[np.intp], Floats, Floats]
"""Which leaf each box is for, its corners (n, 8, 3), and how far what is in it may bulge out of it, in metres."""


def guessed(leaves: Leaves, found: Sequence[Boxes]) -> NDArray[np.int64]:
    """Extents (n, 6) that hold whatever drawing the leaves will give, around boxes of what stands in them."""
    owner = np.concatenate([part[0] for part in found])
    corners = np.concatenate([part[1] for part in found])
    margin = np.concatenate([part[2] for part in found])[:, None]
    frames = Frame.at(*centres(leaves["first"], leaves["level"]))
    local = Frame(frames.origin[owner], frames.axes[owner]).local(corners)
    extents = np.tile(np.array([np.inf] * 3 + [-np.inf] * 3), (len(leaves), 1))
    np.minimum.at(extents[:, :3], owner, np.floor((local.min(axis=1) - margin) / STEP) - 1)
    np.maximum.at(extents[:, 3:], owner, np.ceil((local.max(axis=1) + margin) / STEP) + 1)
    return np.where(np.isfinite(extents), extents, 0).astype(np.int64)


def of_tiles(leaves: Leaves, drawn: Leaves) -> Boxes:
    """The boxes of the drawn leaves that share ground with each leaf."""
    last = drawn["first"] + _reach(drawn)
    start = np.searchsorted(last, leaves["first"])
    end = np.searchsorted(drawn["first"], leaves["first"] + _reach(leaves), side="right")
    counts = np.maximum(end - start, 0)
    owner = np.repeat(np.arange(len(leaves)), counts)
    row = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(start, counts)
    frames = Frame.at(*centres(drawn["first"][row], drawn["level"][row]))
    return owner, frames.geocentric(corners_of(drawn["extent"][row])), np.zeros(len(owner))


def _of_versions(source: Source, settings: Settings, leaves: Leaves, published: Published | None) -> Boxes:
    """The boxes of the versions in the leaves, of those only that differ from what is published if anything is."""
    dirty = stale(source, settings, published) if published is not None else None
    pairs = [(row, version) for row, version in _versions(source, leaves, dirty)]
    if not pairs:
        return np.zeros(0, np.intp), np.zeros((0, 8, 3)), np.zeros(0)
    versions = [version for _, version in pairs]
    west, south, low, east, north, high = settings.layer.spans(versions, settings).T
    sides = [[lon, lat, height] for lon in (west, east) for lat in (south, north) for height in (low, high)]
    corners = np.stack([geocentric(*side) for side in sides], axis=1)
    across = np.linalg.norm(corners[:, 0] - corners[:, 7], axis=1)
    return np.array([row for row, _ in pairs], np.intp), corners, across**2 / (4 * SEMI_MAJOR)


def _versions(source: Source, leaves: Leaves, dirty: Keys | None) -> Iterator[tuple[int, Version]]:
    reach = _reach(leaves)
    for row, (first, last) in enumerate(zip(leaves["first"].tolist(), (leaves["first"] + reach).tolist(), strict=True)):
        places = (
            None if dirty is None else dirty[slice(*np.searchsorted(dirty, np.array([first, last + 1], np.uint64)))]
        )
        spans = [(first, last)] if places is None or len(places) > _FEW else [(key, key) for key in places.tolist()]
        for start, end in spans:
            yield from ((row, version) for version in source.versions(start, end))


def _reach(leaves: Leaves) -> Keys:
    """How far each leaf's last key is from its first."""
    reach: Keys = (np.uint64(1) << shifts(leaves["level"])) - np.uint64(1)
    return reach
