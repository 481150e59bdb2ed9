"""The desk: the connection to the service's own tables, kept apart from the base so that a long load blocks nobody.

SQLite lets one connection write at a time. On SQLite the desk is therefore a second file beside the base, so that
progress, sign-ins and new uploads are written while a load writes the base; on PostgreSQL it is the same database.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from entities.store import Database
from entities.store.connect import connect
from entities.store.database import Row
from service import tables


class Desk:
    """The service's own tables, opened by one thread."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, base: str) -> "Desk":
        """Open the desk of the base at this URL, making its tables where they are missing."""
        database = connect(desk_url(base))
        tables.prepare(database)
        return cls(database)

    def close(self) -> None:
        """Give the connection back."""
        self.database.close()

    def rows(self, statement: str, *values: object) -> list[Row]:
        """Run a SELECT and return its rows; nothing stays locked or open."""
        try:
            return self.database.query(statement, values)
        finally:
            self.database.rollback()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Change rows: all of the block, or nothing."""
        try:
            yield self.database
            self.database.commit()
        finally:
            self.database.rollback()

    def change(self, table: str, key: tuple[str, object], **values: object) -> int:
        """Set columns of the rows whose column `key[0]` is `key[1]`; returns how many rows there are."""
        marks = ", ".join(f"{name} = ?" for name in values)
        with self.writing() as database:
            return database.run(f"UPDATE {table} SET {marks} WHERE {key[0]} = ?", [*values.values(), key[1]])

    def add(self, table: str, **values: object) -> None:
        """Insert one row."""
        with self.writing() as database:
            database.insert(table, list(values), [list(values.values())])


def desk_url(base: str) -> str:
    """Where the desk of a base is: `desk.sqlite` beside an SQLite file, else the base itself."""
    if not base.startswith("sqlite:///"):
        return base
    return f"sqlite:///{Path(base.removeprefix('sqlite:///')).with_name('desk.sqlite')}"


def now() -> int:
    """The time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def packed(value: Mapping[str, object] | list[object]) -> str:
    """A value as the JSON text that a column holds."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
