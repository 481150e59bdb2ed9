"""What stands where and on which ground: all that names a tile, and where a state that is published is another."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from entities.position import Keys
from tiling.building.footing import Held, changed, mixed
from tiling.building.settings import Settings
from tiling.building.source import LAST_KEY, Index, Source
from tiling.stored.published import Published


class Grounded(NamedTuple):
    """An index whose digests tell of each entity what ground it lies on, too."""

    keys: Keys
    digests: NDArray[np.bytes_]


def index(source: Source, settings: Settings, first: int = 0, last: int = LAST_KEY) -> Index:
    """Position keys and digests of the entities within a range of keys, as they are drawn with these settings."""
    found = source.index(first, last)
    if settings.ground is None or not settings.ground.held:
        return found
    return Grounded(found.keys, mixed(found.digests, settings.ground.names(source.boxes(first, last))))


def stale(source: Source, settings: Settings, before: Published) -> Keys:
    """The position keys where something, or the ground under it, may differ from a published state, ascending."""
    dirty = source.dirty_keys(before.moment)
    now = held(settings)
    return dirty if now == before.ground else np.union1d(dirty, source.near(changed(before.ground, now)))


def held(settings: Settings) -> tuple[Held, ...]:
    """The holdings that everything lies on, the one that wins first."""
    return settings.ground.held if settings.ground else ()
