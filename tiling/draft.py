"""What a build is going to do: which leaves there will be, and which of them must be drawn, before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entities.model import LATEST
from entities.position import Keys
from tiling.grid import COARSEST, shifts
from tiling.plan import LEAF, Leaves, content_names, identities, plan, replanned, wide_cells, with_extents, within
from tiling.published import Published
from tiling.settings import Settings
from tiling.sink import Sink, present
from tiling.source import LAST_KEY, Source
from tiling.standing import index, stale
from tiling.wrapping import extent_of


@dataclass(frozen=True, slots=True)
class Draft:
    """A build before it: its leaves, the first keys of the coarsest cells that changed, and the rows still to be drawn.

    With `anew`, what was drawn before is not used. Leaves that are to be drawn have no extent yet.
    """

    source: Source
    sink: Sink
    settings: Settings
    since: Published
    leaves: Leaves
    changed: Keys
    missing: NDArray[np.intp]
    anew: bool


def drafted(
    source: Source, sink: Sink, settings: Settings, since: Published | None = None, anew: bool = False
) -> Draft:
    """Plan the build of the source's moment on the state `since`: only cells where something changed are read."""
    if source.moment.known_at == LATEST:
        raise ValueError("the source does not say which transaction it knows of")
    before, spans = since or Published.nothing(settings), [(0, LAST_KEY)]
    if before.root and before.key == settings.key:
        spans = _spans(wide_cells(stale(source, settings, before)))
    new = np.concatenate([np.zeros(0, LEAF), *(plan(index(source, settings, *span), settings) for span in spans)])
    old = np.concatenate([np.zeros(0, LEAF), *(_between(before.leaves, span) for span in spans)])
    changed = wide_cells(np.concatenate([old["first"], new["first"]]))
    leaves = replanned(before.leaves, changed, with_extents(new, old))
    rows = np.flatnonzero(within(leaves, COARSEST, changed))
    found = leaves[rows]
    missing = undrawn(sink, found, old, content_names(found), anew)
    leaves[rows] = found
    return Draft(source, sink, settings, before, leaves, changed, rows[missing], anew)


def undrawn(sink: Sink, tiles: Leaves, known: Leaves, names: Sequence[str], anew: bool) -> list[int]:
    """The rows of tiles that must be drawn: neither known, nor stored by a build that was cut off.

    Those that are found in the sink under their names are given the extent that stands there.
    """
    before = set(identities(known))
    fresh = [row for row, identity in enumerate(identities(tiles)) if identity not in before]
    if anew:
        return fresh
    there = present(sink, [names[row] for row in fresh])
    extents = {row: extent_of(sink.get(names[row])) for row in fresh if names[row] in there}
    stored = {row: extent for row, extent in extents.items() if extent is not None}
    for row, extent in stored.items():
        tiles["extent"][row] = extent
    return [row for row in fresh if row not in stored]


def _spans(cells: Keys) -> list[tuple[int, int]]:
    """The first and the last key of each of the coarsest leaf cells."""
    reach = (1 << int(shifts(COARSEST))) - 1
    return [(first, first + reach) for first in cells.tolist()]


def _between(leaves: Leaves, span: tuple[int, int]) -> Leaves:
    """The leaves of a span of keys."""
    first, last = span
    return leaves[slice(*np.searchsorted(leaves["first"], np.array([first, last + 1], np.uint64)))]
