"""Holdings: sent by departments, and the files of each as clients open them, which never change."""

import gzip
from pathlib import PurePosixPath
from typing import Final

from flask import Blueprint, Response, request

from service.api.submissions import parts, shown
from service.api.tiles import FOR_EVER, holdings_of, tagged
from service.holdings import sending
from service.holdings.serving import MEDIA
from service.http.guards import writing
from service.intake.submissions import receive_one
from service.stores import desk, settings
from tiling.holdings.packing import GZIP

blueprint: Final = Blueprint("holdings", __name__)


@blueprint.post("/holdings")
def send() -> Response:
    """Receive the files of one holding and queue them."""
    department = writing()
    options = sending.read_options(request.form)
    made = receive_one(desk(), settings().uploads, department, options, parts(department))
    return shown(made, 202)


@blueprint.get("/3dtiles/<layer>/h/<digest>/<path:name>")
def holding_file(layer: str, digest: str, name: str) -> Response:
    """A file of a holding; its address names a hash of what the holding was made of, so it may be kept for ever."""
    response = _packed(holdings_of(layer).file(digest, name), MEDIA[PurePosixPath(name).suffix.lower()])
    response.headers["Cache-Control"] = FOR_EVER
    return tagged(response, f"{digest}-{name.replace('/', '-')}")


def _packed(body: bytes, media: str) -> Response:
    """Answer a file that is stored gzip'ed as it is, or decoded to a client that does not take gzip."""
    stored = body.startswith(GZIP)
    as_it_is = stored and request.accept_encodings["gzip"] > 0
    response = Response(gzip.decompress(body) if stored and not as_it_is else body, mimetype=media)
    if as_it_is:
        response.headers["Content-Encoding"] = "gzip"
    if stored:
        response.vary.add("Accept-Encoding")
    return response
