"""Draws the sheets of the atlas: apart from `making`, so that whoever only builds tiles waits for no map library."""

from contextlib import closing

from entities.report import Progress
from service.bases import open_store
from service.config import Config
from service.maps.studio import map_settings
from tiling.maps.atlas import INDEX, Atlas, Outcome, draw_all
from tiling.maps.sheet import Sheet


def draw(config: Config, tell: Progress) -> Outcome:
    """Draw every sheet of the atlas that is missing or no longer shows what the base holds."""

    def told(done: int, total: int, sheet: Sheet) -> None:
        tell("maps", done, total)

    with closing(open_store(config)) as store:
        return draw_all(store.view(), Atlas(config.sheets), map_settings(config), told)


def draw_stale(config: Config, tell: Progress) -> Outcome:
    """Draw the sheets of the atlas anew that no longer show what the base holds.

    Does nothing before the atlas was made once: sheets outside it are drawn when they are asked for.
    """
    return draw(config, tell) if (config.sheets / INDEX).is_file() else Outcome((), ())
