"""From layout 1 to layout 2: origins, events and what links say of themselves, for bases made before there were any."""

from collections import defaultdict
from typing import Final
from uuid import uuid4

from entities.model import LATEST, TransactionNumber
from entities.store.changes import records
from entities.store.database import LATER_INDEXES, Database
from entities.store.sealing import chained, seal

_COLUMNS: Final = {
    "journal": {"origin": "VARCHAR(36)", "origin_number": "BIGINT", "chain": "VARCHAR(64)", "reverts": "VARCHAR(32)"},
    "link": {"note": "TEXT"},
    "lineage": {"share_of_parent": "DOUBLE PRECISION", "event": "INTEGER", "known_to": "BIGINT"},
}


def widen(database: Database) -> None:
    """Add the columns that layout 1 lacks."""
    for table, columns in _COLUMNS.items():
        for name, kind in columns.items():
            database.run(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")


def fill_in(database: Database) -> None:
    """Fill the added columns, chain what was said so far, and index what is new."""
    base = str(uuid4())
    database.insert("setting", ("name", "value"), [("base", base)])
    database.run("UPDATE setting SET value = '2' WHERE name = 'layout'")
    database.run(f"UPDATE lineage SET known_to = {LATEST}")
    _number_events(database)
    for statement in LATER_INDEXES:
        database.run(statement)
    database.run("UPDATE journal SET origin = ?, origin_number = number", [base])
    _chain(database)


def _number_events(database: Database) -> None:
    """Count the events of each transaction: the steps of one parent's split, or of one child's merge."""
    events: dict[TransactionNumber, dict[tuple[str, str], int]] = defaultdict(dict)
    rows = []
    for row_id, number, kind, parent, child in database.query(
        "SELECT id, number, kind, parent, child FROM lineage ORDER BY id"
    ):
        own = events[number]
        rows.append((own.setdefault((kind, child if kind == "merge" else parent), len(own)), row_id))
    database.run_many("UPDATE lineage SET event = ? WHERE id = ?", rows)


def _chain(database: Database) -> None:
    chain, rows = "", []
    for record in records(database, "1 = 1 ORDER BY number", [], 2**31):
        chain = chained(chain, seal(database, record.number), record)
        rows.append((chain, record.number))
    database.run_many("UPDATE journal SET chain = ? WHERE number = ?", rows)
