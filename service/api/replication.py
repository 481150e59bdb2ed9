"""Replication: the base's transactions as another base applies them, and the digests that prove the two equal."""

import zlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response, current_app, request, send_file, stream_with_context

from entities.replication.clashing import clashes_after
from entities.replication.digest import digests
from entities.replication.page import Wanted, write_page
from entities.store.schema import LAYOUT
from service.api.tiles import FOR_EVER
from service.holdings.serving import stored_file
from service.http.guards import asking
from service.http.negotiate import json_response
from service.http.params import read_count, read_limit
from service.shapes.clashes import clash_json
from service.stores import settings, store

blueprint: Final = Blueprint("replication", __name__)

_LEVEL: Final = 1  # a third larger than at gzip's usual level, at a third of its time
_QUARTER: Final = 256 << 10


@blueprint.before_request
def check_asker() -> None:
    """Let departments follow, and anybody where the settings say so. `Unauthorized` (`auth.*`)."""
    if not settings().replication.open:
        asking()


@blueprint.get("/replication")
def replication() -> Response:
    """The next transactions after a number, as JSON lines; waits for one if asked to."""
    after = read_count(request.args.get("after", "0"), "after")
    limit = read_count(request.args.get("limit", "1000"), "limit")
    wanted = Wanted(after, min(limit, 10_000), own=request.args.get("own", ""))
    wait_for_news(after, read_count(request.args.get("wait", "0"), "wait"))
    lines = write_page(store(), wanted)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if request.accept_encodings["gzip"]:
        lines, headers["Content-Encoding"] = packed(lines), "gzip"
    return Response(stream_with_context(lines), mimetype="application/x-ndjson", headers=headers)


@blueprint.get("/replication/digest")
def digest() -> Response:
    """The digests of the whole base: of its history, and of what it says now."""
    last = store().transactions(store().view().moment.known_at - 1, 1)
    told = {"transaction": last[0].number if last else 0, "chain": last[0].chain if last else ""}
    return json_response({"base": store().base_id, "layout": LAYOUT, **told, **asdict(digests(store().database))})


@blueprint.get("/replication/holdings/<kind>/<digest>/<path:name>")
def holding_file(kind: str, digest: str, name: str) -> Response:
    """A file of a holding as it is stored, `holding.json` among them, for a base that follows this one."""
    path = stored_file(settings(), kind, digest, name)
    response = send_file(path, "application/octet-stream", conditional=True, etag=f"{digest}-{name.replace('/', '-')}")
    response.headers["Cache-Control"] = FOR_EVER
    return response


@blueprint.get("/replication/clashes")
def clashes() -> Response:
    """The entities that two bases changed unknown to each other, after a transaction, and which change stands."""
    after = read_count(request.args.get("after", "0"), "after")
    found = clashes_after(store().database, after, read_limit(request.args))
    return json_response({"clashes": [{"transaction": number, **clash_json(one)} for number, one in found]})


def wait_for_news(after: int, seconds: int) -> None:
    """Where there is nothing after a number, wait so many seconds for something."""

    def news() -> bool:
        store().database.rollback()
        return store().view().moment.known_at > after

    if seconds and not news():
        current_app.extensions["waiting"].until(news, seconds)


def packed(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines as gzip, in pieces worth sending."""
    press, piece = zlib.compressobj(_LEVEL, wbits=31), bytearray()
    for line in lines:
        piece += press.compress(line)
        if len(piece) >= _QUARTER:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + press.flush()
