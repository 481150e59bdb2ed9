"""Deciding: one case or a batch of one kind, each as one transaction in the name of who decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entities.errors import Invalid, NotFound, PreconditionRequired
from entities.matching import MatchPolicy
from entities.model import TransactionNumber
from entities.reviews.cases import ReviewCase
from entities.reviews.judging import Verdict
from entities.reviews.reviewing import Applied, Judge, check, decide, look
from entities.store import Store, Transaction
from entities.store.reviews import cases, cases_in
from entities.text import Text
from service.config import Config
from service.desk import Desk
from service.reviews import holds
from service.reviews.jury import Jury
from service.reviews.seats import Seat
from service.work import jobs

MOST: Final = 50
"""How many cases a batch may hold, and how many of a department's last decisions can be taken back."""

IN_BATCH: Final = ("same", "new", "reject")
"""The verdicts that may be given in a batch; the others need a look at each case."""

_ONE: Final = Text("判断第{review}条：{verdict}", "case {review} decided: {verdict}")
_MANY: Final = Text("成批判断{count}条：{verdict}", "{count} cases decided: {verdict}")


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision: its transaction, and what became of each case's feature, by the case's number."""

    number: TransactionNumber
    verdict: str
    applied: dict[int, Applied]


@dataclass(frozen=True)
class Bench:
    """Where decisions are made: the base, the desk, who may decide, and who sits there."""

    config: Config
    store: Store
    desk: Desk
    jury: Jury
    seat: Seat

    @property
    def policy(self) -> MatchPolicy:
        """The policy by which features are matched."""
        return MatchPolicy.load(self.config.matching)

    def decide(self, review: int, verdict: Verdict, seen: str) -> Decided:
        """Decide about one case as it was seen."""
        words = _ONE.fill({"review": review, "verdict": verdict.words.say(self.config.language)})
        return self._decide([(review, seen)], verdict, words)

    def decide_batch(self, reviews: Sequence[tuple[int, str]], verdict: Verdict) -> Decided:
        """Decide alike about cases of one band and class, each as it was seen, in one transaction.

        `Invalid`: `review.batch.none`, `review.batch.many`, `review.batch.verdict`, `review.batch.mixed`.
        """
        if not reviews:
            raise Invalid.because("review.batch.none")
        if len(reviews) > MOST:
            raise Invalid.because("review.batch.many", count=len(reviews), most=MOST)
        if verdict.kind not in IN_BATCH or verdict.codes or verdict.cut:
            raise Invalid.because("review.batch.verdict", verdict=verdict.kind, names=", ".join(IN_BATCH))
        kinds = {(case.band, case.candidate.state.class_code) for case in self.cases([one for one, _ in reviews])}
        if len(kinds) > 1:
            raise Invalid.because("review.batch.mixed", count=len(kinds))
        words = _MANY.fill({"count": len(reviews), "verdict": verdict.words.say(self.config.language)})
        return self._decide(reviews, verdict, words)

    def cases(self, reviews: Sequence[int]) -> list[ReviewCase]:
        """Some cases, in the order asked for. `NotFound` (`review.unknown`)."""
        found = {case.id: case for case in cases_in(self.store.database, "id", reviews)}
        for review in reviews:
            if review not in found:
                raise NotFound.because("review.unknown", review=review)
        return [found[review] for review in reviews]

    def _decide(self, reviews: Sequence[tuple[int, str]], verdict: Verdict, words: Text) -> Decided:
        ids = [review for review, _ in reviews]
        holds.check(self.desk, ids, self.seat)
        first = self.cases(ids)[0]
        reason = words.say(self.config.language) + (f" · {verdict.note}" if verdict.note else "")
        with self.store.transaction(self.seat.department.name, reason, first.source) as transaction:
            transaction.policy = self.policy.text
            applied = {review: self._apply(transaction, review, seen, verdict) for review, seen in reviews}
            number = transaction.number
        holds.release(self.desk, ids, self.seat)
        holds.unpark(self.desk, ids)
        for kind in ("tiles", "maps"):
            jobs.add_once(self.desk, kind)
        return Decided(number, verdict.kind, applied)

    def _apply(self, transaction: Transaction, review: int, seen: str, verdict: Verdict) -> Applied:
        """Decide about one case as it is now, within the lock."""
        if not seen:
            raise PreconditionRequired.because("review.seen", review=review)
        found = look(self.store, one_case(self.store, review), self.policy)
        self.jury.check(self.seat.department, [found.case])
        check(found, seen)
        judge = Judge(self.seat.author, self.jury.consents(self.seat.department, found.case))
        return decide(self.store, transaction, found, verdict, self.policy, judge)


def one_case(store: Store, review: int) -> ReviewCase:
    """One case. `NotFound` (`review.unknown`)."""
    found = cases(store.database, "id = ?", [review])
    if not found:
        raise NotFound.because("review.unknown", review=review)
    return found[0]
