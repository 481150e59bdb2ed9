"""What matching leaves to a person is held, decided, never asked twice and taken back. On both databases."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import shapely

from entities.errors import Conflict, Invalid, PreconditionFailed
from entities.model import Candidate
from entities.report import FeatureOutcome
from entities.reviews.cases import ReviewCase
from entities.reviews.judging import Verdict, parse_cut
from entities.reviews.reviewing import Applied, Judge, check, decide, look
from entities.settling import Settling, Survey
from entities.store import Store
from entities.store.reviews import cases, judgements
from tests.contract.test_settling import JULY, JUNE, MAY, METRE, POLICY, house, outcomes


def survey(store: Store, candidates: Sequence[Candidate], day: int, department: str = "county") -> list[FeatureOutcome]:
    with store.transaction(department, "survey", "file.gpkg") as transaction:
        settling = Settling(store, transaction, Survey(day, POLICY, department=department, source="file.gpkg"))
        settling.take(candidates)
        settling.finish(lambda done, total: None)
    return settling.features()


def waiting(store: Store) -> list[ReviewCase]:
    return cases(store.database, "state = 'waiting'", [])


def judged(store: Store, case: ReviewCase, verdict: Verdict, author: str = "ann") -> Applied:
    found = look(store, case, POLICY)
    check(found, found.key)
    with store.transaction("city", "decided") as transaction:
        return decide(store, transaction, found, verdict, POLICY, Judge(author))


HALF = house(1, east=11, width=20)  # half of it lies on the house of `doubt`


def doubt(store: Store) -> ReviewCase:
    """A house of 20 m, and a survey that shows one of 20 m half beside it."""
    survey(store, [house(1, width=20)], MAY)
    [told] = survey(store, [HALF], JUNE)
    [case] = waiting(store)
    assert (told.outcome, told.review) == ("review", case.id)
    return case


def test_a_case_holds_what_is_needed_to_decide_later(store: Store) -> None:
    case = doubt(store)
    assert case.candidate.state == HALF.state
    assert (case.department, case.source, case.day, case.number) == ("county", "file.gpkg", JUNE, 2)
    assert case.codes and case.reasons and case.band
    assert {cover["code"] for cover in case.covers} == set(case.codes)
    assert [record.counts for record in store.transactions()][-1] == '{"review": 1}'


def test_the_same_entity_is_updated_from_the_day_of_the_survey(store: Store) -> None:
    case = doubt(store)
    assert judged(store, case, Verdict("same")) == Applied("changed", case.codes)
    now = store.view(valid_at=JUNE).get(case.codes[0])
    assert now.state.geometry.equals(HALF.state.geometry) and now.period.start == JUNE
    assert store.view(valid_at=MAY).get(case.codes[0]).state.geometry.equals(house(1, width=20).state.geometry)
    assert waiting(store) == []
    [record] = judgements(store.database, "review = ?", [case.id])
    assert (record.verdict, record.author, record.codes) == ("same", "ann", case.codes)


def test_a_new_entity_stands_beside_the_old_one(store: Store) -> None:
    case = doubt(store)
    applied = judged(store, case, Verdict("new"))
    assert applied.outcome == "new" and set(applied.codes).isdisjoint(case.codes)
    assert {one.code for one in store.view(valid_at=JUNE).versions()} == {*applied.codes, *case.codes}


def test_a_new_entity_may_take_the_place_of_the_old_one(store: Store) -> None:
    case = doubt(store)
    applied = judged(store, case, Verdict("new", replaces=True))
    assert [one.code for one in store.view(valid_at=JUNE).versions()] == list(applied.codes)
    [step] = store.lineage(applied.codes[0])
    assert (step.kind, step.parent, step.child) == ("rebuild", case.codes[0], applied.codes[0])
    [record] = judgements(store.database, "review = ?", [case.id])
    assert record.codes == case.codes


def test_a_split_divides_the_old_one_into_what_was_surveyed_and_the_rest(store: Store) -> None:
    survey(store, [house(1, width=20)], MAY)
    survey(store, [house(1, width=9)], JUNE)
    [case] = waiting(store)
    applied = judged(store, case, Verdict("split"))
    now = {one.code: one.state for one in store.view(valid_at=JUNE).versions()}
    assert set(now) == set(applied.codes) and len(now) == 2
    widths = sorted(round((b[2] - b[0]) / METRE) for b in (state.geometry.bounds for state in now.values()))
    assert widths == [9, 11]
    steps = store.lineage(case.codes[0])
    assert {(step.kind, step.child) for step in steps} == {("split", code) for code in now}


def test_a_split_along_a_cut_has_the_parts_that_were_drawn(store: Store) -> None:
    case = doubt(store)
    cut = parse_cut(f"{117 + 5 * METRE},36.6 {117 + 5 * METRE},36.60001")
    applied = judged(store, case, Verdict("split", cut=cut))
    now = {one.code: one.state.geometry.bounds for one in store.view(valid_at=JUNE).versions()}
    assert set(now) == set(applied.codes)
    assert sorted(round((b[2] - b[0]) / METRE) for b in now.values()) == [5, 15]


def test_the_parts_of_one_split_are_decided_together(store: Store) -> None:
    survey(store, [house(1, width=30)], MAY)
    survey(store, [house(1, width=9), house(2, east=13, width=9)], JUNE)
    both = waiting(store)
    assert len(both) == 2
    applied = judged(store, both[0], Verdict("split"))
    assert len(applied.codes) == 3 and waiting(store) == []


def test_a_merge_ends_the_old_ones(store: Store) -> None:
    survey(store, [house(1, width=10), house(2, east=10, width=10)], MAY)
    survey(store, [house(1, width=20, depth=30)], JUNE)
    [case] = waiting(store)
    assert len(case.codes) == 2
    applied = judged(store, case, Verdict("merge"))
    assert [one.code for one in store.view(valid_at=JUNE).versions()] == list(applied.codes)
    assert {step.parent for step in store.lineage(applied.codes[0])} == set(case.codes)


def test_what_is_rejected_changes_nothing_and_is_not_asked_again(store: Store) -> None:
    case = doubt(store)
    before = [one.state for one in store.view(valid_at=JUNE).versions()]
    judged(store, case, Verdict("reject", note="blurred"))
    assert [one.state for one in store.view(valid_at=JUNE).versions()] == before
    [again] = survey(store, [HALF], JUNE)
    assert (again.outcome, again.review) == ("rejected", case.id)
    assert "ann" in again.reasons[-1].en and "不采纳" in again.reasons[-1].zh
    assert waiting(store) == []


def test_a_new_survey_of_the_same_feature_is_not_asked_again(store: Store) -> None:
    case = doubt(store)
    judged(store, case, Verdict("reject"))
    nearly = house(1, east=11.1, width=20)  # 0.1 m to the east: within what may differ
    assert outcomes(survey(store, [nearly], JULY)) == ["rejected"]
    other = house(1, east=12, width=20)
    assert outcomes(survey(store, [other], JULY)) == ["review"]


def test_a_case_that_waits_is_not_held_twice(store: Store) -> None:
    case = doubt(store)
    again = survey(store, [HALF, replace(HALF, row=2)], JUNE)
    assert [(one.outcome, one.review) for one in again] == [("review", case.id)] * 2
    assert [record.number for record in store.transactions()] == [1, 2]


def test_a_case_whose_entity_changed_is_decided_about_as_it_is_now(store: Store) -> None:
    case = doubt(store)
    seen = look(store, case, POLICY).key
    survey(store, [house(1, width=20, height=15.0)], JUNE)
    found = look(store, case, POLICY)
    assert found.moved and found.key != seen
    with pytest.raises(PreconditionFailed, match=r"review\.stale"):
        check(found, seen)
    survey(store, [replace(house(1, width=20, height=15.0), change="end")], JUNE)
    ended = look(store, case, POLICY)
    assert (ended.outcome, ended.case.codes, ended.bases) == ("new", (), {})
    with pytest.raises(Invalid, match=r"review\.which"), store.transaction("city", "decided") as transaction:
        decide(store, transaction, ended, Verdict("same"), POLICY, Judge("ann"))


def test_a_case_across_a_border_waits_for_every_side(store: Store) -> None:
    case = doubt(store)
    with store.transaction("county", "border") as transaction:
        transaction.hold([replace(case, needs=("370102", "370103"), key="k")])
    joint = waiting(store)[-1]

    def consent(number: str, verdict: Verdict) -> Applied:
        with store.transaction(number, "decided") as transaction:
            return decide(store, transaction, look(store, joint, POLICY), verdict, POLICY, Judge(number, (number,)))

    assert consent("370102", Verdict("same")).outcome == "review"
    assert joint.id in [one.id for one in waiting(store)]
    with pytest.raises(Conflict, match=r"review\.differs"):
        consent("370103", Verdict("new"))
    assert consent("370103", Verdict("same")).outcome == "changed"
    assert joint.id not in [one.id for one in waiting(store)]


def test_nothing_is_decided_twice(store: Store) -> None:
    case = doubt(store)
    judged(store, case, Verdict("reject"))
    [done] = cases(store.database, "id = ?", [case.id])
    with pytest.raises(Conflict, match=r"review\.decided"):
        check(look(store, done, POLICY), "")


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        (lambda code: Verdict("same", ("111111111111",)), "review.candidate"),
        (lambda code: Verdict("same", ("111111111111",), beyond=True), "review.gone"),
        (lambda code: Verdict("merge"), "review.merge"),
        (lambda code: Verdict("perhaps"), "review.verdict"),
        (lambda code: Verdict("reject", (code,)), "review.codes"),
        (lambda code: Verdict("same", replaces=True), "review.codes"),
        (lambda code: Verdict("merge", (code, code)), "review.codes"),
        (lambda code: Verdict("split", cut=shapely.LineString([(118, 36), (118, 37)])), "review.cut"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(store: Store, verdict: object, rule: str) -> None:
    case = doubt(store)
    with pytest.raises(Invalid, match=rule.replace(".", r"\.")):
        judged(store, case, verdict(case.codes[0]))  # type: ignore[operator]
    assert [one.id for one in waiting(store)] == [case.id]
    assert len(store.transactions()) == 2
