"""GeoParquet, read by pyarrow: WKB columns with their metadata (GeoParquet 1.0 and 1.1)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet

from entities.errors import Invalid
from entities.readers.package import Package
from entities.readers.source import Chunk, Declared, field_type, plain_type, scalars
from entities.readers.tables import has_arcs, shapes_of_wkb
from entities.rules import Finding

_DEFAULT_CRS: Final = "OGC:CRS84"  # what the standard says a column without "crs" has


class ParquetSource:
    """A GeoParquet file."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.findings: list[Finding] = []
        with self._opened() as file:
            geometry = self._geometry_metadata(file.schema_arrow.metadata or {})
            self.total: int | None = file.metadata.num_rows
            self.fields = [
                (column.name, field_type(column.type))
                for column in file.schema_arrow
                if column.name != self._column and not _is_covering(column, geometry)
            ]
        self.declared: Declared = _declared(geometry)
        self.geometry_types = frozenset(plain_type(name) for name in geometry.get("geometry_types", ()))

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the features, as many rows at a time as asked for."""
        row = 1
        names = [name for name, _ in self.fields]
        with self._opened() as file:
            try:
                for batch in file.iter_batches(size, columns=[self._column, *names]):
                    words = batch.column(self._column).to_numpy(zero_copy_only=False)
                    if has_arcs(words):  # the standard knows only straight lines
                        raise Invalid.because("pkg.format", name=self._package.name, why="GeoParquet: arcs")
                    shapes, faults = shapes_of_wkb(words)
                    columns = {name: scalars(batch.column(name)) for name in names}
                    yield Chunk(row, columns, shapes, faults=faults)
                    row += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                raise self._truncated(error) from None

    def _opened(self) -> pa.parquet.ParquetFile:
        try:
            return pa.parquet.ParquetFile(self._package.path)
        except (pa.ArrowException, OSError) as error:
            raise self._truncated(error) from None

    def _truncated(self, error: Exception) -> Invalid:
        return Invalid.because("pkg.truncated", name=self._package.name, why=str(error).splitlines()[0][:200])

    def _geometry_metadata(self, metadata: Mapping[bytes, bytes]) -> Mapping[str, Any]:
        """What the `geo` metadata says of the primary column."""
        try:
            geo = json.loads(metadata[b"geo"])
            self._column = str(geo["primary_column"])
            column: Mapping[str, Any] = geo["columns"][self._column]
        except (KeyError, TypeError, ValueError):
            raise Invalid.because("pkg.format", name=self._package.name, why="GeoParquet: geo metadata") from None
        if column.get("encoding") != "WKB":
            why = f"GeoParquet: {column.get('encoding')} ≠ WKB"
            raise Invalid.because("pkg.format", name=self._package.name, why=why)
        return column


def _declared(geometry: Mapping[str, object]) -> Declared:
    """The declared system: CRS84 where it is not named, none where it is named as null."""
    declared = geometry.get("crs", _DEFAULT_CRS)
    return declared if isinstance(declared, str | dict) else None


def _is_covering(column: pa.Field, geometry: Mapping[str, object]) -> bool:
    """Tell whether a column only repeats the bounding boxes, or holds more bytes than values."""
    covering = json.dumps(geometry.get("covering", {}))
    return pa.types.is_binary(column.type) or (pa.types.is_struct(column.type) and f'["{column.name}"' in covering)
