"""One code through: from any code, name or coordinates to the entity and all its codes."""

from typing import Final

from flask import Blueprint, Response, request

from entities.errors import NotFound
from service.finding import matches
from service.negotiate import respond, wants_html
from service.params import read_limit, read_moment, read_words
from service.shapes.entities import card
from service.shapes.matches import entity_match
from service.stores import store
from service.studio import studio

blueprint: Final = Blueprint("codes", __name__)


@blueprint.get("/codes/<path:code>")
def codes(code: str) -> Response:
    """The entity that any one code leads to, with all its codes; or all entities, where there are several."""
    view = store().view(read_moment(request.args))
    found = resolved(code)
    if len(found) > 1:
        listed = [entity_match(version, store().meaning) for version in view.named(found)]
        return respond({"query": code, "matches": listed}, "entity.html", status=300)
    return respond(card(view.get(found[0]), store(), view, code), "entity.html")


@blueprint.get("/search")
def search() -> Response:
    """Divisions, entities and places that the words may mean, the best first."""
    if wants_html() and not request.args.get("q", "").strip():
        return respond({"query": "", "matches": []}, "search.html")
    words = read_words(request.args)
    found = matches(store(), studio().catalogue(), words, read_limit(request.args, 20, 100))
    return respond({"query": words, "matches": found}, "search.html")


def resolved(code: str) -> list[str]:
    """The entity codes that a code leads to. `NotFound` (`code.unknown`) where it leads to none."""
    found = store().resolve(code.partition("+")[0]) or store().resolve(code)
    if not found:
        raise NotFound.because("code.unknown", code=code)
    return found
