"""Uploads that go on after a cut, as the protocol tus 1.0 (core, creation, termination) has them."""

import base64
import binascii
from typing import Final

from flask import Blueprint, Response, request

from entities.errors import BadQuery
from service.http.guards import writing
from service.http.params import read_count
from service.intake import uploads
from service.intake.submissions import safe_name
from service.intake.uploads import Upload
from service.shapes.links import address
from service.stores import settings

blueprint: Final = Blueprint("uploads", __name__)


@blueprint.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
def protocol() -> Response:
    """What of the protocol is understood."""
    limit = str(settings().limits.upload_bytes)
    return told(204, **{"Tus-Version": "1.0.0", "Tus-Extension": "creation,termination", "Tus-Max-Size": limit})


@blueprint.post("/uploads")
def begin() -> Response:
    """Expect a file: its size in `Upload-Length`, its name in `Upload-Metadata`."""
    department, size = writing(), read_count(request.headers.get("Upload-Length", ""), "Upload-Length")
    limit = settings().limits.upload_bytes
    upload = uploads.begin(settings().incoming, department, file_name(), size, limit)
    return told(201, Location=address(f"/uploads/{upload.name}"))


@blueprint.route("/uploads/<upload>", methods=["HEAD"])
def how_far(upload: str) -> Response:
    """How much of a file is here."""
    found = own(upload)
    here = uploads.arrived(settings().incoming, found)
    return told(200, **{"Upload-Offset": str(here), "Upload-Length": str(found.size)})


@blueprint.patch("/uploads/<upload>")
def go_on(upload: str) -> Response:
    """Take in the bytes from `Upload-Offset` on."""
    found, offset = own(upload), read_count(request.headers.get("Upload-Offset", ""), "Upload-Offset")
    here = uploads.append(settings().incoming, found, offset, request.stream)
    return told(204, **{"Upload-Offset": str(here)})


@blueprint.delete("/uploads/<upload>")
def stop(upload: str) -> Response:
    """Throw away what has arrived."""
    uploads.forget(settings().incoming, own(upload))
    return told(204)


def own(upload: str) -> Upload:
    """An upload of the department that asks."""
    return uploads.get(settings().incoming, upload, writing())


def file_name() -> str:
    """The name in `Upload-Metadata: filename …`, base64. `BadQuery` (`request.form`) where it cannot be read."""
    parts = dict(part.split(" ", 1) for part in request.headers.get("Upload-Metadata", "").split(",") if " " in part)
    try:
        return safe_name(base64.b64decode(parts.get("filename", ""), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        raise BadQuery.because("request.form", why="Upload-Metadata") from None


def told(status: int, **headers: str) -> Response:
    """An answer without a body, in the protocol's words."""
    response = Response(status=status, headers={"Tus-Resumable": "1.0.0", "Cache-Control": "no-store", **headers})
    response.headers.pop("Content-Type", None)
    return response
