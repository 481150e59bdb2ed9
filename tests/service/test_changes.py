"""The feed: pages of any size add up to the whole, and a cursor kept is never behind or ahead."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.conftest import BUILDING, Base, rule_of


def walk(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address:
        page = client.get(address).json
        found += page["changes"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_of_any_size_add_up_to_the_whole(client: FlaskClient, limit: int) -> None:
    found = walk(client, f"/changes?limit={limit}")
    assert [one["cursor"] for one in found] == ["1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "3.0", "3.1"]
    assert [one["kind"] for one in found[4:]] == ["new", "new", "changed", "ended"]


def test_nothing_new_keeps_the_cursor(client: FlaskClient) -> None:
    last = client.get("/changes").json["next"]
    again = client.get(f"/changes?cursor={last}").json
    assert (again["changes"], again["next"]) == ([], last)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"class={BUILDING}", 4),
        (f"class={BUILDING[:2]}", 4),
        ("bbox=117.05,36.4,117.15,36.55&class=31", 2),
        ("transaction=3", 2),
        ("transaction=9", 0),
        ("layer=none", 0),
    ],
)
def test_filters_leave_out_and_keep_the_order(client: FlaskClient, query: str, count: int) -> None:
    for limit in (1, 100):
        assert len(walk(client, f"/changes?limit={limit}&{query}")) == count


def test_a_change_says_what_and_where(client: FlaskClient, base: Base) -> None:
    change = client.get("/changes?transaction=3").json["changes"][0]
    assert change["code"] == base.standing
    assert change["bbox"] == pytest.approx([117.1, 36.5, 117.1002, 36.5002])


@pytest.mark.parametrize("cursor", ["x", "1", "1.x", "-1.0", "1.0.0", "9" * 30 + ".0"])
def test_a_bad_cursor_is_refused(client: FlaskClient, cursor: str) -> None:
    assert rule_of(client.get(f"/changes?cursor={cursor}")) == "param.cursor"
