"""Features that say again what another feature of the same survey says."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely

from entities.matching.likeness import agreement_in_height
from entities.matching.sides import Side

SAME_EXTENT: Final = 0.5
"""Agreement in height from which two things of one outline are taken for one thing, not for storeys of one tower."""

_POINT: Final = 1.5
_OUTLINE: Final = 0.65
"""How far points, and outlines on average, may be off, in the distance that a corner may be off."""
_TWICE: Final = 1.5
"""By how much more two features may be off than a feature and the base."""
_SHARED: Final = 0.5
"""The share of the larger of two areas that cannot be shared by two things beside each other."""


class Repeat(NamedTuple):
    """A feature that says again what another says, and how much of both together they share."""

    feature: int
    other: int
    iou: float


def find_repeats(features: Side, places: Sequence[int]) -> Iterator[Repeat]:
    """Find which of the features at these places, in ascending order, say again what any other says.

    Of two of these the second repeats the first.
    """
    asked = np.array(places, dtype=np.int64)
    reach = np.where(features.kinds[asked] == 2, 0.0, _POINT * features.outline[asked])
    one, other = shapely.STRtree(features.shapes).query(features.shapes[asked], "dwithin", reach)
    chosen, said = set(places), set[int]()
    for feature, known in sorted(zip(asked[one].tolist(), other.tolist(), strict=True)):
        first = known not in chosen or known < feature
        if first and feature != known and feature not in said and says_again(features, feature, known):
            said.add(feature)
            yield Repeat(feature, known, _agreement(features, feature, known))


def says_again(features: Side, one: int, other: int) -> bool:
    """Whether two features of a survey say the same of one place."""
    if features.kinds[one] != features.kinds[other] or features.classes[one] != features.classes[other]:
        return False
    if features.kinds[one] == 2:
        return _overlies(features, one, other)
    new, old = features.states[one], features.states[other]
    told = (new.name, new.attributes) == (old.name, old.attributes)
    reach = _POINT * float(features.outline[one])
    return told and bool(shapely.hausdorff_distance(features.shapes[one], features.shapes[other]) <= reach)


def _overlies(features: Side, one: int, other: int) -> bool:
    """Whether two areas have one outline and one vertical extent."""
    smaller, larger = sorted([float(features.sizes[one]), float(features.sizes[other])])
    shared = _shared(features, one, other)
    off = (smaller + larger - 2 * shared) / max(float(features.rims[one] + features.rims[other]) / 2, 1e-9)
    near = shared >= _SHARED * larger and off <= _TWICE * _OUTLINE * features.outline[one]
    first, second = np.array([one]), np.array([other])
    alike = agreement_in_height(features, first, features, second)[0] >= SAME_EXTENT
    unknown = bool(np.isnan(features.heights[one] + features.heights[other]))
    return (near or shared >= features.accept[one] * larger) and bool(alike or unknown)


def _agreement(features: Side, one: int, other: int) -> float:
    if features.kinds[one] < 2:
        return 1.0
    shared = _shared(features, one, other)
    return shared / max(float(features.sizes[one] + features.sizes[other]) - shared, 1e-9)


def _shared(features: Side, one: int, other: int) -> float:
    """The square metres that two areas share; areas that cross themselves share nothing that could be told."""
    first, second = features.shapes[one], features.shapes[other]
    if not (first.is_valid and second.is_valid):
        return 0.0
    return float(shapely.intersection(first, second).area)
