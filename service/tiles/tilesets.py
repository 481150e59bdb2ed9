"""The tiles of a running service: where each layer's are, how they are built, and how any moment's are answered."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from entities.errors import NotFound
from entities.model import LATEST, Moment, TransactionNumber, today
from entities.store import Store
from service.bases import class_table
from service.config import Config
from service.layers import layer_titles
from service.pictures import pictures_of
from service.tiles.means import anomaly_of, workers_of
from service.tiles.terrain import Ground
from service.tiles.tile_store import tile_sink
from tiling.building.build import BuildReport
from tiling.building.footing import Footing
from tiling.building.scheduler import Task, build_all
from tiling.building.settings import Settings
from tiling.building.store_source import StoreSource, opener
from tiling.grid import Tile
from tiling.layers import LAYERS
from tiling.moments import past
from tiling.moments.files import Past, hash_at
from tiling.stored.published import Published, collect, root_hash, root_name, states
from tiling.stored.sink import POINTER, FolderSink, Sink, found

TILED: Final = tuple(LAYERS)
"""The layers that are made into tiles."""

KEPT: Final = 7 * 86_400
"""How long, in seconds, what was made for one past moment stays on disk."""


COLLECTED: Final = frozenset(f"{number:02x}" for number in range(4))
"""How the hashes of roots end after which old states are looked for: it takes long, so it is done once in 64 builds."""

_LATELY: Final = 64
"""Among how many of the last states those are looked for that a client follows."""

FOLLOWED: Final = 86_400
"""How long, in seconds, clients may follow a tileset that is no longer the published one."""


def tile_settings(config: Config, layer: str, ground: Footing | None = None) -> Settings:
    """How a layer is tiled; what is `grounded` of it lies on the ground."""
    title, features = layer_titles(layer)["en"], config.tiles.features
    asked = accuracies(config.classes, layer)
    workers, own = workers_of(config), ground if LAYERS[layer].grounded else None
    found = Settings(anomaly_of(config), LAYERS[layer], title, features, workers, accuracies=asked, ground=own)
    return replace(found, pictures=pictures_of(config))


@lru_cache(maxsize=64)
def accuracies(classes: Path | None, layer: str) -> dict[str, float]:
    """What a class table asks of a survey of each class of a layer, in metres."""
    return {one.code: one.accuracy for one in class_table(classes).leaves if one.layer == layer}


def ground_of(config: Config, store: Store, layer: str, moment: Moment) -> Footing | None:
    """What a layer lies on at a moment, if it lies on the ground at all."""
    return Ground(config, store).footing(moment) if LAYERS[layer].grounded else None


def present(config: Config, store: Store, layer: str, ground: Footing | None = None) -> Task:
    """What brings a layer's tiles up to the base as it stands today, on the ground of today or another."""
    moment = store.view(Moment(today(), LATEST)).moment
    ground = ground or ground_of(config, store, layer, moment)
    source, reopen = StoreSource(store, layer, moment), opener(config.base, layer, moment)
    return Task(layer, source, tile_sink(config, layer), tile_settings(config, layer, ground), reopen)


def build_trees(
    config: Config,
    tasks: Sequence[Task],
    whole: bool = False,
    tell: Callable[[int, int], None] | None = None,
    lately: TransactionNumber = LATEST,
) -> Iterator[tuple[str, BuildReport]]:
    """Build trees one after another by the same processes, and forget what is too old of each; see `build_all`."""
    sinks = {task.name: task.sink for task in tasks}
    for name, report in build_all(tasks, workers_of(config), tell, whole, lately):
        _forget_old(config.data / "past" / name, report.root)
        yield name, report
        if root_hash(report.root)[-2:] in COLLECTED:
            collect(sinks[name], config.tiles.states, time.time() - FOLLOWED)


def build_layer(config: Config, store: Store, layer: str, whole: bool = False) -> BuildReport:
    """Bring one layer's tiles up to the base: what changed since they were built, or the whole."""
    return next(report for _, report in build_trees(config, [present(config, store, layer)], whole))


