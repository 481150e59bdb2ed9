"""The printed card of an entity: its code, a QR code of its address, and the codes of other registers."""

from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.api.codes import resolved
from service.http.params import read_moment
from service.shapes.entities import card
from service.shapes.links import address, part
from service.stores import store

blueprint: Final = Blueprint("cards", __name__)

ROOM: Final = 6
"""How many codes of other registers a card has room for."""


@blueprint.get("/cards/<path:code>")
def printed(code: str) -> AnyResponse:
    """The card of the one entity that a code leads to; of several, the list to choose from."""
    view = store().view(read_moment(request.args))
    found = resolved(code, view)
    if len(found) > 1:
        return redirect(url_for("codes.codes", code=code))
    entity = card(found[0], store(), view, code)
    page = render_template("card.html", it=entity, listed=listed(entity), address=address(f"/codes/{part(found[0])}"))
    response = Response(page, mimetype="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def listed(entity: dict[str, Any]) -> list[dict[str, Any]]:
    """The codes that stand on a card: the spatial identity code, and those of other registers."""
    codes = [one for one in entity["codes"] if one["method"] != "derived" and one["scheme"] != "entity"]
    return codes[: ROOM + 1]
