"""BeiDou grid codes after GB/T 39409-2020, in 2D and in 3D: ten levels from the 1:1,000,000 map sheet to 1/2048".

A 3D code is the 2D code with a digit of height after each level's. The height digits may be split in either of two
ways. The standard's table prints digits up to E; splitting n as degrees, minutes and seconds keeps to that, and shipped
products do so. Read as plain binary, the fields of four bits reach F. The two agree below 1' of height (about 1,840 m).
The first is the default here. The standard does not say how to write a negative n: here n = floor(...) is written as
its sign (0 from the ellipsoid up, 1 below) and its magnitude.

Whatever the hemisphere, counting starts at (0°, 0°). A point on an edge belongs to the cell farther out; one at 88° or
180°, to the last cell. The polar caps beyond 88° have rules of their own and are refused.
"""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from entities.grid.cells import (
    DEGREE,
    LAST_LATITUDE,
    MINUTE,
    SECOND,
    Cells,
    Counted,
    check_level,
    count_angle,
    count_angles,
    count_heights,
    read_cells,
    span_degrees,
    span_metres,
)
from entities.grid.fields import (
    HEXADECIMAL,
    LETTERS,
    Field,
    Numbers,
    Part,
    joint,
    pair,
    read,
    refuse_symbols,
    width,
    write,
    write_one,
)

NAME: Final = "GB/T 39409-2020"
LEVELS: Final = 10


