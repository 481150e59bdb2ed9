"""Splits and merges: one thing that several others, each lying on it, together make up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import shapely

from entities.matching.pairs import Pairs, widened
from entities.matching.repeating import says_again
from entities.matching.sides import Floats, Mask, Places, Shapes, Side

SPLIT: Final = "split"
MERGE: Final = "merge"

_LEAST_ON: Final = 0.6
_LEAST_FULL: Final = 0.7
"""However noisy a survey, this share of a part lies on its whole, and this share of a whole is filled by its parts."""
_STOREY: Final = 3.0  # metres
_BESIDE: Final = 0.4
"""How far a whole outline may be off to one side, in the distance that a corner may be off."""
_LEAST_REST: Final = 0.12
"""The share of a whole that is filled beside a part that may be the whole itself."""


@dataclass(frozen=True)
class Family:
    """A whole and its parts: an entity and the features it was split into, or a feature and the entities it merges."""

    kind: str
    pairs: Places  # places in the pairs given, one for each part
    together: float  # the share of the whole that the parts cover


def find_families(pairs: Pairs, near: Mask, features: Side, entities: Side) -> list[Family]:
    """Find splits and merges among pairs, the fullest first; no feature and no entity is in two of them.

    Where one part alone is `near` enough to be the whole, the others have to fill enough of it.
    """
    distinct = ~np.isin(pairs.feature, _said_again(pairs, features))
    new, old = _Half(pairs.feature, pairs.of_feature, features), _Half(pairs.entity, pairs.of_entity, entities)
    found = [*_families(SPLIT, old, new, near, distinct), *_families(MERGE, new, old, near, distinct)]
    ranked = sorted(found, key=lambda family: (-family.together, family.kind, family.pairs.tolist()))
    return list(_apart(ranked, pairs))


class _Half(NamedTuple):
    """One side of pairs: where its things stand in it, and how much of each the other side covers."""

    places: Places
    covers: Floats
    side: Side

    def lie_on(self) -> Mask:
        """Which lie on the other: but for what a cover may lack, or an area's outline be off."""
        side, places = self.side, self.places
        missing = (1 - self.covers) * side.sizes[places]
        beside = (side.kinds[places] == 2) & (self.covers >= _LEAST_ON) & (missing <= slack(side, places))
        lie_on: Mask = (self.covers >= side.accept[places]) | beside
        return lie_on


def slack(side: Side, places: Places) -> Floats:
    """How much of each area may lie beside another of which it is a part, or the whole, for its outline being off.

    Nothing of a sliver, no part of which is sure to lie anywhere.
    """
    beside = _BESIDE * side.outline[places] * side.rims[places]
    thick: Floats = np.where((side.kinds[places] == 2) & (beside <= side.sizes[places]), beside, 0.0)
    return thick


def _said_again(pairs: Pairs, features: Side) -> list[int]:
    """The features that say what another with the same entity says, but for the first of them."""
    again: list[int] = []
    for members in _gathered(pairs.entity, pairs.of_feature >= _LEAST_ON):
        places = sorted(pairs.feature[members].tolist())
        again += [
            one for number, one in enumerate(places) if any(says_again(features, one, two) for two in places[:number])
        ]
    return again


def _families(kind: str, wholes: _Half, parts: _Half, near: Mask, distinct: Mask) -> Iterator[Family]:
    """Families of one kind: at least two parts that lie on a whole, fill it and do not lie on each other."""
    for members in _gathered(wholes.places, parts.lie_on() & distinct):
        level = members[~_other_height(members, wholes, parts)]  # not the tower that stands on what was joined
        for some in (level, members) if 1 < len(level) < len(members) else (members,):
            together = _together(some, wholes, parts, near)
            if together is not None:
                yield Family(kind, some, together)
                break


def _other_height(members: Places, wholes: _Half, parts: _Half) -> Mask:
    """Which parts are much higher or lower than the whole."""
    whole, part = wholes.side.heights[wholes.places[members]], parts.side.heights[parts.places[members]]
    other: Mask = np.nan_to_num(np.abs(whole - part)) > np.nan_to_num(np.fmax(whole, part)) / 4 + _STOREY
    return other


def _together(members: Places, wholes: _Half, parts: _Half, near: Mask) -> float | None:
    """The share of a whole that parts fill, if they make it up."""
    whole, side = int(wholes.places[members[0]]), wholes.side
    filled = _filled(whole, side, parts.side.shapes[parts.places[members]])
    accept, size = float(side.accept[whole]), float(side.sizes[whole])
    room = float(slack(side, wholes.places[members[:1]])[0])
    off = _LEAST_FULL * size <= filled.together and size - filled.together <= room
    fills = size > 0 and (filled.together >= accept * size or off)
    rest = filled.together - filled.largest >= _LEAST_REST * size
    apart = filled.total <= filled.together * (2 - accept)
    return min(filled.together / size, 1.0) if fills and apart and (rest or not near[members].any()) else None


class _Filled(NamedTuple):
    """How much of a whole its parts take up: added up, together, and the largest alone."""

    total: float
    together: float
    largest: float


def _filled(whole: int, side: Side, parts: Shapes) -> _Filled:
    """The overlap with areas, or the stretches of a line that run near other lines."""
    shape, measure = side.shapes[whole], shapely.area
    if side.kinds[whole] == 1:
        parts, measure = widened(parts, float(side.distance[whole])), shapely.length
    sizes = measure(shapely.intersection(shape, parts))
    together = float(measure(shapely.intersection(shape, shapely.union_all(parts))))
    return _Filled(float(sizes.sum()), together, float(sizes.max()))


def _gathered(whole_of: Places, chosen: Mask) -> Iterator[Places]:
    """The chosen pairs of each whole that has at least two of them."""
    places = np.flatnonzero(chosen)
    order = places[np.argsort(whole_of[places], kind="stable")]
    starts = np.flatnonzero(np.diff(whole_of[order], prepend=-1))
    return (members for members in np.split(order, starts[1:]) if len(members) > 1)


def _apart(ranked: Sequence[Family], pairs: Pairs) -> Iterator[Family]:
    used_features: set[int] = set()
    used_entities: set[int] = set()
    for family in ranked:
        features = set(pairs.feature[family.pairs].tolist())
        entities = set(pairs.entity[family.pairs].tolist())
        if features.isdisjoint(used_features) and entities.isdisjoint(used_entities):
            used_features |= features
            used_entities |= entities
            yield family
