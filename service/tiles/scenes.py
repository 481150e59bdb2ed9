"""The whole scene as one tileset: every layer that holds something at a moment, each by a tileset of its own."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from entities.model import Moment
from entities.store import Store
from service.config import Config
from service.holdings import standing, state_of
from service.holdings.serving import HoldingTiles
from service.layers import OPENED, layer_titles
from service.tiles.histories import history_sink
from service.tiles.kept import Kept
from service.tiles.tile_store import tile_sink
from service.tiles.tilesets import TILED, Tileset
from tiling.elevation.prepare import ELEVATION
from tiling.holdings.assembled import Part, scene
from tiling.stored.sink import POINTER, found

VERSION: Final = 1
"""Raised whenever the scene of a moment comes out otherwise of the same tilesets."""


def scene_root(config: Config, store: Store, moment: Moment | None, asked: str) -> bytes:
    """The tileset of the scene as published, or of a moment; `asked` is what addresses below it end in."""
    kinds = {kind: HoldingTiles(config, store, kind).root(moment) for kind in OPENED}
    if moment is None:
        return _scene({**_roots(config, store, None), **kinds}, asked)
    then = store.view(moment).moment
    name = _name_of(config, store, then, [asked.encode(), *kinds.values()])
    return Kept.of(config, "scenes").get(name, lambda: _scene({**_roots(config, store, then), **kinds}, asked))


def _scene(roots: Mapping[str, bytes], asked: str) -> bytes:
    parts = (
        Part.of(layer, layer_titles(layer)["en"], f"{layer}/tileset.json{asked}", root) for layer, root in roots.items()
    )
    return scene([part for part in parts if part is not None])


def _roots(config: Config, store: Store, moment: Moment | None) -> dict[str, bytes]:
    """The root tileset of each layer of entities that is built."""
    built = (layer for layer in TILED if tile_sink(config, layer).has(POINTER))
    return {layer: Tileset(config, store, layer).root(moment) for layer in built}


def _name_of(config: Config, store: Store, moment: Moment, said: list[bytes]) -> str:
    """A hash of what a moment's scene is made of: the moment, what is published of each layer, and the ground."""
    sinks = (sink for layer in TILED for sink in (tile_sink(config, layer), history_sink(config, layer)))
    ground = state_of(standing(config, store, ELEVATION.name, moment))
    name = blake2b(f"{VERSION} {moment} {ground}".encode(), digest_size=12)
    for part in [*(found(sink, POINTER) or b"" for sink in sinks), *said]:
        name.update(b"%d\0" % len(part) + part)
    return name.hexdigest()
