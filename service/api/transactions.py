"""Transactions: who said what and why, and taking it back."""

from typing import Final

from flask import Blueprint, Response, request

from entities.lineage.assigning import assign
from entities.lineage.events import EventId
from entities.lineage.reverting import undoing
from entities.lineage.undoing import Target
from service import reverts
from service.http.guards import asker, writing
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import one_of, read_answers
from service.shapes.links import address
from service.shapes.transactions import transaction_json, undoing_json
from service.stores import desk, store

blueprint: Final = Blueprint("transactions", __name__)


@blueprint.get("/transactions/<int:number>")
def one(number: int) -> Response:
    """One transaction: its record, and the first of its changes and events."""
    record = store().transaction_record(number)
    may = reverts.may_revert(desk(), record, asker())
    return respond({**transaction_json(record, store()), "may_revert": may}, "transaction.html")


@blueprint.post("/transactions/<what>/revert")
def revert(what: str) -> Response:
    """Take a transaction, or one of its events, back; with `dry-run=true` only tell what that would do."""
    department, target = writing(), Target.parse(what)
    reverts.check_right(desk(), store().transaction_record(target.number), department, target)
    if one_of(request.args, "dry-run", ("true", "false")) == "true":
        return respond(undoing_json(undoing(store(), target), store()), "revert.html")
    reason = read_answers(request).get("reason", "").strip()
    return made(reverts.take_back(store(), desk(), target, department.name, reason))


@blueprint.post("/transactions/<event>/codes")
def give(event: str) -> Response:
    """Say which child of an event has a code that the event left open."""
    department, where, answers = writing(), EventId.parse(event), read_answers(request)
    reverts.check_assigning(desk(), store().transaction_record(where.number), department, where)
    code, wanted = answers.get("code", ""), (answers.get("scheme", ""), answers.get("value", ""))
    return made(assign(store(), where, wanted, code, department.name, answers.get("reason", "")))


def made(number: int) -> Response:
    """Answer with the transaction that was made; send a person to its page."""
    path = f"/transactions/{number}"
    if wants_html():
        return Response(status=303, headers={"Location": path})
    response = json_response(transaction_json(store().transaction_record(number), store()))
    response.status_code = 201
    response.headers["Location"] = address(path)
    return response
