"""Gives the same value as JSON to machines and as a page to people."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import orjson
from flask import Response, render_template, request

from entities.errors import NotAcceptable

_HTML: Final = ("text/html", "application/xhtml+xml")
_JSON: Final = "application/json"

JSON_HEADERS: Final = (("Content-Type", _JSON), ("Cache-Control", "no-cache"), ("Vary", "Accept"))
"""What every answer of a value that is also a page says of itself as JSON."""


def wants_html() -> bool:
    """Tell whether the client would rather have a page than JSON: `?f=` decides, else the Accept header."""
    if asked := request.args.get("f"):
        return asked == "html"
    accepted = request.accept_mimetypes
    return any(accepted[kind] > accepted[_JSON] for kind in _HTML)


def respond(
    value: Mapping[str, object], template: str | None = None, *, kind: str = _JSON, status: int = 200, **page: object
) -> Response:
    """Answer with `value` as JSON (sorted, with an ETag), or as the page `template` that knows it as `it`.

    `kind` is the JSON media type. `NotAcceptable` (`request.format`) where `?f=` asks for something else.
    """
    asked = request.args.get("f", "json")
    formats = ["json", "html"] if template else ["json"]
    if asked not in formats:
        raise NotAcceptable.because("request.format", format=asked, formats=", ".join(formats))
    if template and wants_html():
        response = Response(render_template(template, it=value, **page), mimetype="text/html")
        response.headers["Cache-Control"] = "private, no-cache"
    else:
        response = json_response(value, kind)
    if status != 200:  # a 304 stays one
        response.status_code = status
    response.vary.add("Accept")
    return response


def json_response(value: object, kind: str = _JSON, known_as: str | None = None) -> Response:
    """`value` as JSON with sorted keys and a strong ETag; answers 304 to a client that has it.

    The tag is `known_as`, or a hash of what is answered.
    """
    body = json_bytes(value)
    response = Response(body, mimetype=kind)
    response.set_etag(known_as or tag(body))
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def json_bytes(value: object) -> bytes:
    """`value` as JSON with sorted keys, in UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def tag(body: bytes) -> str:
    """The strong ETag of an answer, without its quotes."""
    return blake2b(body, digest_size=16).hexdigest()
