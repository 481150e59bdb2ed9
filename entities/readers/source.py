"""What every format's reader offers: the columns and the geometry of a file, chunk after chunk, as they stand in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from entities.model import Scalar
from entities.readers.solids import Solid
from entities.rules import Finding

Shapes = npt.NDArray[np.object_]

Declared = str | Mapping[str, object] | None
"""The coordinate system as a file names it: a code, an address, WKT, PROJJSON, or nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a feature cannot become a candidate: the rule it breaks, and what is to be said of it."""

    rule: str
    why: str


@dataclass(slots=True)
class Chunk:
    """Some features that follow each other in a file.

    `columns` has one list a field. `shapes` are in the file's coordinates; a city model has `solids` in their place.
    `faults` are what is wrong with single geometries, by their index; `ids` what the format itself calls
    its features; `pictures` the files of the pictures met so far, by their SHA-256.
    """

    first_row: int
    columns: dict[str, list[Scalar]]
    shapes: Shapes | None = None
    solids: Sequence[Solid] | None = None
    ids: Sequence[str | None] | None = None
    faults: dict[int, Fault] = field(default_factory=dict)
    pictures: Mapping[str, Path] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes) if self.shapes is not None else len(self.solids or ())


def finding(chunk: Chunk, index: int, rule: str, **values: object) -> Finding:
    """A finding of one feature of a chunk, with its row and the id its file gives it."""
    return Finding(rule, values, chunk.first_row + index, chunk.ids[index] if chunk.ids else None)


class Source(Protocol):
    """A file opened by the reader of its format."""

    declared: Declared
    fields: list[tuple[str, str]]
    total: int | None
    geometry_types: frozenset[str]  # Point, LineString, Polygon, Solid
    findings: list[Finding]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the features in the order of the file; may be asked for again."""
        ...


def plain_type(name: str) -> str:
    """The kind of geometry a layer's type name stands for: `MultiPolygon Z` is a Polygon."""
    for kind in ("Polygon", "LineString", "Point"):
        if kind.lower() in name.lower().replace("curve", "linestring").replace("surface", "polygon"):
            return kind
    return "Polygon" if name.lower() in ("surface", "tin") else "Unknown"


def field_type(kind: pa.DataType) -> str:
    """The plain name of a column's type: text, integer, number, boolean, date, time or other."""
    types = pa.types
    tests = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("number", lambda t: types.is_floating(t) or types.is_decimal(t)),
        ("text", lambda t: types.is_string(t) or types.is_large_string(t) or types.is_dictionary(t)),
        ("date", types.is_date),
        ("time", types.is_temporal),
    )
    return next((name for name, test in tests if test(kind)), "other")


def scalars(column: pa.Array) -> list[Scalar]:
    """The values of an Arrow column as plain Python values; what JSON has no word for (NaN, infinity) is None."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return scalars(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(column)
    if pa.types.is_integer(kind) and column.null_count == 0:
        whole: list[Scalar] = column.to_numpy(zero_copy_only=False).tolist()
        return whole
    return [scalar(value) for value in column.to_pylist()]


def _texts(column: pa.Array) -> list[Scalar]:
    """Texts; what is no UTF-8 is kept with U+FFFD for it, which breaks `attr.encoding` feature by feature."""
    try:
        texts: list[Scalar] = column.to_numpy(zero_copy_only=False).tolist()
    except pa.ArrowException:
        words = column.cast(pa.large_binary()).to_pylist()
        return [None if word is None else word.decode("utf-8", "replace") for word in words]
    return texts


def _floats(column: pa.Array) -> list[Scalar]:
    """Floats; those of single precision as their shortest decimal says them, 17.53 and not 17.530000686645508."""
    values = column.to_numpy(zero_copy_only=False)
    wide = values.astype(np.float64) if values.dtype == np.float64 else values.astype("U").astype(np.float64)
    if np.isfinite(wide).all():
        found: list[Scalar] = wide.tolist()
        return found
    return [value if isfinite(value) else None for value in wide.tolist()]


def scalar(value: object) -> Scalar:
    """One value as a scalar: dates in ISO 8601, nested values as JSON text, bytes left out."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def flatten(nested: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield the members of nested JSON objects as `outer.inner` with scalar values."""
    for name, value in nested.items():
        if isinstance(value, str | int):  # most are
            yield prefix + name, value
        elif isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, scalar(value)


def columns_of(rows: Sequence[Mapping[str, Scalar]]) -> dict[str, list[Scalar]]:
    """Rows of differing members as columns, in the order in which the members were met."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in rows] for name in names}


def fields_of(columns: Mapping[str, Sequence[Scalar]]) -> list[tuple[str, str]]:
    """Names and plain types of columns that declare none, from their values."""
    return [(name, _type_of(values)) for name, values in columns.items()]


def _type_of(values: Sequence[Scalar]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "text"
