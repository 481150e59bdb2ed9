"""Resource codes: built-in schemes, what is wrong with a code, what was meant, and a province's own schemes."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

import entities.data
from entities.classes import ClassTable
from entities.errors import Invalid, NotFound
from entities.registers.checks import is_division
from entities.registers.likeness import near_codes, near_entity_codes
from entities.registers.schemes import ranges, spread
from entities.registers.table import Schemes
from entities.rules import all_rules

SCHEMES = Schemes.load()
UNIT = "370102001001GB00001F00010001"


def rule_of(scheme: str, text: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(Invalid) as caught:
        SCHEMES.get(scheme).read(text)
    finding = caught.value.findings[0]
    for words in (finding.sentence, finding.remedy):
        assert "…" not in words.zh + words.en and "{" not in words.zh + words.en
    return finding.rule, dict(finding.values)


def test_every_register_of_the_issue_has_a_scheme_that_says_where_it_is_from() -> None:
    wanted = {
        *("real-estate-unit", "parcel", "land-use-patch", "basic-farmland", "land-use-unit", "mining-right"),
        *("exploration-right", "plan-unit", "river", "road", "social-credit", "division", "rslc", "beidou"),
    }
    assert {scheme.id for scheme in SCHEMES} == wanted
    for scheme in SCHEMES:
        assert scheme.read(scheme.example) == scheme.example
        assert scheme.quality in ("standard", "secondary", "memory", "choice")
        assert ("凭记忆" in scheme.source.zh) == (scheme.quality == "memory")


def test_every_carrier_is_a_class_a_group_or_a_layer() -> None:
    table = ClassTable.load()
    for carrier in {carrier for scheme in SCHEMES for carrier in scheme.carriers}:
        assert carrier in table.layers or table.get(carrier)


@pytest.mark.parametrize(
    ("scheme", "text", "rule", "said"),
    [
        ("real-estate-unit", UNIT[:-1], "length", {"found": 27, "wanted": "28"}),
        ("real-estate-unit", UNIT.replace("G", "K", 1), "symbol", {"symbol": "K", "place": 13, "wanted": "G J Z"}),
        ("real-estate-unit", UNIT.replace("F", "X"), "symbol", {"place": 20, "part_zh": "定着物特征码"}),
        ("real-estate-unit", "379999" + UNIT[6:], "part", {"text": "379999", "from_": 1}),
        ("parcel", UNIT, "length", {"found": 28, "wanted": "19"}),
        ("parcel", "370102001001GB0000O", "symbol", {"symbol": "O", "place": 19, "wanted": "0-9"}),
        ("mining-right", "C3700002019137130147645", "part", {"text": "201913"}),
        ("exploration-right", "T37620080302003887", "symbol", {"place": 4, "wanted": "1-5"}),
        ("land-use-unit", "370102999900000123", "part", {"text": "999900"}),
        ("social-credit", "91110000600037341M", "check", {}),
        ("division", "370199", "part", {}),
        ("beidou", "N36J9", "check", {}),
        ("rslc", "NE9", "check", {}),
    ],
)
def test_what_is_wrong_is_said_exactly(scheme: str, text: str, rule: str, said: dict[str, object]) -> None:
    found, values = rule_of(scheme, text)
    assert found == f"code.scheme.{rule}"
    assert {name: values[name] for name in said} == said


@pytest.mark.parametrize(
    "text",
    [
        "370102 001001 GB00001 F00010001",
        "３７０１０２００１００１ＧＢ００００１Ｆ０００１０００１",
        UNIT.lower(),
        f" {UNIT[:19]}-{UNIT[19:]}\n",
    ],
)
def test_a_code_is_read_however_it_is_typed(text: str) -> None:
    assert SCHEMES.get("real-estate-unit").read(text) == UNIT


def test_hyphens_that_belong_to_a_code_stay() -> None:
    assert SCHEMES.get("plan-unit").read("370102-lx-07") == "370102-LX-07"


SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text(SYMBOLS, min_size=17, max_size=17))
def test_the_check_character_is_that_of_another_implementation(body: str) -> None:
    code = body + uscc.calc_check_digit(body)
    fits = SCHEMES.get("social-credit").fits(code)
    assert fits == (code[0] in SYMBOLS[1:] and code[1] in SYMBOLS[1:] and code[2:8].isdigit())
    assert not fits or not any(
        SCHEMES.get("social-credit").fits(body + other) for other in SYMBOLS if other != code[-1]
    )


def test_divisions_that_were_merged_away_are_still_divisions() -> None:
    assert is_division("371202") and is_division("370112") and is_division("370000")
    assert not is_division("370199") and not is_division("990101")


@pytest.mark.parametrize(
    ("text", "scheme", "rule"),
    [
        (UNIT[:-1], "real-estate-unit", "length"),
        ("37O102001001GB00001F00010001", "real-estate-unit", "symbol"),
        ("370102001001GB00OO1", "parcel", "symbol"),
        ("370102001001GB0000", "parcel", "length"),
        ("379999001001GB00001", "parcel", "part"),
        ("91110000600037341M", "social-credit", "check"),
        ("G1O4", "road", "symbol"),
        ("C37000020191571301476", "mining-right", "length"),
    ],
)
def test_a_mistyped_code_is_told_by_what_it_looks_like(text: str, scheme: str, rule: str) -> None:
    told = {(finding.values["scheme"], finding.rule) for finding in SCHEMES.likely(text)}
    assert (scheme, f"code.scheme.{rule}") in told and len(told) <= 4


@pytest.mark.parametrize("text", ["齐鲁大厦", "hello", "?", "x" * 500, ""])
def test_words_look_like_no_code(text: str) -> None:
    assert SCHEMES.likely(text) == []


@given(
    st.sampled_from(range(28)), st.sampled_from("0123456789GBF"), st.sampled_from(["wrong", "gone", "twice", "turned"])
)
def test_the_code_meant_is_among_the_near_ones(place: int, symbol: str, slip: str) -> None:
    typed = {
        "wrong": UNIT[:place] + symbol + UNIT[place + 1 :],
        "gone": UNIT[:place] + UNIT[place + 1 :],
        "twice": UNIT[:place] + UNIT[place] + UNIT[place:],
        "turned": UNIT[:place] + UNIT[place : place + 2][::-1] + UNIT[place + 2 :],
    }[slip]
    assert typed == UNIT or UNIT in set(near_codes(SCHEMES.get("real-estate-unit"), typed))


def test_confused_symbols_are_taken_for_each_other_everywhere_at_once() -> None:
    assert UNIT in set(near_codes(SCHEMES.get("real-estate-unit"), UNIT.replace("0", "O")))


def test_near_entity_codes_agree_with_their_check_character() -> None:
    near = list(near_entity_codes("NWQN-XN3S-YKSS"))
    assert "NWQNXN3SYKSR" in near and len(near) <= 40
    turned = "WNQNXN3SYKSR"
    assert "NWQNXN3SYKSR" in set(near_entity_codes(turned))


def test_symbols_are_written_as_ranges_and_back() -> None:
    assert spread("0-9A-C-") == "0123456789ABC-"
    assert ranges(spread("0-9GJZ")) == "0-9 G J Z"
    assert all(left < right for left, right in pairwise(spread("0-9")))


OWN = """
river: {name: {zh: 河道, en: Stream}, issuer: {zh: 水利厅, en: Water}, source: {zh: 本省, en: Ours}, quality: choice,
  example: SD001,
  forms: [[{zh: 省, en: province, length: 2, symbols: A-Z}, {zh: 号, en: number, length: 3, symbols: 0-9}]]}
