"""The pairs that are one thing surveyed twice, each side in one pair only."""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from entities.matching.assigning import assign, unsure
from entities.matching.likeness import agreement_in_height
from entities.matching.pairs import BOX, Pairs, further
from entities.matching.policy import DoubtPolicy
from entities.matching.repeating import SAME_EXTENT, says_again
from entities.matching.sides import Floats, Mask, Side

_POINT: Final = 1.5
"""How far a point may be off, in the distance that an outline may be off."""
_OUTLINE: Final = 0.65
"""The same for an outline on average."""
_AREA: Final = 0.5
"""By how much an outline is nearer on average than its corners are, in standard deviations."""
_FURTHEST: Final = 1.5
"""By how much further than a corner is off the furthest of four is, in standard deviations."""
_CERTAIN: Final = 50.0
"""Above any logarithm of odds; so that a worse pair is still better than none."""
_AGREED: Final = 10.0
"""What full agreement in everything else weighs, beside a logarithm of odds."""


class Paired(NamedTuple):
    """Pairs that are one thing each, and pairs that might as well be others."""

    same: Pairs
    rivals: Pairs


def covered(pairs: Pairs, features: Side) -> Mask:
    """The pairs whose covers are both enough; points are, within what a survey errs."""
    enough: Mask = pairs.least >= features.accept[pairs.feature]
    points = features.kinds[pairs.feature] == 0
    near_enough: Mask = enough & (~points | (pairs.offset <= _POINT * features.outline[pairs.feature]))
    return near_enough


def near(pairs: Pairs, features: Side, entities: Side, doubts: DoubtPolicy) -> Mask:
    """The pairs whose outlines are as near as a survey can tell, since covers of a small thing say little."""
    extended = features.kinds[pairs.feature] > 0
    close = extended & (pairs.most >= doubts.near) & (pairs.offset <= limits(pairs, features))
    reach = further(features.boxes[pairs.feature], entities.boxes[pairs.entity])
    reaching = reach <= BOX * features.outline[pairs.feature]
    return close & reaching & ~risen(pairs, features, entities, doubts.rise)


def limits(pairs: Pairs, features: Side) -> Floats:
    """How many metres the outlines of each pair may be off on average: about half of what a corner may be off."""
    limit: Floats = _OUTLINE * features.outline[pairs.feature]
    return limit


def risen(pairs: Pairs, features: Side, entities: Side, rise: float) -> Mask:
    """Whether both heights are known and differ by more than a rise and than a quarter."""
    here, there = features.heights[pairs.feature], entities.heights[pairs.entity]
    off = np.nan_to_num(np.abs(here - there))
    higher: Mask = off > np.maximum(rise, np.nan_to_num(np.fmax(here, there)) / 4)
    return higher


def pair_covered(pairs: Pairs, features: Side, doubts: DoubtPolicy) -> Paired:
    """Choose among pairs by their covers."""
    return _pair_off(pairs.where(covered(pairs, features)), features, doubts, most=1)


def pair_near(pairs: Pairs, features: Side, entities: Side, doubts: DoubtPolicy) -> Paired:
    """Choose among pairs by how near their outlines are, where covers say little."""
    close = pairs.where(near(pairs, features, entities, doubts))
    areas = features.kinds[close.feature] == 2
    agreed = close.likeness - close.iou
    reach = further(features.boxes[close.feature], entities.boxes[close.entity])
    ends = (reach / (_FURTHEST * features.noise)) ** 2 / 2
    odds = _CERTAIN - (close.offset / (_AREA * features.noise)) ** 2 / 2 - ends + _AGREED * agreed
    ranked = replace(close, likeness=np.where(areas, np.maximum(odds, 1.0), close.likeness))
    return _pair_off(ranked, features, doubts, most=2)


def _pair_off(pairs: Pairs, features: Side, doubts: DoubtPolicy, most: int) -> Paired:
    """Choose among pairs that may be one thing so that all together are the most alike.

    Where things of the kinds up to `most` could be paired otherwise nearly as well, they are rivals: nobody can tell
    which is which. One that only repeats another of the survey is no rival of it.
    """
    chosen = assign(pairs.feature, pairs.entity, pairs.likeness)
    same, over = pairs.where(chosen), pairs.where(~np.isin(pairs.feature, pairs.feature[chosen]))
    repeated = over.where(_repeated(over, same, features))
    open_ones = pairs.where((features.kinds[pairs.feature] <= most) & ~np.isin(pairs.feature, repeated.feature))
    taken = np.flatnonzero(_among(open_ones, same))
    rivals = open_ones.where(unsure(open_ones.feature, open_ones.entity, open_ones.likeness, taken, doubts.rival))
    return Paired(same.where(~np.isin(same.feature, rivals.feature)), rivals)


def _among(pairs: Pairs, others: Pairs) -> Mask:
    """Which pairs are among the others."""
    known = set(zip(others.feature.tolist(), others.entity.tolist(), strict=True))
    columns = zip(pairs.feature.tolist(), pairs.entity.tolist(), strict=True)
    return np.array([one in known for one in columns], dtype=bool)


def _repeated(over: Pairs, same: Pairs, features: Side) -> Mask:
    """The pairs whose feature says again what the feature that is that entity said."""
    holder = dict(zip(same.entity.tolist(), same.feature.tolist(), strict=True))
    columns = zip(over.feature.tolist(), over.entity.tolist(), strict=True)
    said = [entity in holder and says_again(features, one, holder[entity]) for one, entity in columns]
    return np.array(said, dtype=bool)


def repeats(pairs: Pairs, same: Pairs, features: Side, entities: Side, doubts: DoubtPolicy) -> Mask:
    """Pairs of one outline and one vertical extent: not storeys of a tower, and not posts beside each other."""
    alike = agreement_in_height(features, pairs.feature, entities, pairs.entity) >= SAME_EXTENT
    unknown = np.isnan(features.heights[pairs.feature] + entities.heights[pairs.entity])
    accepted = covered(pairs, features) | near(pairs, features, entities, doubts)
    areas = accepted & (features.kinds[pairs.feature] == 2) & (alike | unknown)
    found: Mask = areas | _repeated(pairs, same, features)
    return found
