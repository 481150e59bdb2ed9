"""A department's own rules: what a good file asks of features, and how a bad one is refused."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from entities.checks import DeclaredRule, read_rules
from entities.errors import Invalid
from entities.model import Candidate
from tests.entities.checks.made import findings, findings_of, house, metres, square

GOOD = """
# 历下区测绘院的检查规则
- id: lixia.use
  kind: required
  severity: error
  field: 用途
  of: [buildings]
  sentence: {zh: "第{row}行没有填写{field}。", en: "{field} is empty."}
  remedy: {zh: 到现场核实后补填。, en: Look on site and fill it in.}
- id: lixia.use.known
  kind: enum
  severity: warning
  field: 用途
  values: [住宅, 商业, 0101, no]
  title: {zh: 用途不认识, en: Unknown use}
  sentence: {zh: "用途“{value}”不在{wanted}里。", en: "Use “{value}” is not in {wanted}."}
- {kind: range, field: height, least: 2.2, most: 500}
- {kind: range, field: units, most: 120}
- {kind: pattern, field: 门牌, pattern: '[0-9]+(-[0-9]+)?号'}
- {kind: length, field: BSM, least: 18, most: 18, of: ["310300", "410101"]}
- {kind: unique, field: BSM}
- kind: pair
  if: {field: 用途, in: [住宅]}
  then: {field: units}