class HeightSplit(Enum):
    """How the height n is split into digits: for each level the units that one step of its digit stands for."""

    SEXAGESIMAL = (4 * DEGREE, 30 * MINUTE, 15 * MINUTE, MINUTE, 4 * SECOND, 2 * SECOND, 512, 64, 8, 1)
    BINARY = (1 << 25, 1 << 22, 1 << 21, 1 << 17, 1 << 13, 1 << 12, 512, 64, 8, 1)

    @property
    def limit(self) -> int:
        """The least height, in units, that has no code."""
        return 64 * self.value[0]

    def fields(self) -> list[Field]:
        """The height field of each level: two decimal digits at level 1, then one digit."""
        first, *rest = self.value
        bases = [wide // size for wide, size in pairwise(self.value)]
        digits = [Field((Part("height", size, base),), HEXADECIMAL) for size, base in zip(rest, bases, strict=True)]
        return [Field((Part("height", first, 64),), characters=2), *digits]


_HEMISPHERE: Final = Field((Part("south", 1, 2),), "NS")
_SIGN: Final = Field((Part("below", 1, 2),))
_SHEET: Final = (Field((Part("sheet", 1, 61),), characters=2), Field((Part("lat", 4 * DEGREE, 22),), LETTERS))
_PLANE: Final = (
    _SHEET,
    pair(30 * MINUTE, 12, 8),
    joint(15 * MINUTE, 10 * MINUTE, 2, 3),
    pair(MINUTE, 15, 10),
    pair(4 * SECOND, 15, 15),
    joint(2 * SECOND, 2 * SECOND, 2, 2),
    *(pair(size, 8, 8) for size in (512, 64, 8, 1)),
)
_WIDTHS: Final = (6 * DEGREE, 30 * MINUTE, 15 * MINUTE, MINUTE, 4 * SECOND, 2 * SECOND, 512, 64, 8, 1)
_DEPTHS: Final = (4 * DEGREE, 30 * MINUTE, 10 * MINUTE, *_WIDTHS[3:])


def encode(lon: ArrayLike, lat: ArrayLike, level: int = LEVELS) -> list[str]:
    """Return the 2D code of each position in degrees; a single position gives a list of one.

    Raises `Invalid`: `code.location.position`, `code.location.level`.
    """
    check_level(level, LEVELS)
    axes, count = _axes(lon, lat)
    return write(_fields(level, None), axes, count)


def encode_one(lon: float, lat: float) -> str:
    """The 2D code of one position in degrees: what `encode` says, sooner."""
    east, north = count_angle(lon, 180), count_angle(lat, LAST_LATITUDE)
    if east is None or north is None:
        return encode([lon], [lat])[0]
    sheet = east[0] // (6 * DEGREE)
    axes = {"lon": east[0], "lat": north[0], "south": int(north[1]), "sheet": 30 - sheet if east[1] else 31 + sheet}
    return write_one(_fields(LEVELS, None), axes)


def encode_3d(
    lon: ArrayLike,
    lat: ArrayLike,
    height: ArrayLike,
    level: int = LEVELS,
    split: HeightSplit = HeightSplit.SEXAGESIMAL,
) -> list[str]:
    """Return the 3D code of each position in degrees and metres above the ellipsoid.

    Raises `Invalid`: `code.location.position`, `code.location.height`, `code.location.level`.
    """
    check_level(level, LEVELS)
    axes, count = _axes(lon, lat)
    heights = count_heights(height, count, split.limit)
    axes |= {"height": heights.outward, "below": heights.mirrored.astype(np.int64)}
    return write(_fields(level, split), axes, count)


def decode(codes: Sequence[str]) -> Cells:
    """Return the cell of each 2D code. Raises `Invalid`: `code.location.length`, `code.location.symbol`."""
    return _decode(codes, None)


def decode_3d(codes: Sequence[str], split: HeightSplit = HeightSplit.SEXAGESIMAL) -> Cells:
    """Return the cell of each 3D code. Raises `Invalid`: `code.location.length`, `code.location.symbol`."""
    return _decode(codes, split)


@cache
def _fields(level: int, split: HeightSplit | None) -> tuple[Field, ...]:
    """The fields of a code of a level; with a split, those of a 3D code."""
    if split is None:
        return (_HEMISPHERE, *(field for plane in _PLANE[:level] for field in plane))
    solid = (field for plane, rise in zip(_PLANE[:level], split.fields(), strict=False) for field in (*plane, rise))
    return (_HEMISPHERE, _SIGN, *solid)


def _axes(lon: ArrayLike, lat: ArrayLike) -> tuple[dict[str, Numbers], int]:
    east, north = count_angles(lon, lat)
    sheets = east.outward // (6 * DEGREE)
    axes = {
        "lon": east.outward,
        "lat": north.outward,
        "south": north.mirrored.astype(np.int64),
        "sheet": np.where(east.mirrored, 30 - sheets, 31 + sheets),
    }
    return axes, len(sheets)


def _decode(codes: Sequence[str], split: HeightSplit | None) -> Cells:
    lengths = {width(_fields(level, split)): level for level in range(1, LEVELS + 1)}
    return read_cells(codes, lengths, NAME, lambda level, some: _decode_level(level, some, split))


def _decode_level(level: int, codes: Sequence[str], split: HeightSplit | None) -> Cells:
    axes = read(_fields(level, split), codes, NAME)
    refuse_symbols(axes["sheet"] == 0, codes, slice(1, 3) if split is None else slice(2, 4), NAME)
    west = axes["sheet"] <= 30
    sheets = np.where(west, 30 - axes["sheet"], axes["sheet"] - 31)
    east = Counted(axes.get("lon", 0) + sheets * 6 * DEGREE, west)
    north = Counted(axes["lat"], axes["south"] == 1)
    spans = [*span_degrees(east, _WIDTHS[level - 1]), *span_degrees(north, _DEPTHS[level - 1])]
    if split is not None:
        none = (axes["below"] == 1) & (axes["height"] == 0) & (level == LEVELS)  # n = -0 is written without the sign
        refuse_symbols(none, codes, slice(1, 2), NAME)
        spans += span_metres(Counted(axes["height"], axes["below"] == 1), split.value[level - 1])
    west_edge, east_edge, south_edge, north_edge, *heights = spans
    return Cells(np.full(len(codes), level), west_edge, south_edge, east_edge, north_edge, *heights)
