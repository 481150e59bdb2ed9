"""A transaction told whole, and taken back by those who may: first as a dry run, then for good."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.lineage.events import Share
from entities.matching import MatchPolicy
from entities.model import Candidate, Link, Period
from entities.saying import Sayings
from service import departments
from service.departments import Department
from tests.service.conftest import SECOND, Base, Shell, bearer, rule_of, square

LATER = SECOND + 10


@pytest.fixture
def divided(base: Base) -> tuple[str, str]:
    """The standing building divided in two by transaction 5, after a plan number was linked to it by 4."""
    store = base.store()
    with store.transaction("shizhong", "plans") as transaction:
        transaction.link([Link(base.standing, "plan", "P-7", Period(SECOND))])
    whole = store.view(valid_at=LATER).get(base.standing)
    halves = [Candidate(row, narrowed(whole.state, lon)) for row, lon in ((1, 117.1), (2, 117.1001))]
    with store.transaction("lixia", "divided <b>") as transaction:
        sayings = Sayings(store, transaction, LATER, MatchPolicy.load().identity)
        one, two = sayings.split(whole, halves, [Share(1.0, 0.5), Share(1.0, 0.5)])
        sayings.say()
    store.close()
    return one, two


def narrowed(state: Any, lon: float) -> Any:
    return type(state)(state.class_code, square(lon, 36.5, 0.0001), state.name, state.height, state.base)


def back(client: FlaskClient, base: Base, what: str, who: str = "lixia", **parts: Any) -> Any:
    return client.post(f"/transactions/{what}/revert", headers=bearer(base, who), **parts)


def test_a_transaction_tells_who_what_why(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    told = client.get("/transactions/5").json
    assert (told["department"], told["reason"], told["own"]) == ("lixia", "divided <b>", True)
    assert told["counts"] == {"create": 2, "end": 1, "lineage": 2}
    assert {change["code"] for change in told["changes"]} == {base.standing, *divided}
    [event] = told["events"]
    assert (event["id"], event["kind"], event["titles"]["zh"]) == ("5.0", "split", "分割")
    assert [step["share_of_parent"] for step in event["steps"]] == [0.5, 0.5]
    [waiting] = event["open"]
    assert (waiting["code"], waiting["scheme"], waiting["value"]) == (base.standing, "plan", "P-7")
    assert (told["may_revert"], told["reverted_by"]) == (False, None)
    assert client.get("/transactions/5", headers=bearer(base, "lixia")).json["may_revert"]
    assert rule_of(client.get("/transactions/99")) == "transaction.unknown"


def test_the_card_tells_events_whole(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    card = client.get(f"/codes/{divided[0]}").json
    [event] = card["lineage"]
    assert {child["code"] for child in event["children"]} == set(divided)
    page = client.get(f"/codes/{divided[0]}?f=html&lang=zh").text
    assert 'href="/transactions/5"' in page and "分割" in page and "P-7" in page
    assert "Codes nobody has inherited yet" in client.get(f"/codes/{divided[0]}?f=html&lang=en").text


def test_a_dry_run_comes_first_and_writes_nothing(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    plan = back(client, base, "5", query_string={"dry-run": "true"}).json
    assert (plan["what"], plan["possible"], plan["dependents"]) == ("5", True, [])
    assert plan["counts"] == {"removed": 2, "changed": 1, "told": 1}
    assert {one["code"]: one["fate"] for one in plan["entities"]} == {base.standing: "changed"} | dict.fromkeys(
        divided, "removed"
    )
    assert len(base.store().transactions()) == 5


def test_it_is_taken_back_and_had_again(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    done = back(client, base, "5", json={"reason": "wrong file"})
    assert (done.status_code, done.json["number"], done.json["reverts"]) == (201, 6, "5")
    assert done.headers["Location"].endswith("/transactions/6")
    assert (done.json["reason"], done.json["department"]) == ("wrong file", "lixia")
    assert client.get(f"/codes/{base.standing}").json["valid_to"] == ".."
    assert rule_of(client.get(f"/codes/{divided[0]}")) == "code.retracted"
    assert client.get("/transactions/5").json["reverted_by"] == 6
    again = back(client, base, "5")
    assert (again.status_code, rule_of(again)) == (409, "revert.already")
    assert back(client, base, "6").status_code == 201
    assert client.get(f"/codes/{divided[0]}").status_code == 200


def test_what_rests_on_it_is_named(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    refused = back(client, base, "3")
    assert (refused.status_code, rule_of(refused)) == (409, "revert.depends")
    assert [finding["feature"] for finding in refused.json["findings"]] == [base.standing]
    assert "5" in refused.json["detail"]["en"] and "divided <b>" in refused.json["detail"]["en"]
    assert "又改了实体" in refused.json["detail"]["zh"] and "changed the entity" in refused.json["detail"]["en"]
    plan = back(client, base, "3", query_string={"dry-run": "true"}).json
    assert not plan["possible"]
    assert [(one["transaction"], one["kind"], one["code"]) for one in plan["dependents"]] == [
        (5, "entity", base.standing)
    ]


def test_an_event_is_taken_back_by_its_number(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    assert back(client, base, "5.0").json["reverts"] == "5.0"
    assert client.get("/transactions/5").json["events"][0]["taken_back"] == 6
    assert rule_of(back(client, base, "5.7")) == "lineage.unknown"
    assert rule_of(back(client, base, "five")) == "revert.what"
    assert rule_of(back(client, base, "4", "shizhong", query_string={"dry-run": "maybe"})) == "param.value"


def test_a_code_that_waits_is_given_to_a_child(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    def give(who: str = "lixia", event: str = "5.0", **said: str) -> Any:
        given = {"scheme": "plan", "value": "P-7", "code": divided[1]} | said
        return client.post(f"/transactions/{event}/codes", headers=bearer(base, who), json=given)

    assert rule_of(give("shizhong")) == "inherit.right"
    assert rule_of(give(code=base.standing)) == "inherit.child"
    assert rule_of(give(value="P-8")) == "inherit.closed"
    assert rule_of(give(event="5.1")) == "lineage.unknown"
    assert rule_of(give(event="5")) == "lineage.event"
    done = give()
    assert (done.status_code, done.json["number"], done.json["counts"]["link"]) == (201, 6, 1)
    assert client.get("/transactions/5").json["events"][0]["open"] == []
    [link] = base.store().links(divided[1])
    assert (link.value, link.method, link.period, link.note) == (
        "P-7",
        "manual",
        Period(LATER),
        f"split 5.0 {base.standing}",
    )
    assert rule_of(give()) == "inherit.closed"
    assert [finding["feature"] for finding in back(client, base, "5").json["findings"]] == [divided[1]]
    assert back(client, base, "6").status_code == 201
    assert back(client, base, "5").status_code == 201
    assert rule_of(give()) == "inherit.closed", "an event that was taken back leaves nothing open"


def test_only_its_author_and_those_above_may(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    desk = base.desk()
    for name, division in (("jinan", "370100"), ("qingdao", "370200"), ("neighbour", "370102")):
        base.tokens[name] = departments.add(desk, Department(name, name, division))
    desk.close()
    allowed = {who: back(client, base, "5", who, query_string={"dry-run": "true"}).status_code for who in base.tokens}
    assert allowed == {"lixia": 200, "shizhong": 403, "province": 200, "jinan": 200, "qingdao": 403, "neighbour": 403}
    assert rule_of(back(client, base, "5", "shizhong")) == "revert.right"
    assert rule_of(client.post("/transactions/5/revert")) == "auth.needed"
    assert len(base.store().transactions()) == 5


def test_a_person_sees_the_dry_run_before_the_button(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    client.post("/sign-in", data={"token": base.tokens["lixia"]})
    page = client.get("/transactions/5?f=html&lang=en").text
    word = page.partition('name="csrf" value="')[2].partition('"')[0]
    assert "/transactions/5/revert?dry-run=true" in page and "/transactions/5.0/revert?dry-run=true" in page
    form = {"csrf": word}
    assert 'action="/transactions/5.0/codes"' in page and f'<option value="{divided[0]}">' in page
    html = {"Accept": "text/html"}
    shown = client.post("/transactions/5/revert?dry-run=true&lang=en", data=form, headers=html)
    assert shown.status_code == 200
    assert "2 entities that it made are as if they had never been" in shown.text
    assert 'action="/transactions/5/revert"' in shown.text
    refused = client.post("/transactions/3/revert?dry-run=true&lang=en", data=form, headers=html).text
    assert "something rests on it" in refused and 'action="/transactions/3/revert"' not in refused
    assert rule_of(client.post("/transactions/5/revert", data={"csrf": "x"})) == "auth.form"
    done = client.post("/transactions/5/revert", data=form | {"reason": "错了"}, headers=html)
    assert (done.status_code, done.headers["Location"]) == (303, "/transactions/6")
    assert "revert?dry-run" not in client.get("/transactions/5?f=html").text.partition("transactions/5/revert")[2]


def test_tiles_and_maps_are_made_anew(client: FlaskClient, base: Base, divided: tuple[str, str]) -> None:
    back(client, base, "5")
    assert {row[0] for row in base.desk().rows("SELECT kind FROM job WHERE state = 'waiting'")} == {"tiles", "maps"}


def test_the_command_does_the_same(shell: Shell, base: Base, divided: tuple[str, str]) -> None:
    code, plan = shell("revert", "5", "--dry-run")
    assert (code, plan["possible"], plan["taken_back_by"]) == (0, True, None)
    code, told = shell("revert", "5", "--dry-run", as_json=False)
    assert "2 entities that it made" in told and "dry run" in told
    code, told = shell("revert", "3", "--dry-run", as_json=False)
    assert code == 0 and "transaction 5 rests on it" in told
    code, refused = shell("revert", "3")
    assert (code, refused["rule"]) == (1, "revert.depends")
    code, refused = shell("revert", "5", "--as", "shizhong")
    assert (code, refused["rule"]) == (1, "revert.right")
    code, done = shell("revert", "5", "--as", "lixia", "--reason", "wrong")
    assert (code, done["taken_back_by"]) == (0, 6)
    assert base.store().transaction_record(6).actor == "lixia"
    code, told = shell("revert", "6", as_json=False)
    assert code == 0 and "taken back by no. 7" in told
    assert base.store().transaction_record(7).actor == "operator"
    assert shell("verify")[1]["sound"]
