"""The boundary of a division through time: which one was in force when the base learned of a change.

A territory's changes are told by the boundary that stood, as known at the change's own transaction, on the day of that
transaction. What a subscriber was told thus never changes afterwards, and a moved boundary holds from its day on.
"""

from dataclasses import dataclass
from typing import Final

import shapely

from entities.errors import BadQuery
from entities.model import Day, Period, TransactionNumber
from entities.store import Store

LAYER: Final = "divisions"
"""The layer that divisions stand in; each has its code as the attribute `adcode`."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary that was in force on the days of `period`, as known from one transaction up to another."""

    known_from: TransactionNumber
    known_to: TransactionNumber
    period: Period
    shape: shapely.Geometry

    def in_force(self, number: TransactionNumber, day: Day) -> bool:
        """Whether it stood on a day, as known at a transaction."""
        return self.known_from <= number < self.known_to and day in self.period


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Every boundary a division ever had, in the order the base learned of them."""

    all: tuple[Boundary, ...]

    @classmethod
    def read(cls, store: Store, division: str) -> "Boundaries":
        """The boundaries of a division by its code of six digits. `BadQuery` (`feed.territory`) for an unknown one."""
        statement = (
            f"SELECT known_from, known_to, valid_from, valid_to, {store.database.shape('shape')} FROM version"
            " WHERE layer = ? AND attributes LIKE ? ORDER BY known_from, valid_from, id"
        )
        rows = store.database.query(statement, [LAYER, f'%"adcode":"{division}"%'])
        if not rows:
            raise BadQuery.because("feed.territory", division=division)
        found = [Boundary(known, to, Period(start, end), _shape(wkb)) for known, to, start, end, wkb in rows]
        shapely.prepare([one.shape for one in found])
        return cls(tuple(found))

    def of(self, number: TransactionNumber, day: Day) -> Boundary:
        """The boundary for changes of a transaction made on a day.

        Where none was in force, the last that was known; before any was known, the first there was to be.
        """
        known = [one for one in self.all if one.known_from <= number]
        standing = [one for one in known if one.in_force(number, day)]
        return (standing or known or self.all[:1])[-1]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The box around all of them."""
        west, south, east, north = shapely.total_bounds([one.shape for one in self.all]).tolist()
        return west, south, east, north


def _shape(wkb: bytes) -> shapely.Geometry:
    return shapely.from_wkb(bytes(wkb))
