"""The history tiles of a running service: where each layer's are, how they are built, and what is answered."""

from typing import Final

from entities.errors import NotFound
from entities.model import FOREVER, LATEST, Moment
from entities.store import Store
from service.config import Config
from service.tiles.tile_store import tile_sink
from service.tiles.tilesets import build_trees, ground_of, tile_settings
from tiling.building.build import BuildReport
from tiling.building.footing import Footing
from tiling.building.scheduler import Task
from tiling.moments.history import HistorySource, history_opener
from tiling.stored.sink import POINTER, Sink


def history_sink(config: Config, layer: str) -> Sink:
    """Where a layer's history tiles are."""
    return tile_sink(config, f"history/{layer}")


LAST: Final = Moment(FOREVER - 1, LATEST)
"""The moment whose ground history tiles lie on: the last one known, of whatever day a version is."""


def history(config: Config, store: Store, layer: str, ground: Footing | None = None) -> Task:
    """What brings a layer's history tiles up to all that the base knows."""
    ground = ground or ground_of(config, store, layer, LAST)
    source = HistorySource(store, layer)
    reopen = history_opener(config.base, layer, source.moment.known_at)
    settings = tile_settings(config, layer, ground).through_time()
    return Task(f"{layer}/history", source, history_sink(config, layer), settings, reopen)


def build_history(config: Config, store: Store, layer: str, whole: bool = False) -> BuildReport:
    """Bring one layer's history tiles up to date: what changed since they were built, or the whole."""
    return next(report for _, report in build_trees(config, [history(config, store, layer)], whole))


def history_address(config: Config, layer: str) -> str | None:
    """Where the viewer finds a layer's history tileset; None where none is built."""
    built = config.tiles.history and history_sink(config, layer).has(POINTER)
    return f"/3dtiles/{layer}/history/tileset.json" if built else None


def history_root(config: Config, layer: str) -> bytes:
    """The published root tileset. `NotFound` (`tiles.history`) before the first build, or where none are built."""
    sink = history_sink(config, layer)
    if not sink.has(POINTER):
        raise NotFound.because("tiles.history", layer=layer)
    return sink.get(POINTER)


def history_blob(config: Config, layer: str, name: str) -> bytes:
    """A child tileset, or a content as stored (gzip). `NotFound` (`tiles.blob`)."""
    return history_sink(config, layer).get(name)
