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


def test_what_pages_add_to_a_rule_is_about_a_rule_there_is() -> None:
    added = [word.partition(".") for word in all_words() if word.startswith(("why.", "web."))]
    assert added
    assert not [rule for _, _, rule in added if rule not in all_rules()]


@pytest.mark.parametrize(
    ("where", "address"),
    [
        ([117.0, 36.0], "117.000000,36.000000,300,0,-90"),
        ([117.0, 36.0, 118.0, 37.0], "117.500000,36.500000,144716,0,-90"),
    ],
)
def test_camera(where: list[float], address: str) -> None:
    assert writing.camera(where) == address


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
