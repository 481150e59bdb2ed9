"""Pairs of a feature and an entity that overlap or stand near each other, and by how much."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.matching.policy import MatchPolicy
from entities.matching.sides import Floats, Places, Shapes, Side

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Pairs by feature, then entity: how much of each lies on the other, in shares of their sizes and together.

    `of_feature` and `of_entity` are shares from 0 to 1, `iou` is what they share over what they take up together.
    `likeness` ranks the pairs: nearness of shape, and what else agrees.
    """

    feature: Places
    entity: Places
    of_feature: Floats
    of_entity: Floats
    iou: Floats
    likeness: Floats

    def __len__(self) -> int:
        return len(self.feature)

    def where(self, chosen: Mask | Places) -> "Pairs":
        """Some of the pairs."""
        return Pairs(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def none(cls) -> Self:
        """No pairs."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), *(np.empty(0) for _ in range(4)))


def find_pairs(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Find every pair of one kind and compatible classes that shares at least what the policy refuses below."""
    found = [find(features, entities, policy) for find in _FINDERS]
    pairs = Pairs(*(np.concatenate([getattr(one, field.name) for one in found]) for field in fields(Pairs)))
    related = np.maximum(pairs.of_feature, pairs.of_entity) >= features.refuse[pairs.feature]
    pairs = pairs.where(related)
    pairs = pairs.where(np.lexsort((pairs.entity, pairs.feature)))
    return _ranked(pairs, features, entities, policy)


def _points(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Points of one class within the distance: the nearer the more alike."""
    one, other = _near(features, entities, 0, policy)
    equal = features.classes[one] == entities.classes[other]
    one, other = one[equal], other[equal]
    gap = shapely.distance(features.shapes[one], entities.shapes[other])
    closeness = 1 - gap / np.maximum(features.distance[one], 1e-9)
    return Pairs(one, other, np.ones(len(one)), np.ones(len(one)), closeness, closeness)


def _lines(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Lines near each other: the share of each one's length that runs within the distance of the other."""
    one, other = _near(features, entities, 1, policy)
    reach = features.distance[one]
    feature_part = _length_near(features.shapes, one, entities.shapes, other, reach)
    entity_part = _length_near(entities.shapes, other, features.shapes, one, reach)
    together = (feature_part + entity_part) / np.maximum(features.sizes[one] + entities.sizes[other], 1e-9)
    apart = shapely.hausdorff_distance(features.shapes[one], entities.shapes[other])
    closeness = (together + 1 - np.minimum(apart / np.maximum(reach, 1e-9), 1)) / 2
    of_feature, of_entity = _share(feature_part, features.sizes[one]), _share(entity_part, entities.sizes[other])
    return Pairs(one, other, of_feature, of_entity, together, closeness)


def _areas(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Areas that overlap."""
    one, other = _near(features, entities, 2, policy)
    possible = _box_overlap(features.shapes[one], entities.shapes[other])
    enough = possible >= features.refuse[one] * np.minimum(features.sizes[one], entities.sizes[other])
    one, other = one[enough], other[enough]
    shared = overlap_area(features.shapes[one], entities.shapes[other])
    iou = _share(shared, features.sizes[one] + entities.sizes[other] - shared)
    return Pairs(one, other, _share(shared, features.sizes[one]), _share(shared, entities.sizes[other]), iou, iou)


_FINDERS: Final[tuple[Callable[[Side, Side, MatchPolicy], Pairs], ...]] = (_points, _lines, _areas)


def overlap_area(shapes: Shapes, others: Shapes) -> Floats:
    """The area that each two areas share; areas that cross themselves count as what they enclose."""
    try:
        shared: Floats = shapely.area(shapely.intersection(shapes, others))
    except shapely.GEOSException:
        mended = shapely.intersection(*(shapely.make_valid(side) for side in (shapes, others)))
        shared = shapely.area(mended)
    return shared


def _near(features: Side, entities: Side, kind: int, policy: MatchPolicy) -> tuple[Places, Places]:
    """Pairs of one kind and compatible classes: areas whose boxes meet, others that are within the distance."""
    ours, theirs = np.flatnonzero(features.kinds == kind), np.flatnonzero(entities.kinds == kind)
    tree = shapely.STRtree(entities.shapes[theirs])
    seek = partial(tree.query, predicate="dwithin", distance=features.distance[ours]) if kind < 2 else tree.query
    one, other = seek(features.shapes[ours])
    one, other = ours[one], theirs[other]
    fitting = _compatible(features.classes[one], entities.classes[other], policy)
    return one[fitting], other[fitting]


def _compatible(classes: Shapes, others: Shapes, policy: MatchPolicy) -> Mask:
    couples = list(zip(classes.tolist(), others.tolist(), strict=True))
    known = {couple: policy.classes.compatible(*couple) for couple in set(couples)}
    return np.array([known[couple] for couple in couples], dtype=bool)


def _box_overlap(shapes: Shapes, others: Shapes) -> Floats:
    one, other = shapely.bounds(shapes).reshape(-1, 4), shapely.bounds(others).reshape(-1, 4)
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    area: Floats = np.prod(np.maximum(sides, 0), axis=1)
    return area


def _length_near(lines: Shapes, places: Places, others: Shapes, other_places: Places, reach: Floats) -> Floats:
    """The length of each line that lies within reach of the other; each other line is widened once for each reach."""
    wanted = np.stack([other_places.astype(np.float64), reach], axis=1)
    needed, which = np.unique(wanted, axis=0, return_inverse=True)
    wide = widened(others[needed[:, 0].astype(np.int64)], needed[:, 1])
    length: Floats = shapely.length(shapely.intersection(lines[places], wide[which.reshape(-1)]))
    return length


def widened(lines: Shapes, distance: Floats | float) -> Shapes:
    """What lies within a distance beside lines, not beyond their ends, where the next line begins."""
    wide: Shapes = shapely.buffer(lines, distance, quad_segs=4, cap_style="flat")
    return wide


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.minimum(part / np.where(whole > 0, whole, np.inf), 1)
    return share


def _ranked(pairs: Pairs, features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Add to each pair's likeness what else agrees; so twins of one outline keep their own identities."""
    one, other = pairs.feature, pairs.entity
    named = [
        features.states[i].name is not None and features.states[i].name == entities.states[j].name
        for i, j in zip(one.tolist(), other.tolist(), strict=True)
    ]
    weights = policy.likeness
    likeness = pairs.likeness + weights.height * agreement_in_height(features, one, entities, other)
    likeness = likeness + weights.class_code * (features.classes[one] == entities.classes[other])
    likeness = likeness + weights.name * np.array(named, dtype=np.float64)
    return Pairs(one, other, pairs.of_feature, pairs.of_entity, pairs.iou, likeness)


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
