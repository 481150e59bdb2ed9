"""Vector tiles of any layer, now or at another moment, for map clients such as MapLibre, OpenLayers and QGIS."""

from typing import Final

from flask import Blueprint, Response, request

from service.api.features import known_layer
from service.api.tiles import FOR_EVER, asked_moment, fixed, packed, tagged
from service.http.negotiate import json_response
from service.http.params import check_tile, read_moment
from service.layers import layer_titles
from service.shapes.vector import tilejson
from service.stores import settings, store, summary
from service.tiles.vector import VectorTiles
from tiling.mercator import Square

blueprint: Final = Blueprint("vector", __name__)


@blueprint.get("/map/vector/<layer>/tiles.json")
def description(layer: str) -> Response:
    """What there is of a layer's tiles; those of a moment that is named have addresses of their own."""
    view = store().view(read_moment(request.args))
    pinned = view.moment if asked_moment() else None
    return json_response(tilejson(known_layer(layer), layer_titles(layer), summary(view, layer), pinned))


@blueprint.get("/map/vector/<layer>/<int:z>/<int:x>/<int:y>.mvt")
def tile(layer: str, z: int, x: int, y: int) -> Response:
    """One tile; where both day and transaction are named it can never become another."""
    check_tile(z, x, y)
    moment = read_moment(request.args)
    made = VectorTiles(settings(), store(), known_layer(layer)).tile(Square(z, x, y), moment)
    response = packed(made.data, ".mvt")
    response.headers["Cache-Control"] = FOR_EVER if fixed() else "no-cache"
    return tagged(response, made.name)
