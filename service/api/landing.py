"""The first page: the viewer for people, the OGC landing page for machines."""

from dataclasses import asdict
from typing import Any, Final

from flask import Blueprint, Response

from entities.model import day_text
from entities.report import said
from entities.store import View
from entities.text import Text
from service.http.negotiate import json_response, respond
from service.layers import layer_titles, layers_of, tiles_path
from service.shapes.links import address, link, part, this
from service.stores import settings, store, summary
from service.tiles.histories import history_address

blueprint: Final = Blueprint("landing", __name__)

TITLE: Final = Text("时空：一张三维时空基础数据底图", "Shikong: one 3D map of an area through time")

VERSIONED: Final = (
    *("core", "time-map-link-format", "multiple-versions-in-response", "mutations"),
    *("profile-versions-as-features", "profile-versions-as-features-unique-ids"),
)
"""The classes met of the proposal for versioned features, which has no number yet."""

CONFORMS: Final = tuple(
    f"http://www.opengis.net/spec/{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-common-1/1.0/conf/oas30",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/html",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-4/1.0/conf/create-replace-delete",
        "ogcapi-features-4/1.0/conf/update",
        "ogcapi-features-4/1.0/conf/optimistic-locking-etags",
        "ogcapi-features-4/1.0/conf/features",
        *(f"ogcapi-features-n/0.0/conf/versioned-features-{part}" for part in VERSIONED),
    )
)
"""The conformance classes met."""


@blueprint.get("/")
def landing() -> Response:
    """What is served here, and where; for people the viewer."""
    view = store().view()
    value = {
        "title": said(TITLE),
        "day": day_text(view.moment.valid_at),
        "transaction": view.moment.known_at,
        "layers": [layer_json(layer, view) for layer in layers_of(store())],
        "viewer": {**asdict(settings().viewer), "ground": settings().ground},
        "approval_number": settings().maps.approval_number,
        "height_anomaly": {"value": settings().height_anomaly.value, "source": settings().height_anomaly.source},
        "links": links(),
    }
    return respond(value, "viewer.html")


@blueprint.get("/conformance")
def conformance() -> Response:
    """The conformance classes met."""
    return json_response({"conformsTo": list(CONFORMS)})


def layer_json(layer: str, view: View) -> dict[str, Any]:
    """A layer, how much it holds, and where its data is."""
    held, tiles = summary(view, layer), tiles_path(layer)
    history = history_address(settings(), layer)
    return {
        "id": layer,
        "titles": layer_titles(layer),
        "count": held.count,
        "bbox": list(held.box) if held.box else None,
        "tileset": address(tiles) if tiles else None,
        "items": address(f"/collections/{part(layer)}/items"),
        "history": None if history is None else address(history),
        "vector": address(f"/map/vector/{part(layer)}/tiles.json"),
        "timeline": address(f"/collections/{part(layer)}/timeline"),
    }


def links() -> list[dict[str, str]]:
    """Where everything is."""
    return [
        this(),
        link("service-desc", "/openapi.json", "application/vnd.oai.openapi+json;version=3.0"),
        link("service-doc", "/about", "text/html"),
        link("conformance", "/conformance"),
        link("data", "/collections"),
        link("scene", "/3dtiles/tileset.json"),
        link("terrain", "/terrain/layer.json"),
        link("imagery", "/map/imagery/tiles.json"),
        link("search", "/search"),
        link("changes", "/changes"),
        link("maps", "/maps"),
    ]
