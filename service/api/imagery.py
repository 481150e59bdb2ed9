"""Orthophotos as map tiles: the newest and finest at each pixel, now or at another moment."""

from typing import Final

from flask import Blueprint, Response, request

from service.api.tiles import FOR_EVER, tagged
from service.http.negotiate import json_response
from service.http.params import check_tile, read_moment
from service.layers import layer_titles
from service.shapes.imagery import tilejson
from service.stores import settings, store
from service.tiles.imagery import ImageryTiles
from tiling.imagery.tile import FINEST, FORMATS
from tiling.mercator import Square

blueprint: Final = Blueprint("imagery", __name__)


@blueprint.get("/map/imagery/tiles.json")
def description() -> Response:
    """What there is of imagery at the moment asked for, and where its tiles are."""
    state, holdings = ImageryTiles(settings(), store()).state(read_moment(request.args))
    return json_response(tilejson(state, holdings, layer_titles("imagery")))


@blueprint.get("/map/imagery/<state>/<int:z>/<int:x>/<int:y>.<any(webp, png, jpg):form>")
def tile(state: str, z: int, x: int, y: int, form: str) -> Response:
    """One tile of a state, transparent where there is no imagery; white in a jpg."""
    check_tile(z, x, y, FINEST)
    made = ImageryTiles(settings(), store()).tile(state, Square(z, x, y), form)
    response = Response(made.data, mimetype=FORMATS[form])
    response.headers["Cache-Control"] = FOR_EVER
    return tagged(response, made.name)
