"""Reviewing: a case as it stands now, what a verdict makes a transaction say, and the record of who decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from entities.errors import Conflict, Invalid, PreconditionFailed
from entities.lineage.events import share_between
from entities.matching import Cover, MatchPolicy, match
from entities.model import LATEST, Candidate, Period, Version, fingerprints
from entities.reviews.cases import Judgement, ReviewCase
from entities.reviews.dividing import Piece, pieces_of
from entities.reviews.judging import Verdict, case_key, cut_text
from entities.saying import Sayings
from entities.spoken import Spoken
from entities.store import Store, Transaction
from entities.store.neighbourhood import Neighbourhood
from entities.store.reviews import cases, judgements

Bases = Mapping[str, Version]
"""Entities as they stand, by code."""

UNDECIDED: Final = "state = 'waiting'"
_EVER: Final = Period(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case beside the entities that it may be, as these stand now.

    `key` says what was looked at; a decision names it. `moved` tells that the base has learned since the case was held:
    then its codes, covers, reasons and band are those of matching it again, and `outcome` what it would be taken for.
    """

    case: ReviewCase
    bases: Bases
    key: str
    moved: bool = False
    outcome: str = "review"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a feature by a verdict: the outcome as reports say it, and the entities it is."""

    outcome: str
    codes: tuple[str, ...] = ()


def look(store: Store, case: ReviewCase, policy: MatchPolicy) -> Standing:
    """Set a case beside the base as it is now; where that has changed since, match the feature again."""
    around = Neighbourhood(store.database, case.day, LATEST, policy.margin)
    bases = standing(around, case.codes)
    key = case_key(case.candidate, contents(bases.values()))
    if key == case.key and case.codes:
        return Standing(case, bases, key)
    around.fetch(np.array([case.candidate.state.geometry.bounds]))
    near = around.whole(around.around(case.candidate.state.geometry))
    found = match([case.candidate], near, policy, around.retired(_declared(case)), case.spoken).matches[0]
    if key == case.key and found.outcome == "new":  # nothing stood there, and nothing does
        return Standing(case, bases, key)
    covers = tuple(cover_values(cover) for cover in found.covers)
    again = replace(case, codes=found.codes, covers=covers, reasons=found.reasons)
    bases = {base.code: base for base in near if base.code in found.codes}
    return Standing(again, bases, case_key(case.candidate, contents(bases.values())), True, found.outcome)


def cover_values(cover: Cover) -> dict[str, float | str]:
    """How a feature and an entity overlap, as a case keeps it."""
    return {"code": cover.code, "of_feature": cover.of_feature, "of_entity": cover.of_entity, "iou": cover.iou}


def standing(around: Neighbourhood, codes: Sequence[str]) -> dict[str, Version]:
    """Those of the entities that stand on the day of a survey or begin later, as known now."""
    places = [place for place in map(around.place_of, codes) if place is not None]
    return {version.code: version for version in around.whole(places)}


def siblings(store: Store, case: ReviewCase, code: str) -> list[ReviewCase]:
    """The other waiting cases of the same upload that may be the same entity."""
    found = cases(store.database, f"number = ? AND id <> ? AND {UNDECIDED}", [case.number, case.id])
    return [one for one in found if code in one.codes]


def check(found: Standing, seen: str) -> None:
    """Refuse what was decided already (`review.decided`), and what was decided about other states (`review.stale`)."""
    if found.case.state != "waiting":
        raise Conflict.because("review.decided", review=found.case.id)
    if seen != found.key:
        raise PreconditionFailed.because("review.stale", review=found.case.id)


@dataclass(frozen=True, slots=True)
class Judge:
    """Who decides: as decisions name them, and the divisions for which they consent."""

    author: str
    consents: tuple[str, ...] = ()


def decide(
    store: Store, transaction: Transaction, found: Standing, verdict: Verdict, policy: MatchPolicy, judge: Judge
) -> Applied:
    """Say what follows from a verdict, and write down who decided; every part of a split is decided with it.

    Where a case needs the consent of several divisions, nothing follows until all have consented to one verdict.
    """
    case = found.case
    chosen = chosen_codes(found, verdict)
    if verdict.kind != "reject" and _lacking(store, case, verdict.kind, chosen) - set(judge.consents):
        transaction.consent([judgement(case, verdict, chosen, judge)])
        return Applied("review", chosen)
    others = siblings(store, case, chosen[0]) if verdict.kind == "split" else []
    bases = {**found.bases, **_beyond(store, case, chosen, found.bases, policy)}
    sayings = Sayings(store, transaction, case.day, policy.identity)
    members = [(one.candidate, one.spoken) for one in (case, *others)]
    applied = apply(sayings, members, replace(verdict, codes=chosen), bases, policy)
    sayings.say()
    transaction.judge([judgement(one, verdict, chosen, judge) for one in (case, *others)])
    return applied


def judgement(case: ReviewCase, verdict: Verdict, codes: tuple[str, ...], judge: Judge) -> Judgement:
    """The record of a decision."""
    note, cut = verdict.note or None, cut_text(verdict.cut) or None
    consents = tuple(code for code in case.needs if code in judge.consents)
    return Judgement(case.id, case.key, verdict.kind, codes, judge.author, note, cut, consents)


def _lacking(store: Store, case: ReviewCase, verdict: str, codes: tuple[str, ...]) -> set[str]:
    """The divisions that have not consented yet. `Conflict` (`review.differs`) where one decided otherwise."""
    lacking = set(case.needs)
    for earlier in judgements(store.database, "review = ?", [case.id]):
        if (earlier.verdict, earlier.codes) != (verdict, codes):
            who, said = earlier.author, earlier.verdict
            raise Conflict.because("review.differs", review=case.id, author=who, verdict=said)
        lacking -= set(earlier.consents)
    return lacking


def chosen_codes(found: Standing, verdict: Verdict) -> tuple[str, ...]:
    """The entities that a verdict is about: those it names, else those there can be no doubt about.

    `Invalid`: `review.which` where several may be meant, `review.candidate` for one that is no candidate,
    `review.merge` where fewer than two would become one.
    """
    if verdict.kind == "reject" or (verdict.kind == "new" and not verdict.codes and not verdict.replaces):
        return ()
    candidates = found.case.codes
    strange = [code for code in verdict.codes if code not in candidates]
    if strange and not verdict.beyond:
        raise Invalid.because("review.candidate", code=strange[0], codes=", ".join(candidates) or "–")
    chosen = verdict.codes or candidates
    if verdict.kind == "merge" and len(chosen) < 2:
        raise Invalid.because("review.merge", count=len(chosen))
    if verdict.kind != "merge" and len(chosen) != 1:
        raise Invalid.because("review.which", verdict=verdict.kind, codes=", ".join(candidates) or "–")
    return tuple(chosen)


def _beyond(
    store: Store, case: ReviewCase, codes: Sequence[str], bases: Bases, policy: MatchPolicy
) -> dict[str, Version]:
    """The entities named that are no candidates. `Invalid` (`review.gone`) where one does not stand any more."""
    around = Neighbourhood(store.database, case.day, LATEST, policy.margin)
    found = standing(around, [code for code in codes if code not in bases])
    missing = [code for code in codes if code not in bases and code not in found]
    if missing:
        raise Invalid.because("review.gone", code=missing[0])
    return found


def apply(
    sayings: Sayings,
    members: Sequence[tuple[Candidate, Spoken]],
    verdict: Verdict,
    bases: Bases,
    policy: MatchPolicy,
) -> Applied:
    """Say what follows from a verdict about the first feature; the others are further parts of a split."""
    candidate, spoken = members[0]
    match verdict.kind:
        case "same":
            return _same(sayings, candidate, spoken, bases[verdict.codes[0]], policy)
        case "new" if verdict.codes:
            return Applied("new", (sayings.update(candidate, bases[verdict.codes[0]], "rebuild"),))
        case "new":
            return Applied("new", tuple(sayings.bear([candidate])))
        case "split":
            return _split(sayings, [one for one, _ in members], bases[verdict.codes[0]], verdict.cut)
        case "merge":
            return _merge(sayings, candidate, [bases[code] for code in verdict.codes])
        case _:
            return Applied("rejected")


def compared(candidate: Candidate, base: Version, policy: MatchPolicy, spoken: Spoken) -> tuple[str, Candidate]:
    """Whether a feature leaves an entity unchanged or changes it, and the feature with what its file cannot say."""
    [found] = match([replace(candidate, code=base.code)], [base], policy, (), spoken).matches
    return found.outcome, replace(candidate, state=found.state or candidate.state)


def _same(sayings: Sayings, candidate: Candidate, spoken: Spoken, base: Version, policy: MatchPolicy) -> Applied:
    outcome, whole = compared(candidate, base, policy, spoken)
    if candidate.change == "end":
        sayings.end(base.code, candidate.valid_from)
    elif candidate.change == "retract":
        sayings.retract(base.code)
    elif outcome == "changed":
        return Applied(outcome, (sayings.update(whole, base),))
    else:
        sayings.relate(candidate, base.code)
    return Applied("ended" if candidate.change in ("end", "retract") else outcome, (base.code,))


def _split(sayings: Sayings, parts: Sequence[Candidate], parent: Version, cut: shapely.LineString | None) -> Applied:
    pieces = divided(parent, parts, cut)
    children = [_child(piece, parts, parent) for piece in pieces]
    shares = [share_between(parent.state.geometry, child.state.geometry) for child in children]
    return Applied("split", tuple(sayings.split(parent, children, shares)))


def divided(parent: Version, parts: Sequence[Candidate], cut: shapely.LineString | None) -> list[Piece]:
    """The pieces that an entity is divided into by features of a survey, or along a cut.

    `Invalid`: `review.shape` for a point, else as `pieces_of` refuses.
    """
    if shapely.get_dimensions(parent.state.geometry) == 0:
        raise Invalid.because("review.shape", code=parent.code)
    return pieces_of(shapely.force_2d(parent.state.geometry), [one.state.geometry for one in parts], cut)


def _child(piece: Piece, parts: Sequence[Candidate], parent: Version) -> Candidate:
    """One part as a feature: the survey's where it shows this part, else what the entity was, on the smaller ground."""
    if piece.surveyed is not None:
        return parts[piece.surveyed]
    return replace(
        parts[0],
        state=replace(parent.state, geometry=piece.shape, surfaces=None),
        source_id=None,
        code=None,
        resource_codes=(),
    )


def _merge(sayings: Sayings, whole: Candidate, parents: Sequence[Version]) -> Applied:
    shares = [share_between(parent.state.geometry, whole.state.geometry) for parent in parents]
    return Applied("merged", (sayings.merge(parents, whole, shares),))


def same_feature(one: Candidate, other: Candidate, policy: MatchPolicy, spoken: Spoken) -> bool:
    """Tell whether two surveys show the same feature, within what may differ and still be unchanged."""
    stand_in = Version("-", _EVER, other.state)
    return one.change == other.change and compared(one, stand_in, policy, spoken)[0] == "unchanged"


def _declared(case: ReviewCase) -> list[str]:
    return [case.candidate.code] if case.candidate.code else []


def contents(bases: Iterable[Version]) -> dict[str, bytes]:
    """A mark of what each entity is, by code."""
    versions = list(bases)
    marks = fingerprints([version.state for version in versions])
    return {version.code: mark for version, mark in zip(versions, marks, strict=True)}
