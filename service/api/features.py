"""OGC API Features: layers as collections, entities as items, at any moment of both time axes."""

from typing import Final

from flask import Blueprint, Response, request

from entities.errors import NotFound
from entities.model import Moment, Version, day_text
from entities.store import View
from entities.store.lapse import Lapse
from service.layers import layer_titles, layers_of
from service.negotiate import json_response, respond, wants_html
from service.params import read_box, read_known_at, read_limit, read_moment, read_span
from service.shapes import features as shapes
from service.shapes.links import link, part, this
from service.stores import store, summary

blueprint: Final = Blueprint("features", __name__)


@blueprint.get("/collections")
def collections() -> Response:
    """The layers that hold something."""
    view = store().view(read_moment(request.args))
    found = [shapes.collection(layer, layer_titles(layer), summary(view, layer)) for layer in layers_of(store())]
    return respond({"collections": found, "links": [this()]}, "collections.html")


@blueprint.get("/collections/<layer>")
def collection(layer: str) -> Response:
    """One layer."""
    view = store().view(read_moment(request.args))
    return respond(shapes.collection(known_layer(layer), layer_titles(layer), summary(view, layer)), "collection.html")


@blueprint.get("/collections/<layer>/items")
def items(layer: str) -> Response:
    """A page of a layer's features at a moment."""
    view = asked_view()
    limit, after = read_limit(request.args), request.args.get("cursor")
    page = list(view.versions(known_layer(layer), read_box(request.args), after, limit + 1))
    cursor = page[limit - 1].code if len(page) > limit else None
    value = shapes.feature_page(page[:limit], store().meaning, cursor)
    return respond(value, "items.html", kind=shapes.GEOJSON, layer=layer, titles=layer_titles(layer))


@blueprint.get("/collections/<layer>/timeline")
def timeline(layer: str) -> Response:
    """How many entities of a layer changed on each day, within a box or everywhere."""
    known_layer(layer)
    days = store().timeline(layer, read_box(request.args))
    return json_response({"layer": layer, "days": [{"day": day_text(day), "count": count} for day, count in days]})


@blueprint.get("/items/<code>")
@blueprint.get("/collections/<layer>/items/<code>")
def item(code: str, layer: str | None = None) -> Response:
    """One entity as it was at a moment."""
    if wants_html():
        return to_card(code)
    version = in_layer(store().view(read_moment(request.args)).get(code), layer)
    value = {**shapes.feature(version, store().meaning), "links": item_links(version)}
    response = json_response(value, shapes.GEOJSON)
    response.headers["Memento-Datetime"] = shapes.http_date(version.period.start)
    return response


@blueprint.get("/items/<code>/versions")
@blueprint.get("/collections/<layer>/items/<code>/versions")
def versions(code: str, layer: str | None = None) -> Response:
    """Every version of an entity, on both time axes."""
    if wants_html():
        return to_card(code)
    history = [in_layer(version, layer) for version in store().history(code)]
    return json_response(shapes.versions_page(history, store().meaning), shapes.GEOJSON)


def asked_view() -> View:
    """The base at the moment asked for, or where `datetime` is a period over all its days."""
    if "/" not in request.args.get("datetime", ""):
        return store().view(read_moment(request.args))
    span = read_span(request.args)
    moment = store().view(Moment(span.last, read_known_at(request.args))).moment
    return Lapse(store().database, moment, span.start)


def to_card(code: str) -> Response:
    """Send a person to the entity's page."""
    address = f"/codes/{part(code)}" + (f"?{request.query_string.decode()}" if request.query_string else "")
    return Response(status=303, headers={"Location": address})


def known_layer(layer: str) -> str:
    """The layer itself, if it is one. `NotFound` (`param.layer`)."""
    known = sorted({*store().meaning.classes.layers, *layers_of(store())})
    if layer not in known:
        raise NotFound.because("param.layer", layer=layer, layers=", ".join(known))
    return layer


def in_layer(version: Version, layer: str | None) -> Version:
    """The version itself, if it is of the layer asked for. `NotFound` (`code.unknown`)."""
    if layer and store().meaning.layer_of(version.state.class_code) != layer:
        raise NotFound.because("code.unknown", code=f"{layer}/{version.code}")
    return version


def item_links(version: Version) -> list[dict[str, str]]:
    """Where more about an entity is."""
    code = part(version.code)
    layer = part(store().meaning.layer_of(version.state.class_code))
    return [
        this(shapes.GEOJSON),
        link("collection", f"/collections/{layer}"),
        link("version-history", f"/items/{code}/versions", shapes.GEOJSON),
        link("related", f"/codes/{code}"),
    ]
