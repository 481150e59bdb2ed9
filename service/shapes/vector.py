"""What a client must know of a layer's vector tiles, as TileJSON 3.0 writes it."""

from collections.abc import Mapping

from entities.model import Moment, day_text
from service.layers import Summary
from service.shapes.links import address, part
from tiling.mercator import LATITUDE
from tiling.vector.tile import FIELDS, SMALL
from tiling.vector.zooms import FINEST, coarsest


def tilejson(layer: str, titles: Mapping[str, str], summary: Summary, pinned: Moment | None) -> dict[str, object]:
    """The description of a layer's tiles; with `pinned`, of a moment that never changes, so that they may be kept."""
    path = f"/map/vector/{part(layer)}/{{z}}/{{x}}/{{y}}.mvt"
    moment = {"datetime": day_text(pinned.valid_at), "known_at": pinned.known_at} if pinned else {}
    zooms = {"minzoom": coarsest(layer), "maxzoom": FINEST}
    found: dict[str, object] = {
        "tilejson": "3.0.0",
        "scheme": "xyz",
        "name": f"{titles['zh']} {titles['en']}",
        "tiles": [address(path, **moment)],
        "vector_layers": [
            {"id": layer, "description": titles["en"], "fields": FIELDS, **zooms},
            {"id": SMALL, "description": "how many are too small to be seen", "fields": {"count": "Number"}, **zooms},
        ],
        **zooms,
    }
    if summary.box is not None:
        west, south, east, north = summary.box
        found["bounds"] = [west, max(south, -LATITUDE), east, min(north, LATITUDE)]
    return found
