"""What taking a transaction or an event back would do, worked out from the rows it opened and closed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from entities.errors import BadQuery, Conflict
from entities.lineage.events import Event
from entities.model import TransactionNumber
from entities.reviews.cases import Judgement
from entities.store import Record, Store
from entities.store import reviews as held
from entities.store.events import events_closed_by
from entities.store.undoing import LINKS, Said, codes_in, known_among, reverts_of, said_in

Codes = set[str] | None
"""The entities that something is confined to; None for no bounds."""

LinkKey = tuple[str, str, str]
"""An entity, a scheme and a code."""


class Target(NamedTuple):
    """What is to be taken back: a whole transaction, written `n`, or one of its events, written `n.e`."""

    number: TransactionNumber
    place: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `12` or `12.0`. `BadQuery` (`revert.what`)."""
        number, point, place = text.strip().partition(".")
        if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in (number, place or "0")):
            raise BadQuery.because("revert.what", what=text)
        if not int(number) or (point and not place):
            raise BadQuery.because("revert.what", what=text)
        return cls(int(number), int(place) if place else None)

    def __str__(self) -> str:
        return str(self.number) if self.place is None else f"{self.number}.{self.place}"


@dataclass(frozen=True, slots=True, order=True)
class Dependent:
    """Something said later that rests on what is to be taken back: by whom, about which entity, of which kind."""

    number: TransactionNumber
    kind: str  # entity, link, lineage, judgement
    code: str


@dataclass(frozen=True, slots=True)
class Undoing:
    """What taking something back would do, and what stands against it."""

    target: Target
    record: Record
    removed: frozenset[str]  # entities that it made known: as if they had never been
    returned: frozenset[str]  # entities that it retracted: known again
    changed: frozenset[str]  # entities that are set back to what they were
    links: frozenset[LinkKey]  # that it opened or closed
    told: tuple[Event, ...] = ()  # events that it told: never were
    retold: tuple[Event, ...] = ()  # events that it took back: told again
    judged: tuple[Judgement, ...] = ()  # decisions that it made: their cases wait again
    rejudged: tuple[Judgement, ...] = ()  # decisions that it took back: made again
    dropped: tuple[int, ...] = ()  # cases that it left to a person and that nobody decided
    reopened: tuple[int, ...] = ()  # cases that it dropped: they wait again
    dependents: tuple[Dependent, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """Every entity that is set back."""
        return self.removed | self.returned | self.changed


def plan(store: Store, target: Target) -> Undoing:
    """Work out what is to be unsaid, whatever depends on it.

    Raises `NotFound` where there is nothing such, `Conflict` where it was taken back already (`revert.already`) or was
    said in another base (`revert.foreign`).
    """
    record = store.transaction_record(target.number)
    _check(store, target, record)
    told, within = _told(store, target)
    return _with_cases(store, _plan(store, target, record, told, within), within)


def _check(store: Store, target: Target, record: Record) -> None:
    if record.origin != store.base_id:
        raise Conflict.because("revert.foreign", what=target, origin=record.origin, number=record.origin_number)
    done = reverts_of(store.database, sorted({str(target.number), str(target)}))
    if done:
        raise Conflict.because("revert.already", what=target, number=done[0][0])


def _told(store: Store, target: Target) -> tuple[list[Event], set[str] | None]:
    """The events to take back, and the entities to which that is confined: None for all of the transaction's.

    What one transaction says of an entity goes back together, so an event takes along those that share one with it.
    """
    events = store.events_in(target.number)
    if target.place is None:
        return events, None
    codes = set(store.event(target.number, target.place).codes)
    while grown := [event for event in events if event.codes & codes and not event.codes <= codes]:
        codes.update(*(event.codes for event in grown))
    return [event for event in events if event.codes & codes], codes


def _plan(store: Store, target: Target, record: Record, told: Sequence[Event], within: Codes) -> Undoing:
    database, number = store.database, target.number
    codes = {code for code in codes_in(database, number) if _in(code, within)}
    before, after = known_among(database, codes, number - 1), known_among(database, codes, number)
    return Undoing(
        target=target,
        record=record,
        removed=frozenset(after - before),
        returned=frozenset(before - after),
        changed=frozenset(before & after),
        links=frozenset(_link_keys(said_in(database, LINKS, number), number, within)),
        told=tuple(told),
        retold=tuple(one for one in events_closed_by(database, number) if within is None or one.codes & within),
    )


def _with_cases(store: Store, plan: Undoing, within: Codes) -> Undoing:
    """The plan with what becomes of review cases and judgements; cases belong to whole transactions."""
    database, number = store.database, plan.target.number
    judged = [one for one in held.judgements(database, "number = ?", [number]) if _about(one, within)]
    if within is not None:
        return replace(plan, judged=tuple(judged))
    first, redone = _first_said(store, plan.record)
    waiting = held.cases(database, "number = ? AND state = 'waiting'", [first]) if redone else []
    dropped = held.cases(database, "decided = ? AND state = 'dropped'", [number])
    return replace(
        plan,
        judged=tuple(judged),
        rejudged=tuple(held.taken_back_by(database, number)),
        dropped=tuple(case.id for case in waiting),
        reopened=tuple(case.id for case in dropped),
    )


def _first_said(store: Store, record: Record) -> tuple[TransactionNumber, bool]:
    """The transaction that a chain of reverts began with, and whether it holds after `record`."""
    holds = True
    while record.reverts and "." not in record.reverts:
        record, holds = store.transaction_record(int(record.reverts)), not holds
    return record.number, holds


def _link_keys(rows: Sequence[Said], number: TransactionNumber, within: Codes) -> set[LinkKey]:
    """What was linked otherwise after a transaction than before it."""
    balance: Counter[tuple[str, tuple[object, ...]]] = Counter()
    for row in rows:
        if _in(row.code, within):
            balance[row.code, row.content] += (row.opened == number) - (row.closed == number)
    return {(code, str(content[0]), str(content[1])) for (code, content), count in balance.items() if count}


def _in(code: str, within: Codes) -> bool:
    return within is None or code in within


def _about(judgement: Judgement, within: Codes) -> bool:
    return within is None or bool(within & set(judgement.codes))
