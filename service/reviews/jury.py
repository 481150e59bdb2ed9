"""Who may decide about a case: a department whose territory it lies in, or one above, but not the one that sent it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from entities.errors import Forbidden
from service.departments import Department

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides who may judge a case: who sent it, where it lies, and whose consent it needs."""

    review: int
    department: str
    place: BaseGeometry
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Jury:
    """Every department, and the shape of every division by its code."""

    departments: Sequence[Department]
    shapes: Mapping[str, BaseGeometry]

    def may(self, department: Department, matters: Sequence[Matter]) -> Mask:
        """Which cases a department may decide about.

        A case that no department but its sender could decide goes to those that may write everywhere, the sender among
        them: a base with a single department can work too.
        """
        others = self._reaches(department, matters) & ~_own(department, matters)
        if not department.everywhere:
            return others
        return others | (_own(department, matters) & ~self._anyone_else(department, matters))

    def who(self, matter: Matter) -> list[Department]:
        """The departments that may decide about a case."""
        return [one for one in self.departments if self.may(one, [matter])[0]]

    def check(self, department: Department, matters: Sequence[Matter]) -> None:
        """Refuse a department that may not decide about all the cases. `Forbidden` (`review.own`, `review.where`)."""
        allowed = self.may(department, matters)
        for matter, may, own in zip(matters, allowed, _own(department, matters), strict=True):
            if not may:
                who = "、".join(one.title for one in self.who(matter)) or "–"
                raise Forbidden.because("review.own" if own else "review.where", review=matter.review, who=who)

    def _anyone_else(self, department: Department, matters: Sequence[Matter]) -> Mask:
        found = np.zeros(len(matters), dtype=bool)
        for one in self.departments:
            if one.name != department.name:
                found |= self._reaches(one, matters) & ~_own(one, matters)
        return found

    def _reaches(self, department: Department, matters: Sequence[Matter]) -> Mask:
        """Which cases lie in a department's territory, or need the consent of a division that belongs to it."""
        if department.everywhere:
            return np.ones(len(matters), dtype=bool)
        joint = np.array([any(_within(need, department.division) for need in one.needs) for one in matters], dtype=bool)
        free = np.array([not one.needs for one in matters], dtype=bool)
        return joint | (free & self._covers(department.division, [one.place for one in matters]))

    def _covers(self, division: str, places: Sequence[BaseGeometry]) -> Mask:
        shape = self.shapes.get(division)
        if shape is None:
            return np.zeros(len(places), dtype=bool)
        shapely.prepare(shape)
        covered: Mask = shapely.intersects(shape, np.array(places, dtype=object))
        return covered


def _own(department: Department, matters: Iterable[Matter]) -> Mask:
    """Which cases a department sent itself; older journals name departments by their titles."""
    return np.array([one.department in (department.name, department.title) for one in matters], dtype=bool)


def _within(code: str, above: str) -> bool:
    """Tell whether a division is another or lies under it, by their codes."""
    stem = above[:2] if above.endswith("0000") else above[:4] if above.endswith("00") else above
    return code.startswith(stem)
