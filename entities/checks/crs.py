"""Rules about where features lie: in the area the base covers, with longitude and latitude the right way round."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from entities.checks.batch import Batch, Box, Flags, Floats
from entities.rules import Finding

WORLD: Final[Box] = (-180.0, -90.0, 180.0, 90.0)


def swapped(batch: Batch) -> Iterator[Finding]:
    """`crs.swapped`: a feature lies outside, and inside once its longitude and latitude are exchanged."""
    outside, swaps = _lying(batch)
    for place in np.flatnonzero(outside & swaps).tolist():
        lon, lat = (batch.bounds[place, :2] + batch.bounds[place, 2:]) / 2
        yield batch.finding("crs.swapped", place, (lon, lat), lon=round(float(lon), 6), lat=round(float(lat), 6))


def extent(batch: Batch) -> Iterable[Finding]:
    """`crs.extent`: a feature lies outside the area the base covers, whichever way round."""
    outside, swaps = _lying(batch)
    area = ", ".join(f"{degrees:g}" for degrees in batch.context.extent or WORLD)
    return batch.findings("crs.extent", outside & ~swaps, extent=area)


def _lying(batch: Batch) -> tuple[Flags, Flags]:
    """Which features lie outside as they are, and which would lie inside with x and y exchanged."""
    box = batch.context.extent or WORLD
    return batch.sound & ~_inside(batch.bounds, box), _inside(batch.bounds[:, [1, 0, 3, 2]], box)


def _inside(bounds: Floats, box: Box) -> Flags:
    west, south, east, north = box
    low, high = np.array([west, south, west, south]), np.array([east, north, east, north])
    within: Flags = np.asarray(((bounds >= low) & (bounds <= high)).all(axis=1))
    return within
