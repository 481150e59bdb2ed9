"""3D Tiles: the tileset of a layer now or on a past day, and files whose names say what is in them."""

import gzip
from collections.abc import Callable
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from entities.errors import NotFound
from entities.model import Moment
from service.holdings.serving import HoldingTiles
from service.http.params import read_moment
from service.layers import OPENED
from service.stores import settings, store
from service.tiles.scenes import scene_root
from service.tiles.tilesets import TILED, Tileset

blueprint: Final = Blueprint("tiles", __name__)

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""How long a file is kept whose address says what is in it."""

_KINDS: Final = {".glb": "model/gltf-binary", ".json": "application/json"}
_TYPES: Final = {
    **_KINDS,
    ".mvt": "application/vnd.mapbox-vector-tile",
    ".terrain": "application/vnd.quantized-mesh;extensions=octvertexnormals-watermask",
}


@blueprint.get("/3dtiles/tileset.json")
def scene() -> Response:
    """The tileset of the whole scene: of every layer that holds something today, or on the day asked for."""
    return pointer(scene_root(settings(), store(), asked_moment(), asked_text()))


@blueprint.get("/3dtiles/<layer>/tileset.json")
def tileset(layer: str) -> Response:
    """The tileset of a layer of entities or of holdings: as published, or of the day asked for."""
    return pointer((holdings_of(layer) if layer in OPENED else tiles_of(layer)).root(asked_moment()))


@blueprint.get("/3dtiles/<layer>/<path:name>")
def tile(layer: str, name: str) -> Response:
    """A child tileset or a content; its name changes with what is in it, so it may be kept for ever."""
    return lasting(name, lambda: tiles_of(layer).blob(name, asked_moment(), request.args.get("of", "")))


def tiles_of(layer: str) -> Tileset:
    """A layer's tiles. `NotFound` (`param.layer`)."""
    if layer not in TILED:
        raise NotFound.because("param.layer", layer=layer, layers=", ".join(TILED))
    return Tileset(settings(), store(), layer)


def holdings_of(kind: str) -> HoldingTiles:
    """The holdings of one kind as tiles. `NotFound` (`param.layer`)."""
    if kind not in OPENED:
        raise NotFound.because("param.layer", layer=kind, layers=", ".join(OPENED))
    return HoldingTiles(settings(), store(), kind)


def pointer(document: bytes) -> Response:
    """Answer a root tileset, whose bytes change."""
    response = packed(gzip.compress(document, 6, mtime=0), ".json")
    response.headers["Cache-Control"] = "no-cache"
    return tagged(response, blake2b(document, digest_size=16).hexdigest())


def lasting(name: str, read: Callable[[], bytes]) -> Response:
    """Answer a file whose name says what is in it. `NotFound` (`tiles.blob`) for what is no such file."""
    kind = name[name.rfind(".") :]
    if kind not in _KINDS:
        raise NotFound.because("tiles.blob", name=name)
    blob = read()
    response = packed(blob if kind == ".glb" else gzip.compress(blob, 6, mtime=0), kind)
    response.headers["Cache-Control"] = FOR_EVER
    return tagged(response, name.replace("/", "-"))


def asked_moment() -> Moment | None:
    """The moment asked for, or None for what is published."""
    return read_moment(request.args) if asked_text() else None


def asked_text() -> str:
    """The moment asked for as it stands in the address; empty for what is published."""
    asked = {name: request.args[name] for name in ("datetime", "known-at") if request.args.get(name)}
    return "?" + urlencode(asked) if asked else ""


def fixed() -> bool:
    """Whether the request names a moment of both times that is past: nothing said later can change it."""
    moment = read_moment(request.args)
    named = request.args.get("datetime") and request.args.get("known-at")
    return bool(named) and moment == store().view(moment).moment


def packed(body: bytes, kind: str) -> Response:
    """Answer gzip-encoded bytes as they are, or decoded to a client that does not take gzip."""
    takes = request.accept_encodings["gzip"] > 0
    response = Response(body if takes else gzip.decompress(body), mimetype=_TYPES[kind])
    if takes:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def tagged(response: Response, tag: str) -> Response:
    """Give an answer its ETag, and answer 304 to a client that has it; each encoding has a tag of its own."""
    response.set_etag(tag + ("-gz" if "Content-Encoding" in response.headers else ""))
    response.make_conditional(request)
    return response
