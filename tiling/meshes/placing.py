"""Where a model stands: at geocentric coordinates, in a projected system, or around an origin that somebody said."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from entities.crs import Projection, parse_crs
from entities.errors import Invalid
from tiling.ecef import EARTH, Frame, geocentric
from tiling.geometry.volumes import geodetic, ground
from tiling.heights import HeightAnomaly
from tiling.holdings import Order

Floats = NDArray[np.float64]

ON_EARTH: Final = (6_200_000.0, 6_500_000.0)
"""How far from the middle of the earth the middle of anything is that stands on it, in metres."""

_STEP: Final = 1.0  # metres over which the turning and stretching of a projection is measured


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model's zero is and how its axes (x, y, z upward) lie: a frame, and the system in words."""

    frame: Frame
    system: str
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # what is taken off the model's coordinates first

    def standing(self, points: Floats) -> Floats:
        """Geocentric positions of points in the model's axes."""
        moved: Floats = self.frame.origin + (points - np.array(self.shift)) @ self.frame.axes
        return moved

    def matrix(self) -> list[float]:
        """The way from the model's axes to geocentric coordinates, column by column, as 3D Tiles writes it."""
        origin = self.standing(np.zeros((1, 3)))[0]
        return Frame(np.round(origin, 6), np.round(self.frame.axes, 12)).matrix()


def on_earth(points: Floats) -> bool:
    """Tell whether points may be geocentric coordinates of something on the earth."""
    if not len(points) or not np.isfinite(points).all():
        return False
    distance = float(np.linalg.norm((points.min(axis=0) + points.max(axis=0)) / 2))
    return ON_EARTH[0] <= distance <= ON_EARTH[1]


def check_on_earth(points: Floats, name: str) -> None:
    """Refuse (`mesh.place`) what stands nowhere on the earth."""
    if not on_earth(points):
        raise Invalid.because("mesh.place", name=name)


def place_of(points: Floats, order: Order, name: str) -> Place:
    """Where a model stands whose extreme points are these, in its own axes.

    `Invalid` (`mesh.place`) where neither the model nor the order says where that is.
    """
    if order.origin is not None:
        lon, lat, height = order.origin
        frame = Frame.at(lon, lat)
        return Place(Frame(frame.geocentric(np.array([[0.0, 0.0, height]]))[0], frame.axes), "local")
    if order.crs is not None:
        return in_system(points, order.crs, order.anomaly, name)
    check_on_earth(points, name)
    return Place(EARTH, "EPSG:4479")


def in_system(points: Floats, crs: str, anomaly: HeightAnomaly, name: str) -> Place:
    """Where a model stands whose coordinates are of a projected system with 1985 heights."""
    projection = Projection.of(parse_crs(crs, name))
    if projection.geocentric or projection.geographic:
        raise Invalid.because("mesh.crs", name=name, crs=crs)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    if not np.isfinite(middle).all():
        raise Invalid.because("mesh.place", name=name)
    shift = np.round(middle)
    around = shift + np.array([[0.0, 0, 0], [_STEP, 0, 0], [0, _STEP, 0], [0, 0, _STEP]])
    placed = positions(around, projection, anomaly)
    check_on_earth(placed, name)
    return Place(Frame(placed[0], (placed[1:] - placed[0]) / _STEP), projection.name, tuple(shift.tolist()))


def positions(points: Floats, projection: Projection, anomaly: HeightAnomaly) -> Floats:
    """Geocentric positions of points (n, 3) of a projected system with 1985 heights; infinite outside of its area."""
    lon, lat = projection.place(points[:, 0], points[:, 1])
    if not (np.isfinite(lon).all() and np.isfinite(lat).all() and projection.covers(lon, lat).all()):
        return np.full((len(points), 3), np.inf)
    return geocentric(lon, lat, points[:, 2] + anomaly.at(lon, lat))


def footprint(points: Floats, anomaly: HeightAnomaly) -> tuple[BaseGeometry, float, float]:
    """The area that geocentric points cover, and between which 1985 heights they lie."""
    area, low, high = ground(points)
    middle = geodetic(points.mean(axis=0)[None])[0]
    lift = float(anomaly.at(np.array([middle[0]]), np.array([middle[1]]))[0])
    return area, low - lift, high - lift