- kind: pair
  if: {field: 用途, in: [商业, 办公]}
  then: {field: 门牌, in: [1号, 2号]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> tuple[DeclaredRule, ...]:
    return read_rules(written(tmp_path, GOOD))


def written(folder: Path, text: str, name: str = "lixia.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def said(rules: tuple[DeclaredRule, ...], **attributes: Any) -> list[str]:
    return [finding.rule for finding in findings(house(attributes=attributes), department_rules=rules)]


def test_a_good_file_is_read_whole(rules: tuple[DeclaredRule, ...]) -> None:
    kinds = ["required", "enum", "range", "range", "pattern", "length", "unique", "pair", "pair"]
    assert [rule.kind for rule in rules] == kinds
    assert [rule.words.id for rule in rules[:3]] == ["lixia.use", "lixia.use.known", "attr.range"]


@pytest.mark.parametrize(
    ("broken", "attributes"),
    [
        ([], {"用途": "住宅", "units": 6, "门牌": "12-3号", "BSM": "370102000000000001"}),
        ([], {"用途": " 商业 ", "门牌": "1号"}),
        ([], {"用途": "0101", "units": None, "门牌": ""}),
        ([], {"用途": "no", "units": "120.0"}),
        (["lixia.use"], {}),
        (["lixia.use"], {"用途": "  "}),
        (["lixia.use.known"], {"用途": "101"}),
        (["lixia.use.known"], {"用途": False}),
        (["lixia.use.known"], {"用途": 65}),
        (["attr.range"], {"用途": "no", "units": 121}),
        (["attr.range"], {"用途": "no", "units": "many"}),
        (["attr.pattern"], {"用途": "no", "门牌": "12号楼"}),
        (["attr.length"], {"用途": "no", "BSM": "3701"}),
        (["logic.pair"], {"用途": "住宅"}),
        (["logic.pair"], {"用途": "商业"}),
        (["logic.pair"], {"用途": "商业", "门牌": "3号"}),
    ],
)
def test_it_asks_what_it_says(rules: tuple[DeclaredRule, ...], broken: list[str], attributes: dict[str, Any]) -> None:
    assert said(rules, **attributes) == broken


def test_a_department_speaks_in_its_own_words(rules: tuple[DeclaredRule, ...]) -> None:
    found = findings(house(attributes={}), house(2, attributes={"用途": "庙"}), department_rules=rules)
    empty, unknown = found
    assert (empty.severity, unknown.severity) == ("error", "warning")
    assert empty.sentence.zh == "第…行没有填写用途。"
    assert empty.remedy.en == "Look on site and fill it in."
    assert unknown.words.title.en == "Unknown use"
    assert unknown.sentence.en == "Use “庙” is not in 住宅、商业、0101、no."
    assert unknown.remedy.zh.startswith("改成允许的值"), "words it does not bring are those of its kind"
    assert (unknown.row, unknown.feature) == (2, "f2")


def test_a_rule_without_an_id_is_told_under_the_id_that_people_know(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, "- {kind: required, field: 产权人}"))
    (found,) = findings(house(), department_rules=rules)
    assert (found.rule, found.severity) == ("attr.required", "error")
    assert found.sentence.zh == "字段“产权人”不能为空。"


def test_a_features_own_values_can_be_asked_for(rules: tuple[DeclaredRule, ...], tmp_path: Path) -> None:
    tall = findings(house(height=501.0, attributes={"用途": "no"}), department_rules=rules)
    assert [finding.rule for finding in tall] == ["attr.range"]
    fields = "\n".join(f"- {{kind: required, field: {field}}}" for field in ("name", "height", "base", "class", "id"))
    found = findings(house(name=None), department_rules=read_rules(written(tmp_path, fields)))
    assert [finding.values["field"] for finding in found] == ["name", "base"]


def test_a_rule_asks_only_of_its_classes(tmp_path: Path) -> None:
    road = house(class_code="430501", geometry=metres(square()).boundary, height=None)
    chimney, other = house(2, class_code="321106"), house(3, class_code="999999")
    asked = {"buildings": [4], "320000": [2], "321106": [2], "310300": [4], "roads": [1]}
    candidates = [road, chimney, other, house(4)]
    for of, rows in asked.items():
        rules = read_rules(written(tmp_path, f'- {{kind: required, field: no, of: ["{of}"]}}'))
        found = [
            finding for finding in findings(*candidates, department_rules=rules) if finding.rule == "attr.required"
        ]
        assert [finding.row for finding in found] == rows
    with pytest.raises(Invalid, match=r"rule\.form\.of.*3103"):
        findings(house(), department_rules=read_rules(written(tmp_path, "- {kind: required, field: a, of: [3103]}")))


def test_values_come_once_in_the_whole_upload(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, "- {kind: unique, field: no, of: [buildings]}"))

    def numbered(row: int, number: object, **changes: Any) -> Candidate:
        return house(row, attributes={"no": number}, **changes)

    batches = [
        [numbered(1, 7), numbered(2, "7"), numbered(3, None)],
        [numbered(4, 7.0), numbered(5, 7, class_code="321106"), numbered(6, None), numbered(7, 8)],
    ]
    found = findings_of(batches, department_rules=rules)
    assert [(finding.row, finding.values["first"]) for finding in found] == [(2, 1), (4, 1)]


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    written(tmp_path, "- {kind: required, field: b}", "b.yaml")
    written(tmp_path, "- {kind: required, field: a}", "a.yml")
    written(tmp_path, "", "c.yaml")
    written(tmp_path, "not: rules", "note.txt")
    assert [rule.asks.field for rule in read_rules(tmp_path)] == ["a", "b"]


WORDS = "sentence: {zh: 中, en: e}"


