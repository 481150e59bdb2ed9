"""OGC API Features Part 4: one entity made, changed or ended by HTTP, with the state that was seen as the condition."""

from functools import partial
from typing import Final

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from entities.editing import Edit, Edited, Editor, Seen
from entities.errors import Conflict
from entities.matching import MatchPolicy
from entities.model import Day, State, Version, today
from entities.report import feature_json, finding_json
from entities.store import View
from service.api.features import known_layer
from service.api.versions import in_layer, memento
from service.departments import Department
from service.http.etags import Condition
from service.http.guards import writing
from service.http.negotiate import json_response
from service.http.params import read_edit_day, read_flag
from service.intake import drafts
from service.intake.drafts import Object
from service.intake.taking import declared_rules, limits, territory
from service.shapes.features import feature
from service.shapes.links import address, part
from service.stores import desk, settings, store
from service.work import jobs

blueprint: Final = Blueprint("editing", __name__)


@blueprint.post("/collections/<layer>/items")
def create(layer: str) -> Response:
    """Say that there is a new entity; one that is known already is not made again."""
    editor = editor_of(writing())
    made = editor.create(state_of(drafts.read_object(request), known_layer(layer)))
    if made.outcome.outcome not in ("new", "unchanged", "review"):
        raise Conflict.because("edit.known", codes=", ".join(made.outcome.codes) or "-")
    return answer(made, layer, 201 if made.outcome.outcome == "new" else 200)


@blueprint.put("/collections/<layer>/items/<code>")
def replace(layer: str, code: str) -> Response:
    """Say that an entity is as the feature sent."""
    editor, condition = editor_of(writing()), condition_of(layer)
    state = state_of(drafts.read_object(request), known_layer(layer))
    return answer(editor.change(code, lambda base: state, condition), layer)


@blueprint.patch("/collections/<layer>/items/<code>")
def update(layer: str, code: str) -> Response:
    """Say what is otherwise of an entity, as a merge patch of its feature."""
    editor, condition = editor_of(writing()), condition_of(layer)
    draft = partial(patched, drafts.read_object(request), known_layer(layer))
    return answer(editor.change(code, draft, condition), layer)


@blueprint.delete("/collections/<layer>/items/<code>")
def end(layer: str, code: str) -> Response:
    """Say that an entity is no more, or with `retract` that it never was."""
    editor, condition = editor_of(writing()), condition_of(layer)
    ended = editor.end(code, condition, read_flag(request.args, "retract"))
    return answer(ended, known_layer(layer), 204)


def editor_of(department: Department) -> Editor:
    """What makes the edits of a department, by the rules that hold for its uploads."""
    edit = Edit(
        actor=department.name,
        reason=request.args.get("reason") or f"{request.method} {request.path}",
        source="api",
        day=asked_day(),
        today=today(),
        territory=territory(department),
        declared_rules=declared_rules(settings(), department),
        policy=MatchPolicy.load(settings().matching),
    )
    return Editor(store(), edit)


def asked_day() -> Day:
    """The day from which the edit asked for is so."""
    return read_edit_day(request.args, request.headers.get("OGC-Mutation-Datetime"))


def condition_of(layer: str) -> Seen:
    """What an edit waits for: that the entity is of the layer, and still as it was seen; never one of its versions."""
    if "datetime" in request.args or "known-at" in request.args:
        raise MethodNotAllowed(valid_methods=["GET", "HEAD"])
    condition = Condition.of(request.headers.get("If-Match", ""))

    def check(view: View, version: Version) -> None:
        condition.check(view, in_layer(version, layer))

    return check


def state_of(sent: Object, layer: str) -> State:
    """What a feature says that an entity of a layer is."""
    return drafts.read_state(sent, layer, store().meaning, limits(settings()))


def patched(patch: Object, layer: str, base: Version) -> State:
    """What an entity is once a patch is put on its feature."""
    shown = orjson.loads(orjson.dumps(feature(base, store().meaning)))  # as it was served: lists in place of tuples
    return state_of(drafts.merged(shown, patch), layer)


def answer(made: Edited, layer: str, status: int = 200) -> Response:
    """Tell what came of an edit: the entity with its new tag, nothing, or the case that a person has to decide."""
    if made.outcome.outcome == "review":
        return held(made)
    if made.outcome.outcome != "unchanged":
        jobs.add_once(desk(), "tiles")
        jobs.add_once(desk(), "maps")
    if status == 204:
        return Response(status=204)
    [code] = made.outcome.codes
    path = f"/collections/{part(layer)}/items/{part(code)}"
    view = store().view(valid_at=asked_day())
    response = memento(view.get(code), view, path, status, warnings=told(made))
    response.headers["Location" if status == 201 else "Content-Location"] = address(path)
    return response


def held(made: Edited) -> Response:
    """Tell that an edit waits for a person, or for the other side's consent."""
    response = json_response({**feature_json(made.outcome), "warnings": told(made)})
    response.status_code = 202
    response.headers["Location"] = address(f"/reviews/{made.outcome.review}")
    return response


def told(made: Edited) -> list[dict[str, object]]:
    """The warnings about what was sent."""
    return [finding_json(finding) for finding in made.warnings]
