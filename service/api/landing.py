"""The first page: the viewer for people, the OGC landing page for machines."""

from typing import Final

from flask import Blueprint, Response

from service.negotiate import respond

blueprint: Final = Blueprint("landing", __name__)


@blueprint.get("/")
def landing() -> Response:
    """What is served here, and where."""
    return respond({"title": "Shikong", "links": []}, "viewer.html")
