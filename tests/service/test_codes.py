"""From any one code, name or coordinates to the entity and all its codes."""

import json
import re
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from entities.codes import code_text
from entities.model import Link, Period, State, Version, day_text
from service.web.qr import qr
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
        ("qiludasha", "entity", "齐鲁大厦"),
        ("Qilu", "entity", "齐鲁大厦"),
        ("qlds", "entity", "齐鲁大厦"),
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


UNIT = "370102001001GB00001F00010001"


@pytest.fixture
def registered(base: Base) -> Base:
    """One link that ended, one that was taken back, one that stands."""
    with base.store().transaction("lixia", "units", "units.csv") as transaction:
        transaction.link([Link(base.standing, "real-estate-unit", UNIT, Period(FIRST, SECOND), "imported")])
        transaction.link([Link(base.standing, "parcel", UNIT[:19], Period(FIRST), "imported", 1.0, "lixia", "by hand")])
    with base.store().transaction("lixia", "wrong", "units.csv") as transaction:
        transaction.unlink([Link(base.standing, "parcel", UNIT[:19], Period(FIRST))])
        transaction.link([Link(base.standing, "parcel", "370102001001GB00002", Period(SECOND))])
    return base


def linked_codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["scheme"], one["value"]) for one in answer.json["codes"] if one["method"] in ("imported", "declared")}


@pytest.mark.parametrize(
    ("moment", "codes"),
    [
        ("", {("parcel", "370102001001GB00002")}),
        ("?known-at=4", {("parcel", UNIT[:19])}),
        (f"?known-at=4&datetime={day_text(FIRST)}", {("parcel", UNIT[:19]), ("real-estate-unit", UNIT)}),
        (f"?datetime={day_text(FIRST)}", {("real-estate-unit", UNIT)}),
        ("?known-at=3", set()),
    ],
)
def test_a_card_has_the_codes_of_its_moment(
    client: FlaskClient, registered: Base, moment: str, codes: set[tuple[str, str]]
) -> None:
    assert linked_codes(client.get(f"/codes/{registered.standing}{moment}")) == codes


def test_a_code_that_is_no_longer_valid_still_leads_to_its_entity(client: FlaskClient, registered: Base) -> None:
    assert client.get(f"/codes/{UNIT}").json["code"] == registered.standing
    assert rule_of(client.get(f"/codes/{UNIT}?known-at=3")) == "code.unknown"
    assert rule_of(client.get(f"/codes/{UNIT[:19]}")) == "code.unknown"  # taken back: it never was


def test_a_unified_identifier_is_read_whole(client: FlaskClient, registered: Base) -> None:
    card = client.get(f"/codes/{registered.standing}").json
    unified = next(one["unified"] for one in card["codes"] if one["scheme"] == "parcel")
    assert unified == f"{registered.standing}+parcel:370102001001GB00002"
    for text in (unified, unified.lower().replace("+", " + "), f"{unified}+real-estate-unit:{UNIT}"):
        assert client.get(f"/codes/{text}").json["code"] == registered.standing
    assert rule_of(client.get(f"/codes/{registered.ended}+parcel:370102001001GB00002")) == "code.disagree"
    assert rule_of(client.get(f"/codes/{registered.standing}+nobody:1")) == "code.scheme"


@pytest.mark.parametrize(
    ("typed", "rules", "near"),
    [
        ("37O102001001GB00002", {"code.scheme.symbol"}, ["370102001001GB00002"]),
        ("370102001001GB0002", {"code.scheme.length"}, ["370102001001GB00002"]),
        ("370102001001GB000002", {"code.scheme.length"}, ["370102001001GB00002"]),
        ("parcel:370012001001GB00002", {"code.scheme.part"}, ["370102001001GB00002"]),
        ("370102001001GB00003", set(), ["370102001001GB00002"]),
        ("parcel:" + UNIT, {"code.scheme.length"}, []),
        ("没有这个码", set(), []),
    ],
)
def test_a_mistyped_code_is_answered_with_what_is_wrong_and_what_is_near(
    client: FlaskClient, registered: Base, typed: str, rules: set[str], near: list[str]
) -> None:
    problem = client.get(f"/codes/{typed}").json
    found = {finding["rule"] for finding in problem["findings"]} - {"code.unknown", "code.near"}
    assert problem["rule"] == "code.unknown" and problem["status"] == 404
    assert rules <= found
    assert [one["code"] for one in problem["near"]] == near


def test_a_mistyped_entity_code_is_answered_with_the_near_one(client: FlaskClient, base: Base) -> None:
    typed = base.standing[:4] + base.standing[5] + base.standing[4] + base.standing[6:]
    problem = client.get(f"/codes/{typed}").json
    assert [one["code"] for one in problem["near"]] == [base.standing]
    assert "code.form.check" in {finding["rule"] for finding in problem["findings"]}
    page = client.get(f"/codes/{typed}", headers={"Accept": "text/html"}).text
    assert f'href="/codes/{base.standing}"' in page


