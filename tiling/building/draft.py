"""What a build is going to do: which leaves there will be, and which of them must be drawn, before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entities.model import LATEST
from entities.position import Keys
from tiling.building.plan import (
    Leaves,
    cells_of,
    content_names,
    identities,
    parts,
    plan,
    replanned,
    wide_cells,
    with_extents,
    within,
)
from tiling.building.settings import Settings
from tiling.building.source import Source
from tiling.building.standing import index, stale
from tiling.encoding.wrapping import extent_of
from tiling.grid import COARSEST, first_keys, shifts
from tiling.stored.published import Published
from tiling.stored.sink import Sink, present


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
    before = since or Published.nothing(settings)
    if before.root and before.key == settings.key:
        dirty = stale(source, settings, before)
        if not len(dirty):
            return Draft(source, sink, settings, before, before.leaves, dirty, np.zeros(0, np.intp), anew)
        old = before.leaves[within(before.leaves, COARSEST, wide_cells(dirty))]
        new = _anew(source, settings, old, dirty)
    else:
        old, new = before.leaves, plan(index(source, settings), settings)
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


def _anew(source: Source, settings: Settings, old: Leaves, dirty: Keys) -> Leaves:
    """The leaves of the coarsest cells in which keys are dirty: those of parts that are read, the others as they were.

    Where a part holds so little now that it need not be divided, its whole cell is read.
    """
    read = {part: index(source, settings, *_ends(part)) for part in parts(old, dirty)}
    few = [first for (first, level), found in read.items() if level > COARSEST and len(found.keys) <= settings.most]
    thin = cells_of(np.array(few, np.uint64), COARSEST)
    lies = np.isin(first_keys(np.array([first for first, _ in read], np.uint64), COARSEST), thin)
    found = [plan(listed, settings) for listed, whole in zip(read.values(), lies.tolist(), strict=True) if not whole]
    found += [plan(index(source, settings, *_ends((cell, COARSEST))), settings) for cell in thin.tolist()]
    again = np.isin(first_keys(old["first"], COARSEST), thin)
    for part in read:
        again[slice(*np.searchsorted(old["first"], np.array(_ends(part), np.uint64) + np.array([0, 1], np.uint64)))] = (
            True
        )
    leaves: Leaves = np.concatenate([old[~again], *found])
    return leaves


def _ends(part: tuple[int, int]) -> tuple[int, int]:
    """The first and the last key of a cell."""
    first, level = part
    return first, first + (1 << int(shifts(level))) - 1
