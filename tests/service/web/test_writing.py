"""Values are written as people read them, and never as anything a page could run."""

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ

from entities.rules import all_rules
from service.web import writing
from service.web.preferences import address_with, language_of, local_path
from service.web.words import all_words


@pytest.mark.parametrize(("language", "text"), [("zh", "2026年5月9日"), ("en", "9 May 2026"), ("xx", "9 May 2026")])
def test_a_day_in_a_sentence(language: str, text: str) -> None:
    assert writing.long_day("2026-05-09", language) == text


def test_a_moment_is_said_in_beijing_time() -> None:
    assert ">2026-05-20 00:30<" in writing.moment("2026-05-19T16:30:00.000+00:00")
    assert writing.moment(None) == "–"


@given(st.text())
def test_data_is_only_text(text: str) -> None:
    for shown in (writing.data(text), writing.code(text)):
        assert "<" not in shown.split(">", 1)[1].rsplit("</span>", 1)[0]


def test_an_address_loses_its_host() -> None:
    assert writing.local("http://x:8000/maps?q=1&l=a#b") == "/maps?q=1&l=a#b"


@pytest.mark.parametrize(
    ("rule", "who"), [("geom.valid", "file"), ("scope.owner", "territory"), ("server.fault", "service")]
)
def test_whose_fault(rule: str, who: str) -> None:
    assert writing.whose(rule) == who


def test_what_is_said_about_mending_belongs_to_a_family_of_rules() -> None:
    families = {rule.partition(".")[0] for rule in all_rules()} | {
        "geom",
        "attr",
        "crs",
        "scope",
        "model",
        "code",
        "time",
    }
    for word in all_words():
        kind, _, rule = word.partition(".")
        if kind in ("why", "mend"):
            assert rule.partition(".")[0] in families


def request(address: str, **headers: str) -> Request:
    path, _, query = address.partition("?")
    return Request(create_environ(path, query_string=query, headers=headers))


@pytest.mark.parametrize(
    ("address", "headers", "language"),
    [
        ("/", {}, "zh"),
        ("/", {"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ("/", {"Accept-Language": "fr"}, "zh"),
        ("/", {"Accept-Language": "en", "Cookie": "lang=zh"}, "zh"),
        ("/?lang=en", {"Cookie": "lang=zh"}, "en"),
        ("/?lang=xx", {}, "xx"),
        ("/?lang=<b>", {}, "zh"),
    ],
)
def test_language(address: str, headers: dict[str, str], language: str) -> None:
    assert language_of(request(address, **headers)) == language


@given(st.text())
def test_going_back_never_leaves_the_service(asked: str) -> None:
    path = local_path(asked)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert "\n" not in path


def test_an_address_with_another_parameter() -> None:
    here = request("/maps?q=%E6%B5%8E%E5%8D%97&level=city&cursor=9")
    assert address_with(here, lang="en", cursor=None) == "/maps?q=%E6%B5%8E%E5%8D%97&level=city&lang=en"
    assert address_with(request("/maps?q=1"), q=None) == "/maps"
