"""From a survey's coordinates to a flat frame: exactly by pyproj, and quickly by a local fit that is checked first.

A plane of squares about a kilometre wide lies over the survey's own coordinates. In each square the way to the frame is
fitted with polynomials of the second order, ground and upward apart, and looked at against pyproj between the places
that it was fitted to: where it is off by more than a tenth of a millimetre, that square's points go through pyproj.
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from entities.crs import Projection
from entities.errors import Invalid
from tiling.ecef import EARTH, Frame, ground_and_upward
from tiling.heights import HeightAnomaly
from tiling.points.lattice import Lattice
from tiling.points.loops import TERMS, extremes, place, placed_in
from tiling.points.source import Bytes, Cloud

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

CLOSE: Final = 0.0001
"""How far a fit may be from pyproj, in metres."""

_METRES: Final = 1000.0  # the width of a square
_DEGREES: Final = 0.01  # and where coordinates are degrees
_HIGH: Final = 1000.0  # metres up to which upward is looked at
_HIGHEST: Final = 100_000.0  # metres: nothing that is surveyed stands higher
MOST: Final = 200_000.0
"""Metres: what is wider is no survey, but a point gone astray."""

_GRID: Final = np.stack(np.meshgrid([-0.5, 0.0, 0.5], [-0.5, 0.0, 0.5]), axis=-1).reshape(-1, 2)
_BETWEEN: Final = np.stack(np.meshgrid([-0.5, -0.3, 0.2, 0.45], [-0.45, -0.2, 0.3, 0.5]), axis=-1).reshape(-1, 2)


def units_of(crs: CRS) -> tuple[float, float]:
    """How many metres a unit of the plane and one of height are: heights of no system of their own are in the plane's.

    Where the plane is in degrees, its unit is 1.
    """
    vertical = next((part for part in crs.sub_crs_list if part.is_vertical), None)
    plane = next((part for part in crs.sub_crs_list if not part.is_vertical), crs)
    unit = 1.0 if plane.is_geographic else float(plane.axis_info[0].unit_conversion_factor)
    if vertical is not None:
        return unit, float(vertical.axis_info[0].unit_conversion_factor)
    return unit, float(plane.axis_info[2].unit_conversion_factor) if len(plane.axis_info) == 3 else unit


def _terms(places: Floats) -> Floats:
    u, v = places.T
    return np.column_stack([np.ones(len(u)), u, v, u * u, u * v, v * v])


_FIT: Final = np.linalg.pinv(_terms(_GRID))
_LOOK: Final = _terms(_BETWEEN)


@dataclass
class Way:
    """The way from one coordinate system to a frame, for any number of threads at once.

    `unit` is how many metres (or degrees) a unit of its plane is, and `rise` how many metres one of height. Heights are
    taken to be of the 1985 datum, and the anomaly leads from there to the ellipsoid.
    """

    projection: Projection
    unit: float
    rise: float
    anomaly: HeightAnomaly
    frame: Frame = EARTH
    fits: dict[tuple[int, int], Floats | None] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def lead_to(self, frame: Frame) -> None:
        """Let the way lead to another frame."""
        self.frame = frame
        self.fits.clear()

    @property
    def side(self) -> float:
        """The width of a square, in the units of the coordinates."""
        return _DEGREES if self.projection.geographic else _METRES / self.unit

    def on_earth(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Longitude, latitude and 1985 height of points (n x 3) in the survey's own coordinates."""
        if self.projection.geocentric:
            lon, lat, height = self.projection.place_solid(points).T
            return lon, lat, height
        return *self.projection.place(points[:, 0], points[:, 1]), points[:, 2] * self.rise

    def covers(self, points: Floats) -> bool:
        """Whether all points lie where their coordinate system is meant to be used."""
        lon, lat, height = self.on_earth(points)
        sound = np.isfinite(lon) & np.isfinite(lat) & (np.abs(height) < _HIGHEST)
        return bool(sound.all() and self.projection.covers(lon, lat).all())

    def local(self, points: Floats) -> Floats:
        """Metres east, north and up of points (n x 3), by pyproj; infinite where they are nowhere."""
        lon, lat, height = self.on_earth(points)
        sound = np.isfinite(lon) & np.isfinite(lat)
        found = np.full((len(points), 3), np.inf)
        if sound.any():
            ground, upward = ground_and_upward(lon[sound], lat[sound])
            above = height[sound] + self.anomaly.at(lon[sound], lat[sound])
            found[sound] = self.frame.local(ground + upward * above[:, None])
        return found

    def heights(self, data: Bytes, cloud: Cloud) -> tuple[float, float]:
        """The least and the greatest 1985 height of points as they are stored."""
        if self.projection.geocentric:
            heights = self.on_earth(self._own(data, cloud, slice(None)))[2]
            return float(heights.min()), float(heights.max())
        low, high = (extremes(data)[:, 2] * cloud.scale[2] + cloud.offset[2]) * self.rise
        return float(low), float(high)

    def steps(self, data: Bytes, cloud: Cloud, lattice: Lattice) -> Whole:
        """Whole steps from the lattice's corner (n x 3) of points as they are stored."""
        found = np.empty((len(data), 3), np.int64)
        if self.projection.geocentric:
            found[:] = self._exactly(data, cloud, lattice, slice(None))
            return found
        first, shape = self._squares(data, cloud)
        known, rough, fits = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros((*shape, 3, 2 * TERMS))
        offset = cloud.offset * [1, 1, self.rise]
        scale = cloud.scale * [1, 1, self.rise]
        squares, row = (scale, offset, self.side, first), 0
        while row < len(data):
            row, column, line = place(data, *squares, known, fits, lattice.corner, lattice.step, row, found)
            if row < len(data):
                fit, here = self._fit(column, line), (column - first[0], line - first[1])
                known[here], rough[here] = True, fit is None
                fits[here] = 0 if fit is None else fit
        if rough.any():
            rows = np.flatnonzero(placed_in(data, *squares, rough))
            found[rows] = self._exactly(data, cloud, lattice, rows)
        return found

    def _squares(self, data: Bytes, cloud: Cloud) -> tuple[Whole, tuple[int, int]]:
        """The first of all squares in which points may lie, and how many there are each way."""
        ends = (extremes(data) * cloud.scale + cloud.offset)[:, :2]
        first, last = np.floor(ends / self.side).astype(np.int64) + np.array([[-1], [1]])
        if (last - first).max() * _METRES > MOST:
            raise Invalid.because("points.wide", name=cloud.path.name, most=round(MOST / 1000))
        across, along = (last - first + 1).tolist()
        return first, (across, along)

    def _fit(self, column: int, line: int) -> Floats | None:
        """The polynomials of a square (3 x 2 `TERMS`), or None where they are not close enough."""
        with self.lock:
            if (column, line) not in self.fits:
                self.fits[column, line] = self._fitted(np.array([column, line]) + 0.5)
            return self.fits[column, line]

    def _fitted(self, middle: Floats) -> Floats | None:
        known = self._columns(middle, _GRID)
        fits = np.einsum("tp,pkc->kct", _FIT, known)
        off = np.einsum("qt,kct->qkc", _LOOK, fits) - self._columns(middle, _BETWEEN)
        off = np.abs(off * np.array([1.0, _HIGH])[None, :, None])
        return fits.transpose(1, 0, 2).reshape(3, 2 * TERMS) if (off <= CLOSE / 2).all() else None

    def _columns(self, middle: Floats, places: Floats) -> Floats:
        """Ground and upward at places of a square (p x 2 x 3), by pyproj; no numbers where a place is nowhere."""
        plane = (middle + places) * self.side
        ground = self.local(np.column_stack([plane, np.zeros(len(plane))]))
        top = self.local(np.column_stack([plane, np.full(len(plane), _HIGH / self.rise)]))
        if not np.isfinite(ground).all():
            return np.full((len(places), 2, 3), np.nan)
        return np.stack([ground, (top - ground) / _HIGH], axis=1)

    def _exactly(self, data: Bytes, cloud: Cloud, lattice: Lattice, rows: NDArray[np.intp] | slice) -> Whole:
        local = self.local(self._own(data, cloud, rows))
        if not np.isfinite(local).all():
            raise Invalid.because("points.place", name=cloud.path.name, crs=self.projection.name)
        return np.floor((local - lattice.corner) / lattice.step + 0.5).astype(np.int64)

    def _own(self, data: Bytes, cloud: Cloud, rows: NDArray[np.intp] | slice) -> Floats:
        """Points in the survey's own coordinates (n x 3)."""
        found: Floats = data[rows, :12].copy().view("<i4").reshape(-1, 3) * cloud.scale + cloud.offset
        return found
