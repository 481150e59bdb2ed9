"""A base in one file: SQLite, read by many while one writes, with its own R*Tree."""

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import OperationalError
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydal import DAL

from entities.errors import Busy
from entities.store.database import Box, Database

_PATIENCE: Final = 60_000
"""Milliseconds to wait for others to end writing."""


class SqliteDatabase(Database):
    """A file, read by many while one writes (WAL), with SQLite's own R*Tree."""

    @classmethod
    def open(cls, url: str) -> Self:
        path = Path(url.removeprefix("sqlite:///")).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        database = cls(DAL(f"sqlite://{path}", folder=str(path.parent), migrate=False, bigint_id=True))
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", f"busy_timeout={_PATIENCE}"):
            database._cursor().execute(f"PRAGMA {pragma}")
        return database

    def begin_writing(self, patience: float | None = None) -> None:
        self.rollback()
        if patience is None:
            self._cursor().execute("BEGIN IMMEDIATE")
            return
        self._cursor().execute(f"PRAGMA busy_timeout={1000 * patience:.0f}")
        try:
            self._cursor().execute("BEGIN IMMEDIATE")
        except OperationalError as error:
            raise Busy.because("base.busy", seconds=f"{patience:g}") from error
        finally:
            self._cursor().execute(f"PRAGMA busy_timeout={_PATIENCE}")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            super().rollback()

    def tables(self) -> set[str]:
        return {row[0] for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def hexed(self, column: str) -> str:
        return f"lower(hex({column}))"

    def within(self, box: Box) -> tuple[str, list[object]]:
        west, south, east, north = box
        condition = "id IN (SELECT id FROM version_box WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?)"
        return condition, [east, west, north, south]

    def boxes_join(self) -> str:
        touch = "b.west <= asked.east AND b.east >= asked.west AND b.south <= asked.north AND b.north >= asked.south"
        return f"asked CROSS JOIN version_box AS b ON {touch} JOIN version AS v ON v.id = b.id"

    def extent_of_boxes(self, condition: str) -> str:
        sides = "MIN(west), MIN(south), MAX(east), MAX(north)"
        return f"SELECT {sides} FROM version_box WHERE id IN (SELECT id FROM version WHERE {condition})"

    def insert_boxes(self, ids: Sequence[int], bounds: NDArray[np.float64]) -> None:
        rows = zip(ids, *bounds.T.tolist(), strict=True)
        self.run_many("INSERT INTO version_box (id, west, east, south, north) VALUES (?1, ?2, ?4, ?3, ?5)", rows)

    def copy_boxes(self, copies: Sequence[tuple[int, int]]) -> None:
        sides = "west, east, south, north"
        self.run_many(f"INSERT INTO version_box (id, {sides}) SELECT ?, {sides} FROM version_box WHERE id = ?", copies)

    def boxes_of(self, ids: Sequence[int]) -> dict[int, Box]:
        rows = self.query_in("SELECT id, west, south, east, north FROM version_box WHERE id IN {in}", ids)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def with_boxes(self, columns: str, condition: str) -> str:
        return f"SELECT {columns}, west, south, east, north FROM version JOIN version_box USING (id) WHERE {condition}"

    def touching(self, columns: str, box: Box) -> tuple[str, list[object]]:
        west, south, east, north = box
        joined = "version_box AS b CROSS JOIN version AS v ON v.id = b.id"  # CROSS keeps SQLite to this order
        condition = "west <= ? AND east >= ? AND south <= ? AND north >= ?"
        statement = f"SELECT {columns}, west, south, east, north FROM {joined} WHERE {condition}"
        return statement, [east, west, north, south]

    def delete_versions(self, ids: Sequence[tuple[int]]) -> None:
        super().delete_versions(ids)
        self.run_many("DELETE FROM version_box WHERE id = ?", ids)

    def create_indexes(self) -> None:
        super().create_indexes()
        self.run("CREATE VIRTUAL TABLE version_box USING rtree(id, west, east, south, north)")
