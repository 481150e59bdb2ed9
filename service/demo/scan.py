"""A laser scan of one corner of the made district: ground, roofs and trees as points, as an aircraft sees them."""

from pathlib import Path
from typing import Final

import laspy
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from service.demo.ground import ground_at
from service.demo.town import CRS, GROUND, ORIGIN, SEED, House

SIDE: Final = 420.0
"""How wide the scanned square is, in metres."""

_SPACING: Final = 0.7
_GROUND, _VEGETATION, _BUILDING = 2, 5, 6
_COLOURS: Final = {_GROUND: (150, 146, 132), _VEGETATION: (84, 128, 62), _BUILDING: (176, 120, 96)}

Floats = NDArray[np.float64]
Places = tuple[Floats, Floats, Floats, NDArray[np.uint8]]
"""Easts, norths, heights and classes of points."""


def write_scan(path: Path, houses: list[House]) -> None:
    """Write the scan as LAS 1.4, with classification, intensity, returns and colours."""
    random = np.random.default_rng(SEED + 6)
    both = (_surface(houses, random), _trees(random))
    east, north, up = (np.concatenate([part[axis] for part in both]) for axis in range(3))
    kinds = np.concatenate([part[3] for part in both])
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.offsets, header.scales = np.array([*np.floor(ORIGIN), 0.0]), np.full(3, 0.001)
    header.add_crs(pyproj.CRS(f"{CRS}+5737"))
    scan = laspy.LasData(header)
    scan.x, scan.y, scan.z = east, north, up
    scan.classification = kinds
    scan.intensity = random.integers(200, 60_000, len(east)).astype(np.uint16)
    scan.return_number = np.where(kinds == _VEGETATION, 2, 1).astype(np.uint8)
    scan.number_of_returns = np.where(kinds == _VEGETATION, 2, 1).astype(np.uint8)
    shade = random.uniform(0.8, 1.2, len(east))
    for place, name in enumerate(("red", "green", "blue")):
        plain = np.array([_COLOURS[kind][place] for kind in (_GROUND, _VEGETATION, _BUILDING)])
        value = plain[np.searchsorted([_GROUND, _VEGETATION, _BUILDING], kinds)] * shade
        setattr(scan, name, (np.clip(value, 0, 255) * 256).astype(np.uint16))
    scan.write(path)


def _surface(houses: list[House], random: np.random.Generator) -> Places:
    """What a beam from above meets first: a roof, or the ground."""
    steps = np.arange(0.0, SIDE, _SPACING)
    east, north = (axis.ravel() for axis in np.meshgrid(ORIGIN[0] + 400 + steps, ORIGIN[1] + 400 + steps))
    east, north = east + random.uniform(-0.2, 0.2, len(east)), north + random.uniform(-0.2, 0.2, len(north))
    points = shapely.points(east, north)
    shapes = np.array([house.shape for house in houses], dtype=object)
    point, house = shapely.STRtree(shapes).query(points, predicate="intersects")
    tall = np.zeros(len(points))
    tall[point] = np.array([house.height for house in houses])[house]
    up = np.where(tall > 0, GROUND + tall, ground_at(east, north)) + random.normal(0, 0.03, len(east))
    return east, north, up, np.where(tall > 0, _BUILDING, _GROUND).astype(np.uint8)


def _trees(random: np.random.Generator) -> Places:
    """Crowns of trees as clouds of points around their middles."""
    count, each = 160, 90
    middle = np.array([ORIGIN[0] + 400, ORIGIN[1] + 400]) + random.uniform(0, SIDE, (count, 2))
    around = random.normal(0, 1.1, (count, each, 3))
    crown = np.concatenate([middle, np.full((count, 1), GROUND + 6.0)], axis=1)[:, None, :] + around
    east, north, up = crown.reshape(-1, 3).T
    return east, north, np.maximum(up, GROUND), np.full(count * each, _VEGETATION, np.uint8)
