"""A survey becomes entities: what is known keeps its code, what changed is said, what ended ends. On both databases."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely

from entities.matching import MatchPolicy
from entities.model import Candidate, State, parse_day
from entities.report import FeatureOutcome
from entities.settling import Settling, Survey
from entities.store import Store

MAY, JUNE, JULY = (parse_day(f"2026-0{month}-01") for month in (5, 6, 7))
POLICY = MatchPolicy.load()
METRE = 1 / 111_000


def house(row: int, east: float = 0, width: float = 12, depth: float = 10, height: float = 9.0) -> Candidate:
    """A house `east` metres along a street."""
    west = 117 + east * METRE
    return Candidate(
        row, State("310301", shapely.box(west, 36.6, west + width * METRE, 36.6 + depth * METRE), height=height)
    )


def survey(
    store: Store, candidates: Sequence[Candidate], day: int, complete_in: shapely.Geometry | None = None, batch: int = 2
) -> list[FeatureOutcome]:
    with store.transaction("county", "survey") as transaction:
        settling = Settling(store, transaction, Survey(day, POLICY, complete_in))
        for start in range(0, len(candidates), batch):
            settling.take(candidates[start : start + batch])
        settling.finish(lambda done, total: None)
        if settling.findings:
            transaction.abandon()
    return settling.features()


def outcomes(features: Sequence[FeatureOutcome]) -> list[str]:
    return [feature.outcome for feature in features]


def street(count: int = 5) -> list[Candidate]:
    return [house(row + 1, row * 14) for row in range(count)]


def test_the_first_survey_makes_entities_and_the_same_again_changes_nothing(store: Store) -> None:
    first = survey(store, street(), MAY)
    assert outcomes(first) == ["new"] * 5
    second = survey(store, street()[::-1], JUNE, batch=3)
    assert outcomes(second) == ["unchanged"] * 5
    assert [feature.codes for feature in second] == [feature.codes for feature in first]
    assert [record.number for record in store.transactions()] == [1]


def test_a_register_code_told_again_leaves_no_trace(store: Store) -> None:
    parcel = replace(house(1), resource_codes=(("parcel", "370102001001GB00001"),))
    survey(store, [parcel], MAY)
    assert outcomes(survey(store, [parcel], JUNE)) == ["unchanged"]
    assert [record.number for record in store.transactions()] == [1]
    survey(store, [replace(parcel, resource_codes=(("parcel", "370102001001GB00002"),))], JUNE)
    assert [record.number for record in store.transactions()] == [1, 2]


def test_neighbours_within_one_file_are_not_taken_for_each_other(store: Store) -> None:
    neighbours = [house(1), house(2, 1.5), house(3, height=30.0)]
    assert outcomes(survey(store, neighbours, MAY, batch=1)) == ["new"] * 3
    assert outcomes(survey(store, neighbours, JUNE, batch=1)) == ["unchanged"] * 3


@pytest.mark.parametrize("batch", [1, 9])
def test_what_is_sent_twice_makes_one_entity(store: Store, batch: int) -> None:
    twice = [house(1), house(2), house(3, 0.3), house(4, 40), house(5, 80)]
    assert outcomes(survey(store, twice, MAY, batch=batch)) == ["new", "review", "review", "new", "new"]
    assert store.view(valid_at=MAY).count() == 3
    again = [house(1), house(2), house(3, 0.3), house(4, 40.5, height=12.0), house(5, 40.5, height=12.1)]
    assert outcomes(survey(store, again, JUNE, batch=batch)) == ["unchanged", "review", "review", "changed", "review"]
    assert store.view(valid_at=JUNE).count() == 3


def test_a_rebuilt_house_has_a_code_of_its_own_and_its_predecessor(store: Store) -> None:
    [old] = survey(store, [house(1, width=20, depth=12, height=6.0)], MAY)
    [new] = survey(store, [house(1, east=8, width=24, depth=20, height=30.0)], JUNE)
    assert new.outcome == "new" and new.codes != old.codes
    assert any("rebuilt where" in reason.en for reason in new.reasons)
    assert [one.code for one in store.view(valid_at=JUNE).versions()] == list(new.codes)
    assert [(step.kind, step.parent, step.child) for step in store.lineage(new.codes[0])] == [
        ("rebuild", *old.codes, *new.codes)
    ]


def test_a_shifted_survey_changes_nothing_and_is_told(store: Store) -> None:
    survey(store, [house(row + 1, row * 25) for row in range(20)], MAY, batch=7)
    with store.transaction("county", "survey") as transaction:
        settling = Settling(store, transaction, Survey(JUNE, POLICY))
        settling.take([house(row + 1, row * 25 + 0.9) for row in range(20)])
        settling.finish(lambda done, total: None)
    assert outcomes(settling.features()) == ["unchanged"] * 20
    [finding] = settling.findings
    assert (finding.rule, finding.severity) == ("match.shift", "warning")
    assert "m east of the base" in finding.sentence.en


def test_a_changed_house_keeps_its_code_and_its_past(store: Store) -> None:
    first = survey(store, street(), MAY)
    raised = [*street()[:2], house(3, 28, height=15.0), *street()[3:]]
    second = survey(store, raised, JUNE)
    assert outcomes(second) == ["unchanged", "unchanged", "changed", "unchanged", "unchanged"]
    assert second[2].codes == first[2].codes
    assert any("9" in reason.en and "15" in reason.en for reason in second[2].reasons)
    code = second[2].codes[0]
    assert [store.view(valid_at=day).get(code).state.height for day in (MAY, JUNE)] == [9.0, 15.0]
    assert store.view(valid_at=JUNE).count() == 5


def test_a_split_ends_the_parent_and_tells_the_lineage(store: Store) -> None:
    [parent] = survey(store, [house(1, width=20)], MAY)
    parts = [house(1, width=10), house(2, 10, width=10)]
    second = survey(store, parts, JUNE)
    assert outcomes(second) == ["split", "split"]
    children = {feature.codes[0] for feature in second}
    assert {version.code for version in store.view(valid_at=JUNE).versions()} == children
    assert [version.code for version in store.view(valid_at=MAY).versions()] == list(parent.codes)
    steps = store.lineage(parent.codes[0])
    assert {(step.kind, step.child) for step in steps} == {("split", child) for child in children}
    assert all(step.share == pytest.approx(1, abs=0.01) for step in steps)
    assert outcomes(survey(store, parts, JULY)) == ["unchanged"] * 2


def test_a_merge_ends_the_parents(store: Store) -> None:
    parents = survey(store, [house(1, width=10), house(2, 10, width=10)], MAY)
    [whole] = survey(store, [house(1, width=20)], JUNE)
    assert whole.outcome == "merged"
    assert [version.code for version in store.view(valid_at=JUNE).versions()] == list(whole.codes)
    steps = store.lineage(whole.codes[0])
    assert {step.parent for step in steps} == {feature.codes[0] for feature in parents}
    assert sum(step.share for step in steps) == pytest.approx(1, abs=0.01)


def test_a_declared_end_ends_and_an_undeclared_absence_does_not(store: Store) -> None:
    first = survey(store, street(), MAY)
    second = survey(store, [replace(street()[1], change="end")], JUNE)
    assert outcomes(second) == ["ended"]
    assert second[0].codes == first[1].codes
    assert store.view(valid_at=JUNE).count() == 4
    assert store.view(valid_at=MAY).count() == 5


def test_a_complete_survey_ends_what_it_no_longer_has(store: Store) -> None:
    first = survey(store, street(), MAY)
    area = shapely.box(116.9999, 36.59, 117 + 41 * METRE, 36.61)
    second = survey(store, [street()[0]], JUNE, complete_in=area)
    assert sorted(outcomes(second)) == ["ended", "ended", "unchanged"]
    left = {version.code for version in store.view(valid_at=JUNE).versions()}
    assert left == {first[place].codes[0] for place in (0, 3, 4)}, "what reaches out of the area is left alone"


def test_a_survey_that_arrives_late_speaks_up_to_what_is_known(store: Store) -> None:
    [known] = survey(store, [house(1, height=12.0)], JULY)
    [late] = survey(store, [house(1, height=9.0)], MAY)
    assert (late.outcome, late.codes) == ("changed", known.codes)
    seen = [store.view(valid_at=day).get(known.codes[0]).state.height for day in (MAY, JUNE, JULY)]
    assert seen == [9.0, 9.0, 12.0]


def test_half_of_something_is_left_to_a_person(store: Store) -> None:
    survey(store, [house(1, width=20)], MAY)
    [doubtful] = survey(store, [house(1, east=11, width=20)], JUNE)
    assert doubtful.outcome == "review"
    assert doubtful.reasons
    assert store.view(valid_at=JUNE).count() == 1


def test_a_code_nobody_issued_refuses_the_upload(store: Store) -> None:
    survey(store, street(), MAY)
    with store.transaction("county", "survey") as transaction:
        settling = Settling(store, transaction, Survey(JUNE, POLICY))
        settling.take([replace(house(7, 500), code="111111111111")])
        settling.finish(lambda done, total: None)
        transaction.abandon()
    assert [(finding.rule, finding.row) for finding in settling.findings] == [("code.unknown", 7)]
    assert store.view(valid_at=JUNE).count() == 5


def test_a_code_that_ended_is_said_to_have_ended(store: Store) -> None:
    first = survey(store, street(), MAY)
    survey(store, [replace(street()[1], change="end")], JUNE)
    with store.transaction("county", "survey") as transaction:
        settling = Settling(store, transaction, Survey(JULY, POLICY))
        settling.take([replace(street()[1], code=first[1].codes[0])])
        settling.finish(lambda done, total: None)
        transaction.abandon()
    assert [finding.rule for finding in settling.findings] == ["code.retired"]


def test_order_and_batches_do_not_matter(store: Store) -> None:
    survey(store, street(8), MAY)
    changed = [house(row + 1, row * 14, height=9.0 + row % 2 * 3, width=12 + row % 3) for row in range(8)]
    orders = [np.random.default_rng(seed).permutation(8) for seed in range(3)]
    found = []
    for order in orders:
        with store.transaction("county", "survey") as transaction:
            settling = Settling(store, transaction, Survey(JUNE, POLICY))
            settling.take([changed[place] for place in order])
            settling.finish(lambda done, total: None)
            transaction.abandon()
        found.append([(feature.row, feature.outcome, feature.codes) for feature in settling.features()])
    assert found[0] == found[1] == found[2]
