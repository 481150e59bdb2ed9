"""Features and entities that overlap: the same one re-surveyed, a split, a merge, altered, or a case for a person."""

from collections.abc import Iterator

from entities.matching import words
from entities.matching.altering import Altered, find_altered
from entities.matching.comparing import differences
from entities.matching.doubting import Doubts
from entities.matching.families import SPLIT, Family, find_families
from entities.matching.pairing import near, pair_covered, pair_near
from entities.matching.pairs import Pairs, find_pairs
from entities.matching.policy import MatchPolicy
from entities.matching.result import Cover, Descent, Match, covers_of
from entities.matching.sides import Side
from entities.matching.words import measured, percent
from entities.text import Text

REPLACE = "replace"


def overlay(features: Side, entities: Side, policy: MatchPolicy) -> tuple[list[Match], list[Descent]]:
    """Decide about the features that have to do with an entity; those left out of the answer are new."""
    return _Overlay(features, entities, policy).run()


class _Overlay:
    """One comparison: the surest decisions first, each about what those before it left."""

    def __init__(self, features: Side, entities: Side, policy: MatchPolicy) -> None:
        self.features, self.entities, self.policy = features, entities, policy
        self.pairs = find_pairs(features, entities, policy)
        self.matches: list[Match] = []
        self.descents: list[Descent] = []

    def run(self) -> tuple[list[Match], list[Descent]]:
        doubts = self.policy.doubts
        sure = pair_covered(self.pairs, self.features, doubts)
        left = self.pairs.without(sure.same, sure.rivals)
        close = near(left, self.features, self.entities, doubts)
        families = [(one, left.where(one.pairs)) for one in find_families(left, close, self.features, self.entities)]
        left = left.without(Pairs.none(), *(members for _, members in families))
        small = pair_near(left, self.features, self.entities, doubts)
        left = left.without(small.same, small.rivals)
        altered = find_altered(left, self.features, self.entities, doubts)
        for same in (sure.same, small.same):
            self._say_same(same, [()] * len(same))
        for family, members in families:
            self._say_family(family, members)
        self._say_altered(altered)
        settled = Pairs.joined([sure.same, small.same, altered.pairs.where(altered.extended)])
        gone = Pairs.joined([*(members for _, members in families), altered.pairs.where(altered.rebuilt)])
        rivals = Pairs.joined([sure.rivals, small.rivals])
        asked = Doubts(self.features, self.entities, self.policy)
        self.matches += asked.ask(self.pairs, settled, gone, rivals, altered)
        return self.matches, self.descents

    def _say_same(self, same: Pairs, why: list[tuple[Text, ...]]) -> None:
        """Say of pairs that they are one thing, and what changed about it."""
        changes = differences(self.features, same.feature, self.entities, same.entity)
        columns = zip(same.feature.tolist(), changes, covers_of(same, self.entities.labels), why, strict=True)
        for feature, (reasons, state), cover, first in columns:
            outcome = "changed" if reasons or first else "unchanged"
            self.matches.append(Match(feature, outcome, (cover.code,), (*first, *reasons), (cover,), state=state))

    def _say_family(self, family: Family, members: Pairs) -> None:
        covers = covers_of(members, self.entities.labels)
        self.matches += _related(family, members, covers)
        for feature, cover in zip(members.feature.tolist(), covers, strict=True):
            self.descents.append(Descent(family.kind, cover.code, feature, cover.of_feature, cover.of_entity))

    def _say_altered(self, altered: Altered) -> None:
        extended = altered.pairs.where(altered.extended)
        grown = self.features.sizes[extended.feature] / self.entities.sizes[extended.entity] - 1
        kept = altered.kept[altered.extended]
        self._say_same(extended, [(_extended(*one),) for one in zip(grown.tolist(), kept.tolist(), strict=True)])
        rebuilt = altered.pairs.where(altered.rebuilt)
        kept = altered.kept[altered.rebuilt]
        covers = covers_of(rebuilt, self.entities.labels)
        columns = zip(rebuilt.feature.tolist(), rebuilt.entity.tolist(), covers, kept.tolist(), strict=True)
        for feature, entity, cover, share in columns:
            heights = {"old": measured(self.entities.heights[entity]), "new": measured(self.features.heights[feature])}
            said = {"code": cover.code, "of_entity": percent(cover.of_entity), "kept": percent(share)} | heights
            self.matches.append(Match(feature, "new", (cover.code,), (words.REBUILT.fill(said),), (cover,)))
            self.descents.append(Descent(REPLACE, cover.code, feature, cover.of_feature, cover.of_entity))


def _related(family: Family, members: Pairs, covers: list[Cover]) -> Iterator[Match]:
    """What each feature of a split, or the one feature of a merge, is."""
    together = percent(family.together)
    if family.kind == SPLIT:
        for feature, cover in zip(members.feature.tolist(), covers, strict=True):
            said = {"code": cover.code, "of_entity": percent(cover.of_entity), "count": len(covers)}
            yield Match(feature, "split", (cover.code,), (words.SPLIT.fill(said | {"together": together}),), (cover,))
    else:
        reason = words.MERGED.fill({"count": len(covers), "together": together})
        yield Match(int(members.feature[0]), "merged", tuple(cover.code for cover in covers), (reason,), tuple(covers))


def _extended(grown: float, kept: float) -> Text:
    sentence = words.EXTENDED if grown > 0 else words.REDUCED
    return sentence.fill({"percent": percent(abs(grown)), "kept": percent(kept)})
