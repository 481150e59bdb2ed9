"""OGC API Features: layers as collections, entities as items, at any moment of both time axes."""

from typing import Any, Final

from flask import Blueprint, Response, request

from entities.errors import NotFound
from entities.model import Moment, day_text
from entities.store import View
from entities.store.lapse import Lapse
from service.http.negotiate import json_response, respond
from service.http.params import (
    one_of,
    read_box,
    read_known_at,
    read_limit,
    read_moment,
    read_names,
    read_span,
    read_version_cursor,
    version_cursor_text,
)
from service.layers import layer_titles, layers_of
from service.shapes import features as shapes
from service.shapes.links import header, this
from service.stores import store, summary

blueprint: Final = Blueprint("features", __name__)

PROFILE: Final = "http://www.opengis.net/def/profile/OGC/0/"
PROFILES: Final = ("versions-as-features", "versions-as-features-unique-ids")
"""How versions are told where several of one entity are asked for."""


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
    """A page of a layer's features at a moment, or with `profile` of all their versions in a period."""
    if profile := one_of(request.args, "profile", PROFILES):
        return every_version(known_layer(layer), profile)
    view = asked_view()
    limit, after = read_limit(request.args), request.args.get("cursor")
    page = list(view.versions(known_layer(layer), read_box(request.args), after, limit + 1))
    cursor = page[limit - 1].code if len(page) > limit else None
    value = shapes.feature_page(page[:limit], store().meaning, cursor)
    return respond(value, "items.html", kind=shapes.GEOJSON, layer=layer, titles=layer_titles(layer))


@blueprint.get("/collections/<layer>/timeline")
def timeline(layer: str) -> Response:
    """How many entities of a layer changed on each day, and stood then, within a box or everywhere."""
    return json_response({"layer": layer, "days": days_of([known_layer(layer)])})


@blueprint.get("/timeline")
def timelines() -> Response:
    """The same of several layers together, those named by `collections`."""
    layers = known_layers(read_names(request.args, "collections"))
    return json_response({"layers": layers, "days": days_of(layers)})


@blueprint.get("/collections/<layer>/differences")
def differences(layer: str) -> Response:
    """The entities of a layer that are not the same on the first and the last day of a period."""
    span, limit, after = read_span(request.args), read_limit(request.args), request.args.get("cursor", "")
    days = (span.start, span.last)
    count, page = store().differences(known_layer(layer), days, read_box(request.args), limit + 1, after)
    cursor = page[limit - 1].code if len(page) > limit else None
    return json_response(shapes.difference_page(layer, count, page[:limit], cursor))


def days_of(layers: list[str]) -> list[dict[str, Any]]:
    """The days of change of some layers within the box asked for."""
    found = store().timeline(layers, read_box(request.args))
    return [{"day": day_text(one.day), "count": one.changed, "standing": one.standing} for one in found]


def every_version(layer: str, profile: str) -> Response:
    """A page of all versions of a layer's features in the period asked for, by a profile of versioned features."""
    limit, after = read_limit(request.args), read_version_cursor(request.args)
    page = asked_lapse().every(layer, read_box(request.args), after, limit + 1)
    last = page[limit - 1] if len(page) > limit else None
    cursor = version_cursor_text(last.code, last.period.start) if last else None
    value = shapes.version_page(page[:limit], store().meaning, cursor, profile.endswith("unique-ids"))
    response = json_response(value, shapes.GEOJSON)
    response.headers["Link"] = header([{"rel": "profile", "href": f"{PROFILE}{profile}"}])
    return response


def asked_view() -> View:
    """The base at the moment asked for, or where `datetime` is a period over all its days."""
    return asked_lapse() if "/" in request.args.get("datetime", "") else store().view(read_moment(request.args))


def asked_lapse() -> Lapse:
    """The base over all days of the period asked for."""
    span = read_span(request.args)
    moment = store().view(Moment(span.last, read_known_at(request.args))).moment
    return Lapse(store().database, moment, span.start)


def known_layer(layer: str) -> str:
    """The layer itself, if it is one. `NotFound` (`param.layer`)."""
    return known_layers([layer])[0]


def known_layers(layers: list[str]) -> list[str]:
    """The layers themselves, if they are some. `NotFound` (`param.layer`) names the first that is none."""
    known = sorted({*store().meaning.classes.layers, *layers_of(store())})
    for layer in (layer for layer in layers if layer not in known):
        raise NotFound.because("param.layer", layer=layer, layers=", ".join(known))
    return layers
