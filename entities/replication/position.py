"""How far a base has followed another one: kept in the base itself, written in the transaction that moves it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Final

import orjson

from entities.errors import Conflict
from entities.model import TransactionNumber
from entities.store.database import Database

_NAME: Final = "follows "
_PLACE: Final = "found at "


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to and including this transaction of a source is here; `chain` is the source's chain there."""

    source: str  # the id of the base followed
    number: TransactionNumber = 0
    chain: str = ""


def position_of(database: Database, source: str) -> Position:
    """How far this base has followed a source; at the beginning where it has not yet."""
    rows = database.query("SELECT value FROM setting WHERE name = ?", [_NAME + source])
    return Position(source, **orjson.loads(rows[0][0])) if rows else Position(source)


def positions(database: Database) -> list[Position]:
    """How far this base has followed each of its sources."""
    rows = database.query("SELECT name, value FROM setting WHERE name LIKE ? ORDER BY name", [_NAME + "%"])
    return [Position(name.removeprefix(_NAME), **orjson.loads(value)) for name, value in rows]


def save(database: Database, position: Position) -> None:
    """Write how far a source was followed; to be committed with what was taken from it."""
    told: Mapping[str, object] = {name: value for name, value in asdict(position).items() if name != "source"}
    _set(database, _NAME + position.source, orjson.dumps(told).decode())


def recognise(database: Database, url: str, base: str) -> None:
    """Remember which base answers at an address. `Conflict` (`follow.source`) where it was another one before."""
    name = _PLACE + blake2b(url.rstrip("/").encode(), digest_size=16).hexdigest()
    known = database.query("SELECT value FROM setting WHERE name = ?", [name])
    if known and known[0][0] != base:
        before = position_of(database, known[0][0]).number
        raise Conflict.because("follow.source", base=known[0][0], number=before, last=f"{base}: …")
    if not known:
        _set(database, name, base)
        database.commit()


def _set(database: Database, name: str, value: str) -> None:
    if not database.run("UPDATE setting SET value = ? WHERE name = ?", [value, name]):
        database.insert("setting", ("name", "value"), [(name, value)])
