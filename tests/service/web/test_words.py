"""The words are complete: both languages, the same fields, none missing, none left over, none outside the catalogue."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from service import web
from service.web import words
from service.web.words import all_words, fields, number_text, say, size_text

HOME = Path(web.__file__).parent
HAN = r"[\u4e00-\u9fff]"
SAID = re.compile(r"""\b(?:t|say|pattern|has_words)\(\s*["']([a-z_.]+)["'](\s*~|\s*\+)?""")
SAID_BY_SCRIPT = re.compile(r"""["'`]((?:[a-z_]+\.)+[a-z_]+)["'`]|[`']([a-z_.]+\.)(?:\$\{|' \+)""")


def sources() -> Iterator[Path]:
    for kind in ("templates/**/*.html", "*.py", "pages/**/*.js", "viewer/**/*.js", "reviews/**/*.js"):
        yield from HOME.glob(kind)


def said() -> tuple[set[str], set[str]]:
    """The ids that stand in templates and scripts, and the beginnings of ids that are put together there."""
    whole, begun = set(), set()
    for source in sources():
        text = source.read_text(encoding="utf-8")
        for word, joined in SAID.findall(text):
            (begun if joined else whole).add(word)
        if source.suffix != ".html":
            for word, beginning in SAID_BY_SCRIPT.findall(text):
                whole.add(word)
                begun.add(beginning)
        whole |= {word for word in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", text) if word in all_words()}
    return whole - {""}, begun - {""}


def test_both_languages_have_the_same_fields() -> None:
    assert not [word for word, text in all_words().items() if fields(text.zh) != fields(text.en)]


def test_every_id_in_a_template_is_said() -> None:
    named = set()
    for template in HOME.glob("templates/**/*.html"):
        named |= {word for word, joined in SAID.findall(template.read_text(encoding="utf-8")) if not joined}
    assert not named - all_words().keys()


def test_no_word_is_left_over() -> None:
    whole, begun = said()
    assert not [word for word in all_words() if word not in whole and not word.startswith(tuple(begun))]


def test_chinese_has_no_hand_typed_space() -> None:
    """`text-autospace` sets the gap between 汉字 and Latin; a typed space would double it."""
    spaced = re.compile(rf"{HAN} [A-Za-z0-9{{]|[A-Za-z0-9}}] {HAN}")
    assert not [word for word, text in all_words().items() if spaced.search(text.zh)]


def test_english_is_english_and_chinese_is_plain() -> None:
    assert not [word for word, text in all_words().items() if re.search(HAN, text.en)]
    assert not [word for word, text in all_words().items() if "请" in text.zh]


def test_a_word_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("zh", "no.such.word")
    with pytest.raises(KeyError):
        say("zh", "maps.count")


def test_no_id_stands_twice() -> None:
    ids = [word for page in HOME.glob("words/*.yaml") for word in yaml.safe_load(page.read_text(encoding="utf-8"))]
    assert len(ids) == len(set(ids))


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert say("en", "search.none", q="<b>") == "Nothing found for “&lt;b&gt;”"
    assert say("en", "search.none", q=Markup("<b>x</b>")) == "Nothing found for “<b>x</b>”"


def test_one_and_many() -> None:
    assert say("en", "maps.count", n=1) == "1 sheet"
    assert say("en", "maps.count", n=1187) == "1\u202f187 sheets"
    assert say("zh", "maps.count", n=1187) == "1\u202f187幅图"


def test_made_up_language_is_marked_and_longer() -> None:
    plain, marked = say("en", "maps.lead"), say("xx", "maps.lead")
    assert marked.startswith("⟦") and marked.endswith("⟧")
    assert len(marked) >= 1.4 * len(plain)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_grouping_loses_no_digit(value: int) -> None:
    assert int(number_text(value).replace("\u202f", "")) == value


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (2_130_000, "2.1 MB"), (48_000_000, "48 MB"), (3_100_000_000, "3.1 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size_text(count).replace("\u202f", " ") == text


def test_a_word_said_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "parse_words", lambda page: {"site.name": all_words()["site.name"]})
    with pytest.raises(ValueError, match="already said"):
        all_words.__wrapped__()


OUTSIDE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<script.*?</script>", re.DOTALL)
SILENT = re.compile(r"<(\w+)[^>]*translate=\"no\"[^>]*>[^<]*(?:<br>[^<]*)?</\1>")
SPOKEN = re.compile(r"""\b(?:aria-label|title|alt|placeholder)="([^"]*)\"""")


@pytest.mark.parametrize("template", sorted(HOME.glob("templates/**/*.html")), ids=lambda path: path.name)
def test_templates_say_nothing_of_their_own(template: Path) -> None:
    text = SILENT.sub("", OUTSIDE.sub("", template.read_text(encoding="utf-8")))
    assert not re.findall(r"[A-Za-z]{2,}|" + HAN, re.sub(r"<[^>]*>|&\w+;", " ", text))
    assert not [value for value in SPOKEN.findall(text) if re.search(r"[A-Za-z]{2,}|" + HAN, value)]
