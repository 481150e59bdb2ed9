"""Holding: what matching leaves to a person is asked once; what was decided before is decided the same way again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

import shapely

from entities.errors import Conflict
from entities.matching import Match
from entities.matching.policy import MatchPolicy
from entities.model import BEIJING, Candidate, Day, TransactionNumber, Version
from entities.report import FeatureOutcome
from entities.reviews.cases import Judgement, ReviewCase
from entities.reviews.judging import Verdict, case_key, parse_cut
from entities.reviews.reviewing import Applied, Judge, apply, contents, decide, look, same_feature
from entities.saying import Sayings
from entities.spoken import Spoken
from entities.store import Store, Transaction
from entities.store.reviews import cases, cases_in, held_in, judgements_of, packed
from entities.territory.consent import JOINT
from entities.text import Text

JUDGED: Final = Text(
    "{author}在{day}对同样的情况判断过：{verdict_zh}",
    "{author} decided the same case before, on {day}: {verdict_en}",
)
AGREED: Final = Text("边界另一边也报送了同样的要素，视为同意", "the other side of the border sent the same: consent")
WAITS: Final = Text("同样的情况已在等人判断", "the same case waits for a person already")
"""What a report says of a feature whose case is not new."""

_TOLD: Final = 40  # letters of a case's codes by which cases are found (as the index has it)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of an upload when it leaves features to a person."""

    department: str
    source: str
    day: Day
    policy: MatchPolicy
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class _Left:
    """One feature that matching leaves to a person, beside the entities that it may be."""

    candidate: Candidate
    found: Match
    bases: Mapping[str, Version]
    marks: Mapping[str, bytes]

    @property
    def key(self) -> str:
        """What makes this the same case as another."""
        return case_key(self.candidate, self.marks)

    def again(self, case: ReviewCase, known: Circumstances) -> bool:
        """Tell whether a case was about the same entities, unchanged since, and the same feature within tolerance."""
        same_entities = case.codes == self.found.codes and case_key(case.candidate, self.marks) == case.key
        return same_entities and same_feature(self.candidate, case.candidate, known.policy, known.spoken)

    def agrees(self, case: ReviewCase, known: Circumstances) -> bool:
        """Tell whether this is what the other side of a border sent, and is one thing: no part of a split or merge."""
        whole = not self.found.codes or self.found.state is not None or self.candidate.change in ("end", "retract")
        return whole and self.found.band == JOINT == case.band and case.department != known.department


class Holding:
    """Gathers what one upload leaves to a person, and holds what no one has decided before."""

    def __init__(self, store: Store, transaction: Transaction, sayings: Sayings, known: Circumstances) -> None:
        self._store, self._transaction, self._sayings, self._known = store, transaction, sayings, known
        self._left: list[_Left] = []

    def take(self, candidate: Candidate, found: Match, bases: Mapping[str, Version]) -> None:
        """Leave a feature to a person."""
        ours = {code: bases[code] for code in found.codes if code in bases}
        self._left.append(_Left(candidate, found, ours, contents(ours.values())))

    def finish(self) -> list[FeatureOutcome]:
        """Decide as before what was decided before, hold the rest, and say what became of each feature."""
        earlier = _earlier(self._store, self._left, self._known)
        judged = judgements_of(self._store.database, [case.id for case in earlier.values() if case.state == "decided"])
        before: dict[_Family, list[tuple[_Left, Judgement]]] = defaultdict(list)
        fresh: dict[str, list[_Left]] = defaultdict(list)
        told = []
        agreed = []
        for place, one in enumerate(self._left):
            case = earlier.get(place)
            if case and case.id in judged:
                before[_family(place, judged[case.id])].append((one, judged[case.id]))
            elif case and case.state == "waiting" and one.agrees(case, self._known):
                agreed.append((one, case))
            elif case and case.state == "waiting":
                told.append(_told(one, Applied("review", one.found.codes), case.id, WAITS))
            else:
                fresh[one.key].append(one)
        return [*self._decide(before.values()), *self._agree(agreed), *told, *self._hold(list(fresh.values()))]

    def _agree(self, agreed: Iterable[tuple[_Left, ReviewCase]]) -> Iterator[FeatureOutcome]:
        """Take for consent that the other side of a border sent the same; what lacks no more consent is done."""
        known = self._known
        for one, case in agreed:
            judge = Judge(known.department, tuple(code for code in case.needs if code not in one.found.needs))
            verdict = Verdict("same" if one.found.codes else "new")
            found = look(self._store, case, known.policy)
            try:
                applied = decide(self._store, self._transaction, found, verdict, known.policy, judge)
            except Conflict:  # a third side decided otherwise: a person has to bring them together
                yield _told(one, Applied("review", one.found.codes), case.id, WAITS)
            else:
                yield _told(one, applied, case.id, AGREED)

    def _decide(self, families: Iterable[Sequence[tuple[_Left, Judgement]]]) -> Iterator[FeatureOutcome]:
        """Decide as before; the parts of one split are decided together."""
        for family in families:
            [(first, judged), *_] = family
            verdict = Verdict(judged.verdict, judged.codes, parse_cut(judged.cut or ""), beyond=True)
            members = [(one.candidate, self._known.spoken) for one, _ in family]
            applied = apply(self._sayings, members, verdict, first.bases, self._known.policy)
            words = JUDGED.fill({"author": judged.author, "day": self._day(judged.number), **_words(verdict)})
            for one, _ in family:
                yield _told(one, applied, judged.review, words)

    def _day(self, number: TransactionNumber) -> str:
        known_at = self._store.transaction_record(number).known_at
        return datetime.fromtimestamp(known_at / 1e6, UTC).astimezone(BEIJING).date().isoformat()

    def _hold(self, alike: Sequence[Sequence[_Left]]) -> Iterator[FeatureOutcome]:
        """Hold one case for each group of features that are the same case."""
        if not alike:
            return
        self._transaction.hold([self._case(one) for one, *_ in alike])
        for group, review in zip(alike, held_in(self._store.database, self._transaction.number), strict=True):
            for place, one in enumerate(group):
                yield _told(one, Applied("review", one.found.codes), review, *([WAITS] if place else []))

    def _case(self, one: _Left) -> ReviewCase:
        found, known = one.found, self._known
        return ReviewCase(
            candidate=one.candidate,
            department=known.department,
            source=known.source,
            day=known.day,
            band=found.band,
            codes=found.codes,
            covers=tuple(asdict(cover) for cover in found.covers),
            reasons=found.reasons,
            needs=found.needs,
            key=one.key,
            spoken=known.spoken,
        )


