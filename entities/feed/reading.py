"""A page of the feed: the next changes after a cursor that a filter wants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import shapely

from entities.errors import BadQuery
from entities.feed.boundaries import Boundaries
from entities.feed.filters import KINDS, Filter
from entities.model import BEIJING, LATEST, Day, TransactionNumber
from entities.store import Box, Change, Cursor, Store
from entities.store.changes import BEGINNING, changes_where

END: Final = Cursor(LATEST, LATEST)
"""The position after every change."""

_LEAST: Final = 1_000  # how many rows are fetched at a time where not each of them is wanted
_KINDS: Final = {word: kind for kind, word in KINDS.items()}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=BEIJING).toordinal()


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in their order; `next` is where to go on, and `full` says that more may be there already."""

    changes: list[Change]
    next: Cursor
    full: bool


def head(store: Store, until: Cursor = END) -> Cursor:
    """The position of the last change there is, up to a transaction."""
    statement = "SELECT number, ordinal FROM change WHERE number <= ? ORDER BY number DESC, ordinal DESC LIMIT 1"
    rows = store.database.query(statement, [until.number])
    return Cursor(*rows[0]) if rows else BEGINNING


def checked(store: Store, cursor: Cursor) -> Cursor:
    """A cursor that somebody kept. `BadQuery` (`feed.future`) for one that this base cannot have given out yet."""
    known = store.view().moment.known_at
    if cursor.number > known:
        raise BadQuery.because("feed.future", cursor=f"{cursor.number}.{cursor.ordinal}", known=known)
    return cursor


def read(store: Store, wanted: Filter, after: Cursor = BEGINNING, limit: int = 1_000, until: Cursor = END) -> Page:
    """The next changes that a filter wants, after a cursor and up to another.

    The end is taken before the changes are read: writers take their numbers one at a time, so nothing can come to stand
    before it afterwards.
    """
    end = min(until, head(store, until))
    found: list[Change] = []
    for batch in _batches(store, wanted, after, limit, end):
        found += batch
        if len(found) >= limit:
            return Page(found[:limit], found[limit - 1].cursor, True)
    return Page(found, max(after, end), False)


def _batches(store: Store, wanted: Filter, after: Cursor, limit: int, end: Cursor) -> Iterator[Sequence[Change]]:
    """The wanted changes in batches; SQL leaves out what it can, shapes are compared here."""
    sieve = _Sieve(store, wanted)
    size = limit if sieve.passes_all else max(limit, _LEAST)
    while rows := changes_where(store.database, *_condition(wanted, sieve.boxes), after, end, size):
        yield sieve.kept(rows)
        if len(rows) < size:
            return
        after = rows[-1].cursor


def _condition(wanted: Filter, boxes: Sequence[Box]) -> tuple[str, list[object]]:
    """The filter as far as SQL can say it."""
    classes = " OR ".join("class_code LIKE ?" for _ in wanted.classes)
    touching = "west <= ? AND south <= ? AND east >= ? AND north >= ?"
    parts: list[tuple[str, list[object]]] = [
        (_among("layer", wanted.layers), [*wanted.layers]),
        (f"({classes})" if classes else "", [f"{code}%" for code in wanted.classes]),
        (_among("kind", wanted.kinds), [_KINDS[word] for word in wanted.kinds]),
    ]
    parts += [(touching, [box[2], box[3], box[0], box[1]]) for box in boxes]
    said = [part for part in parts if part[0]]
    return " AND ".join(text for text, _ in said) or "1 = 1", [value for _, values in said for value in values]


def _among(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({','.join('?' * len(values))})" if values else ""


class _Sieve:
    """Keeps the changes that touch a filter's area and territory."""

    def __init__(self, store: Store, wanted: Filter) -> None:
        self._store = store
        self._area = wanted.polygon
        self._boundaries = Boundaries.read(store, wanted.territory) if wanted.territory else None
        shapely.prepare(self._area)
        areas = [self._area.bounds] if self._area is not None else []
        lands = [self._boundaries.extent] if self._boundaries else []
        self.boxes: list[Box] = [*([wanted.box] if wanted.box else []), *areas, *lands]

    @property
    def passes_all(self) -> bool:
        """Whether there is nothing to compare."""
        return self._area is None and self._boundaries is None

    def kept(self, changes: Sequence[Change]) -> Sequence[Change]:
        """Those of the changes that touch."""
        if self.passes_all or not changes:
            return changes
        boxes = shapely.box(*np.array([change.box for change in changes]).T)
        touching = np.ones(len(changes), dtype=bool)
        if self._area is not None:
            touching &= shapely.intersects(self._area, boxes)
        if self._boundaries is not None:
            touching &= shapely.intersects(self._lands(self._boundaries, changes), boxes)
        return [changes[place] for place in np.flatnonzero(touching)]

    def _lands(
        self, boundaries: Boundaries, changes: Sequence[Change]
    ) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
        """The boundary in force for each change."""
        numbers = sorted({change.cursor.number for change in changes})
        shapes = {number: boundaries.of(number, day).shape for number, day in self._days(numbers)}
        return np.array([shapes[change.cursor.number] for change in changes], dtype=object)

    def _days(self, numbers: Sequence[TransactionNumber]) -> list[tuple[TransactionNumber, Day]]:
        """On which day in Beijing the base learned of each transaction."""
        statement = "SELECT number, known_at FROM journal WHERE number IN {in}"
        return [(number, _day(known_at)) for number, known_at in self._store.database.query_in(statement, numbers)]


def _day(known_at: int) -> Day:
    return datetime.fromtimestamp(known_at / 1e6, UTC).astimezone(BEIJING).toordinal() - _EPOCH
