"""Subscriptions of the department that asks: subscribe, see how far each is, pause, replay, remove."""

from typing import Final

from flask import Blueprint, Response, request

from service.http.filters import written_filter
from service.http.guards import asking, writing
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import read_answers
from service.shapes.links import address, this
from service.shapes.subscriptions import subscription_json
from service.stores import desk, settings, store
from service.subscriptions import book, letters
from service.subscriptions.book import Subscription
from service.subscriptions.taking import mark, subscribe

blueprint: Final = Blueprint("subscriptions", __name__)


@blueprint.get("/subscriptions")
def listed() -> Response:
    """The subscriptions of the department that asks."""
    return respond(list_json(asking().name), "subscriptions.html")


@blueprint.post("/subscriptions")
def add() -> Response:
    """Subscribe; the secret that deliveries are signed with is shown this once."""
    department = writing()
    answers = {name: value for name, value in read_answers(request).items() if name != "csrf"}
    made = subscribe(settings(), store(), desk(), answers, department.name)
    told = {**subscription_json(made, []), "secret": made.secret}
    if wants_html():
        return respond({**list_json(department.name), "made": told}, "subscriptions.html", status=201)
    response = json_response(told)
    response.status_code, response.headers["Location"] = 201, address(f"/subscriptions/{made.name}")
    return response


@blueprint.get("/subscriptions/<name>")
def one(name: str) -> Response:
    """One subscription, with its dead letters."""
    return shown(book.own(desk(), name, asking()))


@blueprint.post("/subscriptions/<name>/pause")
def pause(name: str) -> Response:
    """Send nothing more for now."""
    return shown(book.pause(desk(), book.own(desk(), name, writing())))


@blueprint.post("/subscriptions/<name>/replay")
def replay(name: str) -> Response:
    """Send again at once, from where it stands or from another start."""
    found = book.own(desk(), name, writing())
    start = read_answers(request).get("start")
    begin = mark(store(), desk(), written_filter(found.filter), start) if start else None
    return shown(book.replay(desk(), found, begin))


@blueprint.delete("/subscriptions/<name>")
@blueprint.post("/subscriptions/<name>/remove")
def remove(name: str) -> Response:
    """Strike a subscription out."""
    book.remove(desk(), book.own(desk(), name, writing()))
    return to_list() if wants_html() else Response(status=204)


def list_json(department: str) -> dict[str, object]:
    """The subscriptions of a department as JSON."""
    found = [subscription_json(one, letters.of(desk(), one.name)) for one in book.listed(desk(), department)]
    return {"subscriptions": found, "links": [this()]}


def shown(subscription: Subscription) -> Response:
    """Answer with a subscription; send a person to the list."""
    if wants_html():
        return to_list()
    return json_response(subscription_json(subscription, letters.of(desk(), subscription.name)))


def to_list() -> Response:
    """Send a person to the list."""
    return Response(status=303, headers={"Location": "/subscriptions"})
