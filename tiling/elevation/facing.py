"""Where tiles lie in space and how their surface is turned: spheres, horizon points, normals; many tiles at a time."""

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import FLATTENING, SEMI_MAJOR, Floats, metres_per_degree

Numbers = NDArray[np.integer[Any]]

_RADII: Final = SEMI_MAJOR * np.array([1, 1, 1 - FLATTENING])
_FAR: Final = 10.0  # radii of the earth: a point that no horizon hides


def heads(points: Floats, starts: Numbers, tile: Numbers, low: Floats, high: Floats) -> list[bytes]:
    """The headers: middle, heights, the sphere around the points, the point that tells when the horizon hides all."""
    least, most = (one.reduceat(points, starts[:-1], axis=0) for one in (np.minimum, np.maximum))
    middle = (least + most) / 2
    radius = np.maximum.reduceat(np.sqrt(((points - middle[tile]) ** 2).sum(axis=1)), starts[:-1])
    hidden = _horizon(points, middle, starts, tile)
    return [
        struct.pack("<3d2f4d3d", *centre, bottom, top, *centre, around, *point)
        for centre, bottom, top, around, point in zip(middle, low, high, radius, hidden, strict=True)
    ]


def _horizon(points: Floats, middle: Floats, starts: Numbers, tile: Numbers) -> Floats:
    """The point over each tile, in radii, that the ellipsoid hides only where it hides all of the tile (Cesium's)."""
    towards = middle / _RADII
    towards /= np.sqrt((towards**2).sum(axis=1, keepdims=True))
    scaled = points / _RADII
    size = np.sqrt((scaled**2).sum(axis=1))
    cosine = (scaled * towards[tile]).sum(axis=1) / size
    sine = np.sqrt(np.maximum(1 - cosine * cosine, 0))
    size = np.maximum(size, 1.0)
    reach = (cosine - sine * np.sqrt(size * size - 1)) / size
    magnitude = 1 / np.maximum(reach, 1 / _FAR)
    furthest: Floats = towards * np.maximum.reduceat(magnitude, starts[:-1])[:, None]
    return furthest


def upright(around: Floats, tile: Numbers, row: Numbers, column: Numbers, lat: Floats, step: float) -> Floats:
    """The unit vector (n, 3) east, north, up that is upright to the surface at nodes of tiles.

    `around` (t, 67, 67) has one node more than the tiles on every side; `step` is the lattice's in degrees.
    """
    across, along = (np.maximum(metres * step, 1e-3) for metres in metres_per_degree(lat))
    row, column = row + 1, column + 1
    east = (around[tile, row, column + 1] - around[tile, row, column - 1]) / (2 * across)
    north = (around[tile, row + 1, column] - around[tile, row - 1, column]) / (2 * along)
    length = np.sqrt(east * east + north * north + 1)
    return np.stack([-east / length, -north / length, 1 / length], axis=1)


def octahedral(vectors: Floats, lon: Floats, lat: Floats) -> NDArray[np.uint8]:
    """Unit vectors east, north, up at places as two bytes each (n, 2), geocentric, on an octahedron laid flat."""
    turn, tilt = np.radians(lon), np.radians(lat)
    sine, cosine = np.sin(turn), np.cos(turn)
    east, north, up = vectors.T
    out = up * np.cos(tilt) - north * np.sin(tilt)  # in the plane of the equator, away from the axis
    x, y, z = out * cosine - east * sine, out * sine + east * cosine, north * np.cos(tilt) + up * np.sin(tilt)
    size = np.abs(x) + np.abs(y) + np.abs(z)
    x, y = x / size, y / size
    below = z < 0
    folded = np.where(below, (1 - np.abs(y)) * _sign(x), x), np.where(below, (1 - np.abs(x)) * _sign(y), y)
    return np.round((np.clip(np.stack(folded, axis=1), -1, 1) + 1) * 127.5).astype(np.uint8)


def _sign(numbers: Floats) -> Floats:
    return np.where(numbers < 0, -1.0, 1.0)
