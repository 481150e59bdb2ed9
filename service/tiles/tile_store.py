"""Where the tiles of each tree are kept: a folder, or an object store."""

from functools import lru_cache
from pathlib import Path

from service.config import Config
from tiling.stored.object_sink import ObjectSink
from tiling.stored.sink import FolderSink, Sink


def tile_sink(config: Config, tree: str, lasting: bool = True) -> Sink:
    """Where the tiles of a layer are, or of `history/{layer}`; without `lasting`, for tiles that can be made again."""
    store = config.tiles.store.replace("{data}", str(config.data))
    return _objects(f"{store.rstrip('/')}/{tree}") if "://" in store else FolderSink(Path(store) / tree, lasting)


@lru_cache(maxsize=256)
def _objects(url: str) -> ObjectSink:
    """An object store keeps in memory what was read of it, so each tree is opened once."""
    return ObjectSink(url)
