"""Files of points as they are stored: LAS, LAZ and COPC, read in parts by laspy, each by its number in the file."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import laspy
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
            with laspy.open(path, laz_backend=_DECODER) as reader:
                header, compressed = reader.header, reader.header.are_points_compressed
        except _UNREADABLE as error:
            raise Invalid.because("points.format", name=path.name, why=str(error)[:80]) from None
        kind = header.point_format.dtype()
        if not header.point_count:
            raise Invalid.because("points.empty", name=path.name)
        there = (path.stat().st_size - header.offset_to_point_data) // kind.itemsize
        if not compressed and there < header.point_count:
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


def _crs(header: laspy.LasHeader, name: str) -> CRS | None:
    """The coordinate system that a header names; None where it names none, or one that says nothing."""
    try:
        found = header.parse_crs()
    except CRSError:
        return None
    return None if found is None else parse_crs(found.to_wkt(), name)
