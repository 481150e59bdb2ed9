"""The review desk in a real browser: 31 cases by keys alone, a batch, a hold, a cut, and all of it without scripts."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Browse
from tests.browser.reviewing import CASES, Desks, make_desks
from tests.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Desks:
    return make_desks(tmp_path_factory.mktemp("desks"))


@pytest.fixture(scope="module")
def site(desks: Desks, scripts: Path) -> Iterator[str]:
    """The address of a service on the cases, without a slash at the end."""
    with serving(desks.settings) as service:
        yield service.address


@pytest.fixture(scope="module")
def seen(site: str, desks: Desks, browse: Browse) -> dict[str, Any]:
    """What an officer saw on the way through the desk; pictures of it are kept where SHIKONG_PICTURES says."""
    pictures = [os.environ["SHIKONG_PICTURES"]] if os.environ.get("SHIKONG_PICTURES") else []
    given = json.dumps({"token": desks.tokens["lixia"]})
    found: dict[str, Any] = json.loads(browse("reviews.mjs", site, given, *pictures))
    return found


@pytest.mark.slow
def test_the_pages_are_sound(scripts: Path, browse: Browse, tmp_path: Path) -> None:
    """No fault of axe, of the keyboard, of flow, of words, of silence or of weight; cases of its own are held by it."""
    desks = make_desks(tmp_path)
    pages = ("/reviews@150", "/reviews/1@150", "/reviews/3@150", "/reviews/decided@150")
    batch = "/reviews/batch?band=family&class=310301@150"
    with serving(desks.settings) as service:
        token = desks.tokens["lixia"]
        last = browse("page-checks.mjs", service.address, "--token", token, *pages, batch, seconds=600)
    assert last.startswith("5 passed, 0 failed")


def test_nothing_is_said_on_the_console_and_nothing_asked_elsewhere(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["elsewhere"] == []


def test_everything_is_decided_by_keys_alone(seen: dict[str, Any]) -> None:
    keys = seen["keys"]
    assert len([key for key in keys["verdicts"] if key != "z"]) == CASES + 1, "one was taken back and decided again"
    assert set(keys["verdicts"]) == {"1", "2", "3", "4", "5", "z"}
    assert keys["places"][0] == f"1 / {CASES}"
    assert keys["decided"] == CASES
    assert "处理完" in keys["end"]


def test_a_key_is_answered_at_once(seen: dict[str, Any]) -> None:
    times = sorted(seen["keys"]["times"])
    assert times[len(times) // 2] <= 100, "milliseconds until something answers (pages.md: 100)"


def test_keys_do_not_act_while_somebody_writes(seen: dict[str, Any]) -> None:
    assert seen["quiet"] == {"moved": False, "note": "12345", "sheet": 1}


def test_the_solid_is_turned_by_keys_and_by_dragging(seen: dict[str, Any]) -> None:
    assert seen["turning"] == {"different": 3, "reset": True, "moved": False}


def test_a_batch_is_taken_back_in_one_step(seen: dict[str, Any]) -> None:
    batch = seen["batch"]
    assert batch["ticked"] > 1 and batch["done"]
    assert batch["after"].startswith(f"{CASES}")


def test_what_a_colleague_holds_is_shown_and_left_alone(seen: dict[str, Any]) -> None:
    held = seen["colleague"]
    assert "1条同事正在看" in held["hidden"]
    assert held["notice"].startswith("张工正在看这一条")
    assert held["verdicts"] == 0


def test_a_cut_says_what_it_makes_before_it_is_made(seen: dict[str, Any]) -> None:
    cut = seen["cutting"]
    assert cut["first"].startswith("2部分")
    assert cut["shifted"] != cut["drawn"]
    assert cut["back"] == "8", "it was split along the cut and taken back"


def test_everything_works_without_scripts(seen: dict[str, Any]) -> None:
    plain = seen["plain"]
    assert plain["next"] != plain["id"] == plain["back"]
