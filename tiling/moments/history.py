"""The store as a source of history tiles: every version that was ever valid, as known at one transaction."""

from functools import partial

from entities.model import FOREVER, LATEST, Moment, TransactionNumber, Version
from entities.store import Store
from tiling.building.source import LAST_KEY, Index, Opener, Source
from tiling.building.store_source import StoreSource
from tiling.ecef import Floats


class HistorySource(StoreSource):
    """All versions of a layer, one after another in valid time.

    Of its moment only the transaction counts: no day that passes changes what ever was. The day is the end of days.
    """

    def __init__(self, store: Store, layer: str, known_at: TransactionNumber = LATEST) -> None:
        super().__init__(store, layer, Moment(FOREVER, known_at))

    def index(self, first: int = 0, last: int = LAST_KEY) -> Index:
        return self._view.index_ever(self.layer, first, last)

    def boxes(self, first: int = 0, last: int = LAST_KEY) -> Floats:
        return self._view.boxes(self.layer, first, last, ever=True)

    def versions(self, first: int, last: int) -> list[Version]:
        return self._view.ever_between(self.layer, first, last)


def history_opener(url: str, layer: str, known_at: TransactionNumber) -> Opener:
    """Say how another process opens the same history of the base at `url`."""
    return partial(_opened, url, layer, known_at)


def _opened(url: str, layer: str, known_at: TransactionNumber) -> Source:
    return HistorySource(Store.open(url), layer, known_at)
