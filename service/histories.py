"""The history tiles of a running service: where each layer's are, how they are built, and what is answered."""

from collections.abc import Callable
from dataclasses import replace

from entities.errors import NotFound
from entities.store import Store
from service.config import Config
from service.tilesets import tile_settings
from tiling.build import BuildReport, build
from tiling.history import HistorySource, history_opener
from tiling.published import Published
from tiling.sink import POINTER, FolderSink


def history_sink(config: Config, layer: str) -> FolderSink:
    """Where a layer's history tiles are."""
    return FolderSink(config.data / "tiles" / "history" / layer)


def build_history(
    config: Config, store: Store, layer: str, whole: bool = False, tell: Callable[[int, int], None] | None = None
) -> BuildReport:
    """Bring a layer's history tiles up to all that the base knows: what changed since they were built, or the whole."""
    sink, source = history_sink(config, layer), HistorySource(store, layer)
    since = None if whole else Published.now(sink)
    reopen = history_opener(config.base, layer, source.moment.known_at)
    return build(source, sink, replace(tile_settings(config, layer), history=True), since, tell, reopen)


def history_root(config: Config, layer: str) -> bytes:
    """The published root tileset. `NotFound` (`tiles.history`) before the first build, or where none are built."""
    sink = history_sink(config, layer)
    if not sink.has(POINTER):
        raise NotFound.because("tiles.history", layer=layer)
    return sink.get(POINTER)


def history_blob(config: Config, layer: str, name: str) -> bytes:
    """A child tileset, or a content as stored (gzip). `NotFound` (`tiles.blob`)."""
    return history_sink(config, layer).get(name)
