"""The way back from an entity to the tiles that show it: by its position key and what is published."""

import gzip
from dataclasses import dataclass

import numpy as np

from tiling.building.plan import content_names
from tiling.grid import STEPS, first_keys, shifts
from tiling.stored.check_glb import Glb
from tiling.stored.published import Published
from tiling.stored.sink import Sink


@dataclass(frozen=True, slots=True)
class Shown:
    """A leaf's content that shows an entity, the features of it that are this entity, and the coarse contents above."""

    content: str
    features: tuple[int, ...]
    coarse: tuple[str, ...]  # the finest first


def shown(state: Published, sink: Sink, key: int, code: str) -> Shown | None:
    """Where a state shows the entity whose position has this key; None where it does not.

    Which features those are stands in the content itself: a layer may draw an entity as several.
    """
    row = int(np.searchsorted(state.leaves["first"], np.uint64(key), side="right")) - 1
    leaf = state.leaves[row : row + 1] if row >= 0 else state.leaves[:0]
    if not len(leaf) or key - int(leaf["first"][0]) >= 1 << int(shifts(leaf["level"])[0]):
        return None
    name = content_names(leaf)[0]
    codes = Glb(gzip.decompress(sink.get(name))).texts("code")
    features = tuple(row for row, found in enumerate(codes) if found == code)
    return Shown(name, features, _above(state, key)) if features else None


def _above(state: Published, key: int) -> tuple[str, ...]:
    """The coarse contents over a position, the finest first."""
    overviews = state.overviews
    over = np.zeros(len(overviews), np.bool_)
    for level in STEPS:
        first = first_keys(np.array([key], np.uint64), level)[0]
        over |= (overviews["level"] == level) & (overviews["first"] == first)
    return tuple(content_names(overviews[over], "o"))