well: {name: {zh: 机井, en: Well}, issuer: {zh: 水利厅, en: Water}, source: {zh: 本省, en: Ours}, quality: choice,
  example: "12345", forms: [[{zh: 号, en: number, length: 5, symbols: 0-9}]]}
"""


def test_a_province_adds_schemes_and_puts_its_own_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "water.yaml").write_text(OWN, encoding="utf-8")
    for path in (tmp_path, tmp_path / "water.yaml"):
        known = Schemes.load(path)
        assert known.get("river").name.zh == "河道" and known.get("well").fits("00001") and known.get("parcel")


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (OWN.replace("SD001", "SD1"), "SD1"),
        (OWN.replace("quality: choice", "quality: sure"), "sure"),
        (OWN.replace("length: 5", "length: 500"), "500"),
        (OWN.replace("name: {zh: 机井, en: Well}, ", ""), "name"),
        ("[1, 2]", "{"),
        ("a: {", "flow node"),
    ],
)
def test_a_scheme_file_with_a_mistake_is_refused(page: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(page, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        Schemes.load(tmp_path)
    assert caught.value.rule == "code.schemes" and why in caught.value.findings[0].sentence.en


def test_an_unknown_scheme_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound) as caught:
        SCHEMES.get("nobody")
    assert caught.value.rule == "code.scheme" and "parcel" in caught.value.findings[0].remedy.en
    assert SCHEMES.name("nobody").zh == "nobody" and "code.scheme" in all_rules()


def test_the_example_of_the_readme_is_a_scheme(tmp_path: Path) -> None:
    page = (Path(entities.data.__file__).parent / "README.md").read_text("utf-8")
    text = next(part for part in page.split("```yaml\n") if part.startswith("well:")).partition("```")[0]
    (tmp_path / "well.yaml").write_text(text, encoding="utf-8")
    assert Schemes.load(tmp_path).get("well").fits("sd 0012")
