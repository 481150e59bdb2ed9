"""From a URL to the database it names."""

import re
import sqlite3
from typing import Final
from urllib.parse import urlsplit

import psycopg2

from entities.errors import Conflict, Invalid
from entities.store.database import Database
from entities.store.postgis import PostgisDatabase
from entities.store.sqlite import SqliteDatabase

_KINDS: Final[dict[str, type[Database]]] = {
    "sqlite": SqliteDatabase,
    "postgresql": PostgisDatabase,
    "postgres": PostgisDatabase,
}


_FAULTS: Final = (OSError, sqlite3.Error, psycopg2.Error)


def connect(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://user:password@host/name`; `Invalid` (`base.url`) for others.

    `Conflict` (`base.open`) where there is something else, or nothing that answers.
    """
    kind = _KINDS.get(urlsplit(url).scheme)
    if kind is None:
        raise Invalid.because("base.url", url=url)
    try:
        return kind.open(url)
    except _FAULTS as error:
        named = re.sub("//[^/@]*@", "//", url)  # without the password
        raise Conflict.because("base.open", url=named, why=str(error).split("\n")[0]) from error
