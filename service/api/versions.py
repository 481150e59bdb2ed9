"""Versioned features: an entity at a moment, its time map, and each of its versions under an address of its own."""

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from entities.errors import NotFound
from entities.model import LATEST, Moment, Version, day_text
from entities.store import View
from entities.store.history import VersionId, one_version, versions_after
from service.http.etags import tag_of
from service.http.negotiate import json_response, wants_html
from service.http.params import asked_day, read_limit, read_moment, read_version_id
from service.shapes import mementos
from service.shapes.features import GEOJSON, http_date
from service.shapes.links import header, part
from service.stores import store

blueprint: Final = Blueprint("versions", __name__)

LINK_FORMAT: Final = "application/link-format"
"""A time map as RFC 6690 writes links."""


@blueprint.get("/items/<code>")
@blueprint.get("/collections/<layer>/items/<code>")
def item(code: str, layer: str | None = None) -> Response:
    """One entity as it was at a moment."""
    if wants_html():
        return to_card(code)
    view = store().view(read_moment(asked_day(request.args, request.headers.get("Accept-Datetime"))))
    response = memento(in_layer(view.get(code), layer), view, request.path)
    response.vary.add("Accept-Datetime")
    return response


@blueprint.get("/items/<code>/versions")
@blueprint.get("/collections/<layer>/items/<code>/versions")
def versions(code: str, layer: str | None = None) -> Response:
    """A page of an entity's versions on both time axes: its time map."""
    if wants_html():
        return to_card(code)
    view, limit = store().view(read_moment(request.args)), read_limit(request.args)
    found = versions_after(store().database, code, read_version_id(request.args), limit + 1, view.moment.known_at)
    page = [in_layer(version, layer) for version in found[:limit]]
    cursor = str(VersionId.of(page[-1])) if len(found) > limit else None
    value = mementos.time_map(page, view.course(code), store().meaning, parent(request.path), cursor)
    return as_links(value["links"]) if wants_links() else json_response(value, GEOJSON)


@blueprint.get("/items/<code>/versions/<version>")
@blueprint.get("/collections/<layer>/items/<code>/versions/<version>")
def version(code: str, version: str, layer: str | None = None) -> Response:
    """One version of an entity, for good."""
    found = in_layer(one_version(store().database, code, VersionId.parse(version)), layer)
    if wants_html():
        return to_card(code, datetime=day_text(found.period.start), known_at=str(found.known_from))
    view = store().view(Moment(found.period.start, found.known_to - 1))
    path = parent(parent(request.path))
    response = json_response(mementos.one_of_many(found, view.course(code), store().meaning, path), GEOJSON)
    response.headers["Memento-Datetime"] = http_date(found.period.start)
    if found.known_to < LATEST:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def memento(version: Version, view: View, path: str, status: int = 200, **more: object) -> Response:
    """An entity as one version shows it, with its tag and the way to the other versions; `more` where there is any."""
    course = view.course(version.code)
    value = mementos.memento(version, course, store().meaning, path)
    value |= {name: one for name, one in more.items() if one}
    response = json_response(value, GEOJSON, tag_of(version, course))
    response.headers["Memento-Datetime"] = http_date(version.period.start)
    response.headers["Link"] = header(value["links"])
    response.status_code = status if response.status_code == 200 else response.status_code
    return response


def as_links(links: list[dict[str, str]]) -> Response:
    """A time map as a document of links."""
    return Response(header(links, ",\n"), mimetype=LINK_FORMAT)


def wants_links() -> bool:
    """Tell whether the client would rather have links than JSON."""
    asked = request.args.get("f", "")
    return asked == "links" or (not asked and request.accept_mimetypes.best == LINK_FORMAT)


def to_card(code: str, **moment: str) -> Response:
    """Send a person to the entity's page."""
    asked = {**request.args.to_dict(), **{name.replace("_", "-"): value for name, value in moment.items()}}
    address = f"/codes/{part(code)}" + (f"?{urlencode(asked)}" if asked else "")
    return Response(status=303, headers={"Location": address})


def parent(path: str) -> str:
    """A path without its last part."""
    return path.rpartition("/")[0]


def in_layer(version: Version, layer: str | None) -> Version:
    """The version itself, if it is of the layer asked for. `NotFound` (`code.unknown`)."""
    if layer and store().meaning.layer_of(version.state.class_code) != layer:
        raise NotFound.because("code.unknown", code=f"{layer}/{version.code}")
    return version
