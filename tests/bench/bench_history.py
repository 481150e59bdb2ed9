"""What twenty years cost in history tiles, against one state of the same city and against a snapshot of each year.

`python -m tests.bench history` prints the figures. A fiftieth of the buildings changes each year,
scattered over the whole city: half of them become higher or lower, the others give way to a new one at their place.
"""

import gzip
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import FOREVER, Moment, Period, Surveyed, Version
from entities.position import Keys, position_keys
from tests.bench.bench_tiles import DAY, SETTINGS, states
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.building.source import LAST_KEY
from tiling.stored.sink import MemorySink

YEARS = 20
SHARE = 0.02
HISTORY = SETTINGS.through_time()


@dataclass(frozen=True)
class Listed:
    """Versions by position key and code, in memory."""

    keys: Keys
    digests: NDArray[np.bytes_]
    listed: Sequence[Version] = field(repr=False)

    @property
    def moment(self) -> Moment:
        return Moment(FOREVER, 1)

    def index(self, first: int = 0, last: int = LAST_KEY) -> "Listed":
        rows = slice(*np.searchsorted(self.keys, np.array([first, last + 1], np.uint64)))
        return Listed(self.keys[rows], self.digests[rows], self.listed[rows])

    def versions(self, first: int, last: int) -> list[Version]:
        return sorted(self.index(first, last).listed, key=lambda version: (version.code, version.period))

    def dirty_keys(self, since: Moment) -> Keys:
        raise NotImplementedError("nothing changes here")

    def surveys(self, numbers: Collection[int]) -> dict[int, Surveyed]:
        return {number: Surveyed(f"survey of year {number}", "lixia") for number in numbers}

    def at(self, day: int) -> "Listed":
        """Those that are valid on a day."""
        rows = np.array([day in version.period for version in self.listed])
        return Listed(self.keys[rows], self.digests[rows], [self.listed[row] for row in np.flatnonzero(rows)])


def twenty_years(count: int) -> Listed:
    """The plain city through time."""
    random, found = np.random.default_rng(11), []
    for row, state in enumerate(states(count)):
        changes = (np.flatnonzero(random.random(YEARS - 1) < SHARE) + 1).tolist()
        code = f"B{row:011d}"
        for first, end in pairwise([0, *changes, YEARS]):
            if first:
                state = replace(state, height=round(3 + float(random.gamma(3, 5)), 1))
                code = f"N{first:02d}{row:09d}" if random.random() < 0.5 else code
            until = FOREVER if end == YEARS else DAY + 365 * end
            found.append(Version(code, Period(DAY + 365 * first, until), state, first + 1))
    return _listed(found)


def _listed(found: list[Version]) -> Listed:
    bounds = shapely.bounds(np.array([version.state.geometry for version in found]))
    keys = position_keys((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)
    order = np.argsort(keys, kind="stable")
    digests = np.frombuffer(np.random.default_rng(3).bytes(16 * len(found)), "S16")
    return Listed(keys[order], digests, [found[row] for row in order.tolist()])


def sent(sink: MemorySink) -> dict[str, int]:
    """The bytes of each content and child tileset as it is sent."""
    kept = {name: blob for name, blob in sink.blobs.items() if name[:2] in ("c/", "o/", "t/")}
    return {name: len(gzip.compress(blob)) if name.endswith(".json") else len(blob) for name, blob in kept.items()}


def built(source: Listed, chosen: Settings, sink: MemorySink) -> MemorySink:
    """A whole build by one process."""
    build(source, sink, replace(chosen, workers=1))
    return sink


def first_view(sizes: dict[str, int]) -> int:
    """Bytes until the whole city is on the screen in some form."""
    return sum(size for name, size in sizes.items() if name.startswith(("t/9-", "o/11-")))


def cost(source: Listed, years: int = YEARS) -> tuple[dict[str, int], dict[str, int], int]:
    """The sizes of the history's files and of the last state's, and the bytes of a snapshot of each of some years."""
    day = DAY + 365 * (YEARS - 1)
    states = [built(source.at(day - 365 * year), SETTINGS, MemorySink()) for year in range(years)]
    snapshots = MemorySink()
    for state in states:
        snapshots.blobs |= state.blobs
    return sent(built(source, HISTORY, MemorySink())), sent(states[0]), sum(sent(snapshots).values())


def bench(_: Path, count: int = 10_000) -> Iterator[str]:
    """The figures, a line each."""
    source = twenty_years(count)
    started = time.process_time()
    built(source, HISTORY, MemorySink())
    seconds = time.process_time() - started
    history, one, snapshots = cost(source)
    whole, state = sum(history.values()), sum(one.values())
    yield (
        f"history, {YEARS} years of {count:,}: {whole / state:11.2f} times the {state / 1e6:.2f} MB of one state "
        f"(1.6 at most), for {len(source.keys) / count:.2f} times as many versions"
    )
    yield f"history, a snapshot a year:   {snapshots / state:10.2f} times, equal tiles shared"
    yield f"history, the city from afar:  {first_view(history) / first_view(one):10.2f} times the bytes of one state"
    yield f"history, built:               {len(source.keys) / seconds:10,.0f} versions/s of one processor"
