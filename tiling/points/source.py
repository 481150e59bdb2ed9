"""Files of points as they are stored: LAS, LAZ and COPC, what their headers say of the points in them."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

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
from tiling.points.decoder import Asked
from tiling.points.layout import ABSENT, Layout

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_DRAWN: Final = (
    lazrs.SELECTIVE_DECOMPRESS_XY_RETURNS_CHANNEL
    | lazrs.SELECTIVE_DECOMPRESS_Z
    | lazrs.SELECTIVE_DECOMPRESS_CLASSIFICATION
    | lazrs.SELECTIVE_DECOMPRESS_INTENSITY
    | lazrs.SELECTIVE_DECOMPRESS_POINT_SOURCE_ID
    | lazrs.SELECTIVE_DECOMPRESS_RGB
)
"""What is decoded where a format has its fields apart (6 and up): neither times nor angles."""

_RECORD, _EXTENDED = 54, 60  # bytes that a record takes at least, before and after the points

_UNREADABLE: Final = (LaspyException, LazrsError, ValueError, struct.error, EOFError)


@dataclass(frozen=True, slots=True)
class Cloud:
    """One file of points, which begin at byte `start` and have `size` bytes each.

    `packed` is the LASzip record that says how they are packed, nothing where they are not; `scale` and `offset` make
    whole numbers coordinates, and `bounds` (2 x 3) is where it says its points lie. `Invalid` (`points.header`) where
    any of these is no number.
    """

    path: Path
    start: int
    count: int
    size: int
    packed: bytes
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
            with laspy.open(path) as reader:
                header, compressed = reader.header, reader.header.are_points_compressed
        except _UNREADABLE as error:
            raise Invalid.because("points.format", name=path.name, why=str(error)[:80]) from None
        kind = header.point_format.dtype()
        if not header.point_count:
            raise Invalid.because("points.empty", name=path.name)
        packed = header.vlrs.get("LasZipVlr")[0].record_data if compressed else b""
        there = _chunked(path, header, packed) if packed else _bytes_of_points(path, header) // kind.itemsize
        if there < header.point_count:
            raise Invalid.because("points.truncated", name=path.name, there=max(0, there), told=header.point_count)
        return cls(
            path=path,
            start=int(header.offset_to_point_data),
            count=int(header.point_count),
            size=kind.itemsize,
            packed=packed,
            layout=Layout.of(kind, header.point_format.id >= 6),
            scale=np.array(header.scales, np.float64),
            offset=np.array(header.offsets, np.float64),
            bounds=np.array([header.mins, header.maxs], np.float64),
            crs=_crs(header, path.name),
        )

    def asked(self, parts: list[tuple[int, int]]) -> Asked:
        """What a decoder is told of the file; `parts` are the first point and how many."""
        named = self.layout.code != ABSENT
        fields = _DRAWN | lazrs.SELECTIVE_DECOMPRESS_ALL_EXTRA_BYTES if named else _DRAWN
        return Asked(str(self.path), self.start, self.packed.hex(), fields, self.size, parts)


def _check_records(path: Path) -> None:
    """Refuse (`ValueError`) a header that tells of more records than fit: laspy would look for every one of them."""
    with path.open("rb") as file:
        before, several = _number(file, "<I", 96), _number(file, "<I", 100)  # where points begin; records before
        minor, extended = _number(file, "<B", 25), _number(file, "<I", 243)  # and records after them
    if several * _RECORD > before or (minor >= 4 and extended * _EXTENDED > path.stat().st_size):
        raise ValueError(f"{several} + {extended} records")


def _bytes_of_points(path: Path, header: laspy.LasHeader) -> int:
    return path.stat().st_size - int(header.offset_to_point_data)


def _chunked(path: Path, header: laspy.LasHeader, packed: bytes) -> int:
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
            known = lazrs.read_chunk_table(file, lazrs.LazVlr(packed))
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
