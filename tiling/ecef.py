"""Positions on the CGCS2000 ellipsoid as geocentric coordinates (EPSG:4479), and flat frames upright at a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR: Final = 6378137.0
FLATTENING: Final = 1 / 298.257222101  # GB 22021-2008, the ellipsoid of CGCS2000
ACCURACY: Final = 0.001
"""How far a geocentric position may be off, in metres: by arithmetic and by the rounding of frames together."""

_E2: Final = FLATTENING * (2 - FLATTENING)


def geocentric(lon: ArrayLike, lat: ArrayLike, height: ArrayLike = 0.0) -> Floats:
    """X, Y, Z in metres (last axis) of longitude and latitude in degrees and ellipsoidal height in metres."""
    ground, upward = ground_and_upward(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return ground + upward * np.asarray(height, np.float64)[..., None]


def ground_and_upward(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Geocentric position at height 0 and the unit vector upward (last axes): any height is `ground + h * upward`."""
    turn, tilt = np.radians(lon), np.radians(lat)
    sine, cosine = np.sin(tilt), np.cos(tilt)
    upward = np.stack([cosine * np.cos(turn), cosine * np.sin(turn), sine], axis=-1)
    across, along = radii(sine)
    return upward * np.stack([across, across, along], axis=-1), upward


def radii(sine: Floats) -> tuple[Floats, Floats]:
    """How far the ellipsoid is from its axis, and from the plane of its equator, along the upright at latitudes given
    by their sines."""
    radius: Floats = SEMI_MAJOR / np.sqrt(1 - _E2 * sine * sine)  # of the ellipsoid across the meridian
    return radius, radius * (1 - _E2)


def degrees(points: Floats) -> Floats:
    """Longitude and latitude (n, 2) of geocentric points that lie close to the ellipsoid."""
    x, y, z = points.T
    out = np.hypot(x, y)
    lat = np.arctan2(z, out * (1 - _E2))  # exact on the ellipsoid itself
    for _ in range(2):
        sine = np.sin(lat)
        lat = np.arctan2(z + _E2 * SEMI_MAJOR / np.sqrt(1 - _E2 * sine * sine) * sine, out)
    found: Floats = np.degrees(np.column_stack([np.arctan2(y, x), lat]))
    return found


@dataclass(frozen=True, slots=True)
class Frame:
    """East, north and up at a place on the ellipsoid; with arrays of places, one frame each (leading axes)."""

    origin: Floats  # (..., 3) geocentric
    axes: Floats  # (..., 3, 3) rows east, north, up

    @classmethod
    def at(cls, lon: ArrayLike, lat: ArrayLike) -> Self:
        """The frame at longitude and latitude in degrees and ellipsoidal height 0.

        Its numbers are rounded as they are written to a tileset (1e-6 m, 1e-12), so that both mean the same frame.
        """
        turn, tilt = np.radians(np.asarray(lon, np.float64)), np.radians(np.asarray(lat, np.float64))
        sin_turn, cos_turn, sin_tilt, cos_tilt = np.sin(turn), np.cos(turn), np.sin(tilt), np.cos(tilt)
        east = np.stack([-sin_turn, cos_turn, np.zeros_like(turn)], axis=-1)
        north = np.stack([-sin_tilt * cos_turn, -sin_tilt * sin_turn, cos_tilt], axis=-1)
        up = np.stack([cos_tilt * cos_turn, cos_tilt * sin_turn, sin_tilt], axis=-1)
        return cls(np.round(geocentric(lon, lat), 6), np.round(np.stack([east, north, up], axis=-2), 12))

    @classmethod
    def joined(cls, parts: Sequence["Frame"]) -> Self:
        """All frames of some."""
        return cls(np.concatenate([part.origin for part in parts]), np.concatenate([part.axes for part in parts]))

    def local(self, points: Floats) -> Floats:
        """Geocentric points (..., n, 3) as metres east, north and up."""
        return self.turned(points - self.origin[..., None, :])

    def turned(self, vectors: Floats) -> Floats:
        """Geocentric directions (..., n, 3) as directions east, north and up."""
        turned: Floats = np.einsum("...ij,...nj->...ni", self.axes, vectors)
        return turned

    def geocentric(self, points: Floats) -> Floats:
        """Points east, north and up (..., n, 3) as geocentric ones."""
        turned: Floats = np.einsum("...ij,...ni->...nj", self.axes, points)
        return turned + self.origin[..., None, :]

    def seen_from(self, around: "Frame") -> "Frame":
        """This frame as it stands in another, rounded as frames are."""
        if around is EARTH:
            return self
        origin = np.round((self.origin - around.origin) @ around.axes.T, 6)
        return Frame(origin + 0.0, np.round(self.axes @ around.axes.T, 12) + 0.0)

    def matrix(self) -> list[float]:
        """The 4 x 4 matrix from this frame to geocentric coordinates, column by column, as 3D Tiles writes it."""
        return self.matrices()[0]

    def matrices(self) -> list[list[float]]:
        """The `matrix` of each of several frames."""
        found = np.zeros((self.origin.size // 3, 4, 4))
        found[:, :3, :3], found[:, 3, :3], found[:, 3, 3] = self.axes, self.origin, 1.0
        rows: list[list[float]] = found.reshape(-1, 16).tolist()
        return rows

    def some(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice | int) -> "Frame":
        """Some of several frames, or one of them."""
        return Frame(self.origin[rows], self.axes[rows])


EARTH: Final = Frame(np.zeros(3), np.eye(3))
"""The frame of geocentric coordinates themselves."""


def metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """How many metres a degree of longitude and one of latitude measure on the ellipsoid at each latitude."""
    tilt = np.radians(lat)
    bend = 1 - _E2 * np.sin(tilt) ** 2
    across, along = SEMI_MAJOR / np.sqrt(bend), SEMI_MAJOR * (1 - _E2) / bend**1.5
    return np.radians(across * np.cos(tilt)), np.radians(along)
