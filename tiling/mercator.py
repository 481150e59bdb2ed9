"""The squares of web maps: web mercator (EPSG:3857) halved zoom by zoom, columns from the west, rows from the north."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entities.store import Box

Floats = NDArray[np.float64]

REACH: Final = 20037508.342789244
"""Half the side of the whole map in metres of the projection."""

LATITUDE: Final = 85.0511287798066
"""Where the map ends in the north and in the south, in degrees."""


class Square(NamedTuple):
    """One tile of a web map."""

    zoom: int
    x: int
    y: int

    @property
    def side(self) -> float:
        """How long its side is in metres of the projection."""
        return 2 * REACH / (1 << self.zoom)

    @property
    def metres(self) -> Box:
        """West, south, east, north in metres of the projection."""
        west, north = self.x * self.side - REACH, REACH - self.y * self.side
        return west, north - self.side, west + self.side, north

    def degrees(self, margin: float = 0.0) -> Box:
        """West, south, east, north in degrees, with a margin around it in sides of the tile."""
        west, south, east, north = self.metres
        more = margin * self.side
        corners = lonlat(np.array([[west - more, south - more], [east + more, north + more]]))
        return float(corners[0, 0]), float(corners[0, 1]), float(corners[1, 0]), float(corners[1, 1])

    def within(self, places: Floats, units: int) -> Floats:
        """Points (n, 2) of lon, lat as the tile counts them: `units` along a side, y towards the south."""
        west, _, _, north = self.metres
        metres = projected(places)
        return np.column_stack([metres[:, 0] - west, north - metres[:, 1]]) * (units / self.side)


def projected(places: Floats) -> Floats:
    """Points (n, 2) of lon, lat in metres of the projection."""
    latitude = np.radians(np.clip(places[:, 1], -LATITUDE, LATITUDE))
    north = np.arctanh(np.sin(latitude))  # on a sphere, whatever the ellipsoid: so the projection is defined
    metres: Floats = np.column_stack([places[:, 0] / 180, north / np.pi]) * REACH
    return metres


def lonlat(metres: Floats) -> Floats:
    """Points (n, 2) in metres of the projection as lon, lat."""
    turned = metres * (np.pi / REACH)
    places: Floats = np.degrees(np.column_stack([turned[:, 0], np.arctan(np.sinh(turned[:, 1]))]))
    return places
