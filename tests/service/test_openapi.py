"""The description is a valid one, and says every address there is and no other."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from service.api.openapi import description
from tests.service.conftest import Base, bearer

PAGES = ("web", "assets", "viewer", "cards")
"""Blueprints whose addresses only pages use."""


def routes(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in PAGES:
            path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
            methods = rule.methods or set()
            told = methods - {"HEAD"} if "GET" in methods else methods
            own = set() if rule.provide_automatic_options else {"OPTIONS"}
            found |= {(path, method.lower()) for method in told - ({"OPTIONS"} - own)}
    return found


def test_the_description_is_valid() -> None:
    validate(description())


def test_it_says_every_address_and_no_other(app: Flask) -> None:
    said = {(path, method) for path, methods in description()["paths"].items() for method in methods}
    assert said == routes(app)


def test_every_address_is_documented(app: Flask) -> None:
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")
    told = set(re.findall(r"`(/[^`]*)`", page))
    assert {path for path, _ in routes(app)} - told == set()


def test_it_is_served_and_refers_to_nothing_outside(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.json == description()
    assert re.findall(r'"\$ref": "(?!#/)', answer.text) == []


def schema(path: str, status: str = "200", method: str = "get") -> dict[str, Any]:
    """What the description says of an answer, with all components at hand."""
    content = description()["paths"][path][method]["responses"][status]["content"]
    first = next(iter(content.values()))["schema"]
    return {**first, "components": description()["components"]}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", "/"),
        ("/conformance", "/conformance"),
        ("/health", "/health"),
        ("/collections", "/collections"),
        ("/collections/{layer}", "/collections/{layer}"),
        ("/collections/{layer}/items", "/collections/{layer}/items"),
        ("/collections/{layer}/items/{code}", "/collections/{layer}/items/{code}"),
        ("/collections/{layer}/timeline", "/collections/{layer}/timeline"),
        ("/timeline", "/timeline?collections=buildings,divisions"),
        ("/collections/{layer}/differences", "/collections/{layer}/differences?datetime=2024-05-20/2026-05-19"),
        ("/items/{code}", "/items/{code}"),
        ("/items/{code}/versions", "/items/{code}/versions"),
        ("/codes/{code}", "/codes/{code}"),
        ("/search", "/search?q=历下"),
        ("/search", "/search?q=齐鲁"),
        ("/search", "/search?q=117.1,36.5"),
        ("/changes", "/changes"),
        ("/transactions/{number}", "/transactions/3"),
        ("/changes", "/changes?proof=true&territory=370102"),
        ("/changes/proof", "/changes/proof?until=2.1"),
        ("/subscriptions", "/subscriptions"),
        ("/maps", "/maps"),
        ("/maps/{division}", "/maps/370102"),
        ("/submissions", "/submissions"),
    ],
)
def test_answers_are_as_described(client: FlaskClient, base: Base, path: str, asked: str) -> None:
    layer = client.get(f"/codes/{base.standing}").json["layer"]["id"]
    answer = client.get(asked.format(layer=layer, code=base.standing), headers=bearer(base, "lixia"))
    assert answer.status_code == 200
    OAS30Validator(schema(path)).validate(answer.json)


def test_problems_are_as_described(client: FlaskClient) -> None:
    problem = {**description()["components"]["schemas"]["Problem"], "components": description()["components"]}
    OAS30Validator(problem).validate(client.get("/collections/none").json)


def test_the_parameters_named_are_the_ones_read(app: Flask) -> None:
    folder = Path(__file__).parents[2] / "service"
    source = "".join(
        path.read_text("utf-8") for part in ("", "api", "http", "reviews") for path in (folder / part).glob("*.py")
    )
    named = {
        parameter["name"]
        for methods in description()["paths"].values()
        for operation in methods.values()
        for parameter in map(resolved, operation.get("parameters", ()))
        if parameter["in"] == "query"
    }
    assert {name for name in named if f'"{name}"' not in source} == set()


def resolved(parameter: dict[str, Any]) -> dict[str, Any]:
    reference = parameter.get("$ref")
    if reference is None:
        return parameter
    found: dict[str, Any] = description()["components"]["parameters"][reference.rsplit("/", 1)[1]]
    return found


def test_schemas_are_json_schemas() -> None:
    for one in description()["components"]["schemas"].values():
        Draft202012Validator.check_schema({**one, "nullable": True})
