"""Who may write where: by the borders that stood on the survey's day, held in the same base. On both databases."""

from pathlib import Path

import pytest
import shapely

from entities.errors import Conflict
from entities.matching import MatchPolicy
from entities.model import parse_day
from entities.report import Report
from entities.reviews.reviewing import Judge, decide, look
from entities.reviews.reviewing import Verdict as _Verdict
from entities.store import Store
from entities.store.reviews import cases, judgements
from tests.contract.bordering import (
    BORDER,
    CITY,
    EAST,
    FAR,
    JULY,
    JUNE,
    MAY,
    METRE,
    OTHER_CITY,
    PROVINCE,
    WEST,
    house,
    move_border,
    outcomes,
    rules,
    say_divisions,
    send,
)

POLICY = MatchPolicy.load()
CROSSING = house(-20, 60)  # two thirds of it in the east
HANDED_OVER = house(-500)


@pytest.fixture
def divisions(store: Store) -> dict[str, str]:
    return say_divisions(store)


def standing(store: Store, day: int = JULY) -> int:
    return store.view(valid_at=day).count("buildings")


def consent(store: Store, *codes: str, verdict: str = "new") -> str:
    """Let some divisions consent to the one case that waits; returns the outcome."""
    [case] = cases(store.database, "state = 'waiting'", [])
    with store.transaction("+".join(codes), "review") as transaction:
        found = look(store, case, POLICY)
        return decide(store, transaction, found, _Verdict(verdict), POLICY, Judge("+".join(codes), codes)).outcome


def one_code(report: Report) -> str:
    [feature] = report.features
    return feature.codes[0]


