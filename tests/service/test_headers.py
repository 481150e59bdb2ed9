"""What every answer carries, and that nothing asks another host for anything."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.http.headers import PAGE_POLICY, VIEWER_POLICY
from tests.service.conftest import Base


@pytest.mark.parametrize("path", ["/", "/maps", "/nothing", "/health", "/openapi.json", "/sign-in"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_carries_them(client: FlaskClient, path: str, accept: str) -> None:
    headers = client.get(path, headers={"Accept": accept}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == (VIEWER_POLICY if path == "/" else PAGE_POLICY)


@pytest.mark.parametrize("policy", [VIEWER_POLICY, PAGE_POLICY])
def test_no_policy_lets_another_host_in(policy: str) -> None:
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    sources = {source for rule in rules.values() for source in rule.split()}
    assert sources <= {"'self'", "'none'", "data:", "blob:", "'wasm-unsafe-eval'", "'unsafe-inline'"}
    assert "'unsafe-eval'" not in sources
    assert "'unsafe-inline'" not in rules["script-src"]
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"


def test_answers_say_what_they_depend_on(client: FlaskClient, base: Base) -> None:
    for path in ("/collections", f"/codes/{base.standing}", "/maps", "/nothing"):
        assert "Accept" in client.get(path).headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/json;q=0.5,text/html", "text/html"),
    ],
)
def test_the_same_address_answers_people_and_programs(client: FlaskClient, accept: str, kind: str) -> None:
    assert client.get("/collections", headers={"Accept": accept}).mimetype == kind
    assert client.get("/collections?f=json", headers={"Accept": accept}).mimetype == "application/json"
    assert client.get("/collections?f=html", headers={"Accept": accept}).mimetype == "text/html"


def test_links_lead_to_where_people_come_from(base: Base) -> None:
    client = create_app(replace(base.config, public_url="https://map.example/base/")).test_client()
    links = client.get("/collections").json["links"]
    assert links[0]["href"] == "https://map.example/base/collections"


def test_reading_goes_on_while_a_load_writes(client: FlaskClient, base: Base) -> None:
    store = base.store()
    with store.transaction("lixia", "a long load") as transaction:
        transaction.retract([base.standing])
        assert client.get(f"/items/{base.standing}").status_code == 200
        assert client.get("/health").json["transaction"] == 3
    assert client.get(f"/items/{base.standing}").status_code == 410
    assert client.get("/health").json["transaction"] == 4
