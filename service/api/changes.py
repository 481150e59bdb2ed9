"""The feed: every change of every entity, in the order the base learned of it, after a cursor."""

from typing import Final

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from entities import feed
from entities.feed import Filter, Mark, Page
from entities.model import LATEST
from entities.store import Cursor
from entities.store.changes import BEGINNING
from service.http.filters import asked, read_filter
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import feed_cursor_text, read_count, read_feed_cursor, read_limit, read_transaction
from service.http.waiting import Waiting
from service.proof.proofs import head_json, mark_at, proof_json
from service.shapes.changes import change_json
from service.shapes.links import following, link, this
from service.stores import desk, store

blueprint: Final = Blueprint("changes", __name__)

_OTHERS: Final = ("cursor", "limit", "transaction", "wait", "proof", "f", "lang")


@blueprint.record
def register(state: BlueprintSetupState) -> None:
    """Give the application the places for those who wait."""
    state.app.extensions["waiting"] = Waiting(state.app.extensions["settings"].threads)


@blueprint.get("/changes")
def changes() -> Response:
    """The next changes after a cursor; `next` is the cursor to go on with, when nothing new is there as well."""
    args = asked(request.args, _OTHERS)
    wanted, only = read_filter(args), read_transaction(args)
    after = max(feed.checked(store(), read_feed_cursor(args)), BEGINNING if only is None else Cursor(only, -1))
    limit = read_limit(args, 100 if wants_html() else 1000)
    page = waited(wanted, after, limit, only, read_count(args.get("wait") or "0", "wait"))
    value = page_json(page, after, only)
    if args.get("proof") == "true" or wants_html():
        before = mark_at(store(), desk(), wanted, after)
        value["proof"] = proof_json(wanted, Mark(page.next, before.tally.after(page)))
    return respond(value, "changes.html")


@blueprint.get("/changes/proof")
def proof() -> Response:
    """How many changes a filter has up to a cursor, and the running hash over them."""
    args = asked(request.args, ("until", "f", "lang"))
    wanted = read_filter(args)
    until = feed.checked(store(), read_feed_cursor({"cursor": args["until"]})) if args.get("until") else feed.END
    proved = proof_json(wanted, mark_at(store(), desk(), wanted, until))
    return json_response({**proved, **head_json(store()), "links": [this()]})


def waited(wanted: Filter, after: Cursor, limit: int, only: int | None, seconds: int) -> Page:
    """A page; where it is empty, after waiting so many seconds for something new."""
    until = feed.END if only is None else Cursor(only, LATEST)
    page = feed.read(store(), wanted, after, limit, until)

    def news() -> bool:
        nonlocal page
        store().database.rollback()
        page = feed.read(store(), wanted, after, limit, until)
        return bool(page.changes)

    if seconds and not page.changes:
        current_app.extensions["waiting"].until(news, seconds)
    return page


def page_json(page: Page, after: Cursor, only: int | None) -> dict[str, object]:
    """A page as JSON. A page of one transaction ends where its changes do."""
    last = page.changes[-1].cursor if page.changes else after
    cursor = feed_cursor_text(page.next if only is None else last)
    links = [this(), *following(cursor if page.full else None), link("proof", "/changes/proof")]
    told = [change_json(change) for change in page.changes]
    return {"changes": told, "next": cursor, "head": head_json(store()), "links": links}
