"""Where another base tells us that it has news, so that we need not ask it all the time."""

from typing import Final

from flask import Blueprint, Response, request

from service.stores import desk
from service.subscriptions import inbox

blueprint: Final = Blueprint("inbox", __name__)

_MOST: Final = 16 << 20  # bytes of one message


@blueprint.post("/inbox/<name>")
def receive(name: str) -> Response:
    """Note that there is news. Only a message signed with the inbox's secret counts."""
    request.max_content_length = _MOST
    headers = {header.lower(): value for header, value in request.headers.items()}
    inbox.receive(desk(), name, headers, request.get_data())
    return Response(status=204)