@pytest.mark.parametrize(
    ("rule", "line", "text"),
    [
        ("rule.form.file", None, "kind: required"),
        ("rule.form.file", None, "- [1, 2]"),
        ("rule.form.file", None, "- just a text"),
        ("rule.form.file", None, "- {kind: required"),
        ("rule.form.missing", 1, "- {field: a}"),
        ("rule.form", 1, "- {kind: needed, field: a}"),
        ("rule.form.missing", 1, "- {kind: required}"),
        ("rule.form", 2, "\n- {kind: required, field: [a]}"),
        ("rule.form.key", 1, "- {kind: required, field: a, values: [1]}"),
        ("rule.form.key", 1, "- {kind: required, field: a, 用途: 1}"),
        ("rule.form.missing", 1, "- {kind: enum, field: a}"),
        ("rule.form", 1, "- {kind: enum, field: a, values: []}"),
        ("rule.form", 1, "- {kind: enum, field: a, values: [[1]]}"),
        ("rule.form", 1, "- {kind: enum, field: a, values: 住宅}"),
        ("rule.form.missing", 1, "- {kind: range, field: a}"),
        ("rule.form", 1, "- {kind: range, field: a, least: x}"),
        ("rule.form", 1, "- {kind: range, field: a, least: true}"),
        ("rule.form", 1, "- {kind: range, field: a, least: 3, most: 2}"),
        ("rule.form", 1, "- {kind: pattern, field: a, pattern: '[0-9'}"),
        ("rule.form", 1, "- {kind: pattern, field: a, pattern: 7}"),
        ("rule.form.missing", 1, "- {kind: pair, if: {field: a, in: [1]}}"),
        ("rule.form", 1, "- {kind: pair, if: {field: a, in: [1]}, then: b}"),
        ("rule.form", 1, "- {kind: pair, if: {field: a, is: 1}, then: {field: b}}"),
        ("rule.form.missing", 1, "- {kind: pair, if: {field: a}, then: {field: b}}"),
        ("rule.form.missing", 1, "- {kind: pair, if: {field: a, in: [1]}, then: {in: [2]}}"),
        ("rule.form", 1, "- {kind: pair, if: {field: a, in: [1]}, then: {field: b, required: false}}"),
        ("rule.form", 1, "- {kind: required, field: a, of: buildings}"),
        ("rule.form.missing", 1, f"- {{kind: required, field: a, severity: error, {WORDS}}}"),
        ("rule.form.missing", 1, "- {id: a.b, kind: required, field: a, severity: error}"),
        ("rule.form.missing", 1, f"- {{id: a.b, kind: required, field: a, {WORDS}}}"),
        ("rule.form", 1, f"- {{id: a.b, kind: required, field: a, severity: fatal, {WORDS}}}"),
        ("rule.form", 1, f"- {{id: A B, kind: required, field: a, severity: error, {WORDS}}}"),
        ("rule.form", 1, f"- {{id: geom.valid, kind: required, field: a, severity: error, {WORDS}}}"),
        ("rule.form", 1, "- {id: a.b, kind: required, field: a, severity: error, sentence: {zh: 中}}"),
        ("rule.form", 1, "- {id: a.b, kind: required, field: a, severity: error, sentence: {zh: 中, en: ' '}}"),
        ("rule.form", 1, "- {id: a.b, kind: required, field: a, severity: error, sentence: {zh: '{', en: e}}"),
        ("rule.form", 1, "- {id: a.b, kind: required, field: a, severity: error, sentence: {zh: '{a.b}', en: e}}"),
        ("rule.form", 1, "- {id: a.b, kind: required, field: a, severity: error, sentence: {zh: '{}', en: e}}"),
        ("rule.form.twice", 2, 2 * f"- {{id: a.b, kind: required, field: a, severity: error, {WORDS}}}\n"),
    ],
)
def test_a_bad_file_is_refused_by_its_line(tmp_path: Path, rule: str, line: int | None, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rules(written(tmp_path, text))
    finding = refused.value.findings[0]
    assert (finding.rule, finding.row) == (rule, line)
    for words in (finding.sentence, finding.remedy):
        assert "…" not in (words.zh + words.en).replace("- kind: …", "").replace("{zh: …, en: …}", "")
    assert "lixia.yaml" in finding.sentence.zh


def test_a_file_that_is_not_there_or_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"rule\.form\.file.*none\.yaml"):
        read_rules(tmp_path / "none.yaml")
    page = tmp_path / "gbk.yaml"
    page.write_bytes("- {kind: required, field: 用途}".encode("gbk"))
    with pytest.raises(Invalid, match=r"rule\.form\.file.*gbk\.yaml"):
        read_rules(page)


def test_the_example_in_the_note_is_a_good_file(tmp_path: Path) -> None:
    note = (files("entities.data") / "README.md").read_text(encoding="utf-8")
    rules = read_rules(written(tmp_path, note.split("```yaml\n")[1].split("```")[0]))
    assert [rule.kind for rule in rules] == ["required", "enum", "range", "pattern", "length", "unique", "pair"]
    assert said(rules, 用途="住宅", 层数=6, 门牌="12号", BSM="370102000000000001") == []
    assert said(rules, 用途="住宅") == ["logic.pair"]
