"""Every tree of tiles, the present of each layer and its history: built by one plan, and gone back in together."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from entities.errors import NotFound
from entities.model import LATEST, Moment, today
from entities.store import Store
from service.config import Config
from service.tiles.histories import LAST, history, history_sink
from service.tiles.terrain import Ground
from service.tiles.tile_store import tile_sink
from service.tiles.tilesets import TILED, build_trees, present
from tiling.building.build import BuildReport
from tiling.building.drawing import Progress
from tiling.stored.published import HELD, Published, before, hold, release, states

_LATELY: Final = 20_000
"""After how many changes elsewhere a tree in which nothing happened is published again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be built: some layers or all, only what changed or the `whole`; by the service, or `by_hand`.

    A layer that shows an earlier state on purpose stays so unless it is built by hand; and so does one in which nothing
    happened, whose tileset would only name a later transaction.
    """

    layers: Collection[str] = TILED
    whole: bool = False
    by_hand: bool = False

    def __post_init__(self) -> None:
        for layer in self.layers:
            if layer not in TILED:
                raise NotFound.because("param.layer", layer=layer, layers=", ".join(TILED))


def build_wanted(
    config: Config, store: Store, wanted: Wanted, tell: Progress | None = None
) -> Iterator[tuple[str, BuildReport]]:
    """Bring trees up to the base, what is of today before what is of all time."""
    layers = [layer for layer in TILED if layer in wanted.layers]
    now, last = (Ground(config, store).footing(moment) for moment in (Moment(today(), LATEST), LAST))
    tasks = [present(config, store, layer, now) for layer in layers]
    tasks += [history(config, store, layer, last) for layer in layers if config.tiles.history]
    if wanted.by_hand:
        for task in tasks:
            release(task.sink)
    free = [task for task in tasks if not task.sink.has(HELD)]
    return build_trees(config, free, wanted.whole, tell, LATEST if wanted.by_hand else store.lately(_LATELY))


def go_back(config: Config, layers: Collection[str]) -> dict[str, Moment]:
    """Show the state before of each of the layers, and hold it; returns the moment that each shows now.

    Its history goes back to what was known then. `NotFound` (`tiles.back`) where a layer has no state before: then none
    is moved.
    """
    Wanted(layers)
    earlier = {layer: before(tile_sink(config, layer)) for layer in TILED if layer in layers}
    found = {layer: state for layer, state in earlier.items() if state is not None}
    for layer in earlier.keys() - found.keys():
        raise NotFound.because("tiles.back", layer=layer)
    for layer, state in found.items():
        hold(tile_sink(config, layer), state)
        _history_back(config, layer, state.moment)
    return {layer: state.moment for layer, state in found.items()}


def _history_back(config: Config, layer: str, moment: Moment) -> None:
    sink = history_sink(config, layer)
    then = (state for state in states(sink) if state.moment.known_at <= moment.known_at)
    if (state := next(then, None)) is not None:
        hold(sink, state)


def latest(config: Config) -> list[str]:
    """The layers that the last build published."""
    found = {layer: Published.now(tile_sink(config, layer)) for layer in TILED}
    moments = {layer: (one.moment.known_at, one.moment.valid_at) for layer, one in found.items() if one is not None}
    return [layer for layer, moment in moments.items() if moment == max(moments.values())]


def held(config: Config) -> list[str]:
    """The layers that show an earlier state on purpose."""
    return [layer for layer in TILED if tile_sink(config, layer).has(HELD)]
