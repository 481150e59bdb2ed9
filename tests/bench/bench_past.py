"""How soon a tile of a past day is answered, by the service's own application: drawn when it is asked for, and again.

`python -m tests.bench past` prints the figures, of one processor's time and of the clock, since other
work on the machine counts in the second only. A fiftieth of the plain city changed each year for five years.
"""

import contextlib
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
from flask.testing import FlaskClient

from entities.model import Period, Version, day_text
from entities.store import Box, Store
from service.app import create_app
from service.config import Config
from service.tiles.histories import build_history
from service.tiles.tilesets import build_layer
from tests.bench.bench_tiles import DAY, states
from tiling.mercator import REACH, projected
from tiling.stored.published import content_uris

YEARS = 5
FIRST = DAY - 2_000
TILESET = "/3dtiles/buildings/tileset.json"


@dataclass
class Times:
    """Seconds of the processor and of the clock that some answers took."""

    processor: list[float]
    clock: list[float]

    def line(self, named: str, limit: str = "") -> str:
        """The middle and the slowest in twenty, in milliseconds."""
        ms = [1e3 * seconds for seconds in self.processor]
        late = sorted(ms)[int(len(ms) * 0.95)]
        clock = statistics.median(self.clock) * 1e3
        return (
            f"past, {named + ':':24}{statistics.median(ms):10.1f} ms of one processor, {late:.1f} the slowest of "
            f"twenty, {clock:.1f} by the clock ({len(ms)} answers){limit}"
        )


def changing(store: Store, count: int) -> None:
    """The plain city, and five years of changes."""
    random, city = np.random.default_rng(5), states(count)
    with store.transaction("bench", "first survey", "plain city") as transaction:
        codes = transaction.issue(city)
        transaction.put([Version(code, Period(FIRST), state) for code, state in zip(codes, city, strict=True)])
    for year in range(1, YEARS + 1):
        rows = np.flatnonzero(random.random(count) < 0.02).tolist()
        with store.transaction("bench", f"survey {year}", f"year {year}") as transaction:
            higher = [replace(city[row], height=9.0 + year) for row in rows]
            day = Period(FIRST + 365 * year)
            transaction.put([Version(codes[row], day, state) for row, state in zip(rows, higher, strict=True)])


def timed(client: FlaskClient, addresses: list[str]) -> Times:
    """Ask for each, as a client that takes gzip does."""
    times = Times([], [])
    for address in addresses:
        began = time.process_time(), time.perf_counter()
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        answer.get_data()
        times.processor.append(time.process_time() - began[0])
        times.clock.append(time.perf_counter() - began[1])
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status}")
    return times


def below(client: FlaskClient, address: str) -> list[str]:
    """The addresses of all that a tileset names, as a client finds them."""
    return [urljoin(address, uri) for uri in content_uris(json.loads(client.get(address).data)["root"])]


def contents(client: FlaskClient, address: str) -> Iterator[str]:
    """The addresses of all contents below a tileset."""
    for found in below(client, address):
        if ".json" in found:
            yield from contents(client, found)
        else:
            yield found


def bench(folder: Path, count: int = 20_000) -> Iterator[str]:
    """The figures, a line each."""
    config = Config.load(None, {"data": folder})
    with contextlib.closing(Store.open(config.base)) as store:
        changing(store, count)
        build_layer(config, store, "buildings")
        build_history(config, store, "buildings")
        box = store.view().extent("buildings")
    assert box is not None
    app = create_app(config)
    client = app.test_client()
    day = f"?datetime={day_text(FIRST + 365 * 3)}"
    yield timed(client, [TILESET + day]).line("a day's tileset, first")
    yield timed(client, [TILESET + day] * 20).line("a day's tileset, again")
    files = below(client, TILESET + day)
    yield timed(client, files).line("its files, not cached", "; 50 ms at most")
    finer = [found for file in files for found in below(client, file) if ".json" in found][:60]
    yield timed(client, finer).line("finer files, not cached", "; 50 ms at most")
    yield timed(client, finer).line("the same, cached")
    past = [address for address in contents(client, TILESET + day) if "datetime=" in address]
    for kind, named in (("/c/", "a tile, not cached"), ("/o/", "a coarse tile, not cached")):
        asked = [address for address in past if kind in address][:60]
        yield timed(client, asked).line(named, "; 50 ms at most")
        yield timed(client, asked).line("the same, cached")
    now = [address for address in contents(client, TILESET) if "/c/" in address][:60]
    yield timed(client, now).line("a tile of the present")
    yield from maps(client, box, day)
    app.extensions["studio"].close()


def maps(client: FlaskClient, box: Box, day: str) -> Iterator[str]:
    """Tiles of the base map, whose own process draws them beside ours, and vector tiles."""
    for form, named in (("/map/tiles/{}.png", "a base map tile"), ("/map/vector/buildings/{}.mvt", "a vector tile")):
        first, *places = [form.format(place) for zoom in (15, 16) for place in squares(box, zoom)]
        timed(client, [first, first + day])  # what all tiles share is worked out
        past = [place + day for place in places]
        yield timed(client, past).line(f"{named}, not cached", "; 50 ms at most")
        yield timed(client, past).line("the same, cached")
        yield timed(client, places).line(f"{named}, now, new")
        yield timed(client, places).line("the same, cached")


def squares(box: Box, zoom: int, most: int = 30) -> list[str]:
    """Tiles of a zoom all over a box, `zoom/x/y`."""
    corners = projected(np.array([box[:2], box[2:]]))
    (west, south), (east, north) = ((corners * [1, -1] + REACH) / (2 * REACH / 2**zoom)).astype(int).tolist()
    found = [f"{zoom}/{x}/{y}" for x in range(west, east + 1) for y in range(north, south + 1)]
    return found[:: max(1, len(found) // most)]
