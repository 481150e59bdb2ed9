"""Every page in every state renders in both languages as clean HTML that shows what came from outside as text."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask.testing import FlaskClient

from tests.service.web.conftest import Read
from tests.service.web.values import PAGES

SPACE = "{http://www.w3.org/1999/xhtml}"


@cache
def parsed(page: str) -> Element:
    return html5lib.HTMLParser(strict=True).parse(page)


@pytest.mark.parametrize("language", ["zh", "en", "xx"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_clean_html(read: Read, name: str, language: str) -> None:
    tree = parsed(read(name, language))
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert not [name for name, count in ids.items() if count > 1]
    assert len(list(tree.iter(f"{SPACE}h1"))) == 1
    for element in tree.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby"):
            for wanted in (element.get(attribute) or "").split():
                assert wanted in ids, f"{attribute}={wanted} leads nowhere"


@pytest.mark.parametrize("name", PAGES)
def test_text_from_outside_is_shown_as_text(read: Read, name: str) -> None:
    tree = parsed(read(name, "zh"))
    scripts = [script for script in tree.iter(f"{SPACE}script") if not script.get("src")]
    assert all(script.get("type") == "application/json" for script in scripts)
    assert "alert(1)" not in "".join(script.text or "" for script in scripts)


@pytest.mark.parametrize("name", PAGES)
def test_page_needs_no_inline_style_or_handler(read: Read, name: str) -> None:
    for element in parsed(read(name, "en")).iter():
        assert not [key for key in element.attrib if key == "style" or key.startswith("on")]


@pytest.mark.parametrize("name", PAGES)
def test_forms_that_change_something_carry_the_word(read: Read, name: str) -> None:
    open_to_all = {"/preferences", "/sign-in", "/sign-out"}
    for form in parsed(read(name, "zh")).iter(f"{SPACE}form"):
        if form.get("method") == "post" and form.get("action") not in open_to_all:
            assert [field for field in form.iter(f"{SPACE}input") if field.get("name") == "csrf"]


@pytest.mark.parametrize("name", PAGES)
def test_english_page_says_no_chinese_of_its_own(read: Read, name: str) -> None:
    """Chinese stands on an English page only where it is data, and is marked as data."""
    body = next(parsed(read(name, "en")).iter(f"{SPACE}body"))
    assert not re.findall(r"[\u4e00-\u9fff]+", "".join(unmarked(body)))


def unmarked(element: Element) -> Iterator[str]:
    """The text of an element without what is marked as data or as not to be translated."""
    if element.get("translate") == "no" or element.get("data-value") is not None or element.tag == f"{SPACE}script":
        return
    yield element.text or ""
    for child in element:
        yield from unmarked(child)
        yield child.tail or ""


def test_title_says_when_something_is_wrong(read: Read) -> None:
    assert "<title>错误：" in read("refused", "zh")
    assert "<title>Error: " in read("failed", "en")
    assert "<title>错误：" in read("problem-404", "zh")
    assert "错误" not in read("done", "zh").split("</title>")[0]


def test_report_opens_with_the_outcome(read: Read) -> None:
    page = read("refused", "zh")
    assert "有2类错误要改，共41个要素；另有112个要素有提醒" in page
    assert "底库没有改动" in page
    assert page.index("geom.valid") < page.index("geom.acute")
    assert "failures.gpkg" in page


def test_numbers_of_transactions_are_not_grouped(read: Read) -> None:
    assert "第1187号事务" in read("done", "zh")
    assert "transaction 1187" in read("done", "en")


def test_language_is_kept_and_the_made_up_one_is_not(client: FlaskClient) -> None:
    assert "lang=en" in client.get("/page/about?lang=en").headers["Set-Cookie"]
    assert '<html lang="en"' in client.get("/page/about").get_data(as_text=True)
    assert "Set-Cookie" not in client.get("/page/about?lang=xx").headers


def test_reader_chooses_large_print_and_goes_back(client: FlaskClient) -> None:
    answer = client.post("/preferences", data={"size": "large", "back": "/page/maps?q=济南"})
    assert answer.status_code == 303
    assert client.get("/page/maps").get_data(as_text=True).count('data-size="large"') == 1
    assert client.post("/preferences", data={"theme": "dark", "back": "//evil"}).headers["Location"] == "/"
