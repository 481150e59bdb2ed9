"""Where tiles lie in space and how their surface is turned: spheres, horizon points, normals; many tiles at a time."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import FLATTENING, SEMI_MAJOR, Floats, metres_per_degree, radii
from tiling.elevation.lattice import STEPS, Place, spacing

Numbers = NDArray[np.integer[Any]]

_RADII: Final = SEMI_MAJOR * np.array([[1], [1], [1 - FLATTENING]])
_FAR: Final = 10.0  # radii of the earth: a point that no horizon hides


@dataclass(frozen=True, slots=True)
class Spots:
    """Vertices of tiles of one level, tile by tile; where they stand is reckoned once a column and row of the lattice.

    `turn` and `tilt` (2, n) are the sines and cosines of longitudes and latitudes; `steps` (2, n) are how many metres a
    step of the lattice measures there, across and along the meridian.
    """

    tile: Numbers
    row: Numbers
    column: Numbers
    turn: Floats
    tilt: Floats
    steps: Floats

    @classmethod
    def of(cls, places: Sequence[Place], tile: Numbers, row: Numbers, column: Numbers) -> Self:
        """Vertices by tile, and their row and column in it."""
        step = spacing(places[0].level)
        east, north = np.array([[place.x, place.y] for place in places]).T * STEPS
        lon = -180 + np.arange(east.min(), east.max() + STEPS + 1) * step
        lat = -90 + np.arange(north.min(), north.max() + STEPS + 1) * step
        at_column, at_row = (east - east.min())[tile] + column, (north - north.min())[tile] + row
        turn, tilt = (np.stack([np.sin(angle), np.cos(angle)]) for angle in (np.radians(lon), np.radians(lat)))
        steps = np.maximum(np.stack(metres_per_degree(lat)) * step, 1e-3)
        return cls(tile, row, column, turn[:, at_column], tilt[:, at_row], steps[:, at_row])

    def geocentric(self, height: Floats) -> Floats:
        """X, Y, Z in metres (3, n) at ellipsoidal heights."""
        (sine, cosine), (up, out) = self.turn, self.tilt
        across, along = radii(up)
        away = (across + height) * out
        return np.stack([away * cosine, away * sine, (along + height) * up])


def heads(points: Floats, starts: Numbers, tile: Numbers, low: Floats, high: Floats) -> list[bytes]:
    """The headers: middle, heights, the sphere around the points (3, n), the point that tells when the horizon hides
    them all."""
    least, most = (one.reduceat(points, starts[:-1], axis=1) for one in (np.minimum, np.maximum))
    middle = (least + most) / 2
    radius = np.sqrt(np.maximum.reduceat(((points - middle[:, tile]) ** 2).sum(axis=0), starts[:-1]))
    hidden = _horizon(points, middle, starts, tile)
    return [
        struct.pack("<3d2f4d3d", *centre, bottom, top, *centre, around, *point)
        for centre, bottom, top, around, point in zip(middle.T, low, high, radius, hidden.T, strict=True)
    ]


def _horizon(points: Floats, middle: Floats, starts: Numbers, tile: Numbers) -> Floats:
    """The point over each tile, in radii, that the ellipsoid hides only where it hides all of the tile (Cesium's)."""
    towards = middle / _RADII
    towards /= np.sqrt((towards**2).sum(axis=0))
    scaled = points / _RADII
    size = np.sqrt((scaled**2).sum(axis=0))
    cosine = (scaled * towards[:, tile]).sum(axis=0) / size
    sine = np.sqrt(np.maximum(1 - cosine * cosine, 0))
    size = np.maximum(size, 1.0)
    reach = (cosine - sine * np.sqrt(size * size - 1)) / size
    magnitude = 1 / np.maximum(reach, 1 / _FAR)
    furthest: Floats = towards * np.maximum.reduceat(magnitude, starts[:-1])
    return furthest


def upright(around: Floats, spots: Spots) -> tuple[Floats, Floats, Floats]:
    """The unit vectors east, north, up that are upright to the surface at vertices.

    `around` (t, 67, 67) has one node more than the tiles on every side.
    """
    wide = around.shape[2]
    flat, here = around.ravel(), (spots.tile * wide + spots.row + 1) * wide + spots.column + 1
    across, along = spots.steps
    east = (flat[here + 1] - flat[here - 1]) / (2 * across)
    north = (flat[here + wide] - flat[here - wide]) / (2 * along)
    length = np.sqrt(east * east + north * north + 1)
    return -east / length, -north / length, 1 / length


def octahedral(vectors: tuple[Floats, Floats, Floats], spots: Spots) -> NDArray[np.uint8]:
    """Unit vectors east, north, up at places as two bytes each (n, 2), geocentric, on an octahedron laid flat."""
    (sine, cosine), (up_sine, up_cosine) = spots.turn, spots.tilt
    east, north, up = vectors
    out = up * up_cosine - north * up_sine  # in the plane of the equator, away from the axis
    x, y, z = out * cosine - east * sine, out * sine + east * cosine, north * up_cosine + up * up_sine
    size = np.abs(x) + np.abs(y) + np.abs(z)
    x, y = x / size, y / size
    below = z < 0
    folded = np.where(below, (1 - np.abs(y)) * _sign(x), x), np.where(below, (1 - np.abs(x)) * _sign(y), y)
    return np.round((np.clip(np.stack(folded, axis=1), -1, 1) + 1) * 127.5).astype(np.uint8)


def _sign(numbers: Floats) -> Floats:
    return np.where(numbers < 0, -1.0, 1.0)
