"""The feed: pages of any size add up to the whole, and a cursor kept is never behind or ahead."""

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.feed import Filter
from service.cli import run
from service.proof import proofs
from service.shapes.changes import line_of
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
        ("transaction=3&cursor=1.0", 2),
        ("transaction=3&cursor=3.0", 1),
        ("transaction=2&cursor=3.0", 0),
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


def test_a_page_proves_itself_and_a_proof_is_to_be_had_for_any_position(client: FlaskClient) -> None:
    for words in ("", f"class={BUILDING}&", "territory=370102&layer=buildings&", "kind=ended,new&"):
        cursor, kept, page = "0.-1", [], {"changes": [None]}
        while page["changes"]:
            page = client.get(f"/changes?{words}limit=2&proof=true&cursor={cursor}").json
            kept += page["changes"]
            cursor = page["next"]
            running = hashlib.sha256(page["proof"]["filter"].encode()).digest()
            for change in kept:
                running = hashlib.sha256(running + line_of(change).encode()).digest()
            assert (page["proof"]["count"], page["proof"]["hash"]) == (len(kept), running.hex())
            again = client.get(f"/changes/proof?{words}until={cursor}").json
            assert {name: again[name] for name in page["proof"]} == page["proof"]
        assert client.get(f"/changes/proof?{words}").json["hash"] == running.hex()


def test_a_page_says_where_the_base_stands(client: FlaskClient, base: Base) -> None:
    store = base.store()
    wanted = {"base": store.base_id, "transaction": 3, "chain": store.transaction_record(3).chain}
    assert client.get("/changes?limit=1").json["head"] == wanted


def test_what_a_filter_leaves_out_is_passed_over(client: FlaskClient) -> None:
    page = client.get(f"/changes?class={BUILDING}&kind=new").json
    assert (len(page["changes"]), page["next"]) == (2, "3.1")


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("clas=31", "feed.unknown"),
        ("kind=gone", "feed.filter"),
        ("area=POINT(1 2)", "feed.filter"),
        ("territory=990000", "feed.territory"),
        ("cursor=4.0", "feed.future"),
        ("cursor=3.0&wait=x", "param.value"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(client: FlaskClient, query: str, rule: str) -> None:
    answer = client.get(f"/changes?{query}")
    assert (answer.status_code, rule_of(answer)) == (400, rule)


def test_a_request_waits_for_something_new(client: FlaskClient, base: Base) -> None:
    def write_later() -> None:
        time.sleep(0.5)
        with base.store().transaction("lixia", "news") as tx:
            tx.end({base.standing: 30_000})

    writer = threading.Thread(target=write_later)
    writer.start()
    page = client.get("/changes?cursor=3.1&wait=20").json
    writer.join()
    assert [change["kind"] for change in page["changes"]] == ["ended"]
    began = time.monotonic()
    assert client.get(f"/changes?cursor={page['next']}&wait=1").json["changes"] == []
    assert 1 <= time.monotonic() - began < 10


def test_a_checkpoint_of_another_history_is_not_believed(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_WORTH", -1.0)
    store, desk = base.store(), base.desk()
    whole = proofs.mark_at(store, desk, Filter())
    assert desk.rows("SELECT count FROM checkpoint") == [(8,)]
    assert proofs.mark_at(store, desk, Filter()) == whole
    desk.change("checkpoint", ("count", 8), hash="00" * 32)
    assert proofs.mark_at(store, desk, Filter()).tally.hash == bytes(32)  # it is the checkpoint that is used
    desk.change("checkpoint", ("count", 8), chain="another")
    assert proofs.mark_at(store, desk, Filter()) == whole


@pytest.mark.parametrize(
    "fault", ["none", "drop", "alter", "twice", "swap", "garbage", "bare", "number", "box", "future"]
)
def test_kept_lines_are_held_against_the_base(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    settings = ["--data", str(base.config.data), "feed"]
    assert run([*settings, "--json"]) == 0
    kept = capsys.readouterr().out.splitlines()
    faulty = {
        "none": kept,
        "drop": kept[:4] + kept[5:],
        "alter": [*kept[:4], kept[4].replace("2024-05-20", "2024-05-21"), *kept[5:]],
        "twice": [*kept[:5], *kept[4:]],
        "swap": [*kept[:4], kept[5], kept[4], *kept[6:]],
        "garbage": [*kept[:4], "}", *kept[4:]],
        "bare": [*kept[:4], '{"cursor": "2.0"}', *kept[4:]],
        "number": [*kept[:4], kept[4].replace('"2.0"', "2.0"), *kept[5:]],
        "box": [*kept[:4], kept[4].replace("117.1,", '"117.1",'), *kept[5:]],
        "future": [*kept[:7], kept[7].replace('"3.1"', '"9.1"')],
    }[fault]
    (tmp_path / "kept").write_text("\n".join(faulty), "utf-8")
    assert run([*settings, "--prove", str(tmp_path / "kept"), "--json"]) == (fault != "none")
    told = json.loads(capsys.readouterr().out)
    malformed = dict.fromkeys(("garbage", "bare", "number", "box"), "feed.kept")
    rule = {"none": None, **malformed, "future": "feed.future"}.get(fault, "feed.proof")
    assert [finding["rule"] for finding in told["findings"]] == ([rule] if rule else [])
    if rule == "feed.proof":
        assert "2.0" in told["findings"][0]["sentence"]["en"] or fault == "twice"
