"""A base in memory with made-up buildings: the simplest source of tiles that can be right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
import shapely

from entities.model import Moment, Period, State, Surfaces, Surveyed, Version, fingerprints
from entities.position import Keys, position_keys
from tiling.building.footing import Box
from tiling.building.settings import Settings
from tiling.building.source import LAST_KEY
from tiling.heights import ConstantAnomaly
from tiling.layers.buildings import BUILDINGS

DAY = 20_000
JINAN = (117.02, 36.66)
SETTINGS = Settings(ConstantAnomaly(-4.25, "made up for tests"), BUILDINGS, "Buildings", features=6, workers=1)


def settings(features: int = 6, workers: int = 1) -> Settings:
    return replace(SETTINGS, features=features, workers=workers)


@dataclass(frozen=True)
class Listed:
    """The keys and digests of some versions, by (key, code)."""

    keys: Keys
    digests: np.ndarray


@dataclass(frozen=True)
class MemorySource:
    """Versions by code at a moment; `states` holds every moment's, one for each transaction."""

    moment: Moment
    states: tuple[Mapping[str, Version], ...]

    @cached_property
    def listed(self) -> tuple[list[Version], np.ndarray, np.ndarray]:
        """Everything by (key, code): versions, keys, digests."""
        found = sorted((key_of(version), code, version) for code, version in self.now.items())
        versions = [version for _, _, version in found]
        keys = np.array([key for key, _, _ in found], np.uint64)
        return versions, keys, np.array([digest_of(version) for version in versions], "S16")

    @property
    def now(self) -> Mapping[str, Version]:
        return self.states[self.moment.known_at]

    def index(self, first: int = 0, last: int = LAST_KEY) -> Listed:
        _, keys, digests = self.listed
        start, end = np.searchsorted(keys, np.array([first, last + 1], np.uint64))
        return Listed(keys[start:end], digests[start:end])

    def boxes(self, first: int = 0, last: int = LAST_KEY) -> np.ndarray:
        versions, keys, _ = self.listed
        start, end = np.searchsorted(keys, np.array([first, last + 1], np.uint64))
        return shapely.bounds([version.state.geometry for version in versions[start:end]]).reshape(-1, 4)

    def near(self, boxes: Collection[Box]) -> Keys:
        asked = shapely.union_all([shapely.box(*box) for box in boxes])
        ever = [version for state in self.states for version in state.values()]
        keys = [key_of(one) for one in ever if asked.intersects(shapely.box(*one.state.geometry.bounds))]
        return np.unique(np.array(keys, np.uint64))

    def versions(self, first: int, last: int) -> list[Version]:
        versions, keys, _ = self.listed
        start, end = np.searchsorted(keys, np.array([first, last + 1], np.uint64))
        return sorted(versions[start:end], key=lambda version: version.code)

    def dirty_keys(self, since: Moment) -> Keys:
        before, after = self.states[since.known_at], self.now
        changed = [code for code in before.keys() | after.keys() if before.get(code) != after.get(code)]
        versions = [state[code] for code in changed for state in (before, after) if code in state]
        return np.unique(np.array([key_of(version) for version in versions], np.uint64))

    def surveys(self, numbers: Collection[int]) -> dict[int, Surveyed]:
        return {number: Surveyed(f"survey {number}", "lixia") for number in numbers}

    def close(self) -> None: ...


@dataclass
class Base:
    """States one after another; each commit makes the next."""

    states: list[dict[str, Version]] = field(default_factory=lambda: [{}])

    def commit(self, put: Iterable[Version] = (), end: Iterable[str] = ()) -> MemorySource:
        gone = set(end)
        kept = {code: version for code, version in self.states[-1].items() if code not in gone}
        self.states.append(kept | {version.code: version for version in put})
        return self.at(len(self.states) - 1)

    def at(self, number: int) -> MemorySource:
        return MemorySource(Moment(DAY, number), tuple(self.states))


def key_of(version: Version) -> int:
    west, south, east, north = version.state.geometry.bounds
    return int(position_keys((west + east) / 2, (south + north) / 2)[0])


def digest_of(version: Version) -> bytes:
    text = f"{version.code}|{version.period.start}|{version.surveyed}".encode()
    return blake2b(fingerprints([version.state])[0] + text, digest_size=16).digest()


def version(code: str, geometry: shapely.Geometry, **state: object) -> Version:
    described = {"height": 12.5, "base": 25.0, **state}
    return Version(code, Period(DAY - 100), State("310301", geometry, **described), surveyed=1)  # type: ignore[arg-type]


def house(code: str, east: float = 0.0, north: float = 0.0, side: float = 12.0, **state: object) -> Version:
    """A square house so many metres east and north of the middle of the made-up town."""
    lon, lat = JINAN[0] + east / 89_500, JINAN[1] + north / 111_000
    dx, dy = side / 2 / 89_500, side / 2 / 111_000
    return version(code, shapely.set_precision(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy), 1e-9), **state)


def town(count: int, width: float = 2_000.0, seed: int = 1) -> list[Version]:
    """Houses at random places, the same every time."""
    random = np.random.default_rng(seed)
    east, north = random.uniform(-width / 2, width / 2, (2, count))
    sides, heights = random.uniform(4, 40, count), random.uniform(2, 80, count).round(2)
    rows = zip(east.tolist(), north.tolist(), sides.tolist(), heights.tolist(), strict=True)
    return [house(f"T{row:06d}", x, y, side, height=tall) for row, (x, y, side, tall) in enumerate(rows)]


def steep_house(code: str = "S1") -> Version:
    """A measured house with a ridge: two roofs, four walls, ground; one roof has a hole."""
    lon, lat = JINAN
    east, north = 10 / 89_500, 8 / 111_000

    def ring(*places: tuple[float, float, float]) -> list[tuple[float, float, float]]:
        return [(lon + x * east, lat + y * north, z) for x, y, z in places]

    hole = ring((0.3, 0.1, 36.6), (0.3, 0.3, 35.8), (0.6, 0.3, 35.8), (0.6, 0.1, 36.6))
    polygons = [
        shapely.Polygon(ring((0, -1, 32), (1, -1, 32), (1, 0, 37), (0, 0, 37))),
        shapely.Polygon(ring((0, 0, 37), (1, 0, 37), (1, 1, 33), (0, 1, 33)), [hole]),
        shapely.Polygon(ring((0, -1, 25), (1, -1, 25), (1, -1, 32), (0, -1, 32))),
        shapely.Polygon(ring((1, 1, 25), (0, 1, 25), (0, 1, 33), (1, 1, 33))),
        shapely.Polygon(ring((0, 1, 25), (0, -1, 25), (0, -1, 32), (0, 0, 37), (0, 1, 33))),
        shapely.Polygon(ring((1, -1, 25), (1, 1, 25), (1, 1, 33), (1, 0, 37), (1, -1, 32))),
        shapely.Polygon(ring((0, -1, 25), (0, 1, 25), (1, 1, 25), (1, -1, 25))),
    ]
    footprint = shapely.box(lon, lat - north, lon + east, lat + north)
    return version(code, footprint, surfaces=Surfaces(shapely.MultiPolygon(polygons), "RRWWWWG"))
