"""Splits and merges: one thing that several others, each lying on it, together make up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from entities.matching.pairs import Mask, Pairs, widened
from entities.matching.sides import Places, Shapes, Side

SPLIT: Final = "split"
MERGE: Final = "merge"


@dataclass(frozen=True)
class Family:
    """A whole and its parts: an entity and the features it was split into, or a feature and the entities it merges."""

    kind: str
    pairs: Places  # places in the pairs given, one for each part
    together: float  # the share of the whole that the parts cover


def find_families(pairs: Pairs, features: Side, entities: Side) -> list[Family]:
    """Find splits and merges among pairs, the fullest first; no feature and no entity is in two of them."""
    inside = pairs.of_feature >= features.accept[pairs.feature]
    splits = _families(SPLIT, pairs, inside, (pairs.entity, entities), (pairs.feature, features))
    around = pairs.of_entity >= entities.accept[pairs.entity]
    merges = _families(MERGE, pairs, around, (pairs.feature, features), (pairs.entity, entities))
    ranked = sorted([*splits, *merges], key=lambda family: (-family.together, family.kind, family.pairs.tolist()))
    return list(_apart(ranked, pairs))


def _families(
    kind: str, pairs: Pairs, lies_on: Mask, wholes: tuple[Places, Side], parts: tuple[Places, Side]
) -> Iterator[Family]:
    """Families of one kind: at least two parts that lie on a whole, fill it and do not lie on each other."""
    whole_of, side = wholes
    part_of, part_side = parts
    for members in _gathered(whole_of, lies_on):
        whole = int(whole_of[members[0]])
        pieces = _pieces(side.shapes[whole], part_side.shapes[part_of[members]], float(side.distance[whole]))
        measure = shapely.area if side.kinds[whole] == 2 else shapely.length
        total, together = float(measure(pieces).sum()), float(measure(shapely.union_all(pieces)))
        accept, size = float(side.accept[whole]), float(side.sizes[whole])
        if together >= accept * size > 0 and total <= together * (2 - accept):
            yield Family(kind, members, min(together / size, 1.0))


def _gathered(whole_of: Places, chosen: Mask) -> Iterator[Places]:
    """The chosen pairs of each whole that has at least two of them."""
    places = np.flatnonzero(chosen)
    order = places[np.argsort(whole_of[places], kind="stable")]
    starts = np.flatnonzero(np.diff(whole_of[order], prepend=-1))
    return (members for members in np.split(order, starts[1:]) if len(members) > 1)


def _pieces(whole: shapely.Geometry, parts: Shapes, distance: float) -> Shapes:
    """What of the whole is taken up by each part: the overlap of areas, the stretch of a line near another."""
    covering = parts if shapely.get_dimensions(whole) == 2 else widened(parts, distance)
    pieces: Shapes = shapely.intersection(whole, covering)
    return pieces


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
