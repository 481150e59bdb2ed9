"""From an entity back to the tiles that show it."""

from typing import Final

from flask import Blueprint, Response

from service.api.tiles import holdings_of, tiles_of
from service.http.negotiate import json_response
from service.layers import OPENED
from service.stores import settings, store
from service.tiles.where import where

blueprint: Final = Blueprint("where", __name__)


@blueprint.get("/3dtiles/<layer>/where/<code>")
def shown(layer: str, code: str) -> Response:
    """In which tile, as which features, and in which version an entity is shown."""
    if layer in OPENED:
        return json_response(holdings_of(layer).where(code))
    return json_response(where(settings(), store(), tiles_of(layer).layer, code))
