"""A base in one file: SQLite, read by many while one writes, with its own R*Tree."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydal import DAL

from entities.store.database import Box, Database


class SqliteDatabase(Database):
    """A file, read by many while one writes (WAL), with SQLite's own R*Tree."""

    @classmethod
    def open(cls, url: str) -> Self:
        path = Path(url.removeprefix("sqlite:///")).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        database = cls(DAL(f"sqlite://{path}", folder=str(path.parent), migrate=False, bigint_id=True))
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "busy_timeout=60000"):
            database._cursor().execute(f"PRAGMA {pragma}")
        return database

    def begin_writing(self) -> None:
        self.rollback()
        self._cursor().execute("BEGIN IMMEDIATE")

    def has_table(self, name: str) -> bool:
        return bool(self.query("SELECT 1 FROM sqlite_master WHERE name = ?", [name]))

    def hexed(self, column: str) -> str:
        return f"lower(hex({column}))"

    def within(self, box: Box) -> tuple[str, list[object]]:
        west, south, east, north = box
        condition = "id IN (SELECT id FROM version_box WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?)"
        return condition, [east, west, north, south]

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

    def delete_versions(self, ids: Sequence[tuple[int]]) -> None:
        super().delete_versions(ids)
        self.run_many("DELETE FROM version_box WHERE id = ?", ids)

    def create_indexes(self) -> None:
        super().create_indexes()
        self.run("CREATE VIRTUAL TABLE version_box USING rtree(id, west, east, south, north)")
