"""The map sheets of a running service: the catalogue, each sheet as it is now, and its files, drawn once and kept."""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from entities.errors import NotAcceptable
from entities.model import Day, TransactionNumber
from entities.store import Store
from service.config import Config
from tiling.maps.draw import SheetPainter
from tiling.maps.settings import FONTS, MapSettings
from tiling.maps.sheet import CatalogueEntry, Sheet, catalogue, sheet_of

FORMATS: Final = ("pdf", "png", "jpg", "svg")
"""The formats a sheet is given in."""

_ROOT: Final = Path(__file__).parents[1]


class Now(NamedTuple):
    """The state of a base that sheets are of: nothing drawn differs while none of it does."""

    config: Config
    day: Day
    transaction: TransactionNumber


def map_settings(config: Config) -> MapSettings:
    """How maps are drawn; the fonts are the settings' or those that npm installed."""
    return MapSettings(fonts=config.maps.fonts or _ROOT / FONTS, approval=config.maps.approval_number)


def catalogue_of(store: Store, config: Config) -> Sequence[CatalogueEntry]:
    """Every sheet there is today, by code."""
    return _catalogue(_now(store, config), store)


@lru_cache(maxsize=4)
def _catalogue(now: Now, store: Store) -> Sequence[CatalogueEntry]:
    return catalogue(store.view(), map_settings(now.config))


def _now(store: Store, config: Config) -> Now:
    moment = store.view().moment
    return Now(config, moment.valid_at, moment.known_at)
