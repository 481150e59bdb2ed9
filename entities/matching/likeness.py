"""What beside the outlines speaks for a pair: equal classes and names, the same heights, the same attributes."""

from typing import Final

import numpy as np

from entities.matching.policy import Likeness
from entities.matching.sides import Floats, Mask, Places, Side

_LEVEL: Final = 0.3
"""Metres of error of a surveyed level."""
_NAMED: Final = 4.6
"""The logarithm of the odds that an equal name gives, and equal attributes: one neighbour in a hundred has the same."""

_APART: Final = 0.2
_SHARED: Final = 0.5
"""Agreement in height below which two things are on different levels, and from which they are on one."""


def ranked(closeness: Floats, one: Places, features: Side, other: Places, entities: Side, weights: Likeness) -> Floats:
    """Add to each pair's closeness what else agrees; so twins of one outline keep their own identities."""
    height = agreement_in_height(features, one, entities, other)
    equal_class = features.classes[one] == entities.classes[other]
    named = _named(features, one, entities, other)
    likeness: Floats = closeness + weights.height * height + weights.class_code * equal_class + weights.name * named
    thin = np.flatnonzero(features.kinds[one] < 2)
    if len(thin):
        likeness[thin] += _evidence(features, one[thin], entities, other[thin], named[thin])
    return likeness


def _named(features: Side, one: Places, entities: Side, other: Places) -> Floats:
    """1 where both have the same name."""
    ours, theirs = features.names[one], entities.names[other]
    named: Floats = ((ours == theirs) & (ours != "")).astype(np.float64)
    return named


def _evidence(features: Side, one: Places, entities: Side, other: Places, named: Floats) -> Floats:
    """The logarithm of the odds that name, levels and attributes give to a pair of lines or points."""
    levels = np.abs(features.levels[one] - entities.levels[other])
    grounds = np.abs(features.grounds[one] - entities.grounds[other])
    off = np.nan_to_num(np.fmax(levels, grounds))
    low = -np.minimum((off / _LEVEL) ** 2 / 2, 8.0)
    same = [_agreement(features, i, entities, j) for i, j in zip(one.tolist(), other.tolist(), strict=True)]
    evidence: Floats = low + _NAMED * (named + np.array(same, dtype=np.float64))
    return evidence


def _agreement(features: Side, i: int, entities: Side, j: int) -> float:
    """The share of the attributes that both have which are equal."""
    new, old = features.states[i].attributes, entities.states[j].attributes
    common = new.keys() & old.keys()
    return sum(new[name] == old[name] for name in common) / len(common) if common else 0.0


def on_another_level(features: Side, one: Places, entities: Side, other: Places) -> Mask:
    """Pairs that share no height, where either of the two shares more with another: storeys of one tower."""
    known = ~np.isnan(features.grounds[one] + features.heights[one] + entities.grounds[other] + entities.heights[other])
    agreement = np.where(known, agreement_in_height(features, one, entities, other), 0.0)
    best = [np.zeros(len(side)) for side in (features, entities)]
    np.maximum.at(best[0], one, agreement)
    np.maximum.at(best[1], other, agreement)
    elsewhere = np.maximum(best[0][one], best[1][other]) >= _SHARED
    apart: Mask = known & (agreement < _APART) & elsewhere
    return apart


def agreement_in_height(features: Side, one: Places, entities: Side, other: Places) -> Floats:
    """How far the vertical extents of each pair agree, from 0 to 1; for lines, how near their mean levels are."""
    grounded = ~np.isnan(features.grounds[one] + entities.grounds[other])
    low = np.where(grounded, features.grounds[one], 0), np.where(grounded, entities.grounds[other], 0)
    high = low[0] + features.heights[one], low[1] + entities.heights[other]
    shared, reach = np.minimum(*high) - np.maximum(*low), np.maximum(*high) - np.minimum(*low)
    extent = np.where(reach > 0, np.maximum(shared, 0) / np.where(reach > 0, reach, 1), 1)
    level = 1 / (1 + np.abs(features.levels[one] - entities.levels[other]))
    agreement: Floats = np.nan_to_num(np.where(np.isnan(high[0] + high[1]), level, extent))
    return agreement
