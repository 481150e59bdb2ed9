"""One thing that takes up other ground than before: extended, partly pulled down, or rebuilt."""

from typing import NamedTuple

import numpy as np
import shapely

from entities.matching.pairing import limits, risen
from entities.matching.pairs import Pairs
from entities.matching.policy import DoubtPolicy
from entities.matching.sides import Floats, Mask, Shapes, Side


class Altered(NamedTuple):
    """Pairs of a feature and the one entity it has to do with, and how much of the smaller outline stands as it was."""

    pairs: Pairs
    kept: Floats
    extended: Mask  # keeps its identity: a wing more or less
    rebuilt: Mask  # another thing on the same ground


def find_altered(pairs: Pairs, features: Side, entities: Side, doubts: DoubtPolicy) -> Altered:
    """Find what was altered among pairs that are not one thing by their covers."""
    lone = pairs.where(_lone(pairs, features, entities))
    kept = outline_kept(lone, features, entities)
    within = lone.most >= features.accept[lone.feature]
    larger = lone.least >= features.extend[lone.feature]
    higher = risen(lone, features, entities, doubts.rise)
    extended = within & larger & (kept >= doubts.kept) & ~higher
    rebuilt = higher & ((kept <= doubts.gone) | (_times(lone, features, entities) >= doubts.times))
    return Altered(lone, kept, extended, rebuilt)


def _lone(pairs: Pairs, features: Side, entities: Side) -> Mask:
    """The pairs of areas neither of which has to do with anything else."""
    ours = np.bincount(pairs.feature, minlength=len(features))[pairs.feature]
    theirs = np.bincount(pairs.entity, minlength=len(entities))[pairs.entity]
    alone: Mask = (ours == 1) & (theirs == 1) & (features.kinds[pairs.feature] == 2)
    return alone


def outline_kept(pairs: Pairs, features: Side, entities: Side) -> Floats:
    """The share of the smaller thing's outline that runs as near the other's as a survey can tell."""
    one, other = features.shapes[pairs.feature], entities.shapes[pairs.entity]
    swap = features.sizes[pairs.feature] > entities.sizes[pairs.entity]
    small, large = np.where(swap, other, one), np.where(swap, one, other)
    beside = shapely.buffer(_outlines(large), limits(pairs, features), quad_segs=2)
    outline = _outlines(small)
    kept: Floats = shapely.length(shapely.intersection(outline, beside)) / np.maximum(shapely.length(outline), 1e-9)
    return kept


def _outlines(shapes: Shapes) -> Shapes:
    outlines: Shapes = shapely.boundary(shapes)
    return outlines


def _times(pairs: Pairs, features: Side, entities: Side) -> Floats:
    """How many times as high or as low each thing is as before; 1 where that is not known."""
    here, there = features.heights[pairs.feature], entities.heights[pairs.entity]
    low, high = np.fmin(here, there), np.fmax(here, there)
    times: Floats = np.where((low > 0) & ~np.isnan(here + there), high / np.where(low > 0, low, 1.0), 1.0)
    return times
