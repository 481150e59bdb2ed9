"""Ways of seeing the ground in pixels: a web-mercator tile, and a camera straight above as CesiumJS has it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from entities.errors import NotFound
from tiling.maps.divisions import Box
from tiling.maps.style import page_of

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

TILE: Final = 256
"""Pixels along a side of a tile."""

FIELD: Final = np.radians(60.0)
"""CesiumJS's default field of view, across the longer side of the picture."""

AXIS: Final = 6378137.0
ECCENTRICITY: Final = 0.00669438002290
"""Squared first eccentricity of CGCS2000's ellipsoid; WGS 84, on which CesiumJS draws, differs by a tenth of a mm."""


class Sight(Protocol):
    """A way of seeing: a picture's size and where points of lon, lat stand on it, y upwards."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def zoom(self) -> int:
        """The zoom of web-mercator tiles that shows about as much detail."""
        ...

    @property
    def letter(self) -> float:
        """How large letters stand beside those of a tile of that zoom."""
        ...

    @property
    def ground(self) -> Box:
        """The box of lon, lat that holds what is seen."""
        ...

    @property
    def blind(self) -> BaseGeometry | None:
        """Ground, lon, lat, that is left out of the picture."""
        ...

    def points(self, places: Floats) -> Floats:
        """Points (n, 2) of lon, lat in pixels."""
        ...


def look(sight: Sight, shapes: Shapes) -> Shapes:
    """Shapes of lon, lat as a sight shows them, without what lies far outside the picture; some come out empty."""
    west, south, east, north = sight.ground
    spare_x, spare_y = (east - west) / 16, (north - south) / 16
    near = shapely.clip_by_rect(shapes, west - spare_x, south - spare_y, east + spare_x, north + spare_y)
    if sight.blind is not None:
        near = shapely.segmentize(shapely.difference(near, sight.blind), 2.0)
    seen: Shapes = shapely.transform(shapely.force_2d(near), sight.points)
    return seen


def world_pixels(places: Floats, zoom: int) -> Floats:
    """Points (n, 2) of lon, lat in pixels of the whole web-mercator map at a zoom, y upwards from the equator."""
    side = TILE * 2**zoom
    latitude = np.radians(np.clip(places[:, 1], -85.0511287798066, 85.0511287798066))
    north = np.arctanh(np.sin(latitude))  # on the sphere, as web mercator has it
    return np.column_stack([places[:, 0] / 360 * side, north / (2 * np.pi) * side])


@dataclass(frozen=True)
class TileSight:
    """One XYZ tile of the web-mercator map, y counted from the north."""

    zoom: int
    x: int
    y: int

    def __post_init__(self) -> None:
        deepest = int(page_of("tiles")["deepest"])
        inside = 0 <= self.zoom <= deepest and 0 <= self.x < 2**self.zoom and 0 <= self.y < 2**self.zoom
        if not inside:
            raise NotFound.because("map.tile", tile=f"{self.zoom}/{self.x}/{self.y}", deepest=deepest)

    width = height = TILE
    letter = 1.0
    blind = None

    @cached_property
    def corner(self) -> Floats:
        """The tile's lower left corner in pixels of the whole map."""
        half = 2**self.zoom / 2
        return np.array([(self.x - half) * TILE, (half - self.y - 1) * TILE])

    @cached_property
    def ground(self) -> Box:
        """The tile's box in lon, lat."""
        side = TILE * 2**self.zoom
        (west, low), (east, high) = self.corner, self.corner + TILE
        south, north = (float(np.degrees(np.arctan(np.sinh(2 * np.pi * value / side)))) for value in (low, high))
        return (float(west) / side * 360, south, float(east) / side * 360, north)

    def points(self, places: Floats) -> Floats:
        """Points (n, 2) of lon, lat in pixels of the tile."""
        return world_pixels(places, self.zoom) - self.corner


