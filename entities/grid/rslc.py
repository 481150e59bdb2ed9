"""Location codes of basic geographic entities (RSLC), in 2D (26 characters) and in 3D (44): sixteen levels to 1/2048".

The rule's text is not public; the levels were worked out from the examples printed in a product's manual and give all
of them. What no example shows is chosen here: counting starts at (0°, 0°) whatever the hemisphere, so south and west
mirror north and east; a point on an edge belongs to the cell farther out, one at 88° or 180° to the last cell; heights
go to an angle of 88°, as latitudes do, and below the ellipsoid their floor is written as sign and magnitude.
"""

from collections.abc import Sequence
from functools import cache
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

NAME: Final = "RSLC"
LEVELS: Final = 16


_HEMISPHERES: Final = (Field((Part("south", 1, 2),), "NS"), Field((Part("west", 1, 2),), "EW"))
_SIGN: Final = Field((Part("below", 1, 2),))
_SHEET: Final = (Field((Part("lon", 6 * DEGREE, 15),), characters=2), Field((Part("lat", 4 * DEGREE, 11),), LETTERS))
_PLANE: Final = (
    joint(90 * DEGREE, 44 * DEGREE, 2, 2),
    _SHEET,
    joint(3 * DEGREE, 2 * DEGREE, 2, 2),
    joint(DEGREE, DEGREE, 3, 2),
    joint(30 * MINUTE, 30 * MINUTE, 2, 2),
    joint(15 * MINUTE, 10 * MINUTE, 2, 3),
    joint(5 * MINUTE, 5 * MINUTE, 3, 2),
    pair(MINUTE, 5, 5),
    pair(12 * SECOND, 5, 5),
    joint(4 * SECOND, 4 * SECOND, 3, 3),
    joint(2 * SECOND, 2 * SECOND, 2, 2),
    joint(SECOND, SECOND, 2, 2),
    pair(512, 4, 4),
    *(pair(size, 8, 8) for size in (64, 8, 1)),
)
_SMALL: Final = (5 * MINUTE, MINUTE, 12 * SECOND, 4 * SECOND, 2 * SECOND, SECOND, 512, 64, 8, 1)
_WIDTHS: Final = (90 * DEGREE, 6 * DEGREE, 3 * DEGREE, DEGREE, 30 * MINUTE, 15 * MINUTE, *_SMALL)
_DEPTHS: Final = (44 * DEGREE, 4 * DEGREE, 2 * DEGREE, DEGREE, 30 * MINUTE, 10 * MINUTE, *_SMALL)
_RISES: Final = tuple(
    Field((Part("height", size, base),), characters=2 if base == 11 else 1)
    for size, base in zip(_DEPTHS, (2, 11, 2, 2, 2, 3, 2, 5, 5, 3, 2, 2, 4, 8, 8, 8), strict=True)
)


def encode(lon: ArrayLike, lat: ArrayLike, level: int = LEVELS) -> list[str]:
    """Return the 2D code of each position in degrees; a single position gives a list of one.

    Raises `Invalid`: `code.location.position`, `code.location.level`.
    """
    check_level(level, LEVELS)
    axes, count = _axes(lon, lat)
    return write(_fields(level, solid=False), axes, count)


def encode_one(lon: float, lat: float) -> str:
    """The 2D code of one position in degrees: what `encode` says, sooner."""
    east, north = count_angle(lon, 180), count_angle(lat, LAST_LATITUDE)
    if east is None or north is None:
        return encode([lon], [lat])[0]
    axes = {"lon": east[0], "lat": north[0], "west": int(east[1]), "south": int(north[1])}
    return write_one(_fields(LEVELS, solid=False), axes)


def encode_3d(lon: ArrayLike, lat: ArrayLike, height: ArrayLike, level: int = LEVELS) -> list[str]:
    """Return the 3D code of each position in degrees and metres above the ellipsoid.

    Raises `Invalid`: `code.location.position`, `code.location.height`, `code.location.level`.
    """
    check_level(level, LEVELS)
    axes, count = _axes(lon, lat)
    heights = count_heights(height, count, LAST_LATITUDE * DEGREE)
    axes |= {"height": heights.outward, "below": heights.mirrored.astype(np.int64)}
    return write(_fields(level, solid=True), axes, count)


def decode(codes: Sequence[str]) -> Cells:
    """Return the cell of each 2D code. Raises `Invalid`: `code.location.length`, `code.location.symbol`."""
    return _decode(codes, solid=False)


def decode_3d(codes: Sequence[str]) -> Cells:
    """Return the cell of each 3D code. Raises `Invalid`: `code.location.length`, `code.location.symbol`."""
    return _decode(codes, solid=True)


@cache
def _fields(level: int, solid: bool) -> tuple[Field, ...]:
    if not solid:
        return (*_HEMISPHERES, *(field for plane in _PLANE[:level] for field in plane))
    below = (field for plane, rise in zip(_PLANE[:level], _RISES, strict=False) for field in (*plane, rise))
    return (*_HEMISPHERES, _SIGN, *below)


def _axes(lon: ArrayLike, lat: ArrayLike) -> tuple[dict[str, Numbers], int]:
    east, north = count_angles(lon, lat)
    axes = {
        "lon": east.outward,
        "lat": north.outward,
        "west": east.mirrored.astype(np.int64),
        "south": north.mirrored.astype(np.int64),
    }
    return axes, len(east.outward)


def _decode(codes: Sequence[str], solid: bool) -> Cells:
    lengths = {width(_fields(level, solid)): level for level in range(1, LEVELS + 1)}
    return read_cells(codes, lengths, NAME, lambda level, some: _decode_level(level, some, solid))


def _decode_level(level: int, codes: Sequence[str], solid: bool) -> Cells:
    axes = read(_fields(level, solid), codes, NAME)
    spans = [
        *span_degrees(Counted(axes["lon"], axes["west"] == 1), _WIDTHS[level - 1]),
        *span_degrees(Counted(axes["lat"], axes["south"] == 1), _DEPTHS[level - 1]),
    ]
    if solid:
        none = (axes["below"] == 1) & (axes["height"] == 0) & (level == LEVELS)  # n = -0 is written without the sign
        refuse_symbols(none, codes, slice(2, 3), NAME)
        spans += span_metres(Counted(axes["height"], axes["below"] == 1), _DEPTHS[level - 1])
    west, east, south, north, *heights = spans
    return Cells(np.full(len(codes), level), west, south, east, north, *heights)
