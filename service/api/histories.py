"""3D Tiles of all time: the history tileset of a layer, and its files."""

from typing import Final

from flask import Blueprint, Response

from service.api.tiles import lasting, pointer, tiles_of
from service.stores import settings
from service.tiles.histories import history_blob, history_root

blueprint: Final = Blueprint("histories", __name__)


@blueprint.get("/3dtiles/<layer>/history/tileset.json")
def history(layer: str) -> Response:
    """The tileset of all that ever stood in a layer, as known now; other moments asked for make no difference."""
    return pointer(history_root(settings(), tiles_of(layer).layer))


@blueprint.get("/3dtiles/<layer>/history/<path:name>")
def history_tile(layer: str, name: str) -> Response:
    """A child tileset or a content of the history."""
    layer = tiles_of(layer).layer
    return lasting(name, lambda: history_blob(settings(), layer, name))
