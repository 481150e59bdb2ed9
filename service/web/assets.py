"""The built scripts and styles: where a page finds them, and how they are served compressed and for ever."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Request, Response, abort, request, send_from_directory

BUILT: Final = Path(__file__).parent / "static" / "built"
"""Where `service/web/build.mjs` puts its files and its manifest."""

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))

blueprint = Blueprint("assets", __name__)


class NotBuilt(RuntimeError):
    """The page scripts have not been built, or the one asked for is not among them."""


def asset(name: str) -> str:
    """The address of a built file by its plain name: `asset("viewer.js")` is `/built/viewer-3FQ2.js`.

    Raises `NotBuilt` when the scripts have not been built or have none of that name.
    """
    return f"/built/{_entry(name)['file']}"


def asset_bytes(name: str, *, packed: bool = False) -> int:
    """How many bytes a built file has, or travels as when packed, for a page that says how far its loading is."""
    return int(_entry(name)["br" if packed else "bytes"])


def _entry(name: str) -> Mapping[str, str | int]:
    known = _manifest(_stamp())
    if name not in known:
        raise NotBuilt(f"the page scripts have no “{name}”; build them again: node service/web/build.mjs")
    return known[name]


def _stamp() -> int:
    """When the manifest was written, so that a rebuild is seen without a restart."""
    try:
        return (BUILT / "manifest.json").stat().st_mtime_ns
    except FileNotFoundError:
        raise NotBuilt("the page scripts are not built yet: run `make` or `node service/web/build.mjs`") from None


@lru_cache(maxsize=1)
def _manifest(stamp: int) -> Mapping[str, Mapping[str, str | int]]:
    found: dict[str, dict[str, str | int]] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    return found


@blueprint.get("/built/<path:name>")
def built(name: str) -> Response:
    """Serve a built file in the best encoding the browser reads; a changed file has another name, so it may be kept."""
    if not (BUILT / name).is_file() or name.endswith((".br", ".gz")):
        abort(404)
    encoding, suffix = _best_encoding(request, name)
    response = send_from_directory(BUILT, name + suffix, mimetype=_kind(name), max_age=31536000)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Cache-Control"] = _FOR_EVER
    response.vary.add("Accept-Encoding")
    return response


def _best_encoding(asked: Request, name: str) -> tuple[str | None, str]:
    for encoding, suffix in _ENCODINGS:
        if asked.accept_encodings[encoding] > 0 and (BUILT / (name + suffix)).is_file():
            return encoding, suffix
    return None, ""


def _kind(name: str) -> str:
    kinds = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
    return kinds.get(Path(name).suffix, "application/octet-stream")
