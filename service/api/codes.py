"""One code through: from any code, name or coordinates to the entity and all its codes."""

from typing import Any, Final

from flask import Blueprint, Response, request

from entities.registers.mistyped import refusal
from entities.store import View
from service import resolving
from service.finding import matches
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import read_limit, read_moment, read_words
from service.maps.studio import studio
from service.shapes.codes import scheme_json
from service.shapes.entities import card
from service.shapes.matches import entity_match
from service.stores import store

LINES: Final = "application/x-ndjson"

blueprint: Final = Blueprint("codes", __name__)


@blueprint.get("/codes/<path:code>")
def codes(code: str) -> Response:
    """The entity that any one code leads to, with all its codes; or all entities, where there are several."""
    view = store().view(read_moment(request.args))
    found = resolved(code, view)
    if len(found) > 1:
        return respond({"query": code, "matches": several(found, view)}, "entity.html", status=300)
    return respond(card(found[0], store(), view, code), "entity.html")


@blueprint.post("/codes/resolve")
def resolve() -> Response:
    """The entities that each of many codes leads to: of a JSON list as JSON, of lines as lines."""
    if request.is_json:
        found = list(resolving.resolved(store(), resolving.read_list(request.get_json())))
        lost = sum(not one["entities"] for one in found)
        return json_response({"codes": found, "found": len(found) - lost, "lost": lost})
    return Response(resolving.lines(store(), resolving.read_lines(request.stream)), mimetype=LINES)


@blueprint.get("/schemes")
def schemes() -> Response:
    """The code schemes that the base knows, each with its form, what carries it, and where it is from."""
    return respond({"schemes": [scheme_json(one) for one in store().meaning.schemes]}, "schemes.html")


@blueprint.get("/search")
def search() -> Response:
    """Divisions, entities and places that the words may mean, the best first."""
    if wants_html() and not request.args.get("q", "").strip():
        return respond({"query": "", "matches": []}, "search.html")
    words = read_words(request.args)
    found = matches(store(), studio().catalogue(), words, read_limit(request.args, 20, 100))
    return respond({"query": words, "matches": found}, "search.html")


def resolved(code: str, view: View) -> list[str]:
    """The entity codes that a code leads to. `NotFound` (`code.unknown`) says what is wrong with it, what is near."""
    found = store().resolve(code, view.moment)
    if not found:
        raise refusal(store(), code)
    return found


def several(codes: list[str], view: View) -> list[dict[str, Any]]:
    """The entities that one code leads to: as they are at the moment, or as they last were."""
    standing = {version.code: version for version in view.named(codes)}
    gone = store().last([code for code in codes if code not in standing])
    return [entity_match(standing.get(code) or gone[code], store().meaning) for code in codes]
