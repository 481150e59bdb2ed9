"""Territory: where a department may write on a day, and whose consent it needs for what reaches over its border.

The borders are entities of the base like any other, so that a border that is moved moves the right to write with it
from its day on, and no entity has to be touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.crs import Flags, Numbers, metres_per_degree
from entities.errors import Conflict
from entities.model import Day, day_text
from entities.rules import rule
from entities.store import Store
from entities.territory.divisions import LAYER, Division, Divisions, above, lies_in

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a geometry lies outside a territory: its share, where, and in whose divisions.

    `needs` are the divisions that have to consent, by code. `foreign` says that no consent could help: nothing of it is
    the department's own, or there is nobody to ask.
    """

    share: float
    place: tuple[float, float]
    needs: Mapping[str, "Part"]
    foreign: bool


class Part(NamedTuple):
    """What of a geometry lies in one division: the division's name, and the share."""

    name: str
    share: float


class Territory:
    """Where a department may write on one day, prepared for asking about many geometries.

    `own` are the shapes it consists of, `others` the divisions around it that are not divided further, `level` the code
    of the level above it, which is asked about what reaches into no division at all. `since` is the territory by the
    borders of a later day: the new owner has to consent to what is said about ground that was handed over meanwhile.
    """

    def __init__(
        self,
        own: Sequence[shapely.Geometry],
        others: Sequence[Division] = (),
        level: str | None = None,
        since: "Territory | None" = None,
    ) -> None:
        self._own, self._others, self._level, self._since = list(own), list(others), level, since
        self._tree = shapely.STRtree([one.shape for one in others])
        for shape in self._own:
            shapely.prepare(shape)

    @classmethod
    def of(cls, divisions: Divisions, codes: Sequence[str], since: "Territory | None" = None) -> "Territory":
        """The territory that some divisions make, among all that stand on a day."""
        own = [one for one in divisions.all if any(lies_in(one.code, code) for code in codes)]
        own.sort(key=lambda one: one.code not in codes)  # the whole before its parts: it holds nearly everything
        taken = {one.code for one in own}
        others = [one for one in divisions.smallest if one.code not in taken]
        return cls([one.shape for one in own], others, _level_above(divisions, codes[0]), since)

    @cached_property
    def area(self) -> shapely.Geometry:
        """The whole of it."""
        return shapely.union_all(self._own)

    def reaches(self, geometries: Shapes) -> dict[int, Reach]:
        """What reaches out of the territory by more than the tolerance, by its place among the geometries."""
        outside = np.flatnonzero(~self._holds(geometries)).tolist()
        found = {place: reach for place in outside if (reach := self._reach(geometries[place]))}
        later = self._since.reaches(geometries) if self._since is not None else {}
        return {**found, **{place: _handed_over(found.get(place), reach) for place, reach in later.items()}}

    def _holds(self, geometries: Shapes) -> Flags:
        """Which geometries lie wholly in one of the shapes."""
        held: Flags = np.zeros(len(geometries), dtype=bool)
        for shape in self._own:
            held[~held] = shapely.covers(shape, geometries[~held])
        return held

    def _reach(self, geometry: shapely.Geometry) -> Reach | None:
        """What of a geometry lies outside; None where that is within the tolerance."""
        near = _Near(shapely.make_valid(geometry))
        mine = near.part_of(self._own)
        if near.within(near.whole, mine):
            return None
        beyond = shapely.difference(near.whole, mine)
        needs = self._needs(near, mine, beyond)
        share, (x, y) = near.share(beyond), shapely.get_coordinates(shapely.point_on_surface(beyond))[0]
        return Reach(share, (float(x), float(y)), needs, not needs or share > 1 - _tolerance("own"))

    def _needs(self, near: "_Near", mine: shapely.Geometry, beyond: shapely.Geometry) -> dict[str, Part]:
        """Whose divisions what lies outside reaches into by more than the tolerance."""
        sides = [self._others[place] for place in sorted(self._tree.query(beyond).tolist())]
        needs = {}
        for one in sides:
            part = shapely.intersection(beyond, one.shape)
            around = near.part_of([mine, *(other.shape for other in sides if other is not one)])
            touches = shapely.get_dimensions(part) < shapely.get_dimensions(beyond)
            if not touches and not near.within(part, around):
                needs[one.code] = Part(one.name, near.share(part))
        if self._level and not near.within(beyond, near.part_of([mine, *(one.shape for one in sides)])):
            needs[self._level] = Part(self._level, near.share(beyond) - sum(part.share for part in needs.values()))
        return needs