@dataclass(frozen=True, slots=True)
class Tileset:
    """A layer's tiles as they are served: those published, and beside them those of any other moment."""

    config: Config
    store: Store
    layer: str

    @property
    def published(self) -> Sink:
        """What is published."""
        return tile_sink(self.config, self.layer)

    def root(self, moment: Moment | None) -> bytes:
        """The root tileset: the published one, or a moment's. `NotFound` (`tiles.none`) before the first build."""
        if not self.published.has(POINTER):
            raise NotFound.because("tiles.none", layer=self.layer)
        pointer = self.published.get(POINTER)
        return pointer if moment is None else self._root_of(root_name(pointer), self._known(moment))

    def blob(self, name: str, moment: Moment | None, of: str = "") -> bytes:
        """A child tileset, or a content as stored (gzip); one of another moment is made when it is asked for first.

        `of` is the hash of the history's tile or file that one of a day is taken out of; see `past_files`.
        """
        if (stored := self._stored(name)) is not None:
            return stored
        if moment is None or not name.startswith(("c/", "o/", "t/")):
            raise NotFound.because("tiles.blob", name=name)
        drawn = self._drawn(name, StoreSource(self.store, self.layer, self._known(moment)), of)
        self.made().put(name, drawn)
        return drawn

    def _drawn(self, name: str, source: StoreSource, of: str) -> bytes:
        """A leaf's content, a coarse tile's, or a child tileset."""
        tile, digest = _parse(name)
        if name.startswith("t/"):
            then, _, now = of.partition(".")
            published, ever = _state_with(self.published, tile, now), _state_with(_history(self), tile, then)
            return self._past_at(source, published, ever).file(tile, of, digest)
        settings = tile_settings(self.config, self.layer, self._ground(source.moment))
        if name.startswith("o/") and of:
            stored = found(_history(self), f"o/{tile.name}-{of}.glb")
            return past.overview_of(stored, of, source.moment.valid_at, settings, tile, digest)
        if name.startswith("o/"):
            return past.overview(source, settings, tile, digest, self._stored)
        return past.content(source, settings, tile, digest)

    def _root_of(self, published: str, moment: Moment) -> bytes:
        """The root tileset of a moment: out of the history if it knows all that there is to know, else made whole."""
        if not self.store.view(moment).holds(self.layer):
            return past.nothing(moment, tile_settings(self.config, self.layer))
        ever = Published.now(_history(self))
        if ever is not None:
            source = StoreSource(self.store, self.layer, moment)
            files = self._past_at(source, Published.read(self.published, published), ever)
            if files.source is source:
                return files.root()
        return self.made().get(_root_at(self, published, moment, self._ground(moment)))

    def _past_at(self, source: StoreSource, published: Published, ever: Published) -> Past:
        """A moment's files beside two states; where later transactions told of it, it is as the history knows it."""
        settings = tile_settings(self.config, self.layer, self._ground(source.moment))
        found = Past(source, settings, published, ever, past.query_of(source, published))
        if found.complete:
            return found
        then = Moment(source.moment.valid_at, min(source.moment.known_at, ever.moment.known_at))
        return replace(found, source=StoreSource(self.store, self.layer, then))

    def _stored(self, name: str) -> bytes | None:
        """A blob that was published or made for some moment, or None."""
        stored = (found(sink, name) for sink in (self.published, *self._made_ever()))
        return next((blob for blob in stored if blob is not None), None)

    def made(self) -> FolderSink:
        """What was made for other moments beside what is published now."""
        return FolderSink(self._past / Path(root_name(self.published.get(POINTER))).stem)

    def _made_ever(self) -> Iterator[FolderSink]:
        """What was made for other moments, beside earlier states too: clients may still follow those."""
        return (FolderSink(path) for path in self._past.glob("tileset-*"))

    @property
    def _past(self) -> Path:
        return self.config.data / "past" / self.layer

    def _ground(self, moment: Moment) -> Footing | None:
        return ground_of(self.config, self.store, self.layer, moment)

    def _known(self, moment: Moment) -> Moment:
        return self.store.view(moment).moment


def _history(tileset: Tileset) -> Sink:
    """Where the same layer's history tiles are."""
    return tile_sink(tileset.config, f"history/{tileset.layer}")


def _state_with(sink: Sink, tile: Tile, digest: str) -> Published:
    """The last of the states published lately whose file at a place has this hash. `NotFound` (`tiles.blob`)."""
    found = next((one for one in islice(states(sink), _LATELY) if hash_at(one, tile) == digest), None)
    if found is None:
        raise NotFound.because("tiles.blob", name=f"{tile.name}-{digest}")
    return found


@lru_cache(maxsize=512)
def _root_at(tileset: Tileset, published: str, moment: Moment, ground: Footing | None) -> str:
    """The name of the root tileset of a moment, made beside the root tileset that is published."""
    source = StoreSource(tileset.store, tileset.layer, moment)
    settings = tile_settings(tileset.config, tileset.layer, ground)
    return past.tileset_at(source, tileset.made(), settings, Published.read(tileset.published, published))


def _parse(name: str) -> tuple[Tile, str]:
    """The tile and the hash in `c/level-x-y-hash.glb`. `NotFound` (`tiles.blob`) for another name."""
    place, _, digest = Path(name).stem.rpartition("-")
    try:
        return Tile.named(place), digest
    except ValueError:
        raise NotFound.because("tiles.blob", name=name) from None


def _forget_old(folder: Path, published: str) -> None:
    """Remove what was made beside states that were published long ago."""
    limit = time.time() - KEPT
    for path in folder.glob("tileset-*"):
        if path.name != Path(published).stem and path.stat().st_mtime < limit:
            shutil.rmtree(path)
