"""Who may decide about a case: a department whose territory it lies in, or one above, but not the one that sent it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from entities.errors import Forbidden
from entities.store import View
from entities.territory.divisions import Divisions, lies_in
from service.departments import Department

Mask = NDArray[np.bool_]


class Matter(Protocol):
    """What decides who may judge a case: its number, who sent it, where it lies, and whose consent it needs."""

    @property
    def id(self) -> int: ...
    @property
    def department(self) -> str: ...
    @property
    def shape(self) -> BaseGeometry: ...
    @property
    def needs(self) -> tuple[str, ...]: ...


class Borders:
    """The divisions of a base as they stand now, read again only when one of them has changed."""

    def __init__(self) -> None:
        self._known: tuple[bytes, Divisions] | None = None

    def of(self, view: View) -> Divisions:
        """The divisions of a view."""
        mark = view.index("divisions").digests.tobytes()
        if self._known is None or self._known[0] != mark:
            self._known = mark, Divisions.read(view)
        return self._known[1]


@dataclass(frozen=True)
class Jury:
    """Every department, and the borders by which each has its territory."""

    departments: Sequence[Department]
    divisions: Divisions

    def may(self, department: Department, matters: Sequence[Matter]) -> Mask:
        """Which cases a department may decide about.

        A case that no department but its sender could decide goes to those that may write everywhere, the sender among
        them: a base with a single department can work too.
        """
        others = self._reaches(department, matters) & ~own(department, matters)
        if not department.everywhere:
            return others
        return others | (own(department, matters) & ~self._anyone_else(department, matters))

    def who(self, matter: Matter) -> list[Department]:
        """The departments that may decide about a case."""
        return [one for one in self.departments if self.may(one, [matter])[0]]

    def check(self, department: Department, matters: Sequence[Matter]) -> None:
        """Refuse a department that may not decide about all the cases. `Forbidden` (`review.own`, `review.where`)."""
        allowed = self.may(department, matters)
        for matter, may, mine in zip(matters, allowed, own(department, matters), strict=True):
            if not may:
                who = "、".join(one.title for one in self.who(matter)) or "–"
                raise Forbidden.because("review.own" if mine else "review.where", review=matter.id, who=who)

    def consents(self, department: Department, matter: Matter) -> tuple[str, ...]:
        """The divisions, of those whose consent a case needs, for which a department can consent."""
        if department.everywhere:
            return matter.needs
        return tuple(need for need in matter.needs if any(lies_in(need, own) for own in department.divisions))

    def _anyone_else(self, department: Department, matters: Sequence[Matter]) -> Mask:
        found = np.zeros(len(matters), dtype=bool)
        for one in self.departments:
            if one.name != department.name:
                found |= self._reaches(one, matters) & ~own(one, matters)
        return found

    def _reaches(self, department: Department, matters: Sequence[Matter]) -> Mask:
        """Which cases lie in a department's territory, or need a consent that it can give."""
        if department.everywhere:
            return np.ones(len(matters), dtype=bool)
        joint = np.array([bool(self.consents(department, one)) for one in matters], dtype=bool)
        free = np.array([not one.needs for one in matters], dtype=bool)
        return joint | (free & self._covers(department.divisions, [one.shape for one in matters]))

    def _covers(self, divisions: Sequence[str], shapes: Sequence[BaseGeometry]) -> Mask:
        """Which shapes touch one of the divisions; their borders stay prepared for the next time."""
        found: Mask = np.zeros(len(shapes), dtype=bool)
        for area in (area for code in divisions for area in self._areas(code)):
            shapely.prepare(area)
            found |= shapely.intersects(area, np.array(shapes, dtype=object))
        return found

    def _areas(self, code: str) -> list[BaseGeometry]:
        """The shape of a division, or those of what lies under it where it has none itself."""
        pieces = self.divisions.pieces(code)
        return [one.shape for one in pieces if one.code == code] or [one.shape for one in pieces]


def own(department: Department, matters: Iterable[Matter]) -> Mask:
    """Which cases a department sent itself; an operator's loads may name it by its title."""
    return np.array([one.department in (department.name, department.title) for one in matters], dtype=bool)
