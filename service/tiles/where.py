"""Where an entity stands in the published tiles: its tile, its features there, and which version of it they show."""

from functools import lru_cache
from typing import Any

import numpy as np

from entities.errors import NotFound
from entities.model import Version, day_text
from entities.store import Store
from entities.store.rows import place_keys
from service.config import Config
from service.tiles.tile_store import tile_sink
from tiling.stored.published import Published, root_name
from tiling.stored.sink import POINTER, found
from tiling.stored.where import shown

Json = dict[str, Any]


def where(config: Config, store: Store, layer: str, code: str) -> Json:
    """The contents that show an entity, by their names below the layer's address, and the version they show.

    `NotFound`: `tiles.none` before the first build, `tiles.where` for an entity of another layer; and whatever the base
    refuses for a code that did not stand when the tiles were built.
    """
    sink = tile_sink(config, layer)
    pointer = found(sink, POINTER)
    if pointer is None:
        raise NotFound.because("tiles.none", layer=layer)
    state = _state(config, layer, root_name(pointer))
    version = store.view(state.moment).get(code)
    place = shown(state, sink, _key(version), code)
    if store.meaning.layer_of(version.state.class_code) != layer or place is None:
        raise NotFound.because("tiles.where", code=code, layer=layer)
    return {
        "code": code,
        "layer": layer,
        "content": place.content,
        "features": list(place.features),
        "coarse": list(place.coarse),
        "version": {"valid_from": day_text(version.period.start), "transaction": version.known_from},
        "shown": {"day": day_text(state.moment.valid_at), "transaction": state.moment.known_at},
    }


def _key(version: Version) -> int:
    return place_keys(np.array([version.state.geometry], dtype=object))[0]


@lru_cache(maxsize=32)
def _state(config: Config, layer: str, root: str) -> Published:
    """A published state, which never changes."""
    return Published.read(tile_sink(config, layer), root)
