"""What is left to a person: why a feature may be an entity and may not be, in words with numbers, and in which band."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np

from entities.matching import words
from entities.matching.altering import Altered
from entities.matching.pairing import limits, repeats
from entities.matching.pairs import Pairs
from entities.matching.policy import MatchPolicy
from entities.matching.result import Cover, Match, covers_of
from entities.matching.sides import Side
from entities.matching.words import measured, percent
from entities.text import Text

_MOST_REASONS: Final = 3

_RANK: Final = ("rival", "replaced", "extension", "family", "partly", "twice")
"""The bands of the pairs of one feature: the first of these is the feature's."""


class Doubts:
    """Gathers the reasons of every feature that shares too much with an entity to be new and too little to be it."""

    def __init__(self, features: Side, entities: Side, policy: MatchPolicy) -> None:
        self._features, self._entities, self._policy = features, entities, policy
        self._reasons: dict[int, list[tuple[Cover, tuple[Text, ...], str]]] = defaultdict(list)

    def ask(self, pairs: Pairs, settled: Pairs, gone: Pairs, rivals: Pairs, altered: Altered) -> Iterator[Match]:
        """Say why a person has to decide about the features that are undecided, and those that repeat another."""
        left = pairs.where(~np.isin(pairs.feature, np.concatenate([settled.feature, gone.feature])))
        taken = np.concatenate([settled.entity, gone.entity])
        doubtful = left.where(~np.isin(left.entity, taken))
        rivalling = np.isin(doubtful.feature, rivals.feature)
        self._say_rivals(doubtful.where(rivalling))
        self._say_partly(doubtful.where(~rivalling), altered)
        twice = left.where(np.isin(left.entity, settled.entity))
        self._say_twice(
            twice.where(repeats(twice, settled, self._features, self._entities, self._policy.doubts)), settled
        )
        return (self._review(feature) for feature in sorted(self._reasons))

    def _say_rivals(self, pairs: Pairs) -> None:
        for feature, cover, offset in self._columns(pairs):
            said = {"code": cover.code, "metres": f"{offset:.2f}"}
            self._reasons[feature].append((cover, (words.RIVAL.fill(said),), "rival"))

    def _say_partly(self, pairs: Pairs, altered: Altered) -> None:
        kept = dict(
            zip(
                zip(altered.pairs.feature.tolist(), altered.pairs.entity.tolist(), strict=True),
                altered.kept.tolist(),
                strict=True,
            )
        )
        limit = limits(pairs, self._features).tolist()
        rows = zip(self._columns(pairs), pairs.entity.tolist(), limit, strict=True)
        for (feature, cover, offset), entity, most in rows:
            share = kept.get((feature, entity))
            reasons = tuple(self._partly(feature, entity, cover, offset, most, share))
            self._reasons[feature].append((cover, reasons, self._band(feature, entity, cover, share)))

    def _partly(
        self, feature: int, entity: int, cover: Cover, offset: float, limit: float, kept: float | None
    ) -> Iterator[Text]:
        """The reasons of one pair: the covers, how far the outlines are off, what stands as it was, the heights."""
        if self._features.kinds[feature] == 0:
            yield words.APART.fill({"code": cover.code, "metres": f"{offset:.2f}", "limit": f"{limit * 3:.2f}"})
            return
        said = {"of_entity": percent(cover.of_entity), "of_feature": percent(cover.of_feature)}
        yield words.PARTLY.fill({"code": cover.code, "accept": percent(float(self._features.accept[feature]))} | said)
        yield words.OFF.fill({"metres": f"{offset:.2f}", "limit": f"{limit:.2f}"})
        if kept is not None:
            yield words.KEPT.fill({"kept": percent(kept)})
        new, old = float(self._features.heights[feature]), float(self._entities.heights[entity])
        if abs(new - old) > self._features.height_tolerance[feature]:
            yield words.RISEN.fill({"old": measured(old), "new": measured(new)})

    def _band(self, feature: int, entity: int, cover: Cover, kept: float | None) -> str:
        if kept is None:
            return "partly" if self._features.kinds[feature] == 0 else "family"
        other = abs(self._features.heights[feature] - self._entities.heights[entity])
        if kept <= self._policy.doubts.gone and not other <= self._features.height_tolerance[feature]:
            return "replaced"  # of another height, or of one that is not known
        return "extension" if max(cover.of_feature, cover.of_entity) >= self._features.accept[feature] else "partly"

    def _say_twice(self, pairs: Pairs, settled: Pairs) -> None:
        holder = dict(zip(settled.entity.tolist(), settled.feature.tolist(), strict=True))
        for (feature, cover, _), entity in zip(self._columns(pairs), pairs.entity.tolist(), strict=True):
            said = {"code": cover.code, "iou": percent(cover.iou), "row": self._features.labels[holder[entity]]}
            self._reasons[feature].append((cover, (words.TWICE.fill(said),), "twice"))

    def _columns(self, pairs: Pairs) -> Iterator[tuple[int, Cover, float]]:
        covers = covers_of(pairs, self._entities.labels)
        return zip(pairs.feature.tolist(), covers, pairs.offset.tolist(), strict=True)

    def _review(self, feature: int) -> Match:
        ranked = sorted(
            self._reasons[feature], key=lambda one: (-max(one[0].of_feature, one[0].of_entity), one[0].code)
        )
        covers = tuple(cover for cover, *_ in ranked)
        said = [text for _, texts, _ in ranked[:_MOST_REASONS] for text in texts]
        if len(ranked) > _MOST_REASONS:
            said.append(words.OTHERS.fill({"count": len(ranked) - _MOST_REASONS}))
        if self._features.shift[feature].any():
            said.append(words.fill(words.SHIFTED, shift=words.direction(*self._features.shift[feature].tolist())))
        band = min((band for *_, band in ranked), key=_RANK.index)
        return Match(feature, "review", tuple(cover.code for cover in covers), tuple(said), covers, band=band)
