"""Settling an upload: each feature becomes a new entity, updates the one it is, or is left for a person to decide."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.grouping import Group, groups
from entities.lineage.events import Share
from entities.matching import Match, MatchPolicy, Registration, match, register
from entities.matching.words import REPEATED, direction
from entities.model import Candidate, Day, Version, fingerprints
from entities.repeated import Alone
from entities.report import FeatureOutcome
from entities.reviews.holding import Circumstances, Holding
from entities.rules import Finding
from entities.saying import Division, Sayings
from entities.spoken import EVERYTHING, Spoken
from entities.store import Store, Transaction
from entities.store.neighbourhood import Neighbourhood
from entities.territory.consent import sort_by_consent
from entities.territory.rights import Territory
from entities.text import Text

GROUP: Final = 20_000
"""How many features are matched at a time."""

EVIDENCE: Final = 40_000
"""How many features are enough to tell how a survey lies beside the base."""

Shares = Mapping[tuple[str, int], Share]
"""What a parent (its code) gave to a child (the feature's place)."""

_UNFOUND: Final = Text("整区报送里没有它", "a complete survey of its area no longer has it")


@dataclass(frozen=True, slots=True)
class Survey:
    """When a survey was made, how it is matched, where it holds everything there is, and what it can speak of.

    `territory` is where its author may write; None for everywhere.
    """

    day: Day
    policy: MatchPolicy
    complete_in: shapely.Geometry | None = None
    spoken: Spoken = EVERYTHING
    department: str = ""  # who made it
    source: str = ""
    territory: Territory | None = None


class Settling:
    """Settles the candidates of one upload within one transaction."""

    def __init__(self, store: Store, transaction: Transaction, survey: Survey) -> None:
        self.findings: list[Finding] = []  # of features that matching refuses
        self.raised: set[int] = set()  # the rows of features whose entities have a height, whatever their file says
        self._survey = survey
        self._layer_of = store.meaning.layer_of
        self._sayings = Sayings(store, transaction, survey.day, survey.policy.identity)
        known = Circumstances(survey.department, survey.source, survey.day, survey.policy, survey.spoken)
        self._holding = Holding(store, transaction, self._sayings, known)
        self._around = Neighbourhood(store.database, survey.day, transaction.number, survey.policy.margin)
        self._taken: set[int] = set()  # places of neighbours that some feature speaks of
        self._open: list[Candidate] = []  # features that stand near something and are not exactly it
        self._exact: dict[int, int] = {}  # places of neighbours that a feature is exactly, and the feature's row
        self._alone = Alone(survey.policy)
        self._outcomes: list[FeatureOutcome] = []
        self._layers: set[str] = set()

    def take(self, batch: Sequence[Candidate]) -> None:
        """Settle what needs no comparing: what the base has exactly, and what stands alone."""
        self._layers |= {self._layer_of(class_code) for class_code in {one.state.class_code for one in batch}}
        boxes = _boxes(batch)
        self._around.fetch(boxes)
        rest = self._settle_exact(batch)
        crowded = {rest[place] for place in self._near([batch[place] for place in rest])[0].tolist()}
        crowded |= {place for place in rest if batch[place].code or batch[place].change in ("end", "retract")}
        crowded |= self._reaching(batch, rest)
        self._open += [batch[place] for place in rest if place in crowded]
        self._bear_alone([batch[place] for place in rest if place not in crowded])

    def finish(self, tell: Callable[[int, int], None]) -> None:
        """Match what is left against the entities near it; end what a complete survey no longer found."""
        done, near = 0, self._near(self._open)
        registration = self._register(near)
        for group in self._groups(near):
            candidates = [self._open[place] for place in group.features]
            self._decide(candidates, group, registration)
            done += len(candidates)
            tell(done, len(self._open))
        if self._survey.complete_in is not None:
            self._end_unfound(self._survey.complete_in)
        self._outcomes += self._holding.finish()
        self._sayings.say()

    def _bear_alone(self, alone: Sequence[Candidate]) -> None:
        """Say that what stands alone is new; leave to a person what says again what another said."""
        again = self._alone.repeats(alone, _boxes(alone)) if alone else {}
        for place, row in again.items():
            self._holding.take(alone[place], Match(place, "review", (), (_again(row),), band="twice"), {})
        fresh = [one for place, one in enumerate(alone) if place not in again]
        for candidate, code in zip(fresh, self._sayings.bear(fresh), strict=True):
            self._tell(candidate, "new", [code])

    def features(self) -> list[FeatureOutcome]:
        """What became of every feature in the order of the file, after the entities that ended unspoken of."""
        return sorted(self._outcomes, key=lambda outcome: (outcome.row, outcome.codes))

    def _settle_exact(self, batch: Sequence[Candidate]) -> list[int]:
        """Settle what the base has exactly, each entity for one feature only; return the places of the others."""
        rest = []
        for place, content in enumerate(fingerprints([candidate.state for candidate in batch])):
            found = next((one for one in self._around.same(content) if one not in self._taken), None)
            if found is None or batch[place].change in ("end", "retract"):
                rest.append(place)
                continue
            self._taken.add(found)
            self._exact[found] = batch[place].row
            code = self._around.neighbours[found].code
            self._sayings.relate(batch[place], code)
            self._tell(batch[place], "unchanged", [code])
        return rest

    def _reaching(self, batch: Sequence[Candidate], places: Sequence[int]) -> set[int]:
        """Those of the places whose candidates reach out of the territory."""
        if self._survey.territory is None:
            return set()
        shapes = np.array([batch[place].state.geometry for place in places], dtype=object)
        return {places[one] for one in self._survey.territory.reaches(shapes)}

    def _register(self, near: NDArray[np.int64]) -> Registration:
        """How the survey lies beside the base, by all that stands near something, exactly or not."""
        step = 1 + (len(self._open) + len(self._exact)) // EVIDENCE
        some = near[:, near[0] % step == 0]
        theirs, which = np.unique(some[1], return_inverse=True)
        same = self._around.boxes_of(list(self._exact)[::step])
        features = np.concatenate([_boxes(self._open), same])
        entities = np.concatenate([self._around.boxes_of(theirs.tolist()), same])
        exact = np.arange(len(same)) + np.array([[len(self._open)], [len(theirs)]])
        pairs = np.concatenate([[some[0], which.reshape(-1)], exact], axis=1)
        found = register(features, entities, pairs, self._survey.policy.register)
        shift = found.typical
        if shift.pairs:
            said = {"shift": direction(shift.east, shift.north), "pairs": shift.pairs}
            self.findings.append(Finding("match.shift", said))
        return found

    def _groups(self, near: NDArray[np.int64]) -> Iterable[Group]:
        """The open features and the free neighbours near them, in groups that share none."""
        if not self._open:
            return ()
        declared = [self._around.place_of(candidate.code) if candidate.code else None for candidate in self._open]
        named = [(feature, place) for feature, place in enumerate(declared) if place is not None]
        pairs = np.concatenate([near.T, np.array(named, dtype=np.int64).reshape(-1, 2)]).T
        free = pairs[:, ~np.isin(pairs[1], sorted(self._taken - self._exact.keys()))]
        return groups(len(self._open), len(self._around.neighbours), free, GROUP)

    def _near(self, candidates: Sequence[Candidate]) -> NDArray[np.int64]:
        """Pairs (2 x n) of a candidate's place and that of a neighbour near it, of a class that it may be of."""
        pairs = self._around.near(_boxes(candidates))
        ours, our_class = _numbered([candidates[place].state.class_code for place in pairs[0].tolist()])
        theirs, their_class = _numbered([self._around.neighbours[place].class_code for place in pairs[1].tolist()])
        compatible = self._survey.policy.classes.compatible
        table = np.array([[compatible(one, other) for other in theirs] for one in ours], dtype=bool)
        return pairs[:, table[our_class, their_class]] if pairs.size else pairs

    def _decide(self, candidates: Sequence[Candidate], group: Group, registration: Registration) -> None:
        """Match one group and say what follows from it."""
        places = group.entities
        bases = self._around.whole(places)
        retired = self._around.retired([one.code for one in candidates if one.code])
        told = [(self._exact[place], base) for place, base in zip(places, bases, strict=True) if place in self._exact]
        every = [*candidates, *(Candidate(row, base.state, code=base.code) for row, base in told)]
        result = match(every, bases, self._survey.policy, retired, self._survey.spoken, registration)
        result = replace(result, matches=result.matches[: len(candidates)])
        if self._survey.territory is not None:
            sorted_ones = sort_by_consent(result.matches, candidates, bases, self._survey.territory)
            result = replace(result, matches=tuple(sorted_ones))
        spoken = {code for one in result.matches for code in one.codes}
        self._taken.update(place for place in places if self._around.neighbours[place].code in spoken)
        shares = {
            (step.parent, step.child): Share(round(step.share, 4), round(step.share_of_parent, 4))
            for step in result.descents
        }
        by_code = {base.code: base for base in bases}
        self._bear(
            [(candidates[one.row_index], one) for one in result.matches if one.outcome == "new" and not one.codes]
        )
        self._split(
            [(candidates[one.row_index], one) for one in result.matches if one.outcome == "split"], by_code, shares
        )
        for one in result.matches:
            if one.outcome == "merged":
                self._merge(candidates[one.row_index], one, by_code, shares)
            elif one.outcome == "new" and one.codes:
                self._rebuild(candidates[one.row_index], one, by_code)
            elif one.outcome not in ("new", "split"):
                self._update(candidates[one.row_index], one, by_code)

    def _update(self, candidate: Candidate, found: Match, bases: Mapping[str, Version]) -> None:
        """Say what follows for a feature that is one entity, or that is left to a person or refused."""
        outcome, codes = found.outcome, found.codes
        match outcome, candidate.change:
            case (("unchanged" | "changed"), "end"):
                self._sayings.end(found.codes[0], candidate.valid_from)
                outcome = "ended"
            case (("unchanged" | "changed"), "retract"):
                self._sayings.retract(found.codes[0])
                outcome = "ended"
            case "unchanged", _:
                self._sayings.relate(candidate, found.codes[0])
            case "changed", _:
                state = found.state or candidate.state
                codes = (self._sayings.update(replace(candidate, state=state), bases[found.codes[0]]),)
            case "review", _:
                self._holding.take(candidate, found, bases)
                return
            case "refused", _ if found.finding is not None:
                self.findings.append(replace(found.finding, row=candidate.row, feature=candidate.source_id))
        if found.state is not None and (found.state.height or found.state.surfaces):
            self.raised.add(candidate.row)
        self._tell(candidate, outcome, codes, found.reasons)

    def _bear(self, pairs: Sequence[tuple[Candidate, Match]]) -> None:
        codes = self._sayings.bear([candidate for candidate, _ in pairs])
        for (candidate, found), code in zip(pairs, codes, strict=True):
            self._tell(candidate, "new", [code], found.reasons)

    def _rebuild(self, candidate: Candidate, found: Match, bases: Mapping[str, Version]) -> None:
        """Say that a feature took the place of an entity that is no more."""
        code = self._sayings.update(candidate, bases[found.codes[0]], "rebuild")
        self._tell(candidate, "new", [code], found.reasons)

    def _split(self, pairs: Sequence[tuple[Candidate, Match]], bases: Mapping[str, Version], shares: Shares) -> None:
        families: dict[str, list[tuple[Candidate, Match]]] = {}
        for candidate, found in pairs:
            families.setdefault(found.codes[0], []).append((candidate, found))
        divisions = [
            Division(
                bases[parent],
                [candidate for candidate, _ in family],
                [shares[parent, found.row_index] for _, found in family],
            )
            for parent, family in families.items()
        ]
        for family, children in zip(families.values(), self._sayings.divide(divisions), strict=True):
            for (candidate, found), child in zip(family, children, strict=True):
                self._tell(candidate, "split", [child], found.reasons)

    def _merge(self, candidate: Candidate, found: Match, bases: Mapping[str, Version], shares: Shares) -> None:
        given = [shares[parent, found.row_index] for parent in found.codes]
        code = self._sayings.merge([bases[parent] for parent in found.codes], candidate, given)
        self._tell(candidate, "merged", [code], found.reasons)

    def _end_unfound(self, area: shapely.Geometry) -> None:
        """End the entities of the upload's layers that lie wholly in an area and that no feature spoke of."""
        silent = [place for place in self._around.around(area) if place not in self._taken and self._ends(place)]
        bases = self._around.whole(silent)
        shapely.prepare(area)
        inside = shapely.covers(area, np.array([base.state.geometry for base in bases], dtype=object))
        for base, ends in zip(bases, inside, strict=True):
            if ends:
                self._sayings.end(base.code)
                self._outcomes.append(FeatureOutcome(0, None, "ended", (base.code,), (_UNFOUND,)))

    def _ends(self, place: int) -> bool:
        """Tell whether a neighbour stood before the survey and is of a layer that was surveyed."""
        neighbour = self._around.neighbours[place]
        return neighbour.period.start < self._survey.day < neighbour.period.end and neighbour.layer in self._layers

    def _tell(self, one: Candidate, outcome: str, codes: Sequence[str], reasons: Sequence[Text] = ()) -> None:
        self._outcomes.append(FeatureOutcome(one.row, one.source_id, outcome, tuple(codes), tuple(reasons)))


def _again(row: int) -> Text:
    """The reason of a feature that says again what the feature of an earlier row said."""
    return REPEATED.fill({"row": row, "iou": 100})


def _boxes(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """The bounding box of each candidate (n x 4)."""
    boxes: NDArray[np.float64] = shapely.bounds(np.array([one.state.geometry for one in candidates], dtype=object))
    return boxes.reshape(-1, 4)


def _numbered(names: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The different names, and the place of each name among them."""
    different = sorted(set(names))
    places = {name: place for place, name in enumerate(different)}
    return different, np.array([places[name] for name in names], dtype=np.int64)
