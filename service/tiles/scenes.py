"""The whole scene as one tileset: every layer that holds something at a moment, each by a tileset of its own."""

from entities.model import Moment
from entities.store import Store
from service.config import Config
from service.holdings.serving import HoldingTiles
from service.layers import OPENED, layer_titles
from service.tiles.tile_store import tile_sink
from service.tiles.tilesets import TILED, Tileset
from tiling.holdings.assembled import Part, scene
from tiling.stored.sink import POINTER


def scene_root(config: Config, store: Store, moment: Moment | None, asked: str) -> bytes:
    """The tileset of the scene as published, or of a moment; `asked` is what addresses below it end in."""
    roots = {
        **_roots(config, store, moment),
        **{kind: HoldingTiles(config, store, kind).root(moment) for kind in OPENED},
    }
    parts = (
        Part.of(layer, layer_titles(layer)["en"], f"{layer}/tileset.json{asked}", root) for layer, root in roots.items()
    )
    return scene([part for part in parts if part is not None])


def _roots(config: Config, store: Store, moment: Moment | None) -> dict[str, bytes]:
    """The root tileset of each layer of entities that is built."""
    built = (layer for layer in TILED if tile_sink(config, layer).has(POINTER))
    return {layer: Tileset(config, store, layer).root(moment) for layer in built}