_Family = tuple[str, str]


def _family(place: int, judged: Judgement) -> _Family:
    """What is decided together: all parts of one split; everything else by itself."""
    return ("split", judged.codes[0]) if judged.verdict == "split" and judged.codes else ("alone", str(place))


def _earlier(store: Store, left: Sequence[_Left], known: Circumstances) -> dict[int, ReviewCase]:
    """The earlier case that each feature is once more, by the feature's place."""
    if not left:
        return {}
    open_ = "state <> 'dropped'"
    keys = [one.key for one in left]
    by_key = {case.key: case for case in cases_in(store.database, "case_key", sorted(set(keys)), open_)}
    found = {place: by_key[key] for place, key in enumerate(keys) if key in by_key}
    starts = sorted({packed(one.found.codes)[:_TOLD] for one in left})
    by_codes = defaultdict(list)
    for case in cases_in(store.database, f"substr(codes, 1, {_TOLD})", starts, open_):
        by_codes[case.codes].append(case)
    for place, one in enumerate(left):
        alike = (case for case in reversed(by_codes[one.found.codes]) if one.found.codes and one.again(case, known))
        if place not in found and (like := next(alike, None)):
            found[place] = like
    return found | _across(store, {place: one for place, one in enumerate(left) if place not in found}, known)


def _across(store: Store, left: Mapping[int, _Left], known: Circumstances) -> dict[int, ReviewCase]:
    """The waiting case of the same new thing across a border, sent by the other side, for each feature that has one."""
    fresh = {place: one for place, one in left.items() if one.found.band == JOINT and not one.found.codes}
    if not fresh:
        return {}
    waiting = cases(store.database, "band = ? AND state = 'waiting' AND codes = '[]'", [JOINT])
    tree = shapely.STRtree([case.candidate.state.geometry for case in waiting])
    found = {}
    for place, one in fresh.items():
        near = [waiting[at] for at in sorted(tree.query(one.candidate.state.geometry).tolist())]
        if like := next((case for case in near if one.again(case, known)), None):
            found[place] = like
    return found


def _words(verdict: Verdict) -> dict[str, str]:
    return {"verdict_zh": verdict.words.zh, "verdict_en": verdict.words.en}


def _told(one: _Left, applied: Applied, review: int, *more: Text) -> FeatureOutcome:
    reasons = (*one.found.reasons, *more)
    return FeatureOutcome(one.candidate.row, one.candidate.source_id, applied.outcome, applied.codes, reasons, review)
