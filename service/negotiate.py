"""Gives the same value as JSON to machines and as a page to people."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from flask import Response, render_template, request

from entities.errors import NotAcceptable

_HTML: Final = ("text/html", "application/xhtml+xml")
_JSON: Final = "application/json"


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
    response.status_code = status
    response.vary.add("Accept")
    return response


def json_response(value: object, kind: str = _JSON) -> Response:
    """`value` as JSON with sorted keys and a strong ETag; answers 304 to a client that has it."""
    body = json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()
    response = Response(body, mimetype=kind)
    response.set_etag(blake2b(body, digest_size=16).hexdigest())
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
