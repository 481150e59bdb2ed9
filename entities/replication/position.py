"""How far a base has followed another one: kept in the base itself, written in the transaction that moves it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from entities.model import TransactionNumber
from entities.store.database import Database

_NAME: Final = "follows "


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
    text = orjson.dumps(told).decode()
    name = _NAME + position.source
    if not database.run("UPDATE setting SET value = ? WHERE name = ?", [text, name]):
        database.insert("setting", ("name", "value"), [(name, text)])
