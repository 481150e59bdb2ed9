"""The second survey of the made district, a year later: what was added, raised, pulled down, split and joined."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from shapely.affinity import scale

from service.demo.town import SEED, House

NOISE: Final = 0.04
"""Standard deviation, in metres, of the corners of a building that was measured again."""


@dataclass(frozen=True, slots=True)
class Resurvey:
    """The buildings as found a year later, and how many of each change were made."""

    houses: list[House]
    counts: dict[str, int]


def survey_again(houses: list[House]) -> Resurvey:
    """Make the second survey of the district; every call gives the same."""
    random = np.random.default_rng(SEED + 1)
    fates = random.choice(
        ["same", "measured", "raised", "widened", "demolished", "rebuilt", "split"],
        len(houses),
        p=[0.91, 0.03, 0.018, 0.008, 0.009, 0.005, 0.02],
    )
    found: list[House] = []
    counts: dict[str, int] = {}
    for house, fate in zip(houses, fates.tolist(), strict=True):
        fate = "same" if fate == "split" and house.use != "住宅" else fate
        counts[fate] = counts.get(fate, 0) + 1
        found += _after(house, fate, random)
    infill = list(_infill(houses, random))
    return Resurvey(found + infill, counts | {"new": len(infill)})


def _after(house: House, fate: str, random: np.random.Generator) -> list[House]:
    """What stands a year later where a house stood."""
    if fate == "measured":
        return [replace(house, shape=_measured(house.shape, random))]
    if fate == "raised":
        return [replace(house, floors=house.floors + int(random.integers(1, 3)))]
    if fate == "widened":
        return [replace(house, shape=_to_millimetres(scale(house.shape, 1.05, 1.04)))]
    if fate == "demolished":
        return []
    if fate == "rebuilt":
        return [
            replace(
                house,
                shape=_to_millimetres(house.shape.convex_hull.buffer(0.4, join_style="mitre")),
                floors=house.floors + 4,
            )
        ]
    if fate == "split":
        return [
            replace(house, number=house.number + 200_000 * (part + 1), shape=shape)
            for part, shape in enumerate(_halves(house.shape))
        ]
    return [house]


def _measured(shape: shapely.Polygon, random: np.random.Generator) -> shapely.Polygon:
    """The same footprint with each corner measured again."""
    coordinates = shapely.get_coordinates(shape)
    moved = coordinates + random.normal(0, NOISE, coordinates.shape)
    rings = [0, *np.cumsum([len(ring.coords) for ring in (shape.exterior, *shape.interiors)]).tolist()]
    for start, end in pairwise(rings):
        moved[end - 1] = moved[start]
    return _to_millimetres(shapely.set_coordinates(shapely.from_wkb(shape.wkb), moved))


def _halves(shape: shapely.Polygon) -> list[shapely.Polygon]:
    """The two halves of a long footprint, cut across its length."""
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    sides = np.roll(frame, -1, axis=0) - frame
    first = int(np.argmax(np.hypot(*sides.T)))
    along = sides[first] / np.hypot(*sides[first])
    middle = frame.mean(axis=0)
    across = np.array([-along[1], along[0]])
    corners = [
        middle + across * 500,
        middle - across * 500,
        middle - across * 500 + along * 500,
        middle + across * 500 + along * 500,
    ]
    half_plane = shapely.Polygon(corners)
    return [_to_millimetres(shape.intersection(half_plane)), _to_millimetres(shape.difference(half_plane))]


def _infill(houses: list[House], random: np.random.Generator) -> Iterator[House]:
    """New small buildings in the gaps beside existing ones."""
    tree = shapely.STRtree([house.shape for house in houses])
    number = 900_000
    for place in random.choice(len(houses), 1600, replace=False).tolist():
        near = houses[place].shape
        angle = random.uniform(0, 2 * np.pi)
        reach = float(np.sqrt(near.area)) * 0.8 + 12
        centre = (near.centroid.x + reach * np.cos(angle), near.centroid.y + reach * np.sin(angle))
        shape = _to_millimetres(shapely.box(centre[0] - 4, centre[1] - 3, centre[0] + 4, centre[1] + 3))
        if not len(tree.query(shape.buffer(4))):
            number += 1
            yield House(number, shape, int(random.integers(1, 3)), "附属用房", None)


def _to_millimetres(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.round(xy, 3))
