"""Every refusal has its status, and every answer that is none of ours is still a problem in two languages."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entities import errors
from entities.errors import Gone, Invalid, Refusal
from entities.rules import Finding
from service.http import problems
from tests.service.conftest import rule_of


def kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_refusal_has_a_status() -> None:
    assert set(kinds(Refusal)) == set(problems.STATUS)
    assert {kind.__module__ for kind in problems.STATUS} == {errors.__name__}


@pytest.fixture
def broken(app: Flask) -> FlaskClient:
    """The service with addresses that fail."""

    def fault() -> str:
        raise ZeroDivisionError("secret words")

    def refusal() -> str:
        raise Invalid([Finding("time.valid", {"time": "<b>"}, row=3), Finding("code.form", {"code": "x"})])

    def gone() -> str:
        raise Gone.because("code.retracted", code="X")

    for name, view in {"fault": fault, "refusal": refusal, "gone": gone}.items():
        app.add_url_rule(f"/{name}", name, view)
    return app.test_client()


def test_a_refusal_names_every_finding_in_both_languages(broken: FlaskClient) -> None:
    answer = broken.get("/refusal")
    assert answer.status_code == 422
    assert rule_of(answer) == "time.valid"
    assert [finding["rule"] for finding in answer.json["findings"]] == ["time.valid", "code.form"]
    first = answer.json["findings"][0]
    assert first["row"] == 3
    assert "<b>" in first["sentence"]["zh"] and "<b>" in first["sentence"]["en"]
    assert all(first[part][language] for part in ("title", "sentence", "remedy") for language in ("zh", "en"))


def test_a_page_shows_html_in_a_refusal_as_text(broken: FlaskClient) -> None:
    answer = broken.get("/refusal", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"
    assert "“<b>”" not in answer.text
    assert "&lt;b&gt;" in answer.text


def test_a_fault_tells_its_number_and_nothing_else(broken: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = broken.get("/fault")
    assert answer.status_code == 500
    assert rule_of(answer) == "server.fault"
    assert "secret words" not in answer.text
    number = answer.json["instance"].rpartition(":")[2]
    assert number in answer.json["detail"]["en"]
    assert number in caplog.text and "secret words" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "rule"),
    [
        ("GET", "/nothing", 404, "request.path"),
        ("PUT", "/health", 405, "request.method"),
        ("GET", "/gone", 410, "code.retracted"),
        ("GET", "/collections?f=xml", 406, "request.format"),
    ],
)
def test_an_http_error_is_a_problem_too(broken: FlaskClient, method: str, path: str, status: int, rule: str) -> None:
    answer = broken.open(path, method=method)
    assert (answer.status_code, rule_of(answer)) == (status, rule)
    assert answer.json["status"] == status


def test_a_method_not_allowed_says_which_are(client: FlaskClient) -> None:
    assert "GET" in client.put("/health").headers["Allow"]


def test_a_person_gets_a_page(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "没有这个地址" in answer.text
