"""Every outcome on the smallest example that shows it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from entities.matching import BANDS, Match, match, unmatched_within
from entities.matching.comparing import displacement
from entities.model import State, Surfaces
from tests.entities.matching.shapes import (
    POLICY,
    box,
    brief,
    entities,
    features,
    only,
    placed,
    run,
    state,
)

HOUSE = box(0, 0, 10, 10)


def test_nothing_meets_nothing() -> None:
    assert run([], []).matches == ()
    assert run([], entities(A=HOUSE)).matches == ()
    assert brief(run(features(HOUSE), [])) == [("new", ())]


def test_exactly_the_same_is_unchanged_without_covers() -> None:
    found = only(run(features(HOUSE), entities(A=HOUSE)))
    assert (found.outcome, found.codes, found.reasons, found.covers) == ("unchanged", ("A",), (), ())


def test_twins_are_matched_one_to_one_and_the_third_is_for_a_person() -> None:
    twice = features(HOUSE, HOUSE)
    assert brief(run(twice, entities(A=HOUSE, B=HOUSE))) == [("unchanged", ("A",)), ("unchanged", ("B",))]
    assert brief(run(twice, entities(A=HOUSE))) == [("unchanged", ("A",)), ("review", ("A",))]
    assert brief(run(twice[::-1], entities(A=HOUSE))) == [("review", ("A",)), ("unchanged", ("A",))]


def test_within_the_tolerances_is_unchanged() -> None:
    moved = box(0.2, -0.1, 10, 10.1, height=9.2)
    assert brief(run(features(moved), entities(A=HOUSE))) == [("unchanged", ("A",))]


def test_what_changed_is_said_with_numbers() -> None:
    old = box(0, 0, 10, 10, height=21.4, name="旧楼", base=30.0, attributes={"floors": 7, "use": "a"})
    new = box(0.5, 0, 10, 10, height=24.0, name=None, base=31.0, attributes={"floors": 8, "use": "a", "age": 3})
    found = only(run(features(replace(new, class_code="310302")), entities(A=old)))
    assert (found.outcome, found.codes) == ("changed", ("A",))
    assert [text.zh for text in found.reasons] == [
        "边界最多移动0.50米",
        "高度21.4→24",
        "地面高程30→31",
        "分类310301→310302",
        "名称“旧楼”→无",
        "属性变更：age、floors",
    ]
    assert found.reasons[1].en == "height 21.4 → 24"
    assert found.reasons[4].en == "name “旧楼” → none"
    [cover] = found.covers
    assert cover.of_feature == pytest.approx(0.95, abs=1e-4)
    assert cover.iou == pytest.approx(0.95 / 1.05, abs=1e-4)


def test_an_unknown_height_that_becomes_known_is_a_change() -> None:
    found = only(run(features(HOUSE), entities(A=box(0, 0, 10, 10, height=None))))
    assert [text.en for text in found.reasons] == ["height none → 9"]


def test_surfaces_count_beyond_their_tolerance() -> None:
    def solid(lift: float) -> Surfaces:
        roof = shapely.force_3d(HOUSE.geometry, 50 + lift)
        return Surfaces(shapely.MultiPolygon([roof]), "R")

    old = replace(HOUSE, surfaces=solid(0))
    assert only(run(features(replace(HOUSE, surfaces=solid(0.2))), entities(A=old))).outcome == "unchanged"
    found = only(run(features(replace(HOUSE, surfaces=solid(2))), entities(A=old)))
    assert [text.en for text in found.reasons] == ["its surfaces in 3D changed"]
    assert only(run(features(HOUSE), entities(A=old))).outcome == "changed"


@pytest.mark.parametrize(("shift", "outcome"), [(0.7, "changed"), (1.5, "changed"), (1.6, "review"), (8.9, "review")])
def test_how_far_a_house_may_move(shift: float, outcome: str) -> None:
    """Both covers are 1 - shift/10: accepted from 0.85, refused below 0.10."""
    assert only(run(features(box(shift, 0, 10, 10)), entities(A=HOUSE))).outcome == outcome


def test_a_small_thing_may_move_by_what_a_survey_errs() -> None:
    shed = box(0, 0, 3, 3)
    assert only(run(features(box(0.8, 0, 3, 3)), entities(A=shed))).outcome == "changed"
    assert only(run(features(box(1.3, 0, 3, 3)), entities(A=shed))).outcome == "review"
    slip = box(0, 0, 1, 1)
    assert only(run(features(box(0.8, 0, 1, 1)), entities(A=slip))).outcome == "review"


def test_below_the_lower_limit_of_both_covers_it_is_new() -> None:
    assert only(run(features(box(9.1, 0, 10, 10)), entities(A=HOUSE))).outcome == "new"
    assert only(run(features(box(9.1, 0, 5, 10)), entities(A=HOUSE))).outcome == "review"  # 18 % of the feature


def test_a_review_says_why_with_numbers() -> None:
    found = only(run(features(box(3.7, 0, 10, 10)), entities(ABC=HOUSE)))
    assert found.outcome == "review"
    assert (found.codes, found.band) == (("ABC",), "partly")
    assert [text.en for text in found.reasons] == [
        "covers 63 % of entity ABC, is covered 63 % by it; accepted from 85 %",
        "its outline is 1.85 m off on average; accepted within 0.59 m as well",
        "37 % of the outline stands as it was",
    ]
    assert "63%" in found.reasons[0].zh


def test_only_a_review_has_a_band() -> None:
    assert Match(0, "review", band="partly").band in BANDS
    for outcome, band in (("review", ""), ("review", "odd"), ("new", "partly")):
        with pytest.raises(ValueError, match="band"):
            Match(0, outcome, band=band)


def test_a_review_with_many_names_the_largest() -> None:
    bases = {f"E{number}": box(2.0 * number, 0, 1.5, 10) for number in range(6)}
    found = only(run(features(box(0, 3, 12, 12)), entities(**bases)))
    assert found.codes == tuple(sorted(bases))
    assert [text.en for text in found.reasons][-1] == "partly overlaps 3 more entities"


def test_a_split_needs_parts_that_fill_the_whole() -> None:
    halves = features(box(0, 0, 5, 10), box(5, 0, 5, 10, height=12.0))
    result = run(halves, entities(A=HOUSE))
    assert brief(result) == [("split", ("A",)), ("split", ("A",))]
    assert [(one.kind, one.parent, one.child) for one in result.descents] == [("split", "A", 0), ("split", "A", 1)]
    assert [(one.share, one.share_of_parent) for one in result.descents] == [(1.0, 0.5), (1.0, 0.5)]
    assert result.matches[0].reasons[0].en == "takes 50 % of entity A; 2 features together take 100 %"
    thirds = features(box(0, 0, 3, 10), box(6, 0, 3, 10))
    assert [outcome for outcome, _ in brief(run(thirds, entities(A=HOUSE)))] == ["review", "review"]


def test_what_stands_on_a_podium_is_no_split_of_it() -> None:
    survey = features(box(0.5, 0, 10, 10), box(0, 0, 5, 10, height=40.0), box(5, 0, 5, 10, height=50.0))
    assert brief(run(survey, entities(A=HOUSE))) == [("changed", ("A",)), ("new", ()), ("new", ())]


def test_nothing_is_split_or_merged_twice() -> None:
    halves = box(0, 0, 5, 10), box(5, 0, 5, 10)
    storeys = HOUSE, replace(HOUSE, height=30.0)
    split = run(features(*halves), entities(A=storeys[0], B=storeys[1]))
    assert brief(split) == [("split", ("A",)), ("split", ("A",))]
    assert len(split.descents) == 2
    merged = run(features(*storeys), entities(A=halves[0], B=halves[1]))
    assert brief(merged) == [("merged", ("A", "B")), ("new", ())]
    assert len(merged.descents) == 2


def test_parts_on_top_of_each_other_do_not_fill_a_whole() -> None:
    thrice = features(box(0, 0, 5, 10), box(5, 0, 5, 10), box(2, 0, 5, 10))
    assert [outcome for outcome, _ in brief(run(thrice, entities(A=HOUSE)))] == ["review", "review", "review"]
    tower = features(box(0, 0, 5, 10), box(5, 0, 5, 10), box(0, 0, 5, 10, height=30.0))
    assert [outcome for outcome, _ in brief(run(tower, entities(A=HOUSE)))] == ["split", "split", "new"]
    stacked = features(box(0, 0, 5, 10), box(0, 0, 5, 10, height=30.0))
    assert [outcome for outcome, _ in brief(run(stacked, entities(A=HOUSE)))] == ["review", "review"]


def test_a_merge_mirrors_a_split() -> None:
    result = run(features(HOUSE), entities(B=box(0, 0, 6, 10), A=box(6, 0, 4, 10)))
    assert brief(result) == [("merged", ("A", "B"))]
    assert [(one.parent, one.share) for one in result.descents] == [("A", 0.4), ("B", 0.6)]
    assert only(result).reasons[0].en == "made of 2 entities, which together take 100 % of it"


def test_a_tower_on_its_podium_keeps_both_identities() -> None:
    bases = entities(PODIUM=box(0, 0, 40, 40, height=12.0), TOWER=box(10, 10, 15, 15, height=90.0))
    survey = features(box(10.4, 10, 15, 15, height=90.0), box(0, 0.4, 40, 40, height=12.0))
    assert brief(run(survey, bases)) == [("changed", ("TOWER",)), ("changed", ("PODIUM",))]
    second = features(box(0, 0, 40, 40, height=12.5), box(10, 10, 15, 15, height=90.0), box(28, 28, 9, 9))
    assert brief(run(second, bases)) == [("changed", ("PODIUM",)), ("unchanged", ("TOWER",)), ("new", ())]


def test_storeys_of_one_outline_keep_their_identities() -> None:
    storeys = {f"S{floor}": box(0, 0, 10, 10, base=3.0 * floor, height=3.0) for floor in range(4)}
    random = np.random.default_rng(4)
    survey = [box(*random.normal(0, 0.2, 2), 10, 10, base=3.0 * floor, height=3.1) for floor in range(4)]
    found = run(features(*survey), entities(**storeys))
    assert [codes for _, codes in brief(found)] == [(code,) for code in storeys]
    above = box(0.1, 0, 10, 10, base=12.0, height=3.0)
    assert brief(run(features(*survey, above), entities(**storeys)))[-1] == ("new", ())


def test_a_feature_that_repeats_another_is_for_a_person() -> None:
    survey = features(box(0.5, 0, 10, 10), box(0.6, 0.1, 10, 10))
    result = run(survey, entities(A=HOUSE))
    assert brief(result) == [("changed", ("A",)), ("review", ("A",))]
    assert [one.band for one in result.matches] == ["", "twice"]
    assert result.matches[1].reasons[0].en.startswith("agrees 8")
    assert result.matches[1].reasons[0].en.endswith("which row 1 is already")


def test_other_classes_are_other_things() -> None:
    lake = box(0, 0, 10, 10, class_code="230101", height=None)
    town = box(0, 0, 10, 10, class_code="310100", height=None)
    assert only(run(features(HOUSE), entities(A=lake))).outcome == "new"
    assert only(run(features(HOUSE), entities(A=town))).outcome == "new"
    reservoir = replace(lake, class_code="240101")
    assert only(run(features(lake), entities(A=reservoir))).outcome == "changed"


def test_another_kind_of_geometry_is_another_thing() -> None:
    assert only(run(features(state(shapely.Point(5, 5))), entities(A=HOUSE))).outcome == "new"


def test_a_declared_code_is_the_identity_wherever_it_is() -> None:
    [moved] = features(box(500, 0, 10, 10))
    found = only(run([replace(moved, code="A")], entities(A=HOUSE, B=box(500, 0, 10, 10))))
    assert (found.outcome, found.codes) == ("changed", ("A",))
    assert found.reasons[0].en == "its outline moved by up to 500 m"
    [same] = features(HOUSE)
    assert brief(run([replace(same, code="B")], entities(A=HOUSE, B=HOUSE))) == [("unchanged", ("B",))]
    [point] = features(state(shapely.Point(5, 5)))
    assert [text.en for text in only(run([replace(point, code="A")], entities(A=HOUSE))).reasons] == [
        "its geometry changed from an area to a point"
    ]


def test_declarations_that_cannot_be_are_refused() -> None:
    one, other, third, fourth = features(HOUSE, box(0.1, 0, 10, 10), box(50, 0, 5, 5), box(90, 0, 5, 5))
    survey = [replace(one, code="A"), replace(other, code="A"), replace(third, code="X"), replace(fourth, code="Z")]
    result = match(survey, entities(A=HOUSE), POLICY, retired=["Z"])
    rules = [found.finding and (found.outcome, found.finding.rule, found.finding.row) for found in result.matches]
    assert rules == [
        ("refused", "match.twice", 1),
        ("refused", "match.twice", 2),
        ("refused", "code.unknown", 3),
        ("refused", "code.retired", 4),
    ]
    for found in result.matches:
        assert found.finding is not None
        assert "{" not in found.finding.sentence.zh + found.finding.sentence.en
        assert "…" not in found.finding.sentence.zh + found.finding.sentence.en


def test_what_nobody_spoke_of_within_an_area() -> None:
    bases = entities(A=HOUSE, B=box(20, 0, 10, 10), C=box(40, 0, 10, 10), D=box(60, 0, 10, 10), E=box(95, 0, 10, 10))
    result = run(features(HOUSE, box(44, 0, 10, 10)), bases)
    assert brief(result) == [("unchanged", ("A",)), ("review", ("C",))]
    assert unmatched_within(result, bases, placed(shapely.box(-5, -5, 100, 15))) == ["B", "D"]


class TestLines:
    """Roads and pipes are compared by the share of their length that runs beside the other."""

    ROAD = state(shapely.LineString([(0, 0), (60, 0), (100, 30)]), "420101", None)

    def test_a_riser_that_changed_is_the_same_riser(self) -> None:
        """A line of no length on the map."""
        before, after = (
            State("543002", shapely.LineString([(117, 36.66, top), (117, 36.66, -5)]), attributes={"diameter": size})
            for top, size in ((12.0, 300), (14.0, 400))
        )
        assert brief(run(features(after), entities(A=before))) == [("changed", ("A",))]

    def test_a_shifted_road_is_the_same_road(self) -> None:
        moved = state(shapely.LineString([(0, 1), (60, 1), (100, 31)]), "420101", None)
        found = only(run(features(moved), entities(A=self.ROAD)))
        assert (found.outcome, found.codes) == ("changed", ("A",))
        assert found.reasons[0].en == "its outline moved by up to 1.00 m"

    def test_a_road_drawn_backwards_with_a_vertex_more_is_unchanged(self) -> None:
        again = state(shapely.LineString([(100, 30), (60, 0.1), (30, 0), (0, 0)]), "420101", None)
        assert brief(run(features(again), entities(A=self.ROAD))) == [("unchanged", ("A",))]

    def test_a_crossing_road_is_new_and_a_longer_one_is_for_a_person(self) -> None:
        crossing = state(shapely.LineString([(30, -40), (30, 40)]), "420101", None)
        assert only(run(features(crossing), entities(A=self.ROAD))).outcome == "new"
        longer = state(shapely.LineString([(-60, 0), (60, 0), (100, 30)]), "420101", None)
        assert only(run(features(longer), entities(A=self.ROAD))).outcome == "review"

    def test_a_road_cut_at_a_new_junction_is_split(self) -> None:
        parts = [[(0, 0), (60, 0)], [(60, 0), (100, 30)]]
        survey = features(*(state(shapely.LineString(part), "420101", None) for part in parts))
        assert [found for found, _ in brief(run(survey, entities(A=self.ROAD)))] == ["split", "split"]
        merged = run(features(self.ROAD), entities(A=survey[0].state, B=survey[1].state))
        assert brief(merged) == [("merged", ("A", "B"))]

    def test_pipes_above_each_other_keep_their_identities(self) -> None:
        def pipe(level: float, shift: float = 0.0) -> shapely.Geometry:
            return shapely.LineString([(0, shift, level), (80, shift, level)])

        def pipes(*shapes: shapely.Geometry) -> list:
            return [
                replace(
                    state(shape, "540101", None),
                    geometry=shapely.force_3d(placed(shape), shapely.get_z(shapely.get_point(shape, 0))),
                )
                for shape in shapes
            ]

        low, high = pipes(pipe(20), pipe(22))
        survey = features(*pipes(pipe(22, 0.1), pipe(20, 0.1)))
        assert brief(run(survey, entities(LOW=low, HIGH=high))) == [("unchanged", ("HIGH",)), ("unchanged", ("LOW",))]
        sunk = features(*pipes(pipe(19)))
        found = only(run(sunk, entities(LOW=low)))
        assert [text.en for text in found.reasons] == ["the heights along it changed by up to 1.00 m"]

    def test_a_sloping_pipe_drawn_backwards_is_unchanged(self) -> None:
        flat = placed(shapely.LineString([(0, 0), (80, 0)]))
        levels = np.array([20.0, 24.0])
        down, up = (
            replace(self.ROAD, class_code="540101", geometry=shapely.LineString(np.column_stack([places, heights])))
            for places, heights in (
                (shapely.get_coordinates(flat), levels),
                (shapely.get_coordinates(flat)[::-1], levels[::-1]),
            )
        )
        assert brief(run(features(up), entities(A=down))) == [("unchanged", ("A",))]
        level = replace(down, geometry=shapely.force_3d(down.geometry, 22))
        flattened = replace(level, geometry=shapely.force_3d(flat, 22))
        assert brief(run(features(flattened), entities(A=down))) == [("changed", ("A",))]

    def test_lines_of_another_utility_are_other_lines(self) -> None:
        gas = replace(self.ROAD, class_code="540201")
        water = replace(self.ROAD, class_code="540101")
        assert only(run(features(gas), entities(A=water))).outcome == "new"


class TestPoints:
    """Points are matched with the nearest of their class."""

    LAMP = "380201"

    def lamp(self, x: float, y: float, class_code: str = LAMP) -> State:
        return state(shapely.Point(x, y), class_code, None)

    def test_the_nearest_takes_the_identity(self) -> None:
        other = replace(self.lamp(1.2, 0), name="2")
        survey = features(other, self.lamp(0.2, 0))
        assert brief(run(survey, entities(A=self.lamp(0, 0)))) == [("new", ()), ("unchanged", ("A",))]

    def test_a_point_that_repeats_another_is_for_a_person(self) -> None:
        survey = features(self.lamp(1.2, 0), self.lamp(0.2, 0))
        assert brief(run(survey, entities(A=self.lamp(0, 0)))) == [("review", ("A",)), ("unchanged", ("A",))]

    def test_a_moved_point_is_changed_and_a_far_one_new(self) -> None:
        found = only(run(features(self.lamp(1.2, 0)), entities(A=self.lamp(0, 0))))
        assert [text.en for text in found.reasons] == ["it moved by 1.20 m"]
        assert only(run(features(self.lamp(3.1, 0)), entities(A=self.lamp(0, 0)))).outcome == "new"

    def test_another_class_is_another_point(self) -> None:
        assert only(run(features(self.lamp(0, 0, "380202")), entities(A=self.lamp(0, 0)))).outcome == "new"


def test_displacement_by_index_equals_displacement_by_comparing_all() -> None:
    angles = np.linspace(0, 2 * np.pi, 2500, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    wavy = ring * (1 + 0.01 * np.sin(9 * angles))[:, None]
    hole = [ring * 0.5]
    big = np.array([shapely.Polygon(ring * 1000, [hole[0] * 1000])], dtype=object)
    other = np.array([shapely.MultiPolygon([shapely.Polygon(wavy * 1000)])], dtype=object)
    assert shapely.get_num_coordinates(big)[0] * shapely.get_num_coordinates(other)[0] > 4_000_000
    assert displacement(big, other)[0] == pytest.approx(shapely.hausdorff_distance(big, other)[0])
    dented = ring.copy()
    dented[0] *= 0.8
    dent = np.array([shapely.Polygon(dented * 1000, [hole[0] * 1000])], dtype=object)
    assert displacement(dent, big)[0] == pytest.approx(200, abs=1)
    line = np.array([shapely.LineString(ring)], dtype=object)
    assert displacement(line, np.array([shapely.Point(0, 0)], dtype=object))[0] == pytest.approx(1)


def test_a_shape_that_crosses_itself_does_not_stop_the_rest() -> None:
    bow = state(shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    result = run(features(bow, box(100.5, 0, 10, 10)), entities(A=HOUSE, B=box(100, 0, 10, 10)))
    assert brief(result)[1] == ("changed", ("B",))
