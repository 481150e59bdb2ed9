"""Linking codes of other registers by HTTP: a file is sent, linked at once, and answered with its report."""

import tempfile
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request

from entities.errors import BadQuery
from entities.linking import LinkReport, link_file
from service.http.guards import writing
from service.http.negotiate import json_response
from service.intake import linking
from service.intake.submissions import safe_name
from service.stores import settings, store

blueprint: Final = Blueprint("links", __name__)


@blueprint.post("/links")
def link() -> Response:
    """Take a link file in, whole or not at all; 422 with the same report where it is refused."""
    department = writing()
    with tempfile.TemporaryDirectory(prefix="shikong-links-") as folder:
        path = _sent(Path(folder))
        given = {name: value for name, value in request.form.items() if name != "csrf"}
        options = linking.options_of(settings(), given, path.name, department)
        return _answer(link_file(store(), path, options))


def _sent(folder: Path) -> Path:
    """The file of the form field `file`, kept in a folder for as long as it is read."""
    sent = request.files.get("file")
    if sent is None:
        raise BadQuery.because("request.form", why="file")
    path = folder / safe_name(sent.filename)
    sent.save(path)
    return path


def _answer(report: LinkReport) -> Response:
    response = json_response(report.as_json())
    response.headers["Cache-Control"] = "no-store"
    response.status_code = 200 if report.accepted else 422
    return response