class _Near:
    """A geometry and what is worked out around it, in metres on the ground where that counts."""

    def __init__(self, whole: shapely.Geometry) -> None:
        self.whole = whole
        west, south, east, north = whole.bounds
        self._scale = metres_per_degree(np.array([(south + north) / 2]))
        self._metres = _tolerance("metres")
        across, along = (2 * self._metres / self._scale[0]).tolist()
        self._window = shapely.box(west - across, south - along, east + across, north + along)

    def part_of(self, shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
        """What of some shapes lies around the geometry."""
        touching = [shape for shape in shapes if shapely.intersects(shape, self._window)]
        return shapely.union_all(shapely.intersection(np.array(touching, dtype=object), self._window))

    def within(self, part: shapely.Geometry, shape: shapely.Geometry) -> bool:
        """Tell whether a part lies within a shape grown by the tolerance."""
        if part.is_empty or shape.is_empty:
            return bool(part.is_empty)
        grown = shapely.buffer(shapely.transform(shape, self._to_metres), self._metres)
        return bool(shapely.covers(grown, shapely.transform(part, self._to_metres)))

    def share(self, part: shapely.Geometry) -> float:
        """How much of the geometry a part is."""
        return _measure(part) / (_measure(self.whole) or 1)

    def _to_metres(self, degrees: Numbers) -> Numbers:
        scaled: Numbers = degrees * self._scale
        return scaled


def territory_of(store: Store, codes: Sequence[str], day: Day, now: Day | None = None) -> Territory:
    """The territory of some divisions by the borders of a day, and by those of today where they are others by now.

    `Conflict` (`scope.unknown`, `scope.then`) where a division does not stand on the day.
    """
    view = store.view(valid_at=day)
    divisions = Divisions.read(view)
    for code in codes:
        if not divisions.pieces(code):
            raise _missing(store, code, day)
    later = store.view(valid_at=day if now is None else max(day, now))
    moved = not np.array_equal(view.index(LAYER).digests, later.index(LAYER).digests)
    since = Territory.of(Divisions.read(later), codes) if moved else None
    return Territory.of(divisions, codes, since)


def _missing(store: Store, code: str, day: Day) -> Conflict:
    """Say that a division does not stand on a day: it never did, or it does at present."""
    if Divisions.read(store.view()).pieces(code):
        return Conflict.because("scope.then", division=code, day=day_text(day))
    return Conflict.because("scope.unknown", division=code)


def _handed_over(then: Reach | None, now: Reach) -> Reach:
    """What is asked where the borders have moved: both who is beside the territory then and who is now."""
    if then is None:
        return replace(now, foreign=not now.needs)
    return replace(then, needs={**now.needs, **then.needs})


def _level_above(divisions: Divisions, code: str) -> str | None:
    """The nearest level above a division that stands, else the nearest there could be."""
    levels = above(code)
    standing = {one.code for one in divisions.all}
    return next((one for one in levels if one in standing), levels[0] if levels else None)


def _tolerance(name: str) -> float:
    return rule("scope.owner").tolerance[name]


def _measure(geometry: shapely.Geometry) -> float:
    """The area, or the length, or the number of points: whatever a geometry has."""
    return float(geometry.area or geometry.length or shapely.get_num_coordinates(geometry))
