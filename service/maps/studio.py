"""Draws maps for a running service: one drawing process, its own door to the base, each picture drawn once and kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask import Flask, current_app

from entities.errors import NotAcceptable
from entities.store import Store
from service.bases import open_store
from service.config import Config
from service.maps.catalogue import FORMATS, Catalogue, Leaf
from service.tiles.base_map import BaseMaps
from service.tiles.kept import Made
from tiling.maps.atlas import file_name, write_whole
from tiling.maps.compose import compose
from tiling.maps.draw import SheetPainter
from tiling.maps.jobs import Job
from tiling.maps.settings import FONTS, MapSettings
from tiling.maps.sight import CameraSight

THUMBNAIL: Final = "thumbnail"
_THUMBNAIL_WIDTH: Final = 560
_THUMBNAIL_BYTES: Final = 40_000
_STILL: Final = (1280, 800)
_ROOT: Final = Path(__file__).parents[2]


def map_settings(config: Config) -> MapSettings:
    """How maps are drawn; the fonts are the settings' or those that npm installed."""
    return MapSettings(fonts=config.maps.fonts or _ROOT / FONTS, approval=config.maps.approval_number)


class Studio:
    """Draws sheets, the base map and the still picture; any thread may ask, one sheet is drawn at a time."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.settings = map_settings(config)
        self._painter = SheetPainter(self.settings.fonts)
        self.ground = BaseMaps(config, self.settings, self._painter)
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._catalogue: tuple[tuple[int, int], Catalogue] | None = None

    def close(self) -> None:
        """End the drawing process and the connection."""
        with self._lock:
            self._painter.close()
            if self._store is not None:
                self._store.close()
            self._store, self._catalogue = None, None

    def catalogue(self) -> Catalogue:
        """Every sheet as the base stands; planned again after a transaction, and when a day has passed."""
        with self._drawing():
            now = self._now()
            if self._catalogue is None or self._catalogue[0] != now:
                self._catalogue = now, Catalogue.of(self._door().view(), self.settings)
            return self._catalogue[1]

    def sheet(self, division: str, form: str, language: str = "zh") -> Path:
        """A sheet's file, drawn when it is not there yet. Refuses (`map.division`, `map.format`) what there is not."""
        leaf = self.catalogue().leaf(division)
        path = self.path(leaf, form, language)
        with self._drawing():
            return path if path.is_file() else _kept(path, self._draw(leaf, form, language))

    def path(self, leaf: Leaf, form: str, language: str = "zh") -> Path:
        """Where a sheet's file is kept; its name says what is drawn."""
        if form == THUMBNAIL:
            return self.config.sheets / "thumbnails" / file_name(leaf.sheet, "jpg", language)
        return self.config.sheets / file_name(leaf.sheet, _known(form), language)

    def still(self, language: str = "zh") -> Made:
        """What the viewer's first camera sees, for as long as the globe is loading."""
        home = self.config.viewer.home
        with self._drawing():
            view = self._door().view()
            return self.ground.picture(view, CameraSight(*_STILL, home.height, home.lon, home.lat), language)

    def warm_up(self) -> None:
        """Plan every sheet and draw the still picture before anyone asks."""
        self.catalogue()
        self.still()

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """One drawing at a time; reading leaves nothing open in the base."""
        with self._lock:
            try:
                yield
            finally:
                self._door().database.rollback()

    def _draw(self, leaf: Leaf, form: str, language: str) -> bytes:
        if form != THUMBNAIL:
            return self._painter.draw(leaf.sheet, form, language)
        page = compose(leaf.sheet, language)
        return self._painter.draw_job(Job(page, "jpg", _THUMBNAIL_WIDTH / page.width, _THUMBNAIL_BYTES))

    def _now(self) -> tuple[int, int]:
        """The day and the last transaction: nothing drawn differs while neither does."""
        moment = self._door().view().moment
        return moment.valid_at, moment.known_at

    def _door(self) -> Store:
        if self._store is None:
            self._store = open_store(self.config)
        return self._store


def register(app: Flask, config: Config) -> None:
    """Give the application its studio."""
    app.extensions["studio"] = Studio(config)


def studio() -> Studio:
    """The studio of the application that answers this request."""
    found: Studio = current_app.extensions["studio"]
    return found


def _known(form: str) -> str:
    if form not in FORMATS:
        raise NotAcceptable.because("map.format", format=form, formats="、".join(FORMATS))
    return form


def _kept(path: Path, picture: bytes) -> Path:
    """Write a picture to its place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, picture)
    return path
