"""The projection of a sheet: Albers equal-area for a province, Gauss-Krüger for cities and counties, on CGCS2000."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from entities.text import Text
from tiling.maps.style import word

Floats = NDArray[np.float64]

FIRST_GAUSS: Final = 4534
"""EPSG code of CGCS2000 / 3-degree Gauss-Kruger CM 75E; the codes go on by one for each 3°."""


@dataclass(frozen=True)
class Projection:
    """A map projection and the words that say which it is."""

    crs: str
    about: Text

    @cached_property
    def _forward(self) -> Transformer:
        return Transformer.from_crs("EPSG:4490", self.crs, always_xy=True)

    def project(self, shape: BaseGeometry) -> BaseGeometry:
        """Bring a shape from lon, lat to metres."""
        return shapely.transform(shapely.force_2d(shape), self.forward)

    def forward(self, points: Floats) -> Floats:
        """Bring points (n, 2) from lon, lat to metres."""
        return transformed(self._forward, points)

    def backward(self, points: Floats) -> Floats:
        """Bring points (n, 2) from metres to lon, lat."""
        return transformed(self._forward, points, "INVERSE")


def transformed(transformer: Transformer, points: Floats, direction: str = "FORWARD") -> Floats:
    """Transform points (n, 2); a lone point goes doubled, since pyproj takes an array of one for a number."""
    several = np.repeat(points, 2, axis=0) if len(points) == 1 else points
    x, y = transformer.transform(several[:, 0], several[:, 1], direction=direction)
    return np.column_stack([x, y])[: len(points)]


def projection_for(level: str, bounds: tuple[float, float, float, float]) -> Projection:
    """Choose the projection for a division of a level within bounds of lon, lat."""
    return albers(bounds) if level == "province" else gauss((bounds[0] + bounds[2]) / 2)


def albers(bounds: tuple[float, float, float, float]) -> Projection:
    """Equal-area conic with standard parallels a sixth of the height from both ends, on half degrees."""
    west, south, east, north = bounds
    sixth = (north - south) / 6
    first, second = (round(2 * latitude) / 2 for latitude in (south + sixth, north - sixth))
    middle = round(west + east) / 2
    crs = (
        f"+proj=aea +lat_1={first} +lat_2={second} +lat_0={first} +lon_0={middle} "
        "+x_0=0 +y_0=0 +ellps=GRS80 +units=m +type=crs"
    )
    names = {"first": degrees(first, "N"), "second": degrees(second, "N"), "middle": degrees(middle, "E")}
    return Projection(crs, word("albers").fill(names))


def gauss(longitude: float) -> Projection:
    """The 3-degree zone by central meridian that is nearest to a longitude, from 75° to 135°."""
    middle = min(max(round(longitude / 3) * 3, 75), 135)
    epsg = FIRST_GAUSS + (middle - 75) // 3
    return Projection(f"EPSG:{epsg}", word("gauss").fill({"middle": degrees(middle, "E"), "epsg": epsg}))


def degrees(value: float, letter: str = "") -> str:
    """Write an angle in degrees and minutes: 37.5 as 37°30′."""
    minutes = round(value * 60)
    return f"{minutes // 60}°" + (f"{minutes % 60:02d}′" if minutes % 60 else "") + letter