@dataclass(frozen=True)
class CameraSight:
    """What a camera sees that hangs `above` metres over a place of the ellipsoid and looks straight down, north up."""

    width: int
    height: int
    above: float
    longitude: float
    latitude: float

    @cached_property
    def focus(self) -> float:
        """The distance of the picture from the eye in pixels."""
        return max(self.width, self.height) / 2 / float(np.tan(FIELD / 2))

    @cached_property
    def axes(self) -> Floats:
        """The camera's right, top and back, as rows, geocentric.

        CesiumJS takes as "down" the normal of the ellipsoid through the camera that is similar to the globe's, which at
        a province's height is off the ground's own by some hundredths of a degree, half a pixel: so do we.
        """
        back = self.eye * (1, 1, 1 / (1 - ECCENTRICITY))
        back /= np.linalg.norm(back)
        east = np.array([-np.sin(np.radians(self.longitude)), np.cos(np.radians(self.longitude)), 0])
        return np.array([east, np.cross(back, east), back])

    @cached_property
    def eye(self) -> Floats:
        """The camera's place, geocentric."""
        below = np.array([[self.longitude, self.latitude]])
        return np.asarray(geocentric(below)[0] + self.above * normals(below)[0], np.float64)

    @cached_property
    def zoom(self) -> int:
        """The zoom whose pixels are nearest to the picture's in size."""
        return max(0, round(self._zoom))

    @property
    def letter(self) -> float:
        """How large letters stand beside those of a tile of that zoom."""
        return float(2 ** (self._zoom - self.zoom))

    @property
    def _zoom(self) -> float:
        pixel = self.above / self.focus
        return float(np.log2(2 * np.pi * AXIS * np.cos(np.radians(self.latitude)) / TILE / pixel))

    def points(self, places: Floats) -> Floats:
        """Points (n, 2) of lon, lat in pixels; what lies behind the horizon goes on outside it, in its direction."""
        local = (geocentric(places) - self.eye) @ self.axes.T
        pixels = local[:, :2] * (self.focus / np.maximum(-local[:, 2], 1.0))[:, None]
        facing = (normals(places) * (self.eye - geocentric(places))).sum(axis=1)
        hidden = facing <= 0
        turned = np.arccos(np.clip(normals(places[hidden]) @ self.axes[2], -1, 1)) - self._horizon
        away = np.maximum(np.hypot(*local[hidden, :2].T), 1e-9)
        out = self.limb * (1 + np.maximum(turned, 0))
        pixels[hidden] = local[hidden, :2] * (out / away)[:, None]
        middle = np.array([self.width / 2, self.height / 2])
        return np.asarray(pixels + middle, np.float64)

    @cached_property
    def limb(self) -> float:
        """The horizon's distance from the middle of the picture in pixels, as on a sphere."""
        return self.focus / float(np.tan(self._horizon))

    @cached_property
    def _horizon(self) -> float:
        """The angle at the globe's centre between the place below the camera and the horizon, as on a sphere."""
        distance = float(np.linalg.norm(self.eye))
        return float(np.arccos((distance - self.above) / distance))

    @cached_property
    def blind(self) -> BaseGeometry | None:
        """The other end of the globe, of which no flat picture can be made; None where it is far from sight."""
        if self.ground[2] - self.ground[0] < 360:
            return None
        west = self.longitude - 180 if self.longitude > 0 else self.longitude + 180
        return shapely.Point(west, -self.latitude).buffer(20)

    @cached_property
    def ground(self) -> Box:
        """The box of lon, lat seen; half the globe or more where the horizon is in the picture."""
        reach = float(np.hypot(self.width, self.height)) / 2
        if reach >= 0.98 * self.limb:
            return (-180.0, -90.0, 180.0, 90.0)
        steps = np.linspace(-1, 1, 33)
        edge = np.array([(x, y) for x in steps for y in steps if max(abs(x), abs(y)) == 1])
        places = self.places(edge * (self.width / 2, self.height / 2))
        (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        return (west, south, east, north)

    def places(self, pixels: Floats) -> Floats:
        """The lon, lat (n, 2) met by the rays through pixels (n, 2) counted from the middle of the picture."""
        rays = np.column_stack([pixels, np.full(len(pixels), -self.focus)]) @ self.axes
        stretch = np.array([1, 1, 1 / np.sqrt(1 - ECCENTRICITY)])  # makes the ellipsoid a sphere
        eye, rays_round = self.eye * stretch, rays * stretch
        a, b, c = (rays_round**2).sum(axis=1), rays_round @ eye, eye @ eye - AXIS**2
        far = (-b - np.sqrt(b**2 - a * c)) / a
        met = self.eye + rays * far[:, None]
        up = np.arctan2(met[:, 2], (1 - ECCENTRICITY) * np.hypot(met[:, 0], met[:, 1]))
        along = np.arctan2(met[:, 1], met[:, 0])
        return np.asarray(np.degrees(np.column_stack([along, up])), np.float64)


def normals(places: Floats) -> Floats:
    """The directions (n, 3) in which the ground of lon, lat (n, 2) faces, geocentric."""
    along, up = np.radians(places).T
    return np.column_stack([np.cos(up) * np.cos(along), np.cos(up) * np.sin(along), np.sin(up)])


def geocentric(places: Floats) -> Floats:
    """Points (n, 2) of lon, lat on the ellipsoid as geocentric x, y, z in metres."""
    along, up = np.radians(places).T
    radius = AXIS / np.sqrt(1 - ECCENTRICITY * np.sin(up) ** 2)
    flat = radius * np.cos(up)
    return np.column_stack([flat * np.cos(along), flat * np.sin(along), radius * (1 - ECCENTRICITY) * np.sin(up)])
