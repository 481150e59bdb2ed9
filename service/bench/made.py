"""Made places that are hard to match: what is small, what stands wall to wall, what lies in one trench."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Scalar, State
from service.bench.world import Frame

HOUSE: Final = "310301"
PIPE: Final = "543002"
NODE: Final = "543055"

_FRAME: Final = Frame(np.array([117.2, 36.6]), np.array([89_440.0, 110_968.0]))
_SEED: Final = 2026

Random = np.random.Generator
Places = NDArray[np.float64]


def made(name: str) -> list[State]:
    """The things of a made place in lon, lat; every call gives the same."""
    random = np.random.default_rng([_SEED, sorted(MADE).index(name)])
    states = list(MADE[name](random))
    shapes = np.empty(len(states), dtype=object)
    shapes[:] = [state.geometry for state in states]
    placed = _FRAME.degrees(shapes).tolist()
    return [_at(state, shape) for state, shape in zip(states, placed, strict=True)]


def _at(state: State, shape: shapely.Geometry) -> State:
    return State(state.class_code, shape, state.name, state.height, state.base, None, state.attributes)


def _house(ring: Places, height: float, base: float | None = None) -> State:
    return State(HOUSE, shapely.Polygon(ring), height=round(height, 1), base=base)


def _box(west: float, south: float, width: float, depth: float) -> Places:
    return np.array([(west, south), (west + width, south), (west + width, south + depth), (west, south + depth)])


def row_houses(random: Random) -> Iterator[State]:
    """Rows of thirty houses wall to wall, 4.5 to 6.5 m wide."""
    for row in range(40):
        west, height = 0.0, float(random.uniform(6, 12))
        for _ in range(30):
            width = float(random.uniform(4.5, 6.5))
            yield _house(_box(west, row * 34.0, width, float(random.uniform(9, 11))), height)
            west += width


def towers(random: Random) -> Iterator[State]:
    """Towers that are all alike, in a grid."""
    for place in range(1200):
        west, south = place % 40 * 46.0, place // 40 * 52.0
        yield _house(_box(west, south, 24, 22), float(random.integers(18, 34)) * 3)


def sheds(random: Random) -> Iterator[State]:
    """Sheds and garages of 4 to 18 square metres, some of them wall to wall."""
    for row in range(60):
        west = 0.0
        for _ in range(20):
            width, depth = random.uniform(2, 4, 2)
            yield _house(_box(west, row * 9.0, float(width), float(depth) + 0.5), 2.5)
            west += float(width) + float(random.choice([0.0, 0.3, 2.0, 6.0]))


def courtyards(random: Random) -> Iterator[State]:
    """Houses around yards, each with a small house in its yard."""
    for place in range(800):
        west, south = place % 28 * 24.0, place // 28 * 24.0
        yard = _box(west + 5, south + 5, 9, 9)
        yield State(HOUSE, shapely.Polygon(_box(west, south, 19, 19), [yard]), height=6.0)
        if random.random() < 0.5:
            yield _house(_box(west + 7, south + 7, 4, 3.5), 3.0)


def storeys(random: Random) -> Iterator[State]:
    """Buildings given storey by storey, all of one outline."""
    for place in range(250):
        west, south = place % 16 * 40.0, place // 16 * 40.0
        width, depth = random.uniform(10, 22, 2)
        for floor in range(int(random.integers(3, 7))):
            yield _house(_box(west, south, float(width), float(depth)), 3.0, base=30.0 + 3.0 * floor)


def trench(random: Random) -> Iterator[State]:
    """Pipes in one trench: four of one class side by side at half a metre, with diameters and heights."""
    for row in range(60):
        for reach in range(8):
            start, bend = np.array([reach * 60.0, row * 45.0]), float(random.uniform(-3, 3))
            for number, diameter in enumerate((100, 200, 300, 400)):
                aside, level = number * 0.5, 33.0 - number * 0.4
                ring = start + np.array([(0, aside), (30, aside + bend), (60, aside)])
                attributes: Mapping[str, Scalar] = {"diameter": diameter, "line": f"L{number}"}
                yield State(PIPE, shapely.LineString(np.column_stack([ring, np.full(3, level)])), attributes=attributes)


def junctions(random: Random) -> Iterator[State]:
    """Covers a metre apart in pairs, each with its number."""
    for place in range(700):
        spot = np.array([place % 30 * 12.0, place // 30 * 12.0])
        turn = float(random.uniform(0, 2 * np.pi))
        for number, shape in enumerate((spot, spot + np.array([np.cos(turn), np.sin(turn)]))):
            label = f"J{place:04d}{number}"
            yield State(NODE, shapely.Point(shape), name=label, base=35.0, attributes={"no": label})


MADE: Final[Mapping[str, Callable[[Random], Iterator[State]]]] = {
    "row houses": row_houses,
    "towers": towers,
    "sheds": sheds,
    "courtyards": courtyards,
    "storeys": storeys,
    "trench": trench,
    "junctions": junctions,
}
