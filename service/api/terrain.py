"""Terrain of land and sea floor for Cesium and its like: quantized-mesh tiles of any moment, and profiles."""

import gzip
from hashlib import blake2b
from typing import Final

from flask import Blueprint, Response, request

from service.api.tiles import FOR_EVER, packed, tagged
from service.http.negotiate import json_response
from service.http.params import read_metres, read_moment
from service.stores import settings, store
from service.tiles.terrain import Ground
from tiling.elevation.lattice import Place

blueprint: Final = Blueprint("terrain", __name__)


@blueprint.get("/terrain/layer.json")
def layer() -> Response:
    """What there is of the terrain now, or at the moment asked for; its tiles have addresses of their own."""
    document = _ground().layer(read_moment(request.args))
    response = packed(gzip.compress(document, 6, mtime=0), ".json")
    response.headers["Cache-Control"] = "no-cache"
    return tagged(response, blake2b(document, digest_size=16).hexdigest())


@blueprint.get("/terrain/<state>/<int:z>/<int:x>/<int:y>.terrain")
def tile(state: str, z: int, x: int, y: int) -> Response:
    """A tile; its address names what it is made of, so it may be kept for ever."""
    response = packed(_ground().tile(state, Place(z, x, y)), ".terrain")
    response.headers["Cache-Control"] = FOR_EVER
    return tagged(response, f"{state}-{z}-{x}-{y}")


@blueprint.get("/terrain/profile")
def profile() -> Response:
    """The heights of the ground along `line=lon,lat;lon,lat…`, every `step` metres."""
    args = request.args
    return json_response(_ground().profile(args.get("line", ""), read_metres(args, "step"), read_moment(args)))


def _ground() -> Ground:
    return Ground(settings(), store())
