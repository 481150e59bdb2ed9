"""Bounding volumes of 3D Tiles, of any kind, as points around them; and boxes and footprints around points.

OGC 22-025r4 (3D Tiles 1.1), 7.3: a box and a sphere are moved by the transforms above them, a region is not.
"""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from tiling.ecef import SEMI_MAJOR, Frame, geocentric

Floats = NDArray[np.float64]
Json = dict[str, Any]

_SIGNS: Final = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
_KINDS: Final = ("region", "box", "sphere")
_FARTHEST: Final = 1e9  # metres: no coordinate of anything on the earth is as large
_SAMPLES: Final = 9
_HALVES: Final = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)], np.float64)
_DIGITS: Final = 4
_GEODETIC: Final = Transformer.from_crs(4479, 4480, always_xy=True)  # both CGCS2000


def matrix_of(tile: Json) -> Floats:
    """The 4 x 4 matrix of a tile's own transform."""
    return np.array(tile.get("transform", np.eye(4).ravel()), np.float64).reshape(4, 4).T


def corners(volume: Json, matrix: Floats) -> Floats:
    """Points (n, 3), geocentric, whose hull holds a volume; `matrix` leads from its frame to geocentric coordinates.

    `ValueError` where it is no volume of the standard.
    """
    numbers = np.array(next((volume[kind] for kind in _KINDS if kind in volume), [np.nan]), np.float64)
    if not (np.abs(numbers) < _FARTHEST).all() or not (np.abs(matrix) < _FARTHEST).all():
        raise ValueError("boundingVolume")
    if "region" in volume:
        return _around_region(numbers)
    if "box" in volume:
        box = numbers.reshape(4, 3)
        points = box[0] + _HALVES @ box[1:]
    else:
        x, y, z, radius = numbers
        points = np.array([x, y, z]) + _SIGNS * radius
    moved: Floats = points @ matrix[:3, :3].T + matrix[:3, 3]
    return moved


def geodetic(points: Floats) -> Floats:
    """Longitude, latitude in degrees and ellipsoidal height of geocentric points (n, 3) on CGCS2000."""
    lon, lat, height = _GEODETIC.transform(*(axis.tolist() for axis in points.T))
    return np.column_stack([lon, lat, height]).astype(np.float64)


def box_around(points: Floats) -> list[float]:
    """The geocentric box, upright at their middle, around points, as 3D Tiles writes it."""
    lon, lat, _ = geodetic(((points.min(axis=0) + points.max(axis=0)) / 2)[None])[0]
    frame = Frame.at(lon, lat)
    local = frame.local(points)
    least, most = local.min(axis=0), local.max(axis=0)
    middle = frame.geocentric(((least + most) / 2)[None])[0]
    # A hair wider, since the numbers are rounded; and no box is flat.
    half = np.maximum((most - least) / 2, 0.001) + 10.0**-_DIGITS
    numbers = np.concatenate([np.round(middle, _DIGITS), np.round(frame.axes * half[:, None], 9).ravel()]) + 0.0
    return [float(number) for number in numbers]


def ground(points: Floats) -> tuple[BaseGeometry, float, float]:
    """The area that points cover, in lon, lat, and the least and the greatest ellipsoidal height among them."""
    places = geodetic(points)
    hull = shapely.convex_hull(shapely.multipoints(places[:, :2]))
    if shapely.get_dimensions(hull) < 2:
        hull = shapely.envelope(shapely.buffer(hull, 1e-6))
    return hull, float(places[:, 2].min()), float(places[:, 2].max())


def _around_region(region: Floats) -> Floats:
    """Points around a region: a grid over its bottom and its top, the top raised by what the earth bulges between."""
    west, south, east, north, low, high = region
    east = east + 2 * np.pi if east < west else east
    across = np.degrees(np.linspace(west, east, _SAMPLES))
    along = np.degrees(np.linspace(south, north, _SAMPLES))
    bulge = SEMI_MAJOR * (max(east - west, north - south) / (_SAMPLES - 1)) ** 2 / 4
    lon, lat = (axis.ravel() for axis in np.meshgrid(across, along))
    return np.concatenate([geocentric(lon, lat, low), geocentric(lon, lat, high + bulge)])
