"""Answers every refusal in the web's words: one table of statuses, one form of answer (RFC 9457)."""

import json
import logging
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask import Flask, Response, g, redirect, render_template, request, url_for
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from entities.errors import (
    BadQuery,
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refusal,
    TooLarge,
    Unauthorized,
)
from entities.report import finding_json, said
from entities.rules import Finding
from service.http.negotiate import wants_html
from service.shapes.links import header
from service.shapes.mementos import departed
from service.stores import store

STATUS: Final[Mapping[type[Refusal], int]] = MappingProxyType(
    {
        Invalid: 422,
        BadQuery: 400,
        NotFound: 404,
        Gone: 410,
        Conflict: 409,
        Unauthorized: 401,
        Forbidden: 403,
        TooLarge: 413,
        Busy: 503,
        NotAcceptable: 406,
        PreconditionFailed: 412,
        PreconditionRequired: 428,
    }
)
"""The status of each refusal."""

_RULES: Final = MappingProxyType({404: "request.path", 405: "request.method", 413: "request.large"})
NEAR_RULE: Final = "code.near"
_log: Final = logging.getLogger("shikong")


def register(app: Flask) -> None:
    """Let the application answer refusals, HTTP errors and faults as problems."""
    app.before_request(_number_request)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return STATUS[type(refusal)]


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)


def _refused(refusal: Refusal) -> BaseResponse:
    if refusal.rule == "auth.needed" and request.method == "GET" and wants_html():
        back, language = request.full_path.rstrip("?"), request.args.get("lang")
        return redirect(url_for("session.sign_in_form", next=back, lang=language), 303)
    return _problem(status_of(refusal), refusal, departed(refusal, store()) if isinstance(refusal, Gone) else {})


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error  # a redirect is no problem
    values = {
        "path": request.path,
        "method": request.method,
        "limit": request.max_content_length,
        "why": error.description,
    }
    finding = Finding(_RULES.get(error.code, "request.form"), values)
    response = _problem(error.code, Refusal([finding]))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response


def _fault(error: Exception) -> Response:
    _log.error("request %s %s failed", g.request_id, request.path, exc_info=error)
    return _problem(500, Refusal.because("server.fault", request=g.request_id))


def _problem(status: int, refusal: Refusal, more: Mapping[str, Any] = MappingProxyType({})) -> Response:
    first = refusal.findings[0]
    value = {
        **more,
        "type": f"urn:shikong:rule:{first.rule}",
        "title": said(first.words.title),
        "status": status,
        "detail": said(first.sentence),
        "rule": first.rule,
        "findings": [finding_json(finding) for finding in refusal.findings],
        "instance": f"urn:shikong:request:{g.get('request_id', '-')}",
        **_near(refusal),
    }
    response = _page(value) or Response(json.dumps(value, ensure_ascii=False), mimetype="application/problem+json")
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if more.get("links"):
        response.headers["Link"] = header(more["links"])
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _near(refusal: Refusal) -> dict[str, object]:
    """The codes near to one that leads nowhere, where any were looked for."""
    near = [finding.values for finding in refusal.findings if finding.rule == NEAR_RULE]
    found = [{name: one[name] for name in ("code", "text", "scheme")} for one in near]
    return {"near": found} if refusal.rule == "code.unknown" else {}


def _page(value: Mapping[str, object]) -> Response | None:
    if not wants_html():
        return None
    try:
        return Response(render_template("problem.html", it=value), mimetype="text/html")
    except TemplateNotFound:
        return None
