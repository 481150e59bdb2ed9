"""What the viewer's page is told: where to begin, where tiles and words are, what today is."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from flask import Blueprint, request

from entities.model import day_text, today
from service.stores import settings, store
from service.tiles.histories import history_address
from service.tiles.tilesets import TILED, tile_settings
from service.web.assets import asset, asset_bytes
from service.web.preferences import preferences_of
from service.web.scene import FIRST, GROUPS, legend_of, scene_layers
from service.web.words import words_under
from tiling.maps.tiles import DRAWN

blueprint: Final = Blueprint("viewer", __name__)

_FINEST_IMAGERY: Final = 18


@blueprint.app_context_processor
def _speech() -> dict[str, Any]:
    return {"viewer_data": viewer_data, "legend_of": legend_of, "layer_groups": tuple(GROUPS)}


def viewer_data(it: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON inside the viewer's page, made of the landing page's value `it` and of the settings."""
    language = preferences_of(request).language
    named = "zh" if language == "zh" else "en"
    return {
        "language": named,
        "settings": {
            **_places(it),
            **_addresses(),
            **_state(it),
            "layers": _layers(it, named),
            "classes": _classes(named),
        },
        "words": words_under(language, "viewer."),
    }


def _places(it: Mapping[str, Any]) -> dict[str, Any]:
    """Cameras, and the height of the flat ground above the ellipsoid and in the 1985 datum."""
    layer = next((one for one in it.get("layers", ()) if one["id"] == FIRST), None)
    looked_at = it["viewer"]["start"] or it["viewer"]["home"]
    anomaly = tile_settings(settings(), FIRST).anomaly.at(np.array([looked_at["lon"]]), np.array([looked_at["lat"]]))
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
        "timeline": "/timeline",
        "imagery": "/map/tiles/{z}/{x}/{y}.png",
        "imageryLevel": _FINEST_IMAGERY,
        "imageryTimeline": f"/timeline?collections={','.join(DRAWN)}",
    }


def _layers(it: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The layers that can be shown: the buildings, and whatever else the base holds that has a place in the scene."""
    held = {one["id"]: one for one in it.get("layers", ())}
    history = partial(history_address, settings())
    return scene_layers(held, language, history)


def _state(it: Mapping[str, Any]) -> dict[str, Any]:
    """What holds today."""
    return {
        "today": it.get("day") or day_text(today()),
        "transaction": it.get("transaction", 0),
        "approval": it.get("approval_number"),
    }


def _classes(language: str) -> dict[str, str]:
    """The names of the classes drawn, so that a picked thing is named before the server is asked."""
    leaves = store().meaning.classes.leaves
    return {one.code: one.name.zh if language == "zh" else one.name.en for one in leaves if one.layer in TILED}
