"""A laser survey made up for benchmarks: flight lines over hills with trees and roofs, as scanners write them."""

from pathlib import Path

import laspy
import numpy as np
from pyproj import CRS

_PART = 1_000_000
_LINE = 400.0  # metres from one flight line to the next
_DENSITY = 8.0  # points a square metre


def survey(path: Path, count: int) -> Path:
    """Write a survey of so many points in CGCS2000 / 3-degree zone 40 and 1985 heights (format 7)."""
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.array([40_500_000.0, 3_900_000.0, 0.0])
    header.add_crs(CRS("EPSG:4528+5737"))
    side = (count / _DENSITY) ** 0.5
    with laspy.open(path, "w", header=header, laz_backend=laspy.LazBackend.Lazrs) as writer:
        for number, first in enumerate(range(0, count, _PART)):
            writer.write_points(_part(header, first, min(_PART, count - first), count, side, number))
    return path


def _part(
    header: laspy.LasHeader, first: int, size: int, count: int, side: float, seed: int
) -> laspy.ScaleAwarePointRecord:
    """Some points in the order of flight: to and fro, each line a strip of the square."""
    chance = np.random.default_rng(seed)
    lines = max(1, round(side / _LINE))
    along = (first + np.arange(size)) / count * lines
    line, way = np.floor(along), along % 1
    east = (line + chance.random(size)) * side / lines
    north = np.where(line % 2 == 0, way, 1 - way) * side + chance.normal(0, 0.3, size)
    ground = 60 + 25 * np.sin(east / 310) * np.cos(north / 270)
    tree = (np.sin(east / 17) * np.sin(north / 23) > 0.5) & (chance.random(size) < 0.7)
    roof = (np.sin(east / 29) > 0.6) & (np.sin(north / 31) > 0.6)
    up = ground + np.where(roof, 12.0, np.where(tree, 15 * chance.random(size), 0.0)) + chance.normal(0, 0.02, size)
    points = laspy.ScaleAwarePointRecord.zeros(size, header=header)
    points.x, points.y, points.z = 40_500_000 + east, 3_900_000 + north, up
    points.intensity = np.clip(chance.normal(400, 120, size) + 300 * roof, 0, 4095).astype(np.uint16)
    points.classification = np.where(roof, 6, np.where(tree, 5, 2)).astype(np.uint8)
    points.return_number = np.where(tree, chance.integers(1, 4, size), 1).astype(np.uint8)
    points.number_of_returns = np.where(tree, 3, 1).astype(np.uint8)
    points.point_source_id = (line + 1).astype(np.uint16)
    points.gps_time = 1e8 + (first + np.arange(size)) * 2e-6
    shade = np.clip(120 + (up - 60) * 2 + chance.normal(0, 12, size), 0, 255).astype(np.uint16)
    points.red, points.green, points.blue = (
        256 * np.clip(shade * part, 0, 255).astype(np.uint16) for part in (1, 0.9, 0.7)
    )
    return points
