"""The store as a source of tiles."""

from collections.abc import Collection
from functools import partial

from entities.model import Moment, Surveyed, TransactionNumber, Version
from entities.position import Keys
from entities.store import Store
from tiling.building.footing import Box
from tiling.building.source import LAST_KEY, Index, Opener, Source
from tiling.ecef import Floats


class StoreSource:
    """A layer of a store at a moment."""

    def __init__(self, store: Store, layer: str, moment: Moment) -> None:
        self.layer = layer
        self._store = store
        self._view = store.view(moment)

    @property
    def moment(self) -> Moment:
        return self._view.moment

    def index(self, first: int = 0, last: int = LAST_KEY) -> Index:
        return self._view.index(self.layer, first, last)

    def boxes(self, first: int = 0, last: int = LAST_KEY) -> Floats:
        return self._view.boxes(self.layer, first, last)

    def near(self, boxes: Collection[Box]) -> Keys:
        return self._store.keys_near(self.layer, boxes)

    def versions(self, first: int, last: int) -> list[Version]:
        return self._view.states_between(self.layer, first, last)

    def dirty_keys(self, since: Moment) -> Keys:
        return self._store.dirty_keys(self.layer, since, self.moment)

    def surveys(self, numbers: Collection[TransactionNumber]) -> dict[TransactionNumber, Surveyed]:
        return self._store.surveys(numbers)

    def close(self) -> None:
        self._store.close()


def opener(url: str, layer: str, moment: Moment) -> Opener:
    """Say how another process opens the same layer of the base at `url` at the same moment."""
    return partial(_opened, url, layer, moment)


def _opened(url: str, layer: str, moment: Moment) -> Source:
    return StoreSource(Store.open(url), layer, moment)
