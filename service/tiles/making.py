"""Makes what is made of the base for the scene: the tiles of each layer, and those of the terrain."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from entities.report import Progress
from service.bases import open_store
from service.config import Config
from service.tiles.means import workers_of
from service.tiles.terrain import Ground
from service.tiles.tilesets import TILED, tile_settings
from service.tiles.trees import Wanted, build_wanted
from tiling.building import helpers
from tiling.building.build import BuildReport
from tiling.building.drawing import MANY
from tiling.building.store_source import StoreSource


@dataclass(frozen=True, slots=True)
class Built:
    """The tiles of one layer, or of its history, brought up to the base."""

    layer: str
    report: BuildReport


def tiles(config: Config, tell: Progress, wanted: Wanted | None = None) -> list[Built]:
    """Bring the tiles of every layer up to the base, or what else is wanted: the present before history."""

    def told(done: int, total: int) -> None:
        tell("tiles", done, total)

    with closing(open_store(config)) as store:
        return [Built(name, report) for name, report in build_wanted(config, store, wanted or Wanted(), told)]


def stand_ready(config: Config, built: Sequence[Built]) -> None:
    """Keep processes ready to draw the next change of a base that is large, for a process that goes on."""
    if workers_of(config) > 1 and any(one.report.tiles >= MANY for one in built):
        helpers.stand_ready(workers_of(config), StoreSource, tile_settings(config, TILED[0]))


def terrain(config: Config, tell: Progress) -> int:
    """Cut the tiles of the terrain that are not there yet; return how many were cut."""
    with closing(open_store(config)) as store:
        return Ground(config, store).build(lambda done, total: tell("terrain", done, total))
