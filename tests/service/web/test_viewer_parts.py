"""The viewer's scripts: their parts without a browser, and every word they say."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service import web
from service.web.words import all_words, fields

WEB = Path(web.__file__).parent


@pytest.mark.node
def test_the_parts_that_need_no_browser() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("left out: Node is not here (nodejs.org, version 20 or later)")
    tests = Path(__file__).with_name("viewer-parts.mjs")
    done = subprocess.run([node, "--test", str(tests)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.fixture(scope="module")
def source() -> str:
    """Everything that can say a word of the viewer."""
    paths = [
        *sorted((WEB / "viewer").rglob("*.js")),
        *sorted((WEB / "templates").rglob("viewer*/*.html")),
        WEB / "templates" / "viewer.html",
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def words_said(source: str) -> set[str]:
    found = set(re.findall(r"['\"](viewer(?:\.[a-z0-9]+)+)['\"]", source))
    return {word for word in found if not word.endswith((".js", ".css"))}


def test_every_word_that_is_said_is_in_the_catalogue(source: str) -> None:
    said = words_said(source)
    assert len(said) > 80
    assert said <= all_words().keys()


def test_every_word_in_the_catalogue_is_said(source: str) -> None:
    said = words_said(source)
    begun = tuple(set(re.findall(r"[`'\"](viewer\.[a-z.]+\.)(?:\$\{|['\"] ~)", source)))
    unsaid = [
        word for word in all_words() if word.startswith("viewer.") and word not in said and not word.startswith(begun)
    ]
    assert unsaid == []


def test_both_languages_say_the_same_fields() -> None:
    for word, text in all_words().items():
        if word.startswith("viewer."):
            assert fields(text.zh) == fields(text.en), word
