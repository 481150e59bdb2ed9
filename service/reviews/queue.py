"""The queue of one seat: the cases it may decide about, narrowed by filters, and what it does not see and why."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entities.store.reviews import Waiting
from service.departments import Department
from service.reviews.jury import Jury, own

Place = tuple[str, str, int]
"""Where a case stands in the order: its band, its class, its number, so that like cases follow each other."""

COLUMNS: Final = {"department": "department", "class": "class_code", "band": "band"}
"""The filters by their names in an address, and what of a case each looks at."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a queue is narrowed to: one sender, one class, one band; None for all. `parked` shows what was put aside."""

    department: str | None = None
    class_code: str | None = None
    band: str | None = None
    parked: bool = False

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, as they stand in an address."""
        names = {"department": self.department, "class": self.class_code, "band": self.band}
        return {name: value for name, value in names.items() if value} | ({"parked": "yes"} if self.parked else {})

    def keep(self, case: Waiting) -> bool:
        """Tell whether a case passes."""
        wanted = (
            (self.department, case.department),
            (self.class_code, case.class_code),
            (self.band, case.band),
        )
        return all(value is None or value == found for value, found in wanted)


def place_of(case: Waiting) -> Place:
    """Where a case stands in the order."""
    return case.band, case.class_code, case.id


@dataclass(frozen=True)
class Queue:
    """The cases that a seat may decide about now, in order, and how many are kept from it by what.

    `mine` are all that it may decide about, `held` those of them that colleagues look at, `parked` those put aside;
    `sent` is how many its department sent itself, so that others decide.
    """

    shown: Sequence[Waiting]
    mine: Sequence[Waiting]
    filters: Filters
    held: Collection[int]
    parked: Collection[int]
    sent: int

    @classmethod
    def of(
        cls,
        cases: Sequence[Waiting],
        jury: Jury,
        department: Department,
        filters: Filters,
        held: Collection[int] = (),
        parked: Collection[int] = (),
    ) -> "Queue":
        """The queue of a department among all the cases that wait."""
        allowed = jury.may(department, cases)
        mine = sorted((case for case, may in zip(cases, allowed, strict=True) if may), key=place_of)
        shown = [
            one for one in mine if filters.keep(one) and one.id not in held and (one.id in parked) is filters.parked
        ]
        sent = sum(1 for yes, may in zip(own(department, cases), allowed, strict=True) if yes and not may)
        ids = {one.id for one in mine}
        return cls(shown, mine, filters, ids & set(held), ids & set(parked), sent)

    def place(self, review: int | None) -> int | None:
        """Which one a case is in the queue, from 1; None where it is not in it."""
        return next((place for place, one in enumerate(self.shown, 1) if one.id == review), None)

    def beside(self, place: Place, step: int) -> int | None:
        """The case before (-1) or after (1) a place in the order, round at the ends; None where there is no other."""
        others = [one for one in self.shown if one.id != place[2]]
        if not others:
            return None
        beyond = [one.id for one in others if (place_of(one) > place) is (step > 0)]
        if step > 0:
            return beyond[0] if beyond else others[0].id
        return beyond[-1] if beyond else others[-1].id

    @property
    def hidden(self) -> int:
        """How many the filters keep out of sight."""
        return sum(1 for one in self.mine if not self.filters.keep(one))

    def counts(self, name: str) -> Mapping[str, int]:
        """How many cases there are for each value of one filter, with the other filters as they are."""
        column = COLUMNS[name]
        given = {**self.filters.given, name: None}
        free = Filters(given.get("department"), given.get("class"), given.get("band"), self.filters.parked)
        among = (one for one in self.mine if free.keep(one) and (one.id in self.parked) is self.filters.parked)
        return Counter(getattr(one, column) for one in among)
