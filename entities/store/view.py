"""A view: the base as it stood on one day, as far as it was known at one transaction. Reading only."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Gone, NotFound
from entities.model import Moment, Version, day_text
from entities.position import LEVELS
from entities.store.database import Box, Database, Row
from entities.store.rows import selected, versions_of

PAGE: Final = 5_000
"""How many versions are read at a time."""


_EVER: Final = "layer = ? AND position BETWEEN ? AND ? AND known_from <= ? AND known_to > ?"


@dataclass(frozen=True, slots=True)
class TileIndex:
    """Where everything of a layer stands: `keys` (uint64, ascending) and a 16-byte digest for each (S16)."""

    keys: NDArray[np.uint64]
    digests: NDArray[np.bytes_]


class View:
    """Everything that was so on a day, as known at a transaction; made by `Store.view`."""

    def __init__(self, database: Database, moment: Moment) -> None:
        self.database = database
        self.moment = moment
        self._standing = "valid_from <= ? AND valid_to > ? AND known_from <= ? AND known_to > ?"
        self._then: list[object] = [moment.valid_at, moment.valid_at, moment.known_at, moment.known_at]

    @property
    def standing(self) -> tuple[str, list[object]]:
        """The SQL condition, and its values, that a row of `version` is so at this moment."""
        return self._standing, self._then

    def get(self, code: str) -> Version:
        """The version of one entity. `NotFound` if it never was or was not yet, `Gone` if it ended or was retracted."""
        found = self._read("code = ?", [code])
        if found:
            return found[0]
        raise self._absence(code)

    def course(self, code: str) -> list[Version]:
        """The versions of an entity one after another in valid time, as far as they were known at this moment."""
        known = self.moment.known_at
        return self._select("code = ? AND known_from <= ? AND known_to > ? ORDER BY valid_from", [code, known, known])

    def named(self, codes: Collection[str]) -> list[Version]:
        """The versions of those of the codes that stand at this moment, by code."""
        statement = f"SELECT {selected(self.database)} FROM version WHERE code IN {{in}} AND {self._standing}"
        rows = self.database.query_in(statement, sorted(codes), self._then)
        return sorted(versions_of(rows), key=lambda version: version.code)

    def versions(
        self, layer: str | None = None, box: Box | None = None, after: str | None = None, limit: int | None = None
    ) -> Iterator[Version]:
        """The versions standing, by code, those after the code `after`; read page by page."""
        while limit is None or limit > 0:
            size = PAGE if limit is None else min(PAGE, limit)
            page = self._page(layer, box, after, size)
            yield from page
            if len(page) < size:
                return
            after = page[-1].code
            limit = None if limit is None else limit - size

    def within(self, box: Box, layers: Collection[str] = ()) -> list[Version]:
        """Every version standing that touches the box (bounding boxes), of some layers or of all, by code."""
        statement, values = self.database.touching(selected(self.database), box)
        names = sorted(layers)
        among = f" AND layer IN ({','.join('?' * len(names))})" if names else ""
        rows = self.database.query(f"{statement}{among} AND {self._standing}", [*values, *names, *self._then])
        return sorted(versions_of([row[:-4] for row in rows]), key=lambda version: version.code)

    def states_between(self, layer: str, first: int, last: int) -> list[Version]:
        """The versions of a layer whose position keys lie from `first` to `last`, both included, by code."""
        found = self._read("layer = ? AND position BETWEEN ? AND ?", [layer, first, last])
        return sorted(found, key=lambda version: version.code)

    def index(self, layer: str, first: int = 0, last: int = 4**LEVELS - 1) -> TileIndex:
        """Position key and digest of everything standing in a layer, by (key, code); of a range of keys if given."""
        among = "layer = ? AND position BETWEEN ? AND ?"
        statement = f"SELECT position, digest FROM version WHERE {among} AND {self._standing} ORDER BY position, code"
        return _indexed(self.database.query(statement, [layer, first, last, *self._then]))

    def ever_between(self, layer: str, first: int, last: int) -> list[Version]:
        """As `states_between`, but of every day: all that was valid at any time as known at this moment, by code."""
        found = self._select(_EVER, [layer, first, last, self.moment.known_at, self.moment.known_at])
        return sorted(found, key=lambda version: (version.code, version.period))

    def index_ever(self, layer: str, first: int = 0, last: int = 4**LEVELS - 1) -> TileIndex:
        """As `index`, but of every day; a digest tells when the validity ends, too."""
        known = self.moment.known_at
        statement = f"SELECT position, digest, valid_to FROM version WHERE {_EVER} ORDER BY position, code, valid_from"
        rows = self.database.query(statement, [layer, first, last, known, known])
        index = _indexed(rows)
        halves = index.digests.view(np.uint64).reshape(-1, 2).copy()
        halves[:, 0] ^= np.fromiter((row[2] for row in rows), np.int64, len(rows)).view(np.uint64)
        return TileIndex(index.keys, halves.view("S16").ravel())

    def boxes(self, layer: str, first: int = 0, last: int = 4**LEVELS - 1, ever: bool = False) -> NDArray[np.float64]:
        """West, south, east, north (n, 4) of what `index` lists, or with `ever` `index_ever`, in its order.

        They come from the spatial index, which may hold them a metre wider.
        """
        among, values = "layer = ? AND position BETWEEN ? AND ?", [layer, first, last]
        condition, then = (_EVER, [self.moment.known_at] * 2) if ever else (f"{among} AND {self._standing}", self._then)
        statement = self.database.with_boxes("position", f"{condition} ORDER BY position, code, valid_from")
        rows = self.database.query(statement, [*values, *then])
        return np.array([row[1:] for row in rows], np.float64).reshape(-1, 4)

    def count(self, layer: str | None = None) -> int:
        """How many entities stand, in a layer or in all."""
        among, values = ("layer = ? AND ", [layer]) if layer else ("", [])
        statement = f"SELECT COUNT(*) FROM version WHERE {among}{self._standing}"
        return int(self.database.query(statement, [*values, *self._then])[0][0])

    def holds(self, layer: str) -> bool:
        """Whether anything stands in a layer."""
        statement = f"SELECT 1 FROM version WHERE layer = ? AND {self._standing} LIMIT 1"
        return bool(self.database.query(statement, [layer, *self._then]))

    def layers(self) -> dict[str, int]:
        """How many entities stand in each layer that has any."""
        statement = f"SELECT layer, COUNT(*) FROM version WHERE {self._standing} GROUP BY layer ORDER BY layer"
        return {str(layer): int(count) for layer, count in self.database.query(statement, self._then)}

    def extent(self, layer: str) -> Box | None:
        """The box around everything standing in a layer, or None where it is empty."""
        shapes = self.database.extent_of_boxes
        rows = self.database.query(shapes(f"layer = ? AND {self._standing}"), [layer, *self._then])
        west, south, east, north = rows[0]
        return None if west is None else (float(west), float(south), float(east), float(north))

    def _page(self, layer: str | None, box: Box | None, after: str | None, size: int) -> list[Version]:
        conditions, values = ["code > ?"], [after or ""]
        if layer:
            conditions.append("layer = ?")
            values.append(layer)
        touching, corners = self.database.within(box) if box else ("1 = 1", [])
        return self._read(" AND ".join([*conditions, touching]), [*values, *corners], f" ORDER BY code LIMIT {size}")

    def _read(self, condition: str, values: list[object], order: str = "") -> list[Version]:
        return self._select(f"{condition} AND {self._standing}{order}", [*values, *self._then])

    def _select(self, condition: str, values: list[object]) -> list[Version]:
        statement = f"SELECT {selected(self.database)} FROM version WHERE {condition}"
        return versions_of(self.database.query(statement, values))

    def _absence(self, code: str) -> NotFound | Gone:
        """Say why an entity does not stand at this moment."""
        day, known = self.moment.valid_at, self.moment.known_at
        seen = "code = ? AND known_from <= ?"
        periods = self.database.query(
            f"SELECT valid_from, valid_to FROM version WHERE {seen} AND known_to > ? ORDER BY valid_from",
            [code, known, known],
        )
        if not periods:
            ever = self.database.query(f"SELECT 1 FROM version WHERE {seen} LIMIT 1", [code, known])
            return Gone.because("code.retracted", code=code) if ever else NotFound.because("code.unknown", code=code)
        ends = [end for _, end in periods if end <= day]
        if not ends:
            return NotFound.because("code.early", code=code, start=day_text(periods[0][0]))
        return Gone.because("code.ended", code=code, end=day_text(max(ends)))


def _indexed(rows: Sequence[Row]) -> TileIndex:
    """The index that rows of position, digest and whatever else make."""
    keys, digests = list(zip(*rows, strict=True))[:2] if rows else ((), ())
    return TileIndex(np.array(keys, np.uint64), np.frombuffer(b"".join(digests), "S16"))


def now_known(database: Database) -> int:
    """The number of the last transaction, 0 for an empty base."""
    return int(database.query("SELECT COALESCE(MAX(number), 0) FROM journal")[0][0])
