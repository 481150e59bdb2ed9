"""Digests of a base: equal where two bases hold the same history, or where they say the same now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import orjson

from entities.model import LATEST
from entities.replication.bundle import LINK, STEP
from entities.replication.clashing import COLUMNS as CLASH
from entities.store.changes import COLUMNS as CHANGE
from entities.store.changes import RECORD
from entities.store.database import Database, Row

_STANDING: Final = f"WHERE known_to = {LATEST}"
_LINK: Final = ", ".join(LINK)
_STEP: Final = ", ".join(STEP)


@dataclass(frozen=True, slots=True)
class Digests:
    """Two digests of one base.

    `history` is over everything said, on both axes, with the numbers of transactions: a base that only follows another
    one has the same. `present` is over what is held true now of every day, without numbers: bases that each write their
    own have the same once they know all of each other's.
    """

    history: str
    present: str


def digests(database: Database) -> Digests:
    """The digests of a base, whatever database it is in and in whatever order its rows stand."""
    return Digests(_digest(database, _history(database)), _digest(database, _present(database)))


def _history(database: Database) -> Iterator[str]:
    content, digest = database.hexed("content"), database.hexed("digest")
    periods = "code, valid_from, valid_to, known_from, known_to, surveyed, class_code, layer, position"
    yield f"SELECT {', '.join(RECORD)} FROM journal"
    yield "SELECT code, spatial, born FROM entity"
    yield f"SELECT {periods}, {content}, {digest} FROM version"
    yield f"SELECT {', '.join(CHANGE)} FROM change"
    yield f"SELECT {_LINK}, known_from, known_to FROM link"
    yield f"SELECT {_STEP}, number, known_to FROM lineage"
    yield f"SELECT number, {', '.join(CLASH)} FROM clash"


def _present(database: Database) -> Iterator[str]:
    yield "SELECT code, spatial FROM entity"
    yield f"SELECT code, valid_from, valid_to, {database.hexed('content')} FROM version {_STANDING}"
    yield f"SELECT {_LINK} FROM link {_STANDING}"
    yield f"SELECT kind, parent, child, share, share_of_parent, day FROM lineage {_STANDING}"


def _digest(database: Database, statements: Iterable[str]) -> str:
    tables = blake2b(digest_size=32)
    for statement in statements:
        tables.update(_of_rows(database.stream(statement)))
    return tables.hexdigest()


def _of_rows(rows: Iterable[Row]) -> bytes:
    """A hash of rows in whatever order they come; keeps 16 bytes of each."""
    hashes = bytearray()
    for row in rows:
        hashes += blake2b(orjson.dumps(row), digest_size=16).digest()
    words = np.frombuffer(hashes, ">u8").reshape(-1, 2)
    return blake2b(words[np.lexsort(words.T)].tobytes(), digest_size=32).digest()
