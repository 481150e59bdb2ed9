"""What the tiler asks of the base: this seam is all that it knows of it."""

from collections.abc import Callable, Collection
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from entities.model import Moment, Surveyed, TransactionNumber, Version
from entities.position import LEVELS, Keys
from tiling.building.footing import Box

LAST_KEY: Final = 4**LEVELS - 1


class Index(Protocol):
    """Where everything of a layer stands: keys (uint64, ascending) and a 16-byte digest for each (S16)."""

    @property
    def keys(self) -> Keys: ...

    @property
    def digests(self) -> NDArray[np.bytes_]: ...


class Source(Protocol):
    """One layer's entities at one moment, and where they differ from another moment.

    The moment's `known_at` is the number of a transaction, never `LATEST`: a tileset says what it was made of.
    """

    @property
    def moment(self) -> Moment: ...

    def index(self, first: int = 0, last: int = LAST_KEY) -> Index:
        """Position keys and digests of the entities within a range of keys."""

    def boxes(self, first: int = 0, last: int = LAST_KEY) -> NDArray[np.float64]:
        """West, south, east, north (n, 4) of what `index` lists, in its order; they may be a metre wider."""

    def near(self, boxes: Collection[Box]) -> Keys:
        """The position keys of whatever ever stood in some boxes, ascending."""

    def versions(self, first: int, last: int) -> list[Version]:
        """The versions within a range of keys, by code."""

    def dirty_keys(self, since: Moment) -> Keys:
        """The position keys where something may differ from another moment, ascending."""

    def surveys(self, numbers: Collection[TransactionNumber]) -> dict[TransactionNumber, Surveyed]:
        """What each transaction says of its survey."""

    def close(self) -> None:
        """Give back what it reads from; only who opened it does."""


Opener = Callable[[], Source]
"""Opens the same source again in another process; it must be picklable."""
