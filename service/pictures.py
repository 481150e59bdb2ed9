"""The pictures of a running service: where they lie, what the base names, and how a base that follows gets them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from entities.errors import Invalid, NotFound
from entities.painting import TEXTURES, pictures_in
from entities.pictures import Pictures, digest_of
from entities.rules import Finding
from entities.store import Store
from service.config import Config
from service.following.source import Source

_NAMED: Final = re.compile(rb'picture\\*":\\*"([0-9a-f]{64})')


def pictures_of(config: Config) -> Pictures:
    """The folder of a service's pictures."""
    return Pictures(config.data / "pictures")


def faults(config: Config, store: Store) -> Iterator[Finding]:
    """The pictures that the base names, at any time, and that are not here; and those that are other than they were."""
    pictures = pictures_of(config)
    for digest in sorted(_named(store)):
        if not pictures.has(digest):
            yield Finding("picture.lost", {"hash": digest, "why": "missing"})
    for digest, why in pictures.faults():
        yield Finding("picture.lost", {"hash": digest, "why": why})


def fetch(pictures: Pictures, source: Source, lines: Iterable[bytes]) -> None:
    """Fetch from a source the pictures that a page of its journal names and that are not here.

    What the source has lost itself is left out: `shikong verify` tells of it. `Invalid` (`follow.altered`) for one that
    is not what its name says.
    """
    named = {found.decode() for line in lines for found in _NAMED.findall(line)}
    for digest in sorted(named):
        if not pictures.has(digest):
            _fetch_one(pictures, source, digest)


def _fetch_one(pictures: Pictures, source: Source, digest: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / digest
        try:
            source.picture(digest, path)
        except NotFound:
            return
        if digest_of(path) != digest:
            raise Invalid.because("follow.altered")
        pictures.keep(digest, path)


def _named(store: Store) -> set[str]:
    """Every picture that any version ever named."""
    statement = "SELECT attributes FROM version WHERE attributes LIKE ?"
    rows = store.database.stream(statement, [f"%{TEXTURES}%"])
    return {one for (text,) in rows for one in pictures_in(orjson.loads(text).get(TEXTURES))}
