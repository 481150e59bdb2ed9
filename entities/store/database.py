"""What the store asks of a database, declared through pydal; `sqlite` and `postgis` answer in their own ways."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydal import Field
from pydal.helpers.classes import SQLCustomType

Row = tuple[Any, ...]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Tables = Callable[["type[Database]"], Mapping[str, Sequence[Field]]]
"""Declares tables, by name, for a kind of database."""

CHUNK: Final = 900
"""How many values one IN list may hold (SQLite's own limit was 999)."""


class Database:
    """One connection, used by one thread; a subclass fills in what differs."""

    shape_type = "blob"

    def __init__(self, dal: Any) -> None:
        self.dal = dal

    @classmethod
    def open(cls, url: str) -> Self:
        raise NotImplementedError

    def lacking(self, tables: Tables) -> frozenset[str]:
        """The names of those of some tables that are missing."""
        return _names(tables) - self.tables()

    def create(self, tables: Tables) -> None:
        """Create those of some tables that are missing, as pydal writes them; to be called while writing."""
        missing = self.lacking(tables)
        for name, fields in tables(type(self)).items():
            if name in missing:  # pydal's own migration keeps its state in files, so only its SQL is taken
                table = self.dal.define_table(name, *fields, migrate=False)
                self.run(self.dal._adapter.migrator.create_table(table, migrate=False))

    @classmethod
    def shape_field(cls, name: str) -> Field:
        """A column that holds a geometry: WKB on SQLite, a PostGIS geometry on PostgreSQL."""
        return Field(name, SQLCustomType(type="blob", native=cls.shape_type))

    def query(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a SELECT written with `?` and return all its rows."""
        cursor = self._cursor()
        cursor.execute(self._dialect(statement), tuple(values))
        rows: list[Row] = cursor.fetchall()
        return rows

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Run a SELECT written with `?` and yield its rows, however many; to be read before the next commit."""
        cursor = self._cursor()
        cursor.execute(self._dialect(statement), tuple(values))
        return iter(cursor)

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

    def begin_writing(self, patience: float | None = None) -> None:
        """Wait until no one else writes, then begin: transaction numbers are taken one at a time.

        `Busy` (`base.busy`) where others write longer than the seconds of `patience`.
        """
        raise NotImplementedError

    def commit(self) -> None:
        self.dal.commit()

    def rollback(self) -> None:
        self.dal.rollback()

    def close(self) -> None:
        self.dal.close()

    def tables(self) -> set[str]:
        """The names of the tables that there are."""
        raise NotImplementedError

    def shape(self, column: str) -> str:
        """The SQL expression that reads a geometry column as WKB."""
        return column

    def hexed(self, column: str) -> str:
        """The SQL expression that reads a blob as hexadecimal digits in small letters."""
        raise NotImplementedError

    def within(self, box: Box) -> tuple[str, list[object]]:
        """The SQL condition, and its values, that a row of `version` touches the box."""
        raise NotImplementedError

    def note_boxes(self, boxes: Sequence[Box]) -> None:
        """Write boxes down in the temporary table `asked`, in place of those before, each with its number."""
        sides = "west DOUBLE PRECISION, south DOUBLE PRECISION, east DOUBLE PRECISION, north DOUBLE PRECISION"
        self.run(f"CREATE TEMPORARY TABLE IF NOT EXISTS asked (place INTEGER, {sides})")
        self.run("DELETE FROM asked")
        self.insert("asked", ("place", "west", "south", "east", "north"), [(i, *box) for i, box in enumerate(boxes)])

    def boxes_join(self) -> str:
        """The FROM clause that joins `asked` with the rows of `version`, named v, that touch its boxes."""
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

    def with_boxes(self, columns: str, condition: str) -> str:
        """The SELECT of columns of `version` and of each row's west, south, east, north."""
        raise NotImplementedError

    def touching(self, columns: str, box: Box) -> tuple[str, list[object]]:
        """The SELECT of columns of `version` as v and of each row's box, and its values, where that touches a box.

        The spatial index is asked first; conditions may follow with AND.
        """
        raise NotImplementedError

    def delete_versions(self, ids: Sequence[tuple[int]]) -> None:
        """Delete rows of `version`; only for rows that no one has ever seen."""
        self.run_many("DELETE FROM version WHERE id = ?", ids)

    def create_indexes(self) -> None:
        """Create what pydal cannot declare: indexes, spatial ones included."""
        for statement in (*INDEXES, *LATER_INDEXES):
            self.run(statement)

    def _cursor(self) -> Any:
        return self._connection.cursor()

    @cached_property
    def _connection(self) -> Any:
        """The connection itself: pydal looks for it anew, thread by thread, at every statement."""
        return self.dal._adapter.connection

    def _dialect(self, statement: str) -> str:
        return statement


@cache
def _names(tables: Tables) -> frozenset[str]:
    """The names of declared tables: a base is opened often, and each time to make all fields takes a while."""
    return frozenset(tables(Database))


INDEXES: Final = (
    "CREATE UNIQUE INDEX journal_by_number ON journal (number)",
    "CREATE UNIQUE INDEX entity_by_code ON entity (code)",
    "CREATE INDEX entity_by_spatial ON entity (spatial)",
    "CREATE INDEX version_by_code ON version (code, known_to)",
    "CREATE INDEX version_by_layer ON version (layer, code)",
    "CREATE INDEX version_by_place ON version "
    "(layer, position, code, valid_from, valid_to, known_from, known_to, digest)",
    "CREATE INDEX version_by_known_from ON version (known_from)",
    "CREATE INDEX version_by_known_to ON version (known_to) WHERE known_to < 9007199254740991",
    "CREATE INDEX version_by_name ON version (name, code, known_to, valid_to) WHERE name IS NOT NULL",
    "CREATE UNIQUE INDEX change_by_number ON change (number, ordinal)",
    "CREATE INDEX link_by_value ON link (value, scheme)",
    "CREATE INDEX link_by_code ON link (code)",
    "CREATE INDEX lineage_by_parent ON lineage (parent)",
    "CREATE INDEX lineage_by_child ON lineage (child)",
)

LATER_INDEXES: Final = (
    "CREATE INDEX entity_by_born ON entity (born)",
    "CREATE INDEX journal_by_known_at ON journal (known_at)",
    "CREATE UNIQUE INDEX journal_by_origin ON journal (origin, origin_number)",
    "CREATE INDEX journal_by_reverts ON journal (reverts) WHERE reverts IS NOT NULL",
    "CREATE INDEX link_by_known_from ON link (known_from)",
    "CREATE INDEX link_by_known_to ON link (known_to) WHERE known_to < 9007199254740991",
    "CREATE INDEX lineage_by_number ON lineage (number, event)",
    "CREATE INDEX lineage_by_known_to ON lineage (known_to) WHERE known_to < 9007199254740991",
    "CREATE INDEX clash_by_number ON clash (number)",
    "CREATE INDEX clash_by_code ON clash (code)",
    "CREATE INDEX review_by_state ON review (state, number)",
    "CREATE INDEX review_by_number ON review (number)",
    "CREATE INDEX review_by_decided ON review (decided)",
    "CREATE INDEX review_by_key ON review (case_key)",
    "CREATE INDEX review_by_codes ON review (substr(codes, 1, 40))",
    "CREATE INDEX judgement_by_key ON judgement (case_key)",
    "CREATE INDEX judgement_by_number ON judgement (number)",
    "CREATE INDEX judgement_by_review ON judgement (review)",
)
"""Indexes that came with layout 2."""
