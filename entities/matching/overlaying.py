"""Features and entities that overlap: the same one re-surveyed, a split, a merge, or a case for a person."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from entities.matching import words
from entities.matching.comparing import differences, displacement
from entities.matching.families import SPLIT, Family, find_families
from entities.matching.pairs import Mask, Pairs, agreement_in_height, find_pairs
from entities.matching.policy import MatchPolicy
from entities.matching.result import Cover, Descent, Match
from entities.matching.sides import Side
from entities.matching.words import percent
from entities.text import Text

_MOST_REASONS: Final = 3
_LEAST_COVER: Final = 0.5
_SAME_EXTENT: Final = 0.5
"""Agreement in height from which two things of one outline are taken for one thing, not for storeys of one tower."""


def overlay(features: Side, entities: Side, policy: MatchPolicy) -> tuple[list[Match], list[Descent]]:
    """Decide about the features that have to do with an entity; those left out of the answer are new."""
    pairs = find_pairs(features, entities, policy)
    same = _same(pairs, features, entities)
    matches = _resurveyed(same, features, entities)
    undecided = pairs.where(~np.isin(pairs.feature, same.feature) & ~np.isin(pairs.entity, same.entity))
    families = [(one, undecided.where(one.pairs)) for one in find_families(undecided, features, entities)]
    descents: list[Descent] = []
    for family, members in families:
        matches += _related(family, members, entities)
        descents += _descents(family, members, entities)
    matches += _reviews(pairs, same, [members for _, members in families], features, entities)
    return matches, descents


def _accepted(pairs: Pairs, features: Side, entities: Side) -> Mask:
    """The pairs that may be one thing: both covers are enough, or the outlines are as near as a survey can tell."""
    least = np.minimum(pairs.of_feature, pairs.of_entity)
    accepted: Mask = least >= features.accept[pairs.feature]
    small = np.flatnonzero(~accepted & (least >= _LEAST_COVER))
    feature, entity = pairs.feature[small], pairs.entity[small]
    accepted[small] = displacement(features.shapes[feature], entities.shapes[entity]) <= features.outline[feature]
    return accepted


def _same(pairs: Pairs, features: Side, entities: Side) -> Pairs:
    """The pairs that are one thing surveyed twice: accepted, the most alike first, each side once."""
    accepted = np.flatnonzero(_accepted(pairs, features, entities))
    ranked = accepted[np.argsort(-pairs.likeness[accepted], kind="stable")]
    chosen, used, taken = [], set[int](), set[int]()
    columns = zip(ranked.tolist(), pairs.feature[ranked].tolist(), pairs.entity[ranked].tolist(), strict=True)
    for place, feature, entity in columns:
        if feature not in used and entity not in taken:
            used.add(feature)
            taken.add(entity)
            chosen.append(place)
    return pairs.where(np.array(sorted(chosen), dtype=np.int64))


def _resurveyed(same: Pairs, features: Side, entities: Side) -> list[Match]:
    changes = differences(features, same.feature, entities, same.entity)
    covers = _covers(same, entities)
    return [
        Match(feature, "changed" if reasons else "unchanged", (cover.code,), reasons, (cover,), state=state)
        for feature, (reasons, state), cover in zip(same.feature.tolist(), changes, covers, strict=True)
    ]


def _covers(pairs: Pairs, entities: Side) -> list[Cover]:
    numbers = np.round(np.stack([pairs.of_feature, pairs.of_entity, pairs.iou], axis=1), 4).tolist()
    codes = [entities.labels[place] for place in pairs.entity.tolist()]
    return [Cover(code, *row) for code, row in zip(codes, numbers, strict=True)]


def _related(family: Family, members: Pairs, entities: Side) -> Iterator[Match]:
    """What each feature of a split, or the one feature of a merge, is."""
    covers = _covers(members, entities)
    together = percent(family.together)
    if family.kind == SPLIT:
        for feature, cover in zip(members.feature.tolist(), covers, strict=True):
            said = {"code": cover.code, "of_entity": percent(cover.of_entity), "count": len(covers)}
            yield Match(feature, "split", (cover.code,), (words.SPLIT.fill(said | {"together": together}),), (cover,))
    else:
        reason = words.MERGED.fill({"count": len(covers), "together": together})
        yield Match(int(members.feature[0]), "merged", tuple(cover.code for cover in covers), (reason,), tuple(covers))


def _descents(family: Family, members: Pairs, entities: Side) -> Iterator[Descent]:
    for feature, cover in zip(members.feature.tolist(), _covers(members, entities), strict=True):
        yield Descent(family.kind, cover.code, feature, cover.of_feature, cover.of_entity)


def _reviews(pairs: Pairs, same: Pairs, families: Sequence[Pairs], features: Side, entities: Side) -> Iterator[Match]:
    """The features that share too much with an entity to be new and too little to be it, and those that repeat one."""
    settled = np.concatenate([same.feature, *(members.feature for members in families)])
    gone = np.concatenate([same.entity, *(members.entity for members in families)])
    left = pairs.where(~np.isin(pairs.feature, settled))
    partly = left.where(~np.isin(left.entity, gone))
    twice = left.where(np.isin(left.entity, same.entity) & _repeats(left, features, entities))
    holder = dict(zip(same.entity.tolist(), same.feature.tolist(), strict=True))
    reasons: dict[int, list[tuple[Cover, Text]]] = defaultdict(list)
    for feature, cover in zip(partly.feature.tolist(), _covers(partly, entities), strict=True):
        reasons[feature].append((cover, _partly(cover, float(features.accept[feature]))))
    for feature, entity, cover in zip(
        twice.feature.tolist(), twice.entity.tolist(), _covers(twice, entities), strict=True
    ):
        said = {"code": cover.code, "iou": percent(cover.iou), "row": features.labels[holder[entity]]}
        reasons[feature].append((cover, words.TWICE.fill(said)))
    doubtful = set(partly.feature.tolist())
    return (_review(one, reasons[one], "partly" if one in doubtful else "twice") for one in sorted(reasons))


def _repeats(pairs: Pairs, features: Side, entities: Side) -> Mask:
    """Pairs of one outline and one vertical extent: not storeys of a tower, and not posts beside each other."""
    extended = features.kinds[pairs.feature] > 0
    alike = agreement_in_height(features, pairs.feature, entities, pairs.entity) >= _SAME_EXTENT
    unknown = np.isnan(features.heights[pairs.feature] + entities.heights[pairs.entity])
    repeats: Mask = _accepted(pairs, features, entities) & extended & (alike | unknown)
    return repeats


def _partly(cover: Cover, accept: float) -> Text:
    said = {"of_entity": percent(cover.of_entity), "of_feature": percent(cover.of_feature)}
    return words.PARTLY.fill({"code": cover.code, "accept": percent(accept)} | said)


def _review(feature: int, reasons: Sequence[tuple[Cover, Text]], band: str) -> Match:
    ranked = sorted(reasons, key=lambda one: (-max(one[0].of_feature, one[0].of_entity), one[0].code))
    covers = tuple(cover for cover, _ in ranked)
    said = [text for _, text in ranked[:_MOST_REASONS]]
    if len(ranked) > _MOST_REASONS:
        said.append(words.OTHERS.fill({"count": len(ranked) - _MOST_REASONS}))
    return Match(feature, "review", tuple(cover.code for cover in covers), tuple(said), covers, band=band)
