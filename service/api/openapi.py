"""The description of this interface, for programs."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from flask import Blueprint, Response

from service.http.negotiate import json_response

blueprint: Final = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Everything that can be asked here, as OpenAPI 3.0."""
    return json_response(description(), "application/vnd.oai.openapi+json;version=3.0")


@cache
def description() -> dict[str, Any]:
    """The content of `openapi.yaml`."""
    text = (files("service.api") / "openapi.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
