"""What stands on a block of the made district: footprints in metres from the block's south-west corner."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely.affinity import translate

STOREY: Final = 3.0
"""The height of a storey in metres."""


class Block(NamedTuple):
    """A block between streets: its size in metres and the source of its variety."""

    width: float
    depth: float
    random: np.random.Generator


class Plot(NamedTuple):
    """One building to be: footprint, storeys, and what it is for."""

    shape: shapely.Polygon
    floors: int
    use: str


def slabs(block: Block) -> Iterator[Plot]:
    """Rows of long flats that face south."""
    floors = int(block.random.choice([5, 6, 6, 11, 18]))
    gap = 9 + floors * 1.1
    length = block.random.uniform(38, 58)
    for south in np.arange(10, block.depth - 22, 12 + gap).tolist():
        for west in np.arange(10, block.width - length, length + 9).tolist():
            bay = block.random.uniform(1.5, 3)
            yield Plot(_stepped(west, south, length, 12, bay), floors + int(block.random.integers(0, 2)), "住宅")


def towers(block: Block) -> Iterator[Plot]:
    """Point towers with notched corners around a garden."""
    for south in np.arange(14, block.depth - 36, 52).tolist():
        for west in np.arange(14, block.width - 34, 46).tolist():
            yield Plot(_cross(west, south, 26, 24, 5), int(block.random.integers(18, 34)), "住宅")


def courtyards(block: Block) -> Iterator[Plot]:
    """Old courtyard houses, each around a yard of its own."""
    for south in np.arange(6, block.depth - 20, 21).tolist():
        for west in np.arange(6, block.width - 17, 18.5).tolist():
            width, depth = block.random.uniform(14, 16.5), block.random.uniform(16, 19)
            yield Plot(_ring(west, south, width, depth, block.random.uniform(3.6, 4.8)), 1, "四合院")


def villas(block: Block) -> Iterator[Plot]:
    """Small houses of an L shape in gardens."""
    for south in np.arange(8, block.depth - 16, 22).tolist():
        for west in np.arange(8, block.width - 14, 19).tolist():
            wing = block.random.uniform(4, 6)
            yield Plot(_angle(west, south, 12, 13, wing), int(block.random.integers(2, 4)), "别墅")


def offices(block: Block) -> Iterator[Plot]:
    """Podiums around an atrium, with round and square towers beside them."""
    half = block.width / 2
    for west in (8.0, half + 4):
        floors = int(block.random.integers(3, 6))
        yield Plot(_ring(west, 8, half - 14, min(60, block.depth * 0.4), 18), floors, "商业")
        centre = shapely.Point(west + half / 2 - 6, block.depth * 0.72)
        yield Plot(centre.buffer(block.random.uniform(13, 19), quad_segs=8), int(block.random.integers(20, 58)), "办公")
        yield Plot(
            shapely.box(west, block.depth * 0.6, west + 22, block.depth * 0.6 + 30),
            int(block.random.integers(8, 24)),
            "办公",
        )


def halls(block: Block) -> Iterator[Plot]:
    """Long low halls with offices at their heads."""
    for south in np.arange(10, block.depth - 30, 38).tolist():
        yield Plot(shapely.box(10, south, block.width - 34, south + 26), 3, "厂房")
        yield Plot(shapely.box(block.width - 28, south + 2, block.width - 12, south + 24), 4, "办公")


def school(block: Block) -> Iterator[Plot]:
    """A school: a building around two yards, a gymnasium, some small houses."""
    outer = shapely.box(14, 20, block.width * 0.62, 92)
    yards = [
        shapely.box(26, 32, block.width * 0.3, 80),
        shapely.box(block.width * 0.34, 32, block.width * 0.62 - 12, 80),
    ]
    yield Plot(outer.difference(shapely.union_all(yards)), 5, "学校")
    yield Plot(shapely.box(block.width * 0.7, 20, block.width - 14, 62), 4, "体育馆")
    for west in np.arange(16, block.width - 30, 26).tolist():
        yield Plot(shapely.box(west, block.depth - 30, west + 17, block.depth - 19), 3, "宿舍")


def park(block: Block) -> Iterator[Plot]:
    """A few pavilions between trees."""
    for _ in range(int(block.random.integers(3, 7))):
        place = shapely.Point(block.random.uniform(30, block.width - 30), block.random.uniform(30, block.depth - 30))
        yield Plot(place.buffer(block.random.uniform(4, 7), quad_segs=2), 1, "亭")


KINDS: Final[tuple[tuple[Callable[[Block], Iterator[Plot]], float], ...]] = (
    (slabs, 0.27),
    (towers, 0.11),
    (courtyards, 0.19),
    (villas, 0.17),
    (offices, 0.10),
    (halls, 0.07),
    (school, 0.05),
    (park, 0.04),
)
"""Each kind of block and its share of the district."""


def _stepped(west: float, south: float, length: float, depth: float, bay: float) -> shapely.Polygon:
    """A slab with bays along its south side."""
    whole = shapely.box(west, south, west + length, south + depth)
    starts = np.arange(west + 6, west + length - 6, 12.0)
    bays = shapely.box(starts, south - bay, starts + 5, np.full(len(starts), south + 1.0))
    return shapely.union_all([whole, *bays])


def _cross(west: float, south: float, width: float, depth: float, notch: float) -> shapely.Polygon:
    across = shapely.box(west, south + notch, west + width, south + depth - notch)
    return shapely.union_all([across, shapely.box(west + notch, south, west + width - notch, south + depth)])


def _ring(west: float, south: float, width: float, depth: float, wing: float) -> shapely.Polygon:
    outer = shapely.box(west, south, west + width, south + depth)
    return outer.difference(shapely.box(west + wing, south + wing, west + width - wing, south + depth - wing))


def _angle(west: float, south: float, width: float, depth: float, wing: float) -> shapely.Polygon:
    corner = shapely.box(west, south, west + wing, south + depth)
    return shapely.union_all([corner, translate(shapely.box(0, 0, width, wing), west, south)])
