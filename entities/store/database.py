"""The connection to the database: the one module that knows pydal, and the few places where databases differ."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pydal import DAL, Field
from pydal.helpers.classes import SQLCustomType

from entities.errors import Invalid

Row = tuple[Any, ...]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

CHUNK: Final = 900
"""How many values one IN list may hold (SQLite's own limit was 999)."""


class Database:
    """One connection, used by one thread; `SqliteDatabase` and `PostgisDatabase` fill in what differs."""

    shape_type = "blob"

    def __init__(self, dal: Any) -> None:
        self.dal = dal

    @staticmethod
    def connect(url: str) -> "Database":
        """Open `sqlite:///path` or `postgresql://user:password@host/name`; `Invalid` (`base.url`) for others."""
        kinds = {"sqlite": SqliteDatabase, "postgresql": PostgisDatabase, "postgres": PostgisDatabase}
        kind = kinds.get(urlsplit(url).scheme)
        if kind is None:
            raise Invalid.because("base.url", url=url)
        return kind.open(url)

    @classmethod
    def open(cls, url: str) -> Self:
        raise NotImplementedError

    def define(self, name: str, *fields: Field) -> bool:
        """Declare a table to pydal and create it where it is missing; tell whether it was created."""
        table = self.dal.define_table(name, *fields, migrate=False)
        missing = not self.has_table(name)
        if missing:  # pydal's own migration keeps its state in files, so only its SQL is taken
            self.run(self.dal._adapter.migrator.create_table(table, migrate=False))
        return missing

    def shape_field(self, name: str) -> Field:
        """A column that holds a geometry: WKB on SQLite, a PostGIS geometry on PostgreSQL."""
        return Field(name, SQLCustomType(type="blob", native=self.shape_type))

    def query(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a SELECT written with `?` and return all its rows."""
        cursor = self._cursor()
        cursor.execute(self._dialect(statement), tuple(values))
        rows: list[Row] = cursor.fetchall()
        return rows

    def query_in(self, statement: str, members: Sequence[object], values: Sequence[object] = ()) -> list[Row]:
        """Run a SELECT whose `{in}` is replaced by placeholders for `members`, in chunks; `values` come after."""
        rows: list[Row] = []
        for start in range(0, len(members), CHUNK):
            chunk = members[start : start + CHUNK]
            marks = ",".join("?" * len(chunk))
            rows += self.query(statement.replace("{in}", f"({marks})"), [*chunk, *values])
        return rows

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run one statement that changes rows and return how many it changed."""
        cursor = self._cursor()
        cursor.execute(self._dialect(statement), tuple(values))
        return int(cursor.rowcount)

    def run_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement once for each row of values."""
        self._cursor().executemany(self._dialect(statement), rows)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Insert many rows the fastest way the database has."""
        marks = ",".join("?" * len(columns))
        self.run_many(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)

    def begin_writing(self) -> None:
        """Wait until no one else writes, then begin: transaction numbers are taken one at a time."""
        raise NotImplementedError

    def commit(self) -> None:
        self.dal.commit()

    def rollback(self) -> None:
        self.dal.rollback()

    def close(self) -> None:
        self.dal.close()

    def has_table(self, name: str) -> bool:
        raise NotImplementedError

    def shape(self, column: str) -> str:
        """The SQL expression that reads a geometry column as WKB."""
        return column

    def within(self, box: Box) -> tuple[str, list[object]]:
        """The SQL condition, and its values, that a row of `version` touches the box."""
        raise NotImplementedError

    def extent_of_boxes(self, condition: str) -> str:
        """The SELECT of west, south, east, north around all rows of `version` that meet a condition."""
        raise NotImplementedError

    def insert_boxes(self, ids: Sequence[int], bounds: NDArray[np.float64]) -> None:
        """Enter new rows of `version` in the spatial index; `bounds` is one (west, south, east, north) a row."""

    def copy_boxes(self, copies: Sequence[tuple[int, int]]) -> None:
        """Enter rows of `version` in the spatial index where others stand: (new id, old id)."""

    def boxes_of(self, ids: Sequence[int]) -> dict[int, Box]:
        """The bounding boxes of rows of `version`."""
        raise NotImplementedError

    def delete_versions(self, ids: Sequence[tuple[int]]) -> None:
        """Delete rows of `version`; only for rows that no one has ever seen."""
        self.run_many("DELETE FROM version WHERE id = ?", ids)

    def create_indexes(self) -> None:
        """Create what pydal cannot declare: indexes, spatial ones included."""
        for statement in INDEXES:
            self.run(statement)

    def _cursor(self) -> Any:
        return self.dal._adapter.connection.cursor()

    def _dialect(self, statement: str) -> str:
        return statement


INDEXES: Final = (
    "CREATE UNIQUE INDEX journal_by_number ON journal (number)",
    "CREATE UNIQUE INDEX entity_by_code ON entity (code)",
    "CREATE INDEX entity_by_spatial ON entity (spatial)",
    "CREATE INDEX version_by_code ON version (code, known_to)",
    "CREATE INDEX version_by_place ON version "
    "(layer, position, code, valid_from, valid_to, known_from, known_to, digest)",
    "CREATE INDEX version_by_known_from ON version (known_from)",
    "CREATE INDEX version_by_known_to ON version (known_to) WHERE known_to < 9007199254740991",
    "CREATE INDEX version_by_name ON version (name, code, known_to, valid_to) WHERE name IS NOT NULL",
    "CREATE UNIQUE INDEX change_by_number ON change (number, ordinal)",
    "CREATE INDEX change_by_code ON change (code, number)",
    "CREATE INDEX link_by_value ON link (value, scheme)",
    "CREATE INDEX link_by_code ON link (code)",
    "CREATE INDEX lineage_by_parent ON lineage (parent)",
    "CREATE INDEX lineage_by_child ON lineage (child)",
)


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

    def delete_versions(self, ids: Sequence[tuple[int]]) -> None:
        super().delete_versions(ids)
        self.run_many("DELETE FROM version_box WHERE id = ?", ids)

    def create_indexes(self) -> None:
        super().create_indexes()
        self.run("CREATE VIRTUAL TABLE version_box USING rtree(id, west, east, south, north)")


class PostgisDatabase(Database):
    """A PostgreSQL server with PostGIS; geometries are real ones, so that any GIS can read them in place."""

    shape_type = "geometry"

    @classmethod
    def open(cls, url: str) -> Self:
        address = url.replace("postgresql://", "postgres://", 1)
        return cls(DAL(address, folder=tempfile.gettempdir(), migrate=False, bigint_id=True))

    def begin_writing(self) -> None:
        self.rollback()
        self.run("SELECT pg_advisory_xact_lock(5218437)")

    def has_table(self, name: str) -> bool:
        return bool(self.query("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?", [name]))

    def shape(self, column: str) -> str:
        return f"ST_AsBinary({column})"

    def within(self, box: Box) -> tuple[str, list[object]]:
        return "shape && ST_MakeEnvelope(?, ?, ?, ?, 4490)", list(box)

    def extent_of_boxes(self, condition: str) -> str:
        sides = "ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)"
        return f"SELECT {sides} FROM (SELECT ST_Extent(shape) AS box FROM version WHERE {condition}) AS around"

    def boxes_of(self, ids: Sequence[int]) -> dict[int, Box]:
        sides = "ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)"
        rows = self.query_in(f"SELECT id, {sides} FROM version WHERE id IN {{in}}", ids)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def create_indexes(self) -> None:
        super().create_indexes()
        self.run("CREATE INDEX version_by_shape ON version USING gist (shape)")

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        writers = [_as_geometry if column in ("shape", "solid") else _copied for column in columns]
        lines = ("\t".join([write(value) for write, value in zip(writers, row, strict=True)]) + "\n" for row in rows)
        with tempfile.SpooledTemporaryFile(max_size=64 << 20, mode="w+", encoding="utf-8", newline="\n") as page:
            page.writelines(lines)
            page.seek(0)
            self._cursor().copy_expert(f"COPY {table} ({','.join(columns)}) FROM STDIN", page)

    def _dialect(self, statement: str) -> str:
        return statement.replace("%", "%%").replace("?", "%s")


def _as_geometry(wkb: object) -> str:
    """WKB as hexadecimal EWKB on CGCS2000: the type's SRID flag set, EPSG:4490 after it."""
    if not isinstance(wkb, bytes):
        return "\\N"
    flagged = int.from_bytes(wkb[1:5], "little") | 0x20000000
    return (wkb[:1] + flagged.to_bytes(4, "little") + (4490).to_bytes(4, "little") + wkb[5:]).hex()


_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copied(value: object) -> str:
    """One value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).translate(_ESCAPES)
