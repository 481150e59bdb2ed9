"""The headers every answer carries: what a page may load, and who may read public data from elsewhere."""

from typing import Final

from flask import Flask, Response, request

VIEWER_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What the viewer may do: its engine compiles WebAssembly and writes inline styles."""

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""What every other page may do. Inline styles are allowed: readers and test tools bring their own."""

_DATA: Final = ("/3dtiles/", "/terrain/", "/map/", "/maps")
PUBLIC: Final = (*_DATA, "/collections", "/items/", "/codes/", "/conformance", "/openapi.json")
"""Addresses under which data is public, so that pages of other hosts may read it."""


def register(app: Flask) -> None:
    """Let every answer carry the headers."""
    app.after_request(_add)


def common(method: str, path: str) -> list[tuple[str, str]]:
    """The headers that every answer to a path carries."""
    found = [
        ("Content-Security-Policy", VIEWER_POLICY if path == "/" else PAGE_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    ]
    if method in ("GET", "HEAD") and (path == "/" or path.startswith(PUBLIC)):
        found.append(("Access-Control-Allow-Origin", "*"))
        found.append(("Access-Control-Expose-Headers", "ETag, Link, Memento-Datetime"))
    return found


def _add(response: Response) -> Response:
    own = response.headers.get("Content-Security-Policy")
    response.headers.update(common(request.method, request.path))
    if own is not None:
        response.headers["Content-Security-Policy"] = own
    return response
