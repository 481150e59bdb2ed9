"""What a survey makes a transaction say: births, updates, ends, splits and merges, with links and lineage."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from entities.lineage.events import Event, EventId, Share, share_between
from entities.lineage.fates import DOMINANT_KEEPS, LARGEST_KEEPS, REPLACES, IdentityTable, changes_of
from entities.lineage.inheriting import inherit
from entities.model import Candidate, Day, Lineage, Link, Period, State, Version
from entities.store import Store, Transaction

Codes = Sequence[tuple[str, str]]
"""Codes of other registers: (scheme, code)."""


class Division(NamedTuple):
    """An entity that was divided, its parts, and what it gave to each."""

    base: Version
    parts: Sequence[Candidate]
    shares: Sequence[Share]


class Sayings:
    """Gathers what is to be said of a survey's day and says it in bulk; codes are kept or not as the table says."""

    def __init__(self, store: Store, transaction: Transaction, day: Day, identity: IdentityTable) -> None:
        self._store = store
        self._transaction = transaction
        self._day = day
        self._identity = identity
        self._versions: list[Version] = []
        self._ends: dict[str, Day] = {}
        self._retracted: list[str] = []
        self._events: list[list[Lineage]] = []
        self._related: list[tuple[str, Codes, Day]] = []
        self._asked: dict[str, Codes] = {}  # of the children of events
        self._redivided: dict[Day, dict[str, State]] = defaultdict(dict)
        transaction.policy = transaction.policy or identity.text

    def bear(self, candidates: Sequence[Candidate]) -> list[str]:
        """Say that each candidate is a new entity, and return their codes."""
        if not candidates:
            return []
        codes = self._transaction.issue([candidate.state for candidate in candidates])
        periods = {day: Period(day) for day in {self._begin(one) for one in candidates}}
        births = list(zip(codes, candidates, strict=True))
        self._transaction.put([Version(code, periods[self._begin(one)], one.state) for code, one in births])
        self._transaction.link(
            link for code, one in births for link in _links(code, one.resource_codes, self._begin(one))
        )
        return codes

    def update(self, candidate: Candidate, base: Version, change: str | None = None) -> str:
        """Say that an entity is now as the candidate shows it, up to the next thing known of it.

        `change` is what happened to it, where that is known better than the two states tell. Returns the code that the
        candidate's entity has from then on, which is another one where the table has the code replaced.
        """
        changes = [change] if change else changes_of(base.state, candidate.state, self._identity.division)
        replacing = next((one for one in changes if self._fate(one, base) == REPLACES), None)
        if replacing:
            return self._replace(replacing, candidate, base)
        return self._keep(changes, candidate, base)

    def relate(self, candidate: Candidate, code: str) -> None:
        """Link the candidate's resource codes to an entity, those that are not linked yet."""
        if candidate.resource_codes:
            self._related.append((code, candidate.resource_codes, self._begin(candidate)))

    def end(self, code: str, day: Day | None = None) -> None:
        """Say that an entity is no more from a day on, the survey's unless another is given."""
        self._ends[code] = self._day if day is None else day

    def retract(self, code: str, right: str | None = None) -> None:
        """Say that an entity never was; `right` is the one that it was recorded for in error, where there is one."""
        self._retracted.append(code)
        self._events.append([Lineage("retract", code, right or code, 1.0, self._day, 1.0)])

    def split(self, base: Version, parts: Sequence[Candidate], shares: Sequence[Share]) -> list[str]:
        """Say that an entity was divided, and return the codes of its parts; see `divide`."""
        return self.divide([Division(base, parts, shares)])[0]

    def divide(self, divisions: Sequence[Division]) -> list[list[str]]:
        """Say that entities were divided, and return the codes of the parts of each.

        Each ends and each part is a new entity, unless the table lets the largest part keep the code.
        """
        keepers = [self._largest(one) for one in divisions]
        born = [
            part
            for one, keeper in zip(divisions, keepers, strict=True)
            for place, part in enumerate(one.parts)
            if place != keeper
        ]
        fresh = iter(self.bear(born))
        return [self._divide(one, keeper, fresh) for one, keeper in zip(divisions, keepers, strict=True)]

    def merge(self, bases: Sequence[Version], whole: Candidate, shares: Sequence[Share]) -> str:
        """Say that entities became one, and return its code.

        They end and the whole is a new entity, unless the table lets the one that gave most keep its code.
        """
        day = self._begin(whole)
        keeper = self._dominant(bases, shares)
        if keeper is None:
            [child] = self.bear([whole])
        else:
            child = keeper.code
            self._put(whole, keeper)
        self._ends |= {base.code: day for base in bases if base.code != child}
        self._asked[child] = whole.resource_codes
        steps = zip(bases, shares, strict=True)
        self._events.append(
            [Lineage("merge", base.code, child, one.of_child, day, one.of_parent) for base, one in steps]
        )
        return child

    def say(self) -> None:
        """Say what was gathered."""
        self._transaction.put(self._versions)
        if self._ends:
            self._transaction.end(self._ends)
        if self._retracted:
            self._transaction.retract(self._retracted)
        for day, states in self._redivided.items():
            self._transaction.redivide(states, day)
        self._relate()
        self._hand_on(self._descend())
        self._versions, self._ends, self._retracted, self._events = [], {}, [], []
        self._related, self._asked, self._redivided = [], {}, defaultdict(dict)

    def _fate(self, change: str, base: Version) -> str:
        return self._identity.fate(change, base.state.class_code)

    def _keep(self, changes: Sequence[str], candidate: Candidate, base: Version) -> str:
        """Put what a candidate shows under the code that is kept; write an event for each change that leaves one."""
        period = self._put(candidate, base)
        if "redivide" in changes:
            self._redivided[period.start][base.code] = candidate.state
        events = [change for change in changes if self._identity.leaves_event(change)]
        self._events += [[Lineage(kind, base.code, base.code, 1.0, period.start, 1.0)] for kind in events]
        return base.code

    def _replace(self, change: str, candidate: Candidate, base: Version) -> str:
        """End an entity and bear the one that took its place."""
        [code] = self.bear([candidate])
        day = self._begin(candidate)
        self.end(base.code, day)
        self._asked[code] = candidate.resource_codes
        share = share_between(base.state.geometry, candidate.state.geometry)
        self._events.append([Lineage(change, base.code, code, share.of_child, day, share.of_parent)])
        return code

    def _put(self, candidate: Candidate, base: Version) -> Period:
        period = self._spoken(candidate, base.period)
        self._versions.append(Version(base.code, period, candidate.state))
        self.relate(candidate, base.code)
        return period

    def _largest(self, division: Division) -> int:
        """The place of the part that keeps the code, -1 for none."""
        keeps = self._fate("split", division.base) == LARGEST_KEEPS
        return _most([share.of_parent for share in division.shares]) if keeps else -1

    def _divide(self, division: Division, keeper: int, fresh: Iterator[str]) -> list[str]:
        base, parts, shares = division
        day = self._begin(parts[0])
        codes = [base.code if place == keeper else next(fresh) for place in range(len(parts))]
        if keeper < 0:
            self.end(base.code, day)
        else:
            self._put(parts[keeper], base)
        self._asked |= {code: part.resource_codes for code, part in zip(codes, parts, strict=True)}
        steps = zip(codes, shares, strict=True)
        self._events.append(
            [Lineage("split", base.code, code, one.of_child, day, one.of_parent) for code, one in steps]
        )
        return codes

    def _dominant(self, bases: Sequence[Version], shares: Sequence[Share]) -> Version | None:
        """The parent that keeps its code in a merge, if the table lets it and none of the others came from it."""
        first = bases[_most([share.of_child for share in shares])]
        if self._fate("merge", first) != DOMINANT_KEEPS:
            return None
        others = [base.code for base in bases if base.code != first.code]
        return None if first.code in self._store.ancestors(others) else first

    def _begin(self, candidate: Candidate) -> Day:
        return self._day if candidate.valid_from is None else candidate.valid_from

    def _spoken(self, candidate: Candidate, known: Period) -> Period:
        """The days a survey speaks of: from its day, or the day the feature gives if that is within what it updates."""
        if self._day < known.start:
            return Period(self._day, known.start)
        begin = self._begin(candidate)
        return Period(begin if known.start < begin <= self._day else self._day, known.end)

    def _descend(self) -> list[Event]:
        """Write the events down, and return them with the ids they have now."""
        number, places = self._transaction.number, self._transaction.descend_each(self._events)
        told = zip(places, self._events, strict=True)
        return [
            Event(EventId(number, place), tuple(_placed(step, number, place) for step in steps))
            for place, steps in told
        ]

    def _hand_on(self, events: Sequence[Event]) -> None:
        """Let the codes of parents go where they were asked for or where the table lets them go."""
        between = [event for event in events if event.parents != event.children]
        held = self._store.links_of({code for event in between for code in event.parents}) if between else {}
        ended: dict[Day, list[Link]] = defaultdict(list)
        given: list[Link] = []
        for event in between:
            links = chain.from_iterable(held.get(parent, ()) for parent in event.parents)
            found = inherit(event, links, self._asked, self._identity.registers)
            ended[event.day] += found.ended
            given += found.given
        self._transaction.link(given)
        for day, links_of_day in ended.items():
            self._transaction.unlink(links_of_day, day)

    def _relate(self) -> None:
        """Link what candidates say of other registers' codes, those that are not linked yet."""
        held = self._store.links_of({code for code, *_ in self._related}) if self._related else {}
        known = {(code, link.scheme, link.value) for code, links in held.items() for link in links}
        said = {(one.code, one.scheme, one.value): one for related in self._related for one in _links(*related)}
        self._transaction.link(link for key, link in said.items() if key not in known)


def _links(code: str, pairs: Codes, day: Day) -> list[Link]:
    return [Link(code, scheme, value, Period(day)) for scheme, value in pairs]


def _most(parts: Iterable[float]) -> int:
    """The place of the largest, the first of equals."""
    sizes = list(parts)
    return sizes.index(max(sizes))


def _placed(step: Lineage, number: int, place: int) -> Lineage:
    return Lineage(step.kind, step.parent, step.child, step.share, step.day, step.share_of_parent, number, place)
