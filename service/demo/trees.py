"""Trees and lamps along the made district's avenues, as a parks office and a lighting office survey them."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely

from service.demo.town import SEED, Street

_SPECIES: Final = (("法桐", 11.0, 0.7), ("国槐", 9.0, 0.6), ("毛白杨", 16.0, 0.25), ("雪松", 12.0, 0.5))
"""What grows along an avenue: its species, how high it is, and how wide for its height."""

_CROSSING: Final = 16.0  # metres at either end of a street that are left free
_BESIDE: Final = 9.0  # metres from the middle of the street
_TREES: Final = 15.0  # metres from one to the next
_LAMPS: Final = 30.0


class Tree(NamedTuple):
    """One street tree, its height and the width of its crown in metres."""

    shape: shapely.Point
    species: str
    height: float
    crown: float


class Lamp(NamedTuple):
    """One street lamp."""

    shape: shapely.Point
    name: str


def plant(streets: Sequence[Street]) -> list[Tree]:
    """Trees on both sides of the main streets, one species to a street."""
    random = np.random.default_rng(SEED + 9)
    found = []
    for number, street in enumerate(_main(streets)):
        species, height, crown = _SPECIES[number % len(_SPECIES)]
        for side in (-_BESIDE, _BESIDE):
            for place in _along(street.shape, _TREES, side):
                tall = round(float(height * random.uniform(0.6, 1.2)), 1)
                found.append(Tree(place, species, tall, round(tall * crown, 1)))
    return found


def light(streets: Sequence[Street]) -> list[Lamp]:
    """Lamps on one side of the main streets."""
    return [
        Lamp(place, f"{street.name}{number}号灯")
        for street in _main(streets)
        for number, place in enumerate(_along(street.shape, _LAMPS, _BESIDE - 2), 1)
    ]


def _main(streets: Sequence[Street]) -> list[Street]:
    return [street for street in streets if street.rank == "main"]


def _along(line: shapely.LineString, step: float, side: float) -> Iterator[shapely.Point]:
    """Places along a line, so far to its left."""
    start, end = np.array(line.coords[0]), np.array(line.coords[-1])
    length = float(np.hypot(*(end - start)))
    onward = (end - start) / length
    left = np.array([-onward[1], onward[0]])
    for distance in np.arange(_CROSSING, length - _CROSSING, step).tolist():
        yield shapely.Point(np.round(start + onward * distance + left * side, 3))
