"""A base on a server: PostgreSQL with PostGIS, where other programs can read the geometries in place."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Final, Self

from psycopg2.errors import LockNotAvailable
from pydal import DAL

from entities.errors import Busy
from entities.store.database import Box, Database, Row

_NAMES: Final = count()


class PostgisDatabase(Database):
    """A PostgreSQL server with PostGIS; geometries are real ones, so that any GIS can read them in place."""

    shape_type = "geometry"

    @classmethod
    def open(cls, url: str) -> Self:
        address = url.replace("postgresql://", "postgres://", 1)
        try:
            return cls(DAL(address, folder=tempfile.gettempdir(), migrate=False, bigint_id=True))
        except RuntimeError as error:  # pydal's for a server that does not answer, the driver's reason somewhere inside
            reason = re.search(r"OperationalError: (.+)", str(error))
            raise ConnectionError(reason[1] if reason else "no answer") from None

    def begin_writing(self, patience: float | None = None) -> None:
        self.rollback()
        self.run(f"SET LOCAL lock_timeout = {1000 * (patience or 0):.0f}")  # 0 waits for ever
        try:
            self.run("SELECT pg_advisory_xact_lock(5218437)")
        except LockNotAvailable as error:
            self.rollback()
            raise Busy.because("base.busy", seconds=f"{patience:g}") from error
        self.run("SET LOCAL lock_timeout = 0")

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        with self.dal._adapter.connection.cursor(name=f"stream_{next(_NAMES)}") as cursor:  # the server keeps the rows
            cursor.execute(self._dialect(statement), tuple(values))
            yield from cursor

    def tables(self) -> set[str]:
        return {row[0] for row in self.query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}

    def shape(self, column: str) -> str:
        return f"ST_AsBinary({column})"

    def hexed(self, column: str) -> str:
        return f"encode({column}, 'hex')"

    def within(self, box: Box) -> tuple[str, list[object]]:
        return "shape && ST_MakeEnvelope(?, ?, ?, ?, 4490)", list(box)

    def boxes_join(self) -> str:
        box = "ST_MakeEnvelope(asked.west, asked.south, asked.east, asked.north, 4490)"
        return f"asked JOIN version AS v ON v.shape && {box}"

    def extent_of_boxes(self, condition: str) -> str:
        sides = "ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)"
        return f"SELECT {sides} FROM (SELECT ST_Extent(shape) AS box FROM version WHERE {condition}) AS around"

    def boxes_of(self, ids: Sequence[int]) -> dict[int, Box]:
        sides = "ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)"
        rows = self.query_in(f"SELECT id, {sides} FROM version WHERE id IN {{in}}", ids)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def with_boxes(self, columns: str, condition: str) -> str:
        sides = "ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)"
        return f"SELECT {columns}, {sides} FROM version WHERE {condition}"

    def touching(self, columns: str, box: Box) -> tuple[str, list[object]]:
        sides = "ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)"
        touch, values = self.within(box)
        return f"SELECT {columns}, {sides} FROM version AS v WHERE {touch}", values

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
