"""Who holds a case just now, and which cases were put aside for a colleague; nothing of it is kept in the base."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entities.errors import Conflict
from service.desk import Desk, now
from service.reviews.seats import Seat, tidy

LASTS: Final = 300_000_000
"""How long a case is held after it was last looked at, in microseconds: five minutes."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A case that someone is looking at."""

    review: int
    department: str
    officer: str
    seat: str
    since: int
    until: int

    def minutes(self, moment: int) -> int:
        """For how many minutes it has been held, counting the one begun."""
        return max(1, -(-(moment - self.since) // 60_000_000))


@dataclass(frozen=True, slots=True)
class Park:
    """A case put aside: by whom, for whom, why."""

    review: int
    department: str
    officer: str
    colleague: str
    note: str
    since: int


def hold(desk: Desk, review: int, seat: Seat) -> Hold | None:
    """Hold a case for a seat, or keep holding it; returns the hold of another seat where there is one."""
    moment = now()
    with desk.writing() as database:
        database.begin_writing()
        found = database.query(f"SELECT {_HOLD} FROM review_hold WHERE review = ? AND until > ?", [review, moment])
        other = next((Hold(*row) for row in found if row[3] != seat.mark), None)
        if other is None:
            since = found[0][4] if found else moment
            database.run("DELETE FROM review_hold WHERE review = ? OR until <= ?", [review, moment])
            row = [review, seat.department.name, seat.shown, seat.mark, since, moment + LASTS]
            database.insert("review_hold", _HOLD.split(", "), [row])
    return other


def release(desk: Desk, reviews: Sequence[int], seat: Seat) -> None:
    """Let go of the cases that a seat holds."""
    with desk.writing() as database:
        for review in reviews:
            database.run("DELETE FROM review_hold WHERE review = ? AND seat = ?", [review, seat.mark])


def of_others(desk: Desk, seat: Seat) -> dict[int, Hold]:
    """The cases that other seats hold, by number."""
    rows = desk.rows(f"SELECT {_HOLD} FROM review_hold WHERE until > ? AND seat <> ?", now(), seat.mark)
    return {row[0]: Hold(*row) for row in rows}


def check(desk: Desk, reviews: Sequence[int], seat: Seat) -> None:
    """Refuse to decide about what someone else holds. `Conflict` (`review.held`)."""
    held = of_others(desk, seat)
    for review in reviews:
        if review in held:
            who, minutes = held[review].officer, held[review].minutes(now())
            raise Conflict.because("review.held", review=review, who=who, minutes=minutes)


def park(desk: Desk, review: int, seat: Seat, colleague: str, note: str) -> None:
    """Put a case aside for a colleague with a note; it comes no more in the queue until it is taken up again."""
    values = [review, seat.department.name, seat.shown, colleague, note, now()]
    with desk.writing() as database:
        database.run("DELETE FROM review_park WHERE review = ?", [review])
        database.insert("review_park", _PARK.split(", "), [values])


def unpark(desk: Desk, reviews: Sequence[int]) -> None:
    """Put cases back into the queue."""
    with desk.writing() as database:
        for review in reviews:
            database.run("DELETE FROM review_park WHERE review = ?", [review])


def parked(desk: Desk) -> dict[int, Park]:
    """The cases put aside, by number."""
    return {row[0]: Park(*row) for row in desk.rows(f"SELECT {_PARK} FROM review_park ORDER BY review")}


_HOLD: Final = "review, department, officer, seat, since, until"
_PARK: Final = "review, department, officer, colleague, note, since"


def set_aside(desk: Desk, review: int, seat: Seat, colleague: str, note: str) -> None:
    """Put a case aside, or back into the queue where neither a colleague nor a note is given."""
    if colleague or note:
        park(desk, review, seat, tidy(colleague), note[:500])
    else:
        unpark(desk, [review])
    release(desk, [review], seat)
