"""Makes what is made of the base: the tiles of each layer, and the sheets of the atlas."""

from contextlib import closing
from dataclasses import dataclass

from entities.intake import Progress
from service.bases import open_store
from service.config import Config
from service.studio import map_settings
from service.terrain import Ground
from service.trees import Wanted, build_wanted
from tiling.build import BuildReport
from tiling.maps.atlas import INDEX, Atlas, Outcome, draw_all
from tiling.maps.sheet import Sheet


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


def terrain(config: Config, tell: Progress) -> int:
    """Cut the tiles of the terrain that are not there yet; return how many were cut."""
    with closing(open_store(config)) as store:
        return Ground(config, store).build(lambda done, total: tell("terrain", done, total))


def maps(config: Config, tell: Progress) -> Outcome:
    """Draw every sheet of the atlas that is missing or no longer shows what the base holds."""

    def told(done: int, total: int, sheet: Sheet) -> None:
        tell("maps", done, total)

    with closing(open_store(config)) as store:
        return draw_all(store.view(), Atlas(config.sheets), map_settings(config), told)


def stale_maps(config: Config, tell: Progress) -> Outcome:
    """Draw the sheets of the atlas anew that no longer show what the base holds.

    Does nothing before the atlas was made once: sheets outside it are drawn when they are asked for.
    """
    return maps(config, tell) if (config.sheets / INDEX).is_file() else Outcome((), ())
