"""From any one code, name or coordinates to the entity and all its codes."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.codes import code_text
from entities.model import Link, Period, day_text
from tests.service.conftest import FIRST, SECOND, Base, rule_of


@pytest.fixture
def linked(base: Base) -> Base:
    with base.store().transaction("lixia", "parcels", "parcels.gpkg") as transaction:
        transaction.link(
            [Link(base.standing, "parcel", "370102001001GB00001", Period(FIRST), "declared", 1.0, "lixia")]
        )
        transaction.link([Link(code, "plan", "P-7", Period(FIRST)) for code in (base.standing, base.ended)])
    return base


def scheme(card: dict[str, Any], name: str) -> str:
    return next(one["value"] for one in card["codes"] if one["scheme"] == name)


def test_every_code_of_an_entity_leads_to_the_same_card(client: FlaskClient, linked: Base) -> None:
    card = client.get(f"/codes/{linked.standing}").json
    ways = [
        code_text(linked.standing),
        linked.standing.lower(),
        scheme(card, "spatial"),
        "370102001001GB00001",
        "parcel:370102001001GB00001",
        f"{linked.standing}+parcel:370102001001GB00001",
    ]
    for way in ways:
        answer = client.get(f"/codes/{way}")
        assert answer.status_code == 200, way
        assert {**answer.json, "query": "", "links": []} == {**card, "query": "", "links": []}


def test_a_card_tells_what_when_and_who(client: FlaskClient, linked: Base) -> None:
    card = client.get(f"/codes/{linked.standing}").json
    assert (card["name"], card["height"], card["base"]) == ("齐鲁大厦", 24.0, 30.0)
    assert (card["valid_from"], card["valid_to"]) == (day_text(SECOND), "..")
    assert card["class"]["code"] == "310301" and card["class"]["zh"] and card["class"]["en"]
    assert card["source"]["department"] == "lixia"
    assert (card["source"]["file"], card["source"]["submission"]) == ("second.gpkg", "0123456789ab")
    assert card["source"]["transaction"] == 3
    assert card["versions"] == len(card["history"]) == 3
    assert card["bbox"] == pytest.approx([117.1, 36.5, 117.1002, 36.5002])
    assert {one["scheme"] for one in card["codes"]} == {"entity", "spatial", "rslc", "beidou", "parcel", "plan"}


def test_a_card_of_a_past_day_tells_that_day(client: FlaskClient, base: Base) -> None:
    card = client.get(f"/codes/{base.standing}?datetime={day_text(FIRST + 1)}").json
    assert (card["height"], card["valid_to"]) == (21.0, day_text(SECOND))
    assert card["source"]["transaction"] == 2


def test_a_code_of_several_entities_names_them_all(client: FlaskClient, linked: Base) -> None:
    answer = client.get(f"/codes/P-7?datetime={day_text(FIRST + 1)}")
    assert answer.status_code == 300
    assert {match["code"] for match in answer.json["matches"]} == {linked.standing, linked.ended}


def test_no_such_code(client: FlaskClient, base: Base) -> None:
    assert rule_of(client.get("/codes/nothing")) == "code.unknown"
    assert rule_of(client.get(f"/codes/{base.ended}")) == "code.ended"


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("历下", "division", "历下区"),
        ("lixia", "division", "历下区"),
        ("lxq", "division", "历下区"),
        ("370102", "division", "历下区"),
        ("Lixia District", "division", "历下区"),
        ("齐鲁", "entity", "齐鲁大厦"),
        ("大厦", "entity", "齐鲁大厦"),
        ("117.1, 36.5", "place", "117.100000,36.500000"),
        ("117.1，36.5", "place", "117.100000,36.500000"),
    ],
)
def test_what_people_type_is_found(client: FlaskClient, words: str, kind: str, name: str) -> None:
    found = client.get("/search", query_string={"q": words}).json["matches"]
    assert (found[0]["kind"], found[0]["name"]) == (kind, name)


def test_a_code_typed_in_groups_is_found(client: FlaskClient, base: Base) -> None:
    found = client.get("/search", query_string={"q": code_text(base.standing)}).json["matches"]
    assert [match["code"] for match in found] == [base.standing]


@pytest.mark.parametrize("words", ["没有这个名字", "%", "_", "\\", "200,100"])
def test_nothing_is_found_where_nothing_is(client: FlaskClient, words: str) -> None:
    assert client.get("/search", query_string={"q": words}).json["matches"] == []


def test_what_ended_is_not_found_by_name(client: FlaskClient) -> None:
    assert client.get("/search?q=历山楼").json["matches"] == []


def test_a_search_for_nothing_is_refused(client: FlaskClient) -> None:
    assert rule_of(client.get("/search?q=%20")) == "param.query"
