"""Who may do what: tokens, cookies, forms, and what is kept of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from entities.errors import Conflict, Invalid, NotFound, Unauthorized
from service import departments
from service.app import create_app
from service.auth import COOKIE, secret
from service.departments import Department
from tests.service.conftest import Base, bearer, rule_of

PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    "method_path",
    [
        "GET /submissions",
        "POST /submissions",
        "GET /submissions/x",
        "DELETE /submissions/x",
        "POST /submissions/x/confirm",
        "GET /submissions/x/report",
        "GET /submissions/x/failures.gpkg",
    ],
)
def test_nobody_is_let_in_without_a_token(client: FlaskClient, method_path: str) -> None:
    method, path = method_path.split()
    answer = client.open(path, method=method)
    assert (answer.status_code, rule_of(answer)) == (401, "auth.needed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic eDp5", "wrong"])
def test_a_wrong_token_is_refused(client: FlaskClient, header: str) -> None:
    assert client.get("/submissions", headers={"Authorization": header}).status_code == 401


def test_a_department_sees_its_own(client: FlaskClient, base: Base) -> None:
    answer = client.get("/submissions", headers=bearer(base, "lixia"))
    assert answer.status_code == 200
    assert answer.json["submissions"] == []


def test_only_the_hash_of_a_token_is_kept(base: Base) -> None:
    token = base.tokens["lixia"]
    files = [path for path in base.config.data.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if token.encode() in path.read_bytes()] == []


def test_a_new_token_ends_the_old_one(base: Base) -> None:
    desk = base.desk()
    fresh = departments.renew(desk, "lixia")
    assert departments.with_token(desk, fresh).name == "lixia"
    with pytest.raises(Unauthorized):
        departments.with_token(desk, base.tokens["lixia"])


def test_departments_are_added_once_and_by_the_rules(base: Base) -> None:
    desk = base.desk()
    for department, kind in [
        (Department("lixia", "", "370102"), Conflict),
        (Department("Lixia!", "", "370102"), Invalid),
        (Department("a", "", "37"), Invalid),
    ]:
        with pytest.raises(kind):
            departments.add(desk, department)
    departments.remove(desk, "lixia")
    with pytest.raises(NotFound):
        departments.remove(desk, "lixia")
    assert [one.name for one in departments.listed(desk)] == ["province", "shizhong"]


def sign_in(client: FlaskClient, base: Base, name: str = "lixia") -> str:
    """Sign in as a page does and return the word its forms send back."""
    answer = client.post("/sign-in", data={"token": base.tokens[name], "next": "/submissions"}, headers=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/submissions")
    page = client.get("/submissions", headers=PAGE).text
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_signing_in_gives_a_cookie_that_scripts_and_other_hosts_cannot_use(client: FlaskClient, base: Base) -> None:
    answer = client.post("/sign-in", data={"token": base.tokens["lixia"]})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert base.tokens["lixia"] not in cookie
    assert client.get("/submissions").status_code == 200


def test_the_cookie_is_secure_where_people_come_by_https(base: Base) -> None:
    for address, secure in [("https://map.example", True), ("http://map.example", False)]:
        client = create_app(replace(base.config, public_url=address)).test_client()
        cookie = client.post("/sign-in", data={"token": base.tokens["lixia"]}).headers["Set-Cookie"]
        assert ("Secure" in cookie) == secure


def test_a_wrong_token_signs_nobody_in(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"token": "x"})
    assert (answer.status_code, rule_of(answer)) == (401, "auth.token")
    assert "Set-Cookie" not in answer.headers


def test_signing_out_forgets(client: FlaskClient, base: Base) -> None:
    sign_in(client, base)
    client.post("/sign-out")
    assert client.get("/submissions").status_code == 401


def test_a_cookie_ends_with_its_token(client: FlaskClient, base: Base) -> None:
    sign_in(client, base)
    departments.renew(base.desk(), "lixia")
    assert client.get("/submissions").status_code == 401


def test_a_forged_cookie_is_nobody(client: FlaskClient) -> None:
    client.set_cookie(COOKIE, "WyJsaXhpYSIsIiJd.aaaaaa.bbbbbb")
    assert client.get("/submissions").status_code == 401


def test_a_form_of_another_page_is_refused(client: FlaskClient, base: Base) -> None:
    word = sign_in(client, base)
    for sent in ({}, {"csrf": "0" * 64}, {"csrf": "é"}):
        answer = client.post("/submissions", data=sent)
        assert (answer.status_code, rule_of(answer)) == (403, "auth.form")
    assert rule_of(client.post("/submissions", data={"csrf": word})) == "submission.file"
    assert rule_of(client.delete("/submissions/x", headers={"X-CSRF-Token": word})) == "submission.unknown"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_another_hosts_page_signs_nobody_in_or_out(client: FlaskClient, base: Base, path: str) -> None:
    sent = {"token": base.tokens["lixia"]}
    assert client.post(path, data=sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("where", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_leads_to_no_other_host(client: FlaskClient, base: Base, where: str) -> None:
    answer = client.post("/sign-in", data={"token": base.tokens["lixia"], "next": where})
    assert answer.headers["Location"] == "/"


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    key = secret(path)
    assert len(key) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    secret.cache_clear()
    assert secret(path) == key
