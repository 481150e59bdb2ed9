"""The decision: what each feature is, from what it declares, from being exactly the same, and from how it overlaps."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely

from entities.matching import words
from entities.matching.comparing import differences
from entities.matching.overlaying import overlay
from entities.matching.policy import MatchPolicy
from entities.matching.registering import Registration, register
from entities.matching.repeating import find_repeats
from entities.matching.result import Descent, Match, MatchResult
from entities.matching.sides import Side, geometries_of, local_metres, make_side, unshifted
from entities.matching.words import percent
from entities.model import Candidate, Version, fingerprints
from entities.rules import Finding
from entities.spoken import EVERYTHING, Spoken


def match(
    candidates: Sequence[Candidate],
    bases: Sequence[Version],
    policy: MatchPolicy,
    retired: Collection[str] = (),
    spoken: Spoken = EVERYTHING,
    registration: Registration | None = None,
) -> MatchResult:
    """Match features with the entities near them.

    Give each call a group that is spatially complete: with a feature every entity within `policy.margin` degrees of its
    bounding box (and the one it declares), with an entity every feature that near it, each entity once. Then the result
    depends neither on how an upload is cut into groups nor on the order of either sequence. `retired` are those of the
    declared codes whose entities have ended; `spoken` is what the features' file can speak of. `registration` is how
    the whole survey lies beside the base; without it what is given here is taken for the whole survey.
    """
    return _Matching(candidates, bases, policy, spoken, registration).run(retired)


def registered(candidates: Sequence[Candidate], bases: Sequence[Version], policy: MatchPolicy) -> Registration:
    """How a survey lies beside the entities around it."""
    features, entities = (shapely.bounds(geometries_of([one.state for one in side])) for side in (candidates, bases))
    features, entities = features.reshape(-1, 4), entities.reshape(-1, 4)
    grown = features + np.array([-1, -1, 1, 1]) * policy.margin
    pairs = shapely.STRtree(shapely.box(*entities.T)).query(shapely.box(*grown.T))
    return register(features, entities, pairs, policy.register)


class _Matching:
    """One call: which features are decided about, and which entities are taken by one."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        bases: Sequence[Version],
        policy: MatchPolicy,
        spoken: Spoken,
        registration: Registration | None,
    ) -> None:
        marks = fingerprints([candidate.state for candidate in candidates])
        keys = [(one.row, one.source_id or "", mark) for one, mark in zip(candidates, marks, strict=True)]
        self.given_place = sorted(range(len(candidates)), key=keys.__getitem__)
        self.policy, self.spoken = policy, spoken
        self.registration = registration or registered(candidates, bases, policy)
        self.candidates = [candidates[place] for place in self.given_place]
        self.candidate_marks = [marks[place] for place in self.given_place]
        self.bases = sorted(bases, key=lambda base: base.code)
        self.base_marks = fingerprints([base.state for base in self.bases])
        self.decided: dict[int, Match] = {}
        self.taken: set[int] = set()
        self.holders: dict[bytes, dict[str, object]] = {}  # of the states that are taken: what to say of repeats
        self.descents: list[Descent] = []

    def run(self, retired: Collection[str]) -> MatchResult:
        self._take_declared(list(self._declared(retired)))
        self._take_exact()
        self._take_overlapping()
        matches = sorted(self.decided.values(), key=lambda one: one.row_index)
        descents = sorted(self.descents, key=lambda one: (one.kind, one.parent, one.child))
        return MatchResult(tuple(matches), tuple(descents), self.policy.text)

    def _declared(self, retired: Collection[str]) -> Iterator[tuple[int, int]]:
        """The features that declare which entity they are; refuse the declarations that cannot be."""
        place_of = {base.code: place for place, base in enumerate(self.bases)}
        claims = Counter(candidate.code for candidate in self.candidates if candidate.code)
        for place, candidate in enumerate(self.candidates):
            code = candidate.code
            if code and code in place_of and claims[code] == 1:
                yield place, place_of[code]
            elif code:
                rule = "code.retired" if code in retired else "match.twice" if code in place_of else "code.unknown"
                finding = Finding(rule, {"code": code, "count": claims[code]}, candidate.row, candidate.source_id)
                self._decide(Match(place, "refused", finding=finding))

    def _take_declared(self, pairs: Sequence[tuple[int, int]]) -> None:
        for candidate, base in pairs:
            code = self._take(candidate, base)
            if self.candidate_marks[candidate] == self.base_marks[base]:
                self._decide(Match(candidate, "unchanged", (code,)))
        others = [(candidate, base) for candidate, base in pairs if candidate not in self.decided]
        if others:
            features, entities = self._sides([candidate for candidate, _ in others], [base for _, base in others])
            places = np.arange(len(others))
            changes = differences(features, places, entities, places)
            for (candidate, base), (reasons, state) in zip(others, changes, strict=True):
                outcome = "changed" if reasons else "unchanged"
                self._decide(Match(candidate, outcome, (self.bases[base].code,), reasons, state=state))

    def _take(self, candidate: int, base: int) -> str:
        """Note that a base is taken, and by which feature; return its code."""
        code = self.bases[base].code
        self.taken.add(base)
        self.holders[self.base_marks[base]] = {"code": code, "iou": 100, "row": self.candidates[candidate].row}
        return code

    def _take_exact(self) -> None:
        """What is exactly the same is the same; the first of twins get the first codes, one too many is doubtful."""
        free: dict[bytes, list[int]] = defaultdict(list)
        for base in reversed(range(len(self.bases))):
            if base not in self.taken:
                free[self.base_marks[base]].append(base)
        for candidate, mark in enumerate(self.candidate_marks):
            if candidate in self.decided:
                continue
            if free.get(mark):
                code = self._take(candidate, free[mark].pop())
                self._decide(Match(candidate, "unchanged", (code,)))
            elif mark in self.holders:
                holder = self.holders[mark]
                self._decide(
                    Match(candidate, "review", (str(holder["code"]),), (words.TWICE.fill(holder),), band="twice")
                )

    def _take_overlapping(self) -> None:
        """Compare what is left on both sides; what has nothing to do with any entity is new, or sent twice."""
        ours = [place for place in range(len(self.candidates)) if place not in self.decided]
        theirs = [place for place in range(len(self.bases)) if place not in self.taken]
        if not ours:
            return
        features, entities = self._sides(ours, theirs)
        matches, descents = overlay(features, entities, self.policy)
        for found in matches:
            self._note(ours[found.row_index], found)
        self.descents += [replace(one, child=self.given_place[ours[one.child]]) for one in descents]
        self._find_repeats([place for place in ours if place not in self.decided])
        for place in ours:
            if place not in self.decided:
                self._decide(Match(place, "new"))

    def _find_repeats(self, new: Sequence[int]) -> None:
        """Find which features that would be new say again what another says, whatever that one is."""
        if not new:
            return
        boxes = shapely.bounds(geometries_of([one.state for one in self.candidates]))
        tree = shapely.STRtree(shapely.box(*boxes.T))
        grown = boxes[new] + np.array([-1, -1, 1, 1]) * self.policy.margin
        asked = np.unique(np.concatenate([tree.query(shapely.box(*grown.T))[1], new])).tolist()
        features, _ = self._sides(asked, [])
        place_of = {place: number for number, place in enumerate(asked)}
        for repeat in find_repeats(features, [place_of[place] for place in new]):
            self._decide_repeat(asked[repeat.feature], asked[repeat.other], repeat.iou)

    def _decide_repeat(self, place: int, other: int, iou: float) -> None:
        """Leave to a person what was sent twice, with what the first time was found to be."""
        known = self.decided.get(other)
        said = words.REPEATED.fill({"row": self.candidates[other].row, "iou": percent(iou)})
        self._decide(Match(place, "review", known.codes if known else (), (said,), band="twice"))

    def _decide(self, found: Match) -> None:
        """Write down what a feature is, under its place in the sequence given."""
        self._note(found.row_index, found)

    def _note(self, place: int, found: Match) -> None:
        self.decided[place] = found.at(self.given_place[place])

    def _sides(self, ours: Sequence[int], theirs: Sequence[int]) -> tuple[Side, Side]:
        rows = [str(self.candidates[place].row) for place in ours]
        codes = [self.bases[place].code for place in theirs]
        new = [self.candidates[place].state for place in ours]
        old = [self.bases[place].state for place in theirs]
        to_metres = local_metres([*new, *old])
        ours_side = make_side(rows, new, to_metres, self.policy, self.registration, self.spoken)
        return unshifted(ours_side, self.registration), make_side(codes, old, to_metres, self.policy, self.registration)
