"""Pairs of a feature and an entity that overlap or stand near each other, and by how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Final, Self

import numpy as np
import shapely

from entities.matching.likeness import on_another_level, ranked
from entities.matching.policy import MatchPolicy
from entities.matching.sides import Floats, Mask, Places, Shapes, Side

_SAMPLES: Final = (np.arange(12) + 0.5) / 12
"""Where along a line its distance from another is taken."""


@dataclass(frozen=True)
class Pairs:
    """Pairs by feature, then entity: how much of each lies on the other, in shares of their sizes and together.

    `of_feature` and `of_entity` are shares from 0 to 1, `iou` is what they share over what they take up together.
    `offset` is how many metres the outlines are off on average, `likeness` ranks the pairs of one kind: nearness of
    shape, and what else agrees. No number depends on where the vertices of an outline are.
    """

    feature: Places
    entity: Places
    of_feature: Floats
    of_entity: Floats
    iou: Floats
    offset: Floats
    likeness: Floats

    def __len__(self) -> int:
        return len(self.feature)

    @property
    def least(self) -> Floats:
        """The smaller of both covers."""
        return np.minimum(self.of_feature, self.of_entity)

    @property
    def most(self) -> Floats:
        """The larger of both covers."""
        return np.maximum(self.of_feature, self.of_entity)

    def where(self, chosen: Mask | Places) -> "Pairs":
        """Some of the pairs."""
        return Pairs(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def without(self, *settled: "Pairs") -> "Pairs":
        """The pairs that share neither side with those settled."""
        features = np.concatenate([one.feature for one in settled])
        entities = np.concatenate([one.entity for one in settled])
        return self.where(~np.isin(self.feature, features) & ~np.isin(self.entity, entities))

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        """Pairs of several kinds as one."""
        several = [cls.none(), *several]
        return cls(*(np.concatenate([getattr(one, field.name) for one in several]) for field in fields(cls)))

    @classmethod
    def none(cls) -> Self:
        """No pairs."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), *(np.empty(0) for _ in range(5)))


def find_pairs(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Find every pair of one kind and compatible classes that shares at least what the policy refuses below."""
    found = [find(features, entities, policy) for find in _FINDERS]
    pairs = Pairs.joined(found)
    related = (pairs.most >= features.refuse[pairs.feature]) | alike_in_reach(pairs, features, entities)
    pairs = pairs.where(related)
    pairs = pairs.where(~on_another_level(features, pairs.feature, entities, pairs.entity))
    pairs = pairs.where(np.lexsort((pairs.entity, pairs.feature)))
    likeness = ranked(pairs.likeness, pairs.feature, features, pairs.entity, entities, policy.likeness)
    return replace(pairs, likeness=likeness)


def _points(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Points of one class within the distance: the nearer the more alike."""
    one, other = _near(features, entities, 0, policy)
    equal = features.classes[one] == entities.classes[other]
    one, other = one[equal], other[equal]
    gap = shapely.distance(features.shapes[one], entities.shapes[other])
    closeness = 1 - gap / np.maximum(features.distance[one], 1e-9)
    return Pairs(one, other, np.ones(len(one)), np.ones(len(one)), closeness, gap, _odds(gap, features.noise))


def _lines(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Lines near each other: the share of each one's length that runs within the distance of the other."""
    one, other = _near(features, entities, 1, policy)
    reach = features.distance[one]
    feature_part = _length_near(features.shapes, one, entities.shapes, other, reach)
    entity_part = _length_near(entities.shapes, other, features.shapes, one, reach)
    together = (feature_part + entity_part) / np.maximum(features.sizes[one] + entities.sizes[other], 1e-9)
    offset = (
        _off(features.shapes[one], entities.shapes[other]) + _off(entities.shapes[other], features.shapes[one])
    ) / 2
    of_feature, of_entity = _share(feature_part, features.sizes[one]), _share(entity_part, entities.sizes[other])
    return Pairs(one, other, of_feature, of_entity, together, offset, _odds(offset, _BESIDE * features.noise))


def _areas(features: Side, entities: Side, policy: MatchPolicy) -> Pairs:
    """Areas that overlap."""
    one, other = _near(features, entities, 2, policy)
    boxes = features.boxes[one], entities.boxes[other]
    enough = _box_overlap(*boxes) >= features.refuse[one] * np.minimum(features.sizes[one], entities.sizes[other])
    enough |= further(*boxes) <= BOX * features.outline[one]
    one, other = one[enough], other[enough]
    shared = overlap_area(features.shapes[one], entities.shapes[other])
    together = features.sizes[one] + entities.sizes[other] - shared
    rims = (features.rims[one] + entities.rims[other]) / 2
    offset = (together - shared) / np.maximum(rims, 1e-9)
    iou = _share(shared, together)
    return Pairs(
        one, other, _share(shared, features.sizes[one]), _share(shared, entities.sizes[other]), iou, offset, iou
    )


BOX: Final = 2.0
"""How far apart the sides of two boxes of one thing may be, in the distance that a corner may be off."""


def alike_in_reach(pairs: Pairs, features: Side, entities: Side) -> Mask:
    """Pairs of areas that reach equally far to every side, as far as a survey can tell."""
    reach = further(features.boxes[pairs.feature], entities.boxes[pairs.entity])
    alike: Mask = (features.kinds[pairs.feature] == 2) & (reach <= BOX * features.outline[pairs.feature])
    return alike


def further(boxes: Floats, others: Floats) -> Floats:
    """How many metres further one box of each two reaches than the other, to any side at most."""
    reach: Floats = np.abs(boxes - others).max(axis=1, initial=0.0)
    return reach


_FINDERS: Final[tuple[Callable[[Side, Side, MatchPolicy], Pairs], ...]] = (_points, _lines, _areas)

_BESIDE: Final = 0.7
"""By how much a line as a whole is nearer than its vertices are, in standard deviations."""
_CERTAIN: Final = 50.0
"""Above any logarithm of odds; so that a worse pair is still better than none."""


def _odds(offset: Floats, noise: float) -> Floats:
    """The logarithm of the odds that two things so many metres apart are one, up to a constant."""
    odds: Floats = np.maximum(_CERTAIN - (offset / noise) ** 2 / 2, 1.0)
    return odds


def _off(lines: Shapes, others: Shapes) -> Floats:
    """How many metres each line lies off the other on average, taken at even steps along it."""
    count = len(_SAMPLES)
    places = shapely.line_interpolate_point(_plain(lines)[:, None], _SAMPLES[None, :], normalized=True)
    gaps: Floats = shapely.distance(places.reshape(-1), np.repeat(others, count)).reshape(-1, count).mean(axis=1)
    return gaps


def _plain(lines: Shapes) -> Shapes:
    """Lines of several parts as one line along all of them."""
    several = np.flatnonzero(shapely.get_type_id(lines) != 1)
    if len(several):
        lines = lines.copy()
        lines[several] = [shapely.LineString(shapely.get_coordinates(one)) for one in lines[several]]
    return lines


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
    """Whether the classes of each pair may be one entity's, asked once for each two classes."""
    names = sorted({*classes.tolist(), *others.tolist()})
    number = {name: place for place, name in enumerate(names)}
    one, other = (np.array([number[name] for name in side.tolist()], dtype=np.int64) for side in (classes, others))
    key = one * len(names) + other
    known = {
        couple: policy.classes.compatible(names[couple // len(names)], names[couple % len(names)])
        for couple in set(key.tolist())
    }
    return np.array([known[couple] for couple in key.tolist()], dtype=bool)


def _box_overlap(one: Floats, other: Floats) -> Floats:
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
