"""Layers and entities: any moment, any page size, and nothing is missed."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.model import Period, State, Version, day_text
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, rule_of, square

BEFORE, BETWEEN = day_text(FIRST - 1), day_text(FIRST + 10)


def layer_of(base: Base) -> str:
    return base.store().meaning.layer_of(BUILDING)


def codes_of(page: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def test_the_layers_are_listed_with_what_they_hold(client: FlaskClient, base: Base) -> None:
    found = {one["id"]: one["count"] for one in client.get("/collections").json["collections"]}
    assert found[layer_of(base)] == 1
    assert client.get(f"/collections/{layer_of(base)}?datetime={BETWEEN}").json["count"] == 2
    assert client.get(f"/collections/{layer_of(base)}?datetime={BEFORE}").json["count"] == 0


def test_an_unknown_layer_is_not_found(client: FlaskClient) -> None:
    assert rule_of(client.get("/collections/none")) == "param.layer"
    assert client.get("/collections/none/items").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        (f"datetime={BETWEEN}", 2),
        (f"datetime={BETWEEN}T12:00:00Z", 2),
        (f"datetime={BEFORE}", 0),
        (f"datetime={BETWEEN}/..", 2),
        (f"datetime=../{BEFORE}", 0),
        (f"datetime={day_text(SECOND)}/{day_text(SECOND + 9)}", 1),
        (f"datetime={day_text(SECOND - 1)}/{day_text(SECOND)}", 2),
        ("datetime=../..&known-at=1", 0),
        ("known-at=1", 0),
        ("known-at=2", 2),
        (f"datetime={BETWEEN}&bbox=117.05,36.4,117.15,36.55", 1),
        ("bbox=0,0,1,1", 0),
    ],
)
def test_items_are_those_of_the_moment_and_the_box(client: FlaskClient, base: Base, query: str, count: int) -> None:
    page = client.get(f"/collections/{layer_of(base)}/items?{query}").json
    assert page["numberReturned"] == len(page["features"]) == count


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_add_up_to_the_whole(client: FlaskClient, base: Base, limit: int) -> None:
    store = base.store()
    states = [State(BUILDING, square(117.3 + place / 1000, 36.7), f"楼{place}", 10.0, 0.0) for place in range(15)]
    with store.transaction("lixia", "more", "more.gpkg") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(FIRST), state) for code, state in zip(codes, states, strict=True)])
    found: list[str] = []
    address = f"/collections/{layer_of(base)}/items?limit={limit}&datetime={BETWEEN}"
    while address:
        page = client.get(address).json
        found += codes_of(page)
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == sorted([*codes, base.standing, base.ended])


def test_a_period_gives_each_entity_as_it_last_was_in_it(client: FlaskClient, base: Base) -> None:
    path = f"/collections/{layer_of(base)}/items?datetime="
    for period, heights in [
        (f"{BEFORE}/{BETWEEN}", {base.standing: 21.0, base.ended: 9.0}),
        (f"{BETWEEN}/..", {base.standing: 24.0, base.ended: 9.0}),
        (f"{day_text(SECOND)}/..", {base.standing: 24.0}),
    ]:
        for limit in (1, 10):
            page = client.get(f"{path}{period}&limit={limit}").json
            found = page["features"]
            if any(link["rel"] == "next" for link in page["links"]):
                found += client.get(page["links"][-1]["href"]).json["features"]
            assert {one["id"]: one["properties"]["height"] for one in found} == heights


def test_an_entity_is_a_feature_of_its_moment(client: FlaskClient, base: Base) -> None:
    now = client.get(f"/items/{base.standing}")
    assert now.mimetype == "application/geo+json"
    assert now.json["properties"]["height"] == 24.0
    assert now.headers["Memento-Datetime"] == "Sun, 18 May 2025 16:00:00 GMT"
    then = client.get(f"/collections/{layer_of(base)}/items/{base.standing}?datetime={BETWEEN}").json
    assert then["properties"]["height"] == 21.0
    assert then["properties"]["valid_to"] == day_text(SECOND)
    assert client.get(f"/items/{base.standing}?known-at=2").json["properties"]["height"] == 21.0


def test_what_was_not_there_is_not_found_and_what_ended_is_gone(client: FlaskClient, base: Base) -> None:
    for path, status, rule in [
        (f"/items/{base.ended}", 410, "code.ended"),
        (f"/items/{base.ended}?datetime={BETWEEN}", 200, None),
        (f"/items/{base.ended}?datetime={BEFORE}", 404, "code.early"),
        ("/items/111111111111", 404, "code.unknown"),
        (f"/collections/{layer_of(base)}x/items/{base.standing}", 404, "code.unknown"),
    ]:
        answer = client.get(path)
        assert answer.status_code == status, path
        assert rule is None or rule_of(answer) == rule


def test_every_version_is_told_on_both_axes(client: FlaskClient, base: Base) -> None:
    told = [one["properties"] for one in client.get(f"/items/{base.standing}/versions").json["features"]]
    assert [(one["height"], one["valid_from"], one["known_from"], one["known_to"]) for one in told] == [
        (21.0, day_text(FIRST), 2, 3),
        (21.0, day_text(FIRST), 3, None),
        (24.0, day_text(SECOND), 3, None),
    ]


def test_the_timeline_counts_changes_by_day_and_place(client: FlaskClient, base: Base) -> None:
    path = f"/collections/{layer_of(base)}/timeline"
    both = [
        {"day": day_text(FIRST), "count": 2, "standing": 2},
        {"day": day_text(SECOND), "count": 2, "standing": 1},
    ]
    assert client.get(path).json["days"] == both
    assert client.get(f"{path}?bbox=117.05,36.4,117.15,36.55").json["days"] == [
        {"day": day_text(FIRST), "count": 1, "standing": 1},
        {"day": day_text(SECOND), "count": 1, "standing": 1},
    ]
    several = client.get("/timeline?collections=divisions,buildings").json
    assert (several["layers"], several["days"][1:]) == (
        ["divisions", "buildings"],
        [{**day, "standing": day["standing"] + 4} for day in both],
    )
    assert several["days"][0] == {"day": "1970-01-01", "count": 4, "standing": 4}
    assert client.get("/timeline?collections=,").status_code == 400
    assert client.get("/timeline?collections=clouds").status_code == 404


def test_an_answer_is_not_sent_twice(client: FlaskClient, base: Base) -> None:
    first = client.get(f"/items/{base.standing}")
    again = client.get(f"/items/{base.standing}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["ETag"].startswith('"')


def test_public_data_may_be_read_from_other_hosts_and_nothing_else(client: FlaskClient, base: Base) -> None:
    for path in ("/collections", f"/items/{base.standing}", f"/codes/{base.standing}", "/openapi.json"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/submissions", "/health", "/sign-in?f=json"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


def test_html_in_an_attribute_stays_text(client: FlaskClient, base: Base) -> None:
    answer = client.get(f"/items/{base.standing}")
    assert answer.json["properties"]["attributes"]["note"] == "<script>alert(1)</script>"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_person_is_sent_to_the_entitys_page(client: FlaskClient, base: Base) -> None:
    for path in (f"/items/{base.standing}", f"/items/{base.standing}/versions"):
        answer = client.get(path + "?datetime=2025-01-01", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/codes/{base.standing}?datetime=2025-01-01"