def test_the_quick_answer_is_the_whole_answer(client: FlaskClient, registered: Base) -> None:
    quick, whole = (client.get(f"/codes/{registered.standing}{way}") for way in ("", "?f=json"))
    assert quick.json == whole.json and quick.data == whole.data
    headers = [{name: value for name, value in answer.headers if name != "Date"} for answer in (quick, whole)]
    assert headers[0] == headers[1]
    again = client.get(f"/codes/{registered.standing}", headers={"If-None-Match": quick.headers["ETag"]})
    assert again.status_code == 304


def test_many_codes_are_resolved_at_once_in_their_order(client: FlaskClient, linked: Base) -> None:
    asked = [
        "P-7",
        "nothing",
        code_text(linked.standing),
        "parcel:370102001001GB00001",
        "plan:370102001001GB00001",
        "P-7",
    ]
    led = [sorted([linked.standing, linked.ended]), [], [linked.standing], [linked.standing], []]
    for sent in (asked, {"codes": asked}):
        answer = client.post("/codes/resolve", json=sent).json
        assert [one["entities"] for one in answer["codes"]] == [*led, led[0]]
        assert [one["code"] for one in answer["codes"]] == asked
        assert (answer["found"], answer["lost"]) == (4, 2)
    lines = "\n".join([*asked[:3], json.dumps(asked[3]), "", *asked[4:]])
    answer = client.post("/codes/resolve", data=lines.encode(), content_type="application/x-ndjson")
    assert [json.loads(line)["entities"] for line in answer.data.splitlines()] == [*led, led[0]]


def test_lines_are_answered_however_many(client: FlaskClient, linked: Base) -> None:
    answer = client.post("/codes/resolve", data=b"P-7\n" * 12_345, content_type="text/plain")
    assert len(answer.data.splitlines()) == 12_345


@pytest.mark.parametrize("sent", ["text", 7, {"a": 1}, [1], {"codes": "a"}])
def test_what_is_no_list_of_codes_is_refused(client: FlaskClient, base: Base, sent: Any) -> None:
    assert rule_of(client.post("/codes/resolve", json=sent)) == "codes.list"


def test_schemes_tell_where_they_are_from(client: FlaskClient, base: Base) -> None:
    found = {one["id"]: one for one in client.get("/schemes").json["schemes"]}
    assert found["real-estate-unit"]["quality"] == "secondary" and found["river"]["quality"] == "memory"
    assert re.fullmatch(found["parcel"]["patterns"][0], found["parcel"]["example"])


def test_a_card_is_printed_with_a_code_of_its_public_address(client: FlaskClient, registered: Base) -> None:
    page = client.get(f"/cards/parcel:370102001001GB00002?datetime={day_text(SECOND)}").text
    address = f"http://localhost/codes/{registered.standing}"
    assert str(qr(address)) in page and address in page
    for text in (code_text(registered.standing), "370102001001GB00002", "齐鲁大厦", "宗地代码"):
        assert text in page
    assert UNIT not in page, "it ended before that day"
    assert client.get("/cards/nothing").status_code == 404
    page = client.get(f"/codes/{registered.standing}", headers={"Accept": "text/html"}).text
    assert f'href="/cards/{registered.standing}"' in page


def test_a_card_of_a_code_of_several_lets_choose(client: FlaskClient, linked: Base) -> None:
    answer = client.get(f"/cards/P-7?datetime={day_text(FIRST)}")
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/codes/P-7")


def test_the_card_of_a_borehole_lists_its_layers(client: FlaskClient, base: Base) -> None:
    log = '[{"base":2.5,"name":"杂填土","top":0},{"base":6,"description":"<b>CLAY</b>","name":"CLAY","top":2.5}]'
    hole = State("320903", shapely.Point(117.1, 36.5), "ZK1", base=30.0, attributes={"strata": log, "site": "A"})
    with base.store().transaction("lixia", "boreholes", "site.ags") as transaction:
        [code] = transaction.issue([hole])
        transaction.put([Version(code, Period(FIRST), hole)])
    card = client.get(f"/codes/{code}").json
    assert [(one["top"], one["base"], one["kind"]["id"]) for one in card["strata"]] == [
        (0.0, 2.5, "fill"),
        (2.5, 6.0, "clay"),
    ]
    page = client.get(f"/codes/{code}", headers={"Accept": "text/html"}).text
    assert (
        "杂填土" in page and "&lt;b&gt;CLAY" in page and "site" in page and "[{&#34;base" not in page.split("<pre")[0]
    )
    assert client.get(f"/codes/{base.standing}").json["strata"] == []