@pytest.mark.usefixtures("divisions")
class TestBorders:
    def test_a_county_writes_in_itself_and_not_in_its_neighbour(self, store: Store, tmp_path: Path) -> None:
        assert outcomes(send(store, tmp_path, WEST, house(-500))) == ["new"]
        refused = send(store, tmp_path, WEST, house(-700), house(500))
        assert rules(refused) == {"scope.owner"}
        assert [finding.row for finding in refused.errors] == [2]
        assert standing(store) == 1

    def test_a_city_writes_in_its_counties_and_a_province_everywhere_in_it(self, store: Store, tmp_path: Path) -> None:
        for who, houses in ((CITY, (house(-500), house(500), CROSSING)), (PROVINCE, (house(89_500), house(-900)))):
            assert set(outcomes(send(store, tmp_path, who, *houses))) == {"new"}
        assert rules(send(store, tmp_path, CITY, house(100_000))) == {"scope.owner"}
        assert rules(send(store, tmp_path, OTHER_CITY, house(500, north=90))) == {"scope.owner"}

    def test_a_department_may_have_several_divisions(self, store: Store, tmp_path: Path) -> None:
        both = send(store, tmp_path, (WEST, EAST), house(-500), house(500), CROSSING)
        assert outcomes(both) == ["new"] * 3

    @pytest.mark.parametrize(("beyond", "outcome"), [(4, "new"), (6, "review")])
    def test_what_reaches_over_by_less_than_the_tolerance_is_ones_own(
        self, store: Store, tmp_path: Path, beyond: float, outcome: str
    ) -> None:
        assert outcomes(send(store, tmp_path, WEST, house(beyond - 40, 40))) == [outcome]

    @pytest.mark.parametrize(("who", "other", "share"), [(WEST, EAST, "66.7"), (EAST, WEST, "33.3")])
    def test_what_crosses_the_border_waits_for_the_other_side(
        self, store: Store, tmp_path: Path, who: str, other: str, share: str
    ) -> None:
        report = send(store, tmp_path, who, CROSSING)
        [feature] = report.features
        assert (feature.outcome, feature.codes, report.accepted) == ("review", (), True)
        assert other in feature.reasons[-1].zh
        assert f"{share} %" in feature.reasons[-1].en
        [case] = cases(store.database, "1 = 1", [])
        assert (case.band, case.needs, case.department) == ("joint", (other,), who)
        assert standing(store) == 0

    def test_with_the_consent_of_the_other_side_it_is_one_entity_of_both(self, store: Store, tmp_path: Path) -> None:
        send(store, tmp_path, WEST, CROSSING)
        assert consent(store, EAST) == "new"
        assert standing(store) == 1
        for who in (EAST, WEST, CITY):
            assert outcomes(send(store, tmp_path, who, CROSSING, day=JUNE)) == ["unchanged"]
        assert outcomes(send(store, tmp_path, EAST, house(-20, 60, height=30.0), day=JUNE)) == ["review"]
        assert consent(store, CITY, verdict="same") == "review", "the level above is asked by the desk, not by its code"
        assert consent(store, WEST, verdict="same") == "changed"

    def test_both_sides_consent_by_sending_the_same(self, store: Store, tmp_path: Path) -> None:
        assert outcomes(send(store, tmp_path, WEST, CROSSING)) == ["review"]
        assert outcomes(send(store, tmp_path, WEST, CROSSING)) == ["review"], "one side is one side, however often"
        agreed = send(store, tmp_path, EAST, house(-20.1, 60))
        assert outcomes(agreed) == ["new"]
        assert "同意" in agreed.features[0].reasons[-1].zh
        [judged] = judgements(store.database, "1 = 1", [])
        assert (judged.author, judged.consents, judged.verdict) == (EAST, (EAST,), "new")
        assert standing(store) == 1
        for more, outcome in (({"height": 30.0}, "changed"), ({"height": 30.0, "CHANGETYPE": "灭失"}, "ended")):
            said = house(-20, 60, **more)
            assert outcomes(send(store, tmp_path, EAST, said, day=JUNE)) == ["review"]
            assert outcomes(send(store, tmp_path, WEST, said, day=JUNE)) == [outcome]
        assert standing(store) == 0

    def test_what_stands_by_now_is_not_made_again(self, store: Store, tmp_path: Path) -> None:
        send(store, tmp_path, WEST, CROSSING)
        assert outcomes(send(store, tmp_path, CITY, CROSSING)) == ["new"]
        [case] = cases(store.database, "state = 'waiting'", [])
        found = look(store, case, POLICY)
        assert (found.moved, found.outcome, len(found.case.codes)) == (True, "unchanged", 1)
        assert found.key != case.key, "a decision about what was seen before is stale"

    def test_where_three_meet_all_others_are_asked(self, store: Store, tmp_path: Path) -> None:
        edge = (119 - BORDER) / METRE
        report = send(store, tmp_path, WEST, house(-40_000, edge + 40_100))
        assert outcomes(report) == ["review"]
        [case] = cases(store.database, "1 = 1", [])
        assert case.needs == (EAST, FAR)
        assert [consent(store, EAST), consent(store, FAR)] == ["review", "new"]

    def test_beyond_every_division_the_level_above_is_asked_and_above_the_province_nobody(
        self, store: Store, tmp_path: Path
    ) -> None:
        pier = house((117 - BORDER) / METRE - 20, 40)
        assert outcomes(send(store, tmp_path, WEST, pier)) == ["review"]
        assert cases(store.database, "1 = 1", [])[0].needs == (CITY,)
        assert rules(send(store, tmp_path, PROVINCE, pier)) == {"scope.owner"}


@pytest.mark.usefixtures("divisions")
class TestWhatStandsAlready:
    def test_nobody_changes_or_ends_what_lies_in_anothers_territory(self, store: Store, tmp_path: Path) -> None:
        theirs = one_code(send(store, tmp_path, EAST, house(500)))
        for more in ({}, {"CHANGETYPE": "灭失"}, {"CHANGETYPE": "撤销"}):
            refused = send(store, tmp_path, WEST, house(-500, EntityID=theirs, **more), day=JUNE)
            assert rules(refused) == {"scope.entity"}
            assert "东县" in refused.errors[0].sentence.zh
        assert [version.period.start for version in store.history(theirs)] == [MAY]

    def test_what_crosses_the_border_is_ended_by_both(self, store: Store, tmp_path: Path) -> None:
        ours = one_code(send(store, tmp_path, CITY, CROSSING))
        gone = house(-20, 60, CHANGETYPE="灭失")
        assert outcomes(send(store, tmp_path, WEST, gone, day=JUNE)) == ["review"]
        assert standing(store) == 1
        assert consent(store, EAST, verdict="same") == "ended"
        assert store.view(valid_at=MAY).get(ours).code == ours
        assert standing(store) == 0

    def test_moving_an_entity_out_of_the_border_needs_consent_too(self, store: Store, tmp_path: Path) -> None:
        ours = one_code(send(store, tmp_path, CITY, CROSSING))
        moved = send(store, tmp_path, WEST, house(-90, 60, EntityID=ours), day=JUNE)
        assert (outcomes(moved), moved.features[0].codes) == (["review"], (ours,))

    def test_half_a_split_is_not_said(self, store: Store, tmp_path: Path) -> None:
        send(store, tmp_path, CITY, house(-40, 60))
        parts = send(store, tmp_path, WEST, house(-40, 30), house(-10, 30), day=JUNE)
        assert outcomes(parts) == ["review", "review"]
        assert {case.needs for case in cases(store.database, "1 = 1", [])} == {(EAST,)}
        assert standing(store) == 1

    def test_a_complete_survey_ends_nothing_beyond_the_border(self, store: Store, tmp_path: Path) -> None:
        send(store, tmp_path, CITY, house(-500), house(-300), CROSSING, house(300))
        area = shapely.box(BORDER - 600 * METRE, 36.4, BORDER + 600 * METRE, 36.6)
        report = send(store, tmp_path, WEST, house(-500), day=JUNE, complete_in=area)
        assert sorted(outcomes(report)) == ["ended", "unchanged"]
        assert standing(store) == 3


