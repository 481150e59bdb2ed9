"""The demo's work on a border: what one county sends of houses that stand in it, and of some that stand across."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from pyproj import Transformer

from entities.territory.divisions import Division, Divisions
from entities.territory.rights import Territory
from service.demo.divisions import Division as Made
from service.demo.town import CRS, House
from service.demo.updates import Update

DAY: Final = "2026-09-14"
COUNTY: Final = "370112"
"""历城区, into whose west the made district reaches."""

_ACROSS: Final = 4
_INSIDE: Final = 6


def border_update(houses: Sequence[House], divisions: Sequence[Made]) -> Update:
    """Two storeys more on a few houses in the county and on a few across its border; every call gives the same."""
    drawn = np.array([house.shape for house in houses], dtype=object)
    shapes = shapely.transform(drawn, to_degrees(), interleaved=False)
    standing = Divisions(tuple(Division(one.adcode, one.name, one.shape) for one in divisions))
    territory = Territory.of(standing, [COUNTY])
    near = np.flatnonzero(shapely.intersects(territory.area, shapes))
    reaches = territory.reaches(shapes[near])
    across = [place for place, reach in reaches.items() if not reach.foreign][:_ACROSS]
    inside = np.flatnonzero(shapely.covers(territory.area, shapes[near]))
    nearest = inside[np.argsort(shapely.distance(shapes[near][inside], shapes[near][across[0]]), kind="stable")]
    chosen = [houses[place] for place in near[[*across, *nearest[:_INSIDE]]].tolist()]
    return Update(DAY, [(replace(house, floors=house.floors + 2), "变更") for house in chosen])


def to_degrees() -> Callable[..., tuple[object, ...]]:
    """The way from the made district's coordinates to the base's."""
    transform: Callable[..., tuple[object, ...]] = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True).transform
    return transform
