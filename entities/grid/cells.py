"""The arithmetic that the grids share: angles and heights as whole numbers of 1/2048 of a second, and back.

Angles are counted from (0°, 0°) outwards, so that the hemispheres mirror each other. A point on an edge belongs to the
cell farther out; at the outermost edge, to the last cell. A position is known to 1e-9° and therefore lies on an edge
when it is nearer than that resolution tells. Heights are counted upwards, with floor; those below the ellipsoid are
written as sign and magnitude, so that only the magnitude's digits are cut at a coarser level.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entities.errors import Invalid
from entities.grid.fields import Numbers

Floats = NDArray[np.float64]

SECOND: Final = 2048
MINUTE: Final = 60 * SECOND
DEGREE: Final = 60 * MINUTE
LAST_LATITUDE: Final = 88
RADIUS: Final = 6_378_137.0
"""CGCS2000's semi-major axis in metres, r0 in GB/T 39409-2020."""

_RESOLUTION: Final = 0.6e-9 * DEGREE  # half of 1e-9°, and a little for the rounding of floating-point numbers
_HEIGHT_RESOLUTION: Final = 1e-6  # in units; far below a millimetre
_GROWTH: Final = np.log1p(np.pi / 180)  # each degree of height is 1 + π/180 times as far from the earth's centre


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells read from grid codes: arrays of level, box in degrees, and in 3D the range of ellipsoidal heights."""

    level: Numbers
    west: Floats
    south: Floats
    east: Floats
    north: Floats
    bottom: Floats | None = None
    top: Floats | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Whole numbers of units outward from zero, and which of them count west, south or down."""

    outward: Numbers
    mirrored: NDArray[np.bool_]


def count_angles(lon: ArrayLike, lat: ArrayLike) -> tuple[Counted, Counted]:
    """Count positions in degrees. Raises `Invalid` (`code.location.position`) outside ±180°, ±88°."""
    longitudes, latitudes = np.broadcast_arrays(*(np.atleast_1d(np.asarray(axis, np.float64)) for axis in (lon, lat)))
    outside = ~((np.abs(longitudes) <= 180) & (np.abs(latitudes) <= LAST_LATITUDE))
    if outside.any():
        first = int(np.argmax(outside))
        raise Invalid.because("code.location.position", lon=float(longitudes[first]), lat=float(latitudes[first]))
    return _count(longitudes, 180), _count(latitudes, LAST_LATITUDE)


def count_angle(degrees: float, limit: int) -> tuple[int, bool] | None:
    """Count one angle: units outward from zero, and whether it is west or south; None outside ±`limit` degrees."""
    if not abs(degrees) <= limit:
        return None
    return min(math.floor(abs(degrees) * DEGREE + _RESOLUTION), limit * DEGREE - 1), degrees < 0


def count_heights(height: ArrayLike, count: int, limit: int) -> Counted:
    """Count ellipsoidal heights in metres: n = floor of the angle log(1 + H/r0) / log(1 + π/180), in units.

    Raises `Invalid` (`code.location.height`) where |n| reaches `limit`.
    """
    heights = np.broadcast_to(np.asarray(height, np.float64), (count,))
    deep = ~(heights > -RADIUS)
    angles = np.log1p(np.where(deep, 0, heights) / RADIUS) / _GROWTH * DEGREE
    whole = np.floor(angles + _HEIGHT_RESOLUTION)
    outside = deep | ~(np.abs(whole) < limit)
    if outside.any():
        raise Invalid.because("code.location.height", height=float(heights[int(np.argmax(outside))]))
    return Counted(np.abs(whole).astype(np.int64), whole < 0)


def span_degrees(counted: Counted, size: int) -> tuple[Floats, Floats]:
    """The lower and upper bound in degrees of cells of `size` units that begin at these counts."""
    near, far = counted.outward / DEGREE, (counted.outward + size) / DEGREE
    return np.where(counted.mirrored, -far, near), np.where(counted.mirrored, -near, far)


def span_metres(counted: Counted, size: int) -> tuple[Floats, Floats]:
    """The lower and upper bound in metres of cells that hold the `size` magnitudes of n from these counts on.

    n is the lower bound of its unit, so that below the ellipsoid a cell reaches up to one unit above its first n.
    """
    low = np.where(counted.mirrored, 1 - counted.outward - size, counted.outward)
    high = np.where(counted.mirrored, np.minimum(1 - counted.outward, 0), counted.outward + size)
    bottom, top = (np.expm1(n / DEGREE * _GROWTH) * RADIUS for n in (low, high))
    return bottom, top


def read_cells(
    codes: Sequence[str], lengths: Mapping[int, int], grid: str, read_level: Callable[[int, Sequence[str]], Cells]
) -> Cells:
    """Read codes of any mixture of levels: `lengths` tells a code's level, `read_level` reads the codes of one level.

    Raises `Invalid` (`code.location.length`) for a length that no level has.
    """
    levels = np.array([lengths.get(len(code), 0) for code in codes], np.int64)
    if not levels.all():
        code = codes[int(np.argmin(levels))]
        raise Invalid.because("code.location.length", code=code, found=len(code), grid=grid)
    places = [np.flatnonzero(levels == level) for level in np.unique(levels)]
    found = [read_level(int(levels[these[0]]), [codes[place] for place in these]) for these in places]
    return _in_order(found, np.concatenate(places)) if found else read_level(min(lengths.values()), [])


def check_level(level: int, last: int) -> None:
    """Raise `Invalid` (`code.location.level`) unless there is such a level."""
    if not 1 <= level <= last:
        raise Invalid.because("code.location.level", level=level, last=last)


def _in_order(found: Sequence[Cells], places: Numbers) -> Cells:
    """Put the cells of several levels together, each in its code's place."""
    order = np.argsort(places)
    columns = zip(*([column for column in astuple(cells) if column is not None] for cells in found), strict=True)
    return Cells(*[np.concatenate(parts)[order] for parts in columns])


def _count(degrees: Floats, limit: int) -> Counted:
    outward = np.floor(np.abs(degrees) * DEGREE + _RESOLUTION).astype(np.int64)
    return Counted(np.minimum(outward, limit * DEGREE - 1), degrees < 0)
