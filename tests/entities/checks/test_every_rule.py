"""Every check rule can be broken, alone, and says so in both languages with the feature and the place."""

import math
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml

import entities.checks
from entities.checks import read_rules
from entities.model import Candidate, parse_day
from entities.rules import Finding, all_rules
from tests.entities.checks.made import EXTENT, cube, findings, house, metres, square

TODAY = parse_day("2026-05-19")
SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
CODE = "NWQN-XN3S-YKSR"
PARTS = f'[{{"name":"{"层" * 5_000}"}}]'


def area(*rings: list[tuple[float, float]]) -> shapely.Geometry:
    return metres(shapely.Polygon(rings[0], rings[1:]))


def road(*points: tuple[float, float]) -> Candidate:
    return house(geometry=metres(shapely.LineString(points)), class_code="430501", height=None)


def pipe(attributes: dict[str, Any]) -> Candidate:
    line = metres(shapely.LineString([(0, 0), (90, 0)]))
    return house(geometry=line, class_code="543002", height=None, attributes=attributes)


def ring(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def bow() -> shapely.Geometry:
    return area([(0, 0), (10, 10), (10, 0), (0, 10)])


def spike(tip: float) -> shapely.Geometry:
    return area([(0, 0), (100, 0), (100 * math.cos(math.radians(tip)), 100 * math.sin(math.radians(tip)))])


def unplaced(text: str) -> shapely.Geometry:
    with np.errstate(invalid="ignore"):
        return shapely.from_wkt(text)


def declared(text: str, folder: Path) -> dict[str, Any]:
    page = folder / "rules.yaml"
    page.write_text(text, encoding="utf-8")
    return {"department_rules": read_rules(page)}


def lake(*parts: shapely.Geometry) -> Candidate:
    return house(geometry=shapely.MultiPolygon(parts), class_code="230101", height=None)


BROKEN: dict[str, list[list[Candidate]]] = {
    "class.unknown": [[house(class_code="999999")], [house(class_code="")]],
    "class.group": [[house(class_code="310300")]],
    "class.product": [[house(class_code="900200")]],
    "code.location": [
        [house(attributes={"LocationID": "NE104J25253343282311346152"})],
        [house(resource_codes=(("beidou", "N36J93078B3101524314"),))],
        [house(attributes={"LocationID": "NE02002G001040205130343323802031113347614523"})],
    ],
    "code.scheme": [[house(resource_codes=(("nobody", "1"),))]],
    "code.scheme.length": [[house(resource_codes=(("parcel", "370102001001GB0000"),))]],
    "code.scheme.symbol": [[house(resource_codes=(("parcel", "370102001001XB00001"),))]],
    "code.scheme.part": [[house(resource_codes=(("parcel", "379999001001GB00001"),))]],
    "code.scheme.check": [[house(resource_codes=(("social-credit", "91110000600037341M"),))]],
    "geom.empty": [[house(geometry=shapely.Polygon())], [house(geometry=shapely.MultiPolygon())]],
    "geom.finite": [
        [house(geometry=unplaced("POLYGON ((117 36, nan 36, 117 37, 117 36))"))],
        [house(geometry=unplaced("POLYGON ((117 36, inf 36, 117 37, 117 36))"))],
        [house(geometry=unplaced("POLYGON Z ((117 36 0, 117.1 36 nan, 117 36.1 0, 117 36 0))"))],
        [house(surfaces=cube(math.nan))],
    ],
    "geom.kind": [
        [house(geometry=metres(shapely.Point(0, 0)))],
        [house(geometry=metres(shapely.LineString([(0, 0), (9, 9)])))],
        [house(geometry=shapely.GeometryCollection([square()]))],
        [house(geometry=square(), class_code="685012", height=None)],
    ],
    "geom.valid": [[house(geometry=bow())], [house(geometry=area([*SQUARE, (0, 20), (0, 5)]))]],
    "geom.valid.hole": [
        [house(geometry=area(SQUARE, ring(20, 20, 3)))],
        [house(geometry=area(SQUARE, ring(2, 2, 6), ring(3, 3, 3)))],
        [house(geometry=area(SQUARE, [(0, 5), (5, 0), (10, 5), (5, 10)]))],
    ],
    "geom.valid.part": [[lake(square(), square(2, 3, 3))]],
    "geom.valid.points": [[road((3, 3), (3, 3))]],
    "geom.valid.solid": [[house(geometry=bow(), surfaces=cube())]],
    "geom.part": [[house(geometry=shapely.MultiPolygon([square(), square(x=30)]))]],
    "geom.acute": [[house(geometry=spike(5))], [house(geometry=area([*SQUARE, (-70, 5)]))]],
    "geom.sliver": [[house(geometry=square(0.8))], [lake(square(), square(0.9, 50, 50))]],
    "geom.narrow": [
        [lake(shapely.Polygon(), area([(0, 0), (20, 0), (20, 0.3), (0, 0.3)]))],
        [house(geometry=area([(0, 0), (20, 0), (20, 0.3), (0, 0.3)]))],
    ],
    "geom.vertex": [
        [house(geometry=area([(0, 0), (5, 0), (5.0005, 0), (10, 0), (10, 10), (0, 10)]))],
        [house(geometry=area(SQUARE, [*ring(2, 2, 3), (2, 5)]))],
        [road((0, 0), (5, 5), (5, 5), (9, 9))],
    ],
    "attr.required": [[house(class_code="650100", name=None)], [house(class_code="650100", name="  ")]],
    "attr.measure": [
        [pipe({"管径": "粗"})],
        [pipe({"DEPTH": "about two"})],
    ],
    "attr.type.value": [
        [house(attributes={"a": math.inf})],
        [house(attributes={"a": math.nan})],
        [house(attributes={"a": ["list"]})],
        [house(attributes={"a": b"bytes"})],
    ],
    "attr.length": [[house(name="长" * 4001)], [house(attributes={"a": "b" * 5000})]],
    "attr.text": [[house(name="楼\x00")], [house(attributes={"a": "\x1b[31m"})], [house(attributes={"a": "\ud800"})]],
    "attr.encoding": [
        [house(name="济南市".encode().decode("gbk", errors="replace"))],
        [house(attributes={"a": "ÖÐ¹úÈËÃñ"})],
        [house(attributes={"a": "办公\ufffd"})],
        [house(attributes={"a": "人民路\ue5e5"})],
        [house(name="鍖椾含甯傛捣娣€鍖")],
    ],
    "model.height": [[house(height=None)], [house(height=0.0)], [house(class_code="316001", height=math.nan)]],
    "model.height.some": [[house(height=None), house(2)], [house(height=0.0), house(2), house(3)]],
    "model.tall": [
        [house(height=-3.0)],
        [house(height=1200.0)],
        [house(height=math.inf)],
        [house(class_code="321106", height=-1.0)],
        [house(height=None, surfaces=cube(top=3000.0)), house(2)],
    ],
    "model.fit": [[house(height=-0.2, surfaces=cube())], [house(height=2000.0, surfaces=cube())]],
    "model.base": [[house(base=20_000.0)], [house(base=-20_000.0)]],
    "logic.pair": [[house(height=6.0, attributes={"层数": 30})], [house(height=90.0, attributes={"floors": "2"})]],
    "time.valid.early": [[house(valid_from=parse_day("1899-12-31"))], [house(valid_from=-(10**9))]],
    "change.rule": [[house(change="demolish")], [house(change="")]],
    "change.create": [[house(change="create", code=CODE)]],
    "code.unique": [[house(1, code=CODE), house(2, code=CODE.lower().replace("-", " "))]],
    "code.unique.source": [[house(1), house(2, source_id="f1")]],
    "code.form.length": [[house(code=CODE[:-1])]],
    "code.form.symbol": [[house(code="O" + CODE[1:])]],
    "code.form.check": [[house(code=CODE[:-1] + "S")]],
}

WITH_SETTINGS: dict[str, tuple[list[Candidate], dict[str, Any]]] = {
    "time.valid.future": ([house(valid_from=TODAY + 1)], {"valid_until": TODAY}),
    "crs.swapped": ([house(geometry=shapely.box(36.65, 117.0, 36.6501, 117.0001))], {"extent": EXTENT}),
    "crs.extent": ([house(geometry=shapely.box(4.4, 51.9, 4.4001, 51.9001))], {"extent": EXTENT}),
    "scope.owner": ([house(1), house(2, geometry=square(x=96))], {"territory": square(100)}),
}

DECLARED = {
    "attr.enum.allowed": ("{kind: enum, field: use, values: [住宅, 1]}", {"use": "商业"}),
    "attr.range": ("{kind: range, field: floors, least: 1, most: 200}", {"floors": 0}),
    "attr.pattern": ('{kind: pattern, field: no, pattern: "[A-Z][0-9]+"}', {"no": "7"}),
}


def test_every_rule_of_the_checks_is_broken_here() -> None:
    pages = [files("entities.data.rules") / name for name in ("checks.yaml", "classes.yaml")]
    known = {rule for page in pages for rule in yaml.safe_load(page.read_text(encoding="utf-8"))}
    elsewhere = {rule for rule in known if rule.startswith(("rule.form", "class.table"))}
    tried = BROKEN.keys() | WITH_SETTINGS.keys() | DECLARED.keys() | {"attr.unique"}
    assert known - elsewhere <= tried
    assert tried <= all_rules().keys()


def test_every_rule_the_checks_name_has_words() -> None:
    folder = Path(entities.checks.__file__).parent
    named = re.compile(r'"((?:attr|change|class|code|crs|geom|logic|model|rule|scope|time|topo)\.[a-z.-]+)"')
    found = {rule for page in folder.glob("*.py") for rule in named.findall(page.read_text(encoding="utf-8"))}
    assert len(found) > 35
    assert found <= all_rules().keys()


def test_a_sound_feature_breaks_none() -> None:
    sound = [
        house(
            1,
            code=CODE,
            attributes={"use": "住宅", "floors": 6, "note": None, "ok": True, "e": "Straße", "parts": PARTS},
        ),
        house(2, valid_from=TODAY, change="change", base=23.4, surfaces=None),
        house(3, height=None, surfaces=cube(), valid_from=parse_day("1900-01-01"), source_id=CODE.replace("-", "")),
        house(4, class_code="650100", name="历下区", height=None),
        house(5, class_code="685012", geometry=square(x=100), height=3.0),
        lake(square(), square(x=40)),
        road((0, 0), (50, 0), (50, 50), (0, 0.1)),
    ]
    sound = [*sound[:5], *(house_of(one, row) for row, one in enumerate(sound[5:], 6))]
    assert findings(*sound, valid_until=TODAY, extent=EXTENT, territory=square(1000)) == []


def house_of(one: Candidate, row: int) -> Candidate:
    return Candidate(row, one.state, source_id=f"g{row}")


@pytest.mark.parametrize(
    ("rule", "candidates"), [(rule, candidates) for rule, cases in BROKEN.items() for candidates in cases]
)
def test_it_is_broken_alone(rule: str, candidates: list[Candidate]) -> None:
    says(rule, findings(*candidates), candidates[-1 if rule.startswith("code.unique") else 0])


@pytest.mark.parametrize("rule", WITH_SETTINGS)
def test_it_is_broken_where_the_settings_ask_for_it(rule: str) -> None:
    candidates, settings = WITH_SETTINGS[rule]
    says(rule, findings(*candidates, **settings), candidates[-1])


@pytest.mark.parametrize("rule", DECLARED)
def test_it_is_broken_where_a_department_asks_for_it(rule: str, tmp_path: Path) -> None:
    text, attributes = DECLARED[rule]
    one = house(attributes=attributes)
    says(rule, findings(one, **declared(f"- {text}", tmp_path)), one)


def test_a_department_asks_for_values_that_come_once(tmp_path: Path) -> None:
    rules = declared("- {kind: unique, field: no}", tmp_path)
    ones = [house(row, attributes={"no": number}) for row, number in enumerate([7, None, "7 ", " ", ""], 1)]
    says("attr.unique", findings(*ones, **rules), ones[2])


def says(rule: str, found: list[Finding], one: Candidate) -> None:
    """One finding, of this rule and this feature, with all its words, and at the feature if it lies anywhere."""
    assert [finding.rule for finding in found] == [rule]
    finding = found[0]
    assert (finding.row, finding.feature) == (one.row, one.source_id)
    for words in (finding.sentence, finding.remedy, all_rules()[rule].title):
        assert "…" not in words.zh.replace("b…", "").replace("长…", "")
        assert not re.search(r"[{}]", words.zh + words.en)
    assert re.search(r"[\u4e00-\u9fff]", finding.sentence.zh)
    if rule.startswith(("geom", "crs", "scope", "model")) and rule not in ("geom.empty", "geom.finite"):
        assert finding.place is not None
        vertices = shapely.MultiPoint(shapely.get_coordinates(one.state.geometry))
        assert shapely.distance(shapely.Point(finding.place), shapely.envelope(vertices)) < 1e-8


@pytest.mark.parametrize(
    ("rule", "place"),
    [("geom.valid", (5, 5)), ("geom.acute", (0, 0)), ("geom.vertex", (5, 0)), ("geom.valid.hole", (20, 20))],
)
def test_the_place_is_the_faulty_vertex(rule: str, place: tuple[float, float]) -> None:
    said = findings(*BROKEN[rule][0])[0].place
    assert said is not None
    assert shapely.Point(said).distance(metres(shapely.Point(place))) < 1e-8


def test_what_prevents_right_tiles_is_an_error_and_odd_shapes_are_not() -> None:
    warnings = {rule for rule in BROKEN if all_rules()[rule].severity == "warning"}
    shapes = {"geom.part", "geom.acute", "geom.sliver", "geom.narrow", "geom.vertex", "geom.valid.solid"}
    assert warnings == shapes | {"attr.measure", "code.location", "logic.pair", "model.fit", "model.height.some"}


def test_no_rule_has_words_in_two_files() -> None:
    seen: dict[str, str] = {}
    for page in sorted(files("entities.data.rules").iterdir(), key=lambda page: page.name):
        if page.name.endswith(".yaml"):
            for rule in yaml.safe_load(page.read_text(encoding="utf-8")):
                assert rule not in seen, f"{rule} is in {seen.get(rule)} and in {page.name}"
                seen[rule] = page.name
