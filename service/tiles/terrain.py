"""The terrain of a running service: which holdings it is made of at a moment, its tiles, and heights along lines."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from entities.errors import BadQuery, NotFound
from entities.model import LATEST, Moment, day_text, today
from entities.store import Store
from service.config import Config
from service.holdings import Holding, Shelf, standing
from service.layers import layer_titles
from service.tiles.kept import Kept
from service.tiles.means import anomaly_of, workers_of
from service.tiles.tile_store import tile_sink
from tiling.building.footing import Footing
from tiling.elevation.build import build, differing
from tiling.elevation.lattice import Place
from tiling.elevation.layer import layer_json
from tiling.elevation.prepare import ELEVATION
from tiling.elevation.profile import along
from tiling.elevation.surface import footing_of
from tiling.elevation.terrain import Terrain
from tiling.stored.sink import Sink, found

_BUILT: Final = "built.json"
_CLASS: Final = 4.0  # how many times coarser the coarsest survey of a class of fineness is than its finest
_UNKNOWN: Final = 1e9
_TOLD: Final = ("resolution", "usual_error", "largest_error", "surface", "crs")

Tell = Callable[[int, int], None]


def winning(holdings: Iterable[Holding]) -> list[Holding]:
    """The holdings in the order in which they win at a place: the newest of the finest.

    Surveys that are alike in fineness (up to 1 m, 4 m, 16 m, 64 m …) are one class: in it the newest wins, so a
    resurvey shows even where it is a little coarser. A finer class wins over a coarser one however new: a model of a
    whole country, flown yesterday, takes nothing away from the survey of a mine. Models of roofs and tree tops show
    only where nobody measured the ground.
    """
    return sorted(holdings, key=_order)


def _order(one: Holding) -> tuple[bool, int, int, float, str]:
    resolution = max(one.resolution or _UNKNOWN, 0.01)
    fineness = max(math.ceil(math.log(resolution, _CLASS) - 1e-9), 0)
    return one.attributes.get("surface") == "top", fineness, -one.version.period.start, resolution, one.code


@lru_cache(maxsize=64)
def _terrain(config: Config, hashes: tuple[str, ...]) -> Terrain:
    return Terrain(Shelf.of(config).folder(ELEVATION.name, ""), hashes, anomaly_of(config))


@lru_cache(maxsize=64)
def _footing(terrain: Terrain) -> Footing:
    return footing_of(terrain)


@dataclass(frozen=True, slots=True)
class Ground:
    """The terrain of a base: everything about it that a client can ask for."""

    config: Config
    store: Store

    def layer(self, moment: Moment) -> bytes:
        """The `layer.json` of a moment."""
        holdings = self._standing(moment)
        terrain = self._kept(holdings)
        return layer_json(terrain, layer_titles(ELEVATION.name)["zh"], [_told(one) for one in holdings])

    def tile(self, state: str, place: Place) -> bytes:
        """A tile of a state that was told of, gzip-encoded; cut now if it was not. `NotFound` (`terrain.tile`)."""
        terrain = self._of(state)
        if not terrain.has(place):
            raise _unknown(state, place)
        name = terrain.name(place)
        if built := found(self._tiles, name):  # unless a power cut left it empty
            return built
        kept = Kept.of(self.config, "terrain")
        return kept.get(name.rpartition("-")[2], lambda: terrain.tiles([place])[0])

    def profile(self, line: str, step: float | None, moment: Moment) -> dict[str, Any]:
        """The heights of the ground along a line `lon,lat;lon,lat…`: 1985 metres, None where none was measured."""
        places = along(_corners(line), step)
        terrain = self._kept(self._standing(moment))
        heights = terrain.at(places.lon, places.lat)
        known, above = np.isfinite(heights), heights.copy()
        above[known] += terrain.anomaly.at(places.lon[known], places.lat[known]) if known.any() else 0.0
        rows = zip(*(np.round(part, 3).tolist() for part in (places.distance, heights, above)), strict=True)
        points = zip(np.round(np.stack([places.lon, places.lat], axis=1), 9).tolist(), rows, strict=True)
        return {
            "length": round(float(places.distance[-1]), 3),
            "datum": "EPSG:5737",
            "heightAnomaly": {"value": terrain.anomaly.value, "source": terrain.anomaly.source},
            "points": [_point(place, row) for place, row in points],
        }

    def footing(self, moment: Moment) -> Footing:
        """The ground of a moment as tiles lie on it: the holdings whose files are here."""
        return _footing(_terrain(self.config, tuple(one.hash for one in self._standing(moment))))

    def build(self, tell: Tell | None = None) -> int:
        """Cut the tiles of today that are not there yet; return how many were cut."""
        holdings = self._standing(Moment(today(), LATEST))
        terrain, before = self._kept(holdings), self._built()
        if not holdings and before is None:
            return 0
        count = build(terrain, self._tiles, before, workers_of(self.config), tell)
        self._sink.put(_BUILT, json.dumps(terrain.state).encode())
        self._forget(before, terrain)
        return count

    def _forget(self, before: Terrain | None, now: Terrain) -> None:
        """Remove the tiles that were built before and are of today no more; who still asks for one has it cut anew."""
        if before is None:
            return
        for name in (name for batch in differing(before, now) for name in before.names(batch)):
            if self._sink.has(name):
                self._sink.delete(name)

    def _built(self) -> Terrain | None:
        """The terrain that was built last, if what it was made of is still here."""
        if not self._sink.has(_BUILT):
            return None
        try:
            return self._of(json.loads(self._sink.get(_BUILT)))
        except NotFound:
            return None

    def _standing(self, moment: Moment) -> list[Holding]:
        first: dict[str, Holding] = {}
        for one in winning(standing(self.config, self.store, ELEVATION.name, moment)):
            first.setdefault(one.hash, one)
        return list(first.values())

    def _kept(self, holdings: Iterable[Holding]) -> Terrain:
        """The terrain of some holdings; its state is written down, so that any process can cut its tiles."""
        terrain = _terrain(self.config, tuple(one.hash for one in holdings))
        name = f"state-{terrain.state}.json"
        if not self._sink.has(name):
            self._sink.put(name, json.dumps(terrain.hashes).encode())
        return terrain

    def _of(self, state: str) -> Terrain:
        """The terrain of a state that was told of. `NotFound` (`terrain.tile`) for one that is not here, or no more."""
        return _of_state(self.config, state)

    @property
    def _sink(self) -> Sink:
        return _sink(self.config)

    @property
    def _tiles(self) -> Sink:
        return tile_sink(self.config, "terrain", lasting=False)


def _sink(config: Config) -> Sink:
    return tile_sink(config, "terrain")


@lru_cache(maxsize=64)
def _of_state(config: Config, state: str) -> Terrain:
    name, shelf = f"state-{state}.json", Shelf.of(config)
    hashes = tuple(json.loads(_sink(config).get(name))) if _sink(config).has(name) else None
    if hashes is None or not all(shelf.has(ELEVATION.name, one) for one in hashes):
        raise _unknown(state)
    terrain = _terrain(config, hashes)
    if terrain.state != state:  # the height anomaly was set anew since
        raise _unknown(state)
    return terrain


def _unknown(state: str, place: Place | None = None) -> NotFound:
    where = f"/{place.level}/{place.x}/{place.y}" if place else ""
    return NotFound.because("terrain.tile", name=f"{state}{where}")


def _told(one: Holding) -> Mapping[str, Any]:
    """What a client is told of a holding."""
    start = day_text(one.version.period.start)
    said = {name: one.attributes[name] for name in _TOLD if name in one.attributes}
    name = one.version.state.name or one.code
    return {"code": one.code, "name": name, "holding": one.hash, "valid_from": start, **said}


def _point(place: list[float], row: tuple[float, float, float]) -> dict[str, float | None]:
    distance, height, ellipsoidal = row
    known = not math.isnan(height)
    return {
        "distance": distance,
        "lon": place[0],
        "lat": place[1],
        "height": height if known else None,
        "ellipsoidal": ellipsoidal if known else None,
    }


def _corners(line: str) -> np.ndarray:
    """`lon,lat;lon,lat…` as numbers. `BadQuery` (`terrain.line`)."""
    try:
        corners = np.array([[float(number) for number in part.split(",")] for part in line.split(";")], np.float64)
    except ValueError:
        raise BadQuery.because("terrain.line", value=line[:80], why="lon,lat;lon,lat") from None
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 2:
        raise BadQuery.because("terrain.line", value=line[:80], why="≥ 2")
    if not (np.abs(corners) <= [180, 90]).all():
        raise BadQuery.because("terrain.line", value=line[:80], why="-180 ≤ lon ≤ 180, -90 ≤ lat ≤ 90")
    return corners
