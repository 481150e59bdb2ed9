"""What a survey makes a transaction say: births, updates, ends, splits and merges, with links and lineage."""

from collections.abc import Iterable, Sequence

from entities.model import FOREVER, Candidate, Day, Lineage, Link, Period, Version
from entities.store import Store, Transaction


class Sayings:
    """Gathers what is to be said of a survey's day and says it in bulk."""

    def __init__(self, store: Store, transaction: Transaction, day: Day) -> None:
        self._store = store
        self._transaction = transaction
        self._day = day
        self._versions: list[Version] = []
        self._ends: dict[str, Day] = {}
        self._retracted: list[str] = []

    def bear(self, candidates: Sequence[Candidate]) -> list[str]:
        """Say that each candidate is a new entity, and return their codes."""
        if not candidates:
            return []
        codes = self._transaction.issue([candidate.state for candidate in candidates])
        periods = {day: Period(day) for day in {self._begin(one) for one in candidates}}
        births = zip(codes, candidates, strict=True)
        self._transaction.put([Version(code, periods[self._begin(one)], one.state) for code, one in births])
        self._link(zip(codes, candidates, strict=True))
        return codes

    def update(self, candidate: Candidate, base: Version) -> None:
        """Say that an entity is now as the candidate shows it, up to the next thing known of it."""
        self._versions.append(Version(base.code, self._spoken(candidate, base.period), candidate.state))
        self.relate(candidate, base.code)

    def relate(self, candidate: Candidate, code: str) -> None:
        """Link the candidate's resource codes to an entity, those that are not linked yet."""
        if candidate.resource_codes:
            known = {(link.scheme, link.value) for link in self._store.links(code)}
            fresh = [pair for pair in candidate.resource_codes if pair not in known]
            self._transaction.link(self._links(code, candidate, fresh))

    def end(self, code: str, day: Day | None = None) -> None:
        """Say that an entity is no more from a day on, the survey's unless another is given."""
        self._ends[code] = self._day if day is None else day

    def retract(self, code: str) -> None:
        """Say that an entity never was."""
        self._retracted.append(code)

    def split(self, parent: str, parts: Sequence[Candidate], shares: Sequence[float]) -> list[str]:
        """Say that an entity was divided: it ends, each part is a new entity that descends from it."""
        children = self.bear(parts)
        self.end(parent, self._begin(parts[0]))
        steps = zip(children, parts, shares, strict=True)
        self._transaction.descend(
            Lineage("split", parent, child, share, self._begin(one)) for child, one, share in steps
        )
        return children

    def merge(self, parents: Sequence[str], whole: Candidate, shares: Sequence[float]) -> str:
        """Say that entities became one: they end, the whole is a new entity that descends from each."""
        [child] = self.bear([whole])
        day = self._begin(whole)
        self._ends |= dict.fromkeys(parents, day)
        steps = zip(parents, shares, strict=True)
        self._transaction.descend(Lineage("merge", parent, child, share, day) for parent, share in steps)
        return child

    def say(self) -> None:
        """Say what was gathered."""
        self._transaction.put(self._versions)
        if self._ends:
            self._transaction.end(self._ends)
        if self._retracted:
            self._transaction.retract(self._retracted)
        self._versions, self._ends, self._retracted = [], {}, []

    def _begin(self, candidate: Candidate) -> Day:
        return self._day if candidate.valid_from is None else candidate.valid_from

    def _spoken(self, candidate: Candidate, known: Period) -> Period:
        """The days a survey speaks of: from its day, or the day the feature gives if that is within what it updates."""
        if self._day < known.start:
            return Period(self._day, known.start)
        begin = self._begin(candidate)
        return Period(begin if known.start < begin <= self._day else self._day, known.end)

    def _link(self, births: Iterable[tuple[str, Candidate]]) -> None:
        links = [link for code, one in births for link in self._links(code, one, one.resource_codes)]
        if links:
            self._transaction.link(links)

    def _links(self, code: str, candidate: Candidate, pairs: Sequence[tuple[str, str]]) -> list[Link]:
        return [Link(code, scheme, value, Period(self._begin(candidate), FOREVER)) for scheme, value in pairs]
