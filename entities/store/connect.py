"""From a URL to the database it names."""

from typing import Final
from urllib.parse import urlsplit

from entities.errors import Invalid
from entities.store.database import Database
from entities.store.postgis import PostgisDatabase
from entities.store.sqlite import SqliteDatabase

_KINDS: Final[dict[str, type[Database]]] = {
    "sqlite": SqliteDatabase,
    "postgresql": PostgisDatabase,
    "postgres": PostgisDatabase,
}


def connect(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://user:password@host/name`; `Invalid` (`base.url`) for others."""
    kind = _KINDS.get(urlsplit(url).scheme)
    if kind is None:
        raise Invalid.because("base.url", url=url)
    return kind.open(url)
