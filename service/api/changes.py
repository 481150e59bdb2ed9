"""The feed: every change of every entity, in the order the base learned of it, after a cursor."""

from typing import Final

from flask import Blueprint, Response, request

from service.negotiate import respond, wants_html
from service.params import feed_cursor_text, read_box, read_feed_cursor, read_limit, read_transaction
from service.shapes.changes import change_json
from service.shapes.links import following, this
from service.stores import store

blueprint: Final = Blueprint("changes", __name__)


@blueprint.get("/changes")
def changes() -> Response:
    """The next changes after a cursor; `next` is the cursor to go on with, the same one when nothing new is there."""
    args, only = request.args, read_transaction(request.args)
    after, limit = read_feed_cursor(args, only), read_limit(args, 100 if wants_html() else 1000)
    found = store().changes(after, limit, args.get("layer") or None, args.get("class") or None, read_box(args))
    kept = [change for change in found if only is None or change.cursor.number == only]
    cursor = feed_cursor_text(kept[-1].cursor if kept else after)
    more = cursor if len(kept) == limit else None
    value = {"changes": [change_json(change) for change in kept], "next": cursor, "links": [this(), *following(more)]}
    return respond(value, "changes.html")
