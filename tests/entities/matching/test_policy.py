"""The matching policy: what stands in the built-in file, what a province may change, and what is refused."""

from pathlib import Path

import pytest
import yaml

from entities.errors import Invalid
from entities.matching import MatchPolicy
from entities.matching.policy import KINDS
from tests.entities.matching.shapes import POLICY, box, entities, features, only, run

BUILT_IN = Path(__file__).parents[3] / "entities/data/matching.yaml"


def written(folder: Path, change: dict) -> MatchPolicy:
    entry = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    page = folder / "matching.yaml"
    page.write_text(yaml.safe_dump(entry | change, allow_unicode=True), encoding="utf-8")
    return MatchPolicy.load(page)


def test_the_numbers_of_the_field() -> None:
    area = POLICY.tolerances_of("310301", "area")
    assert (area.accept, area.refuse, area.distance) == (0.85, 0.10, 3)
    assert POLICY.text == "default 2; default 2"
    assert {kind for one in POLICY.tolerances for kind in [one.kind]} == set(KINDS)


def test_the_longest_prefix_counts() -> None:
    assert POLICY.tolerances_of("540101", "line").distance == 1
    assert POLICY.tolerances_of("420101", "line").distance == 3


def test_the_margin_holds_the_distance_up_to_60_degrees_north() -> None:
    assert POLICY.margin * 111_320 * 0.5 >= 3 - 1e-9


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("310301", "310301", True),
        ("310301", "316001", True),
        ("310301", "320601", True),
        ("310301", "317001", False),
        ("340101", "310301", False),
        ("685001", "685007", True),
        ("685001", "686006", False),
        ("310301", "420101", False),
        ("310100", "310301", False),
        ("310301", "310100", False),
        ("310101", "310102", True),
        ("540101", "540102", True),
        ("540101", "540201", False),
        ("230101", "240101", True),
        ("230101", "210101", False),
        ("210101", "220101", True),
        ("630200", "640200", False),
    ],
)
def test_which_classes_may_be_one_entity(one: str, other: str, may: bool) -> None:
    assert POLICY.classes.compatible(one, other) is may
    assert POLICY.classes.compatible(other, one) is may


def test_what_becomes_of_codes_as_registers_do() -> None:
    identity = POLICY.identity
    fates = {change: identity.fate(change) for change in identity.rules}
    assert [change for change, fate in fates.items() if fate == "keeps"] == [
        *("remeasure", "attributes", "alter", "reclassify", "redivide", "represent"),
    ]
    assert {fates[change] for change in ("split", "merge", "rebuild")} == {"replaces"}
    assert (fates["create"], fates["end"], fates["retract"]) == ("makes", "ends", "retracts")


def test_a_province_changes_a_fate_for_a_class(tmp_path: Path) -> None:
    entry = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["identity"]
    entry["exceptions"] = [
        {"change": "reclassify", "classes": "3", "code": "replaces"},
        {"change": "reclassify", "classes": "31", "code": "keeps"},
    ]
    identity = written(tmp_path, {"identity": entry}).identity
    assert [identity.fate("reclassify", code) for code in ("320100", "310301", "210101")] == [
        *("replaces", "keeps", "keeps"),
    ]


def test_a_province_changes_the_tolerances(tmp_path: Path) -> None:
    strict = [{"kind": kind, "classes": "", "accept": 0.99, "refuse": 0.5, "outline": 0} for kind in KINDS]
    policy = written(tmp_path, {"tolerances": [one | {"distance": 1, "geometry": 0, "height": 0} for one in strict]})
    moved, base = features(box(0.5, 0, 10, 10)), entities(A=box(0, 0, 10, 10))
    assert only(run(moved, base)).outcome == "changed"
    assert only(run(moved, base, policy)).outcome == "review"


@pytest.mark.parametrize(
    ("field", "value"),
    [("accept", 0.5), ("accept", 1.1), ("refuse", 0), ("refuse", 0.9), ("distance", -1), ("kind", "x")],
)
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, field: str, value: object) -> None:
    entry = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["tolerances"]
    with pytest.raises(Invalid, match=r"match\.policy"):
        written(tmp_path, {"tolerances": [entry[0] | {field: value}, *entry[1:]]})


def test_a_section_that_is_left_out_is_the_built_in_one(tmp_path: Path) -> None:
    page = tmp_path / "matching.yaml"
    register = "{shift: 1.0, least: 0.05, reach: 1, pairs: 20, block: 0.01, noise: [0.1, 1]}"
    page.write_text(f"name: ours\nversion: 3\nregister: {register}\n")
    policy = MatchPolicy.load(page)
    assert (policy.name, policy.version, policy.register.shift) == ("ours", 3, 1.0)
    assert policy.tolerances == POLICY.tolerances and policy.doubts == POLICY.doubts


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("register", "shift", 0),
        ("register", "pairs", 2),
        ("register", "noise", [0.5, 0.1]),
        ("doubts", "kept", 1.5),
        ("doubts", "times", 1),
        ("doubts", "rival", -1),
    ],
)
def test_numbers_of_the_other_sections_that_cannot_be_are_refused(
    tmp_path: Path, section: str, field: str, value: object
) -> None:
    entry = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))[section]
    with pytest.raises(Invalid, match=r"match\.policy"):
        written(tmp_path, {section: entry | {field: value}})


def test_every_kind_needs_tolerances_for_all_classes(tmp_path: Path) -> None:
    entry = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["tolerances"]
    with pytest.raises(Invalid, match=r"match\.policy"):
        written(tmp_path, {"tolerances": [one for one in entry if one["kind"] != "point"]})