class TestMovedBorders:
    def test_a_moved_border_moves_the_rights_and_no_entity(
        self, store: Store, tmp_path: Path, divisions: dict[str, str]
    ) -> None:
        code = one_code(send(store, tmp_path, WEST, HANDED_OVER))
        before = store.history(code)
        move_border(store, divisions, BORDER - 1000 * METRE, JUNE)
        assert rules(send(store, tmp_path, WEST, house(-500, height=12.0), day=JUNE)) == {"scope.owner"}
        assert rules(send(store, tmp_path, WEST, house(-500, CHANGETYPE="灭失"), day=JULY)) == {"scope.owner"}
        assert store.history(code) == before
        report = send(store, tmp_path, EAST, house(-500, height=12.0), day=JUNE)
        assert (outcomes(report), one_code(report)) == (["changed"], code)
        assert store.view(valid_at=MAY).get(code).state.height == 9.0
        assert store.spatial_code(code)

    def test_before_the_day_the_old_side_still_has_its_right(
        self, store: Store, tmp_path: Path, divisions: dict[str, str]
    ) -> None:
        move_border(store, divisions, BORDER - 1000 * METRE, JUNE)
        assert outcomes(send(store, tmp_path, WEST, HANDED_OVER, day=MAY, today=MAY)) == ["new"]
        assert rules(send(store, tmp_path, EAST, house(-700), day=MAY, today=MAY)) == {"scope.owner"}

    def test_a_late_survey_of_what_was_handed_over_waits_for_the_new_side(
        self, store: Store, tmp_path: Path, divisions: dict[str, str]
    ) -> None:
        move_border(store, divisions, BORDER - 1000 * METRE, JUNE)
        assert outcomes(send(store, tmp_path, WEST, HANDED_OVER, day=MAY, today=JULY)) == ["review"]
        assert cases(store.database, "1 = 1", [])[0].needs == (EAST,)
        assert consent(store, EAST) == "new"

    def test_a_border_corrected_backwards_counts_from_when_it_is_known(
        self, store: Store, tmp_path: Path, divisions: dict[str, str]
    ) -> None:
        assert outcomes(send(store, tmp_path, WEST, HANDED_OVER)) == ["new"]
        move_border(store, divisions, BORDER - 1000 * METRE, MAY)
        assert rules(send(store, tmp_path, WEST, house(-500, height=12.0))) == {"scope.owner"}


def test_a_division_that_does_not_stand_is_refused_in_words(store: Store, tmp_path: Path) -> None:
    for stands, day, who, rule in (
        (False, MAY, WEST, "scope.unknown"),
        (True, MAY, "370199", "scope.unknown"),
        (True, parse_day("2019-12-31"), WEST, "scope.then"),
    ):
        if stands and not store.view(valid_at=MAY).count():
            say_divisions(store)
        with pytest.raises(Conflict) as refused:
            send(store, tmp_path, who, house(-500), day=day)
        assert refused.value.rule == rule
        assert who in refused.value.findings[0].sentence.zh


def test_a_city_may_be_known_by_its_counties_alone(store: Store, tmp_path: Path) -> None:
    divisions = say_divisions(store)
    with store.transaction("province", "no city") as transaction:
        transaction.retract([divisions[CITY]])
    report = send(store, tmp_path, CITY, house(-500), house(500), CROSSING)
    assert outcomes(report) == ["new"] * 3
    assert rules(send(store, tmp_path, CITY, house(100_000))) == {"scope.owner"}
