"""What building, pulling down, dividing and drawing do to one shape, in metres."""

from typing import Final, TypeAlias

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Random = np.random.Generator
Shape: TypeAlias = BaseGeometry

LEAST_PART: Final = 15.0
"""Square metres of the smallest part that a building is divided into, and metres of a line's."""

_BEYOND: Final = 1e4  # metres: further than anything reaches


def cut(shape: Shape, share: float) -> tuple[Shape, Shape] | None:
    """Divide a shape across its length, the first part with about a share of it; None where that makes no two parts."""
    if shape.geom_type == "LineString":
        first = shapely.ops.substring(shape, 0, share, normalized=True)
        parts = first, shapely.ops.substring(shape, share, 1, normalized=True)
        return parts if min(part.length for part in parts) >= LEAST_PART else None
    if shape.geom_type != "Polygon":
        return None
    corner, along, across, length = _frame(shape)
    near, far = corner - along * _BEYOND, corner + along * length * share
    half = shapely.Polygon(
        [near - across * _BEYOND, near + across * _BEYOND, far + across * _BEYOND, far - across * _BEYOND]
    )
    parts = shape.intersection(half), shape.difference(half)
    whole = all(part.geom_type == "Polygon" and part.area >= LEAST_PART for part in parts)
    return parts if whole else None


def _frame(shape: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """A corner of the narrowest rectangle around a shape, its directions along and across, and its length."""
    ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    sides = np.roll(ring, -1, axis=0) - ring
    first = int(np.argmax(np.hypot(*sides.T)))
    length = float(np.hypot(*sides[first]))
    along = sides[first] / length
    return ring[first], along, np.array([-along[1], along[0]]), length


def extended(shape: Shape, random: Random) -> Shape | None:
    """A building with a wing at its longest wall, of 15 to 60 % of its area; None where that makes no one building."""
    if shape.geom_type != "Polygon" or shape.area < 2 * LEAST_PART:
        return None
    ring = shapely.get_coordinates(shapely.remove_repeated_points(shapely.orient_polygons(shape).exterior))
    sides = np.diff(ring, axis=0)
    first = int(np.argmax(np.hypot(*sides.T)))
    length = float(np.hypot(*sides[first]))
    width = length * random.uniform(0.4, 1.0)
    depth = shape.area * random.uniform(0.15, 0.6) / width
    along, start = sides[first] / length, ring[first] + sides[first] / length * random.uniform(0, length - width)
    outward = np.array([along[1], -along[0]])
    wing = [start - outward * 0.3, start + along * width - outward * 0.3]
    wing += [wing[1] + outward * (depth + 0.3), wing[0] + outward * (depth + 0.3)]
    return _one(shape.union(shapely.Polygon(wing)), shape.area * 1.1)


def rebuilt(shape: Shape, random: Random) -> Shape | None:
    """Another building on the same ground: a rectangle of its own size and direction that is not much like the old."""
    if shape.geom_type != "Polygon":
        return None
    area, ratio, turn = shape.area * random.uniform(0.5, 1.7), random.uniform(0.5, 1), random.uniform(0, np.pi)
    half = np.sqrt(area / ratio) / 2 * np.array([[-1, -ratio], [1, -ratio], [1, ratio], [-1, ratio]])
    cosine, sine = np.cos(turn), np.sin(turn)
    middle = np.array([shape.centroid.x, shape.centroid.y]) + random.normal(0, 0.25, 2) * np.sqrt(shape.area)
    made = shapely.Polygon(half @ np.array([[cosine, sine], [-sine, cosine]]) + middle)
    shared = made.intersection(shape).area
    return made if 0.15 <= shared / (made.area + shape.area - shared) <= 0.7 else None


def detailed(shape: Shape, random: Random) -> Shape:
    """A shape drawn with more detail: vertices on its sides, and a bay at a long wall."""
    drawn = shapely.segmentize(shape, 6.0)
    if shape.geom_type == "Polygon" and shape.area > 60:
        ring = shapely.get_coordinates(shapely.orient_polygons(shape).exterior)
        sides = np.diff(ring, axis=0)
        first = int(np.argmax(np.hypot(*sides.T)))
        length, outward = float(np.hypot(*sides[first])), np.array([sides[first][1], -sides[first][0]])
        outward /= length
        start, end = (ring[first] + sides[first] * place for place in (0.35, 0.6))
        depth = outward * random.uniform(0.5, 1.2)
        bay = shapely.Polygon([start - outward * 0.2, end - outward * 0.2, end + depth, start + depth])
        return _one(drawn.union(bay), shape.area) or drawn
    return drawn


def generalised(shape: Shape, tolerance: float) -> Shape:
    """A shape drawn with less detail; as it is where too little would be left."""
    drawn = shapely.simplify(shape, tolerance)
    good = drawn.is_valid and not drawn.is_empty and drawn.geom_type == shape.geom_type
    return drawn if good and (shape.area == 0 or abs(drawn.area / shape.area - 1) < 0.1) else shape


def _one(shape: Shape, least: float) -> Shape | None:
    return shape if shape.geom_type == "Polygon" and shape.is_valid and shape.area >= least else None
