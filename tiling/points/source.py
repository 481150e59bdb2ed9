"""Files of points as they are stored: LAS, LAZ and COPC, read in parts by laspy, each by its number in the file."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import laspy
import lazrs
import numpy as np
from laspy.errors import LaspyException
from lazrs import LazrsError
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from entities.crs import parse_crs
from entities.errors import Invalid
from tiling.points.layout import CODE, Layout

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_DECODER: Final = laspy.LazBackend.LazrsParallel
"""It lets nobody else run Python while it decodes, as its sister does, but decodes on all processors meanwhile."""

_Field: TypeAlias = laspy.DecompressionSelection
_DRAWN: Final = (
    _Field.XY_RETURNS_CHANNEL
    | _Field.Z
    | _Field.CLASSIFICATION
    | _Field.INTENSITY
    | _Field.POINT_SOURCE_ID
    | _Field.RGB
)
"""What is decoded where a format has its fields apart (6 and up): neither times nor angles."""

_RECORD, _EXTENDED = 54, 60  # bytes that a record takes at least, before and after the points

_UNREADABLE: Final = (LaspyException, LazrsError, ValueError, struct.error, EOFError)

_PANIC: Final = "PanicException"  # how a decoder written in Rust gives up; it has no name to import and is no Exception


@dataclass(frozen=True, slots=True)
class Cloud:
    """One file of points: `scale` and `offset` make whole numbers coordinates.

    `bounds` (2 x 3) is where it says its points lie. `Invalid` (`points.header`) where any of these is no number.
    """

    path: Path
    count: int
    layout: Layout
    scale: Floats
    offset: Floats
    bounds: Floats
    crs: CRS | None

    def __post_init__(self) -> None:
        numbers = np.concatenate([self.scale, self.offset])
        if not np.isfinite(numbers).all() or (self.scale <= 0).any():
            raise Invalid.because("points.header", name=self.path.name)

    @classmethod
    def of(cls, path: Path) -> "Cloud":
        """Read a file's header; `Invalid` (`points.format`, `points.truncated`, `points.empty`, `points.header`)."""
        try:
            _check_records(path)
            with laspy.open(path, laz_backend=_DECODER) as reader:
                header, compressed = reader.header, reader.header.are_points_compressed
        except _UNREADABLE as error:
            raise Invalid.because("points.format", name=path.name, why=str(error)[:80]) from None
        kind = header.point_format.dtype()
        if not header.point_count:
            raise Invalid.because("points.empty", name=path.name)
        there = _chunked(path, header) if compressed else _bytes_of_points(path, header) // kind.itemsize
        if there < header.point_count:
            raise Invalid.because("points.truncated", name=path.name, there=max(0, there), told=header.point_count)
        return cls(
            path=path,
            count=int(header.point_count),
            layout=Layout.of(kind, header.point_format.id >= 6),
            scale=np.array(header.scales, np.float64),
            offset=np.array(header.offsets, np.float64),
            bounds=np.array([header.mins, header.maxs], np.float64),
            crs=_crs(header, path.name),
        )

    def read(self, first: int, count: int) -> tuple[Bytes, NDArray[np.uint64] | None]:
        """Points of the file as bytes (n x stride), and the entity code of each, where they have one.

        `Invalid` (`points.damaged`) where they cannot be decoded or are not all there.
        """
        fields = _DRAWN | _Field.ALL_EXTRA_BYTES if self.layout.names else _DRAWN
        try:
            with laspy.open(self.path, laz_backend=_DECODER, decompression_selection=fields) as reader:
                reader.seek(first)
                points = reader.read_points(count).array
        except BaseException as error:
            if not isinstance(error, _UNREADABLE) and type(error).__name__ != _PANIC:
                raise
            raise Invalid.because("points.damaged", name=self.path.name, first=first, why=str(error)[:80]) from None
        if len(points) != count:
            raise Invalid.because("points.truncated", name=self.path.name, there=first + len(points), told=self.count)
        codes = points[CODE].copy() if self.layout.names else None
        return points.view(np.uint8).reshape(count, points.itemsize), codes


def _check_records(path: Path) -> None:
    """Refuse (`ValueError`) a header that tells of more records than fit: laspy would look for every one of them."""
    with path.open("rb") as file:
        before, several = _number(file, "<I", 96), _number(file, "<I", 100)  # where points begin; records before
        minor, extended = _number(file, "<B", 25), _number(file, "<I", 243)  # and records after them
    if several * _RECORD > before or (minor >= 4 and extended * _EXTENDED > path.stat().st_size):
        raise ValueError(f"{several} + {extended} records")


def _bytes_of_points(path: Path, header: laspy.LasHeader) -> int:
    return path.stat().st_size - int(header.offset_to_point_data)


def _chunked(path: Path, header: laspy.LasHeader) -> int:
    """How many points the chunks of a LAZ hold, the last of fixed ones taken as full.

    `Invalid` (`points.damaged`) where the table of them is not whole. Its length is looked at before the decoder sees
    it, since that would ask for memory for as many chunks as a broken table tells of.
    """
    with path.open("rb") as file:
        start, size = int(header.offset_to_point_data), path.stat().st_size
        table = _number(file, "<q", start)
        table = _number(file, "<q", size - 8) if table == -1 else table  # a writer that could not go back
        chunks = _number(file, "<I", table + 4) if start < table < size else size
        if chunks > (size - start) // header.point_format.size:
            raise Invalid.because("points.damaged", name=path.name, first=0, why="chunk table")
        file.seek(start)
        try:
            known = lazrs.read_chunk_table(file, lazrs.LazVlr(header.vlrs.get("LasZipVlr")[0].record_data))
        except LazrsError as error:
            raise Invalid.because("points.damaged", name=path.name, first=0, why=str(error)[:80]) from None
    return sum(points for points, _ in known)


def _number(file: BinaryIO, form: str, at: int) -> int:
    """A whole number of a file; 0 where the file has none there."""
    file.seek(max(0, at))
    data = file.read(struct.calcsize(form))
    return int(struct.unpack(form, data)[0]) if len(data) == struct.calcsize(form) else 0


def _crs(header: laspy.LasHeader, name: str) -> CRS | None:
    """The coordinate system that a header names; None where it names none, or one that says nothing."""
    try:
        found = header.parse_crs()
    except CRSError:
        return None
    return None if found is None else parse_crs(found.to_wkt(), name)
