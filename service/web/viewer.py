"""What the viewer's page is told: where to begin, where tiles and words are, what today is."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from flask import Blueprint, request

from entities.model import day_text, today
from service.histories import history_address
from service.layers import layer_titles
from service.stores import settings, store
from service.tilesets import TILED, tile_settings
from service.web.assets import asset, asset_bytes
from service.web.preferences import preferences_of
from service.web.words import words_under
from tiling.layers.pipe_facts import kinds

blueprint: Final = Blueprint("viewer", __name__)

_LAYER: Final = "buildings"
_UNDER: Final = frozenset({"boreholes", "pipes"})  # shown when the ground is looked through
_FINEST_IMAGERY: Final = 18


@blueprint.app_context_processor
def _speech() -> dict[str, Any]:
    return {"viewer_data": viewer_data, "pipe_kinds": kinds()}


def viewer_data(it: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON inside the viewer's page, made of the landing page's value `it` and of the settings."""
    language = preferences_of(request).language
    return {
        "language": "zh" if language == "zh" else "en",
        "settings": {**_places(it), **_addresses(), **_state(it), "layers": _layers(it, language)},
        "words": words_under(language, "viewer."),
    }


def _places(it: Mapping[str, Any]) -> dict[str, Any]:
    """Cameras, and the height of the flat ground above the ellipsoid and in the 1985 datum."""
    layer = next((one for one in it.get("layers", ()) if one["id"] == _LAYER), None)
    looked_at = it["viewer"]["start"] or it["viewer"]["home"]
    anomaly = tile_settings(settings(), _LAYER).anomaly.at(np.array([looked_at["lon"]]), np.array([looked_at["lat"]]))
    return {
        "home": it["viewer"]["home"],
        "start": it["viewer"]["start"],
        "ground": settings().ground + float(anomaly[0]),
        "ground1985": settings().ground,
        "extent": (layer or {}).get("bbox"),
    }


def _addresses() -> dict[str, Any]:
    """Where the scripts find what they load."""
    return {
        "globe": {
            "address": asset("globe.js"),
            "bytes": asset_bytes("globe.js"),
            "packed": asset_bytes("globe.js", packed=True),
        },
        "cesium": asset("cesium") + "/",
        "items": f"/collections/{_LAYER}/items",
        "timeline": f"/collections/{_LAYER}/timeline",
        "imagery": "/map/tiles/{z}/{x}/{y}.png",
        "imageryLevel": _FINEST_IMAGERY,
    }


def _layers(it: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The layers that can be shown: the buildings, and whatever else the base has that is made into tiles."""
    held = {one["id"] for one in it.get("layers", ())} | {_LAYER}
    return [
        {
            "id": layer,
            "title": layer_titles(layer)["zh" if language == "zh" else "en"],
            "tileset": f"/3dtiles/{layer}/tileset.json",
            "history": history_address(settings(), layer),
            "timeline": f"/collections/{layer}/timeline",
            "on": layer not in _UNDER,
            "under": layer in _UNDER,
            "own": layer != _LAYER,
        }
        for layer in TILED
        if layer in held
    ]


def _state(it: Mapping[str, Any]) -> dict[str, Any]:
    """What holds today."""
    return {
        "today": it.get("day") or day_text(today()),
        "transaction": it.get("transaction", 0),
        "approval": it.get("approval_number"),
        "classes": _classes(),
    }


def _classes() -> dict[str, dict[str, str]]:
    """The names of the classes drawn, so that a picked thing is named before the server is asked."""
    leaves = store().meaning.classes.leaves
    return {one.code: {"zh": one.name.zh, "en": one.name.en} for one in leaves if one.layer in TILED}
