"""Small updates between the whole surveys, as a county sends them: a few features, each with the kind of its change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from service.demo.town import SEED, House

DAYS: Final = ("2025-09-28", "2026-03-16", "2026-07-09")
"""When a county sent its updates after the second whole survey."""


@dataclass(frozen=True, slots=True)
class Update:
    """One small update: the day of the work, and each building with its kind of change (变更, 灭失, 新增)."""

    day: str
    houses: list[tuple[House, str]]


def small_updates(houses: Sequence[House]) -> list[Update]:
    """Make the updates that follow a survey, each around a place of its own; every call gives the same."""
    random = np.random.default_rng(SEED + 2)
    centres = np.array([(house.shape.centroid.x, house.shape.centroid.y) for house in houses])
    touched: set[int] = set()
    updates = []
    for day in DAYS:
        middle = centres[random.integers(len(houses))]
        nearest = [place for place in np.argsort(np.hypot(*(centres - middle).T))[:60].tolist() if place not in touched]
        touched.update(nearest)
        updates.append(Update(day, [_changed(houses[place], random) for place in nearest]))
    return updates


def _changed(house: House, random: np.random.Generator) -> tuple[House, str]:
    if random.random() < 0.3:
        return house, "灭失"
    return replace(house, floors=house.floors + int(random.integers(1, 5))), "变更"


def extent(houses: Sequence[House]) -> shapely.Polygon:
    """The rectangle around buildings, 30 m wider: what a whole survey covers."""
    west, south, east, north = shapely.total_bounds([house.shape for house in houses])
    return shapely.box(west - 30, south - 30, east + 30, north + 30)
