"""Whether the service works, for whoever watches over it."""

from typing import Final

from flask import Blueprint, Response

from service.http.negotiate import json_response
from service.stores import desk, store
from service.work import jobs

blueprint: Final = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """The last transaction, and how many jobs wait, run or failed; it answers only if base and desk do."""
    counts = jobs.waiting(desk())
    states = {state: counts.get(state, 0) for state in ("waiting", "running", "failed")}
    return json_response({"status": "ok", "transaction": store().view().moment.known_at, "jobs": states})
