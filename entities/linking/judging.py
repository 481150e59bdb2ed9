"""What rows of a link file make a transaction say: links that are new, already there, replaced, ended or taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from entities.linking.report import RowOutcome
from entities.linking.rows import LinkRow
from entities.model import LATEST, Day, Link, Period, day_text
from entities.rules import Finding
from entities.store import Store, Transaction
from entities.store.rows import selected, versions_of
from entities.territory.rights import Territory

METHODS = {"code": "declared", "other": "imported", "place": "spatial"}
"""How a link is said to have been made, by the way its entity was found."""

_ORDER = ("replaced", "linked", "ended", "retracted", "already", "absent")  # of several, what a row is said to be


@dataclass(frozen=True, slots=True)
class Found:
    """A row and the entities it is about, each with how sure that is."""

    row: LinkRow
    codes: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class Said:
    """What a batch makes the transaction say."""

    opened: list[Link] = field(default_factory=list)
    closed: dict[Day | None, list[Link]] = field(default_factory=dict)

    def close(self, links: Iterable[Link], day: Day | None) -> None:
        self.closed.setdefault(day, []).extend(links)


class Judge:
    """Judges rows against what is linked already; `by` says how their entities were found."""

    def __init__(
        self, store: Store, transaction: Transaction, by: str, replaces: bool, territory: Territory | None
    ) -> None:
        self._store, self._transaction = store, transaction
        self._method, self._replaces, self._territory = METHODS[by], replaces, territory

    def judge(self, found: Sequence[Found]) -> tuple[list[RowOutcome], Said]:
        """The outcome of each row, and what is to be said; nothing is said yet."""
        codes = sorted({code for one in found for code, _ in one.codes})
        held = {code: list(links) for code, links in self._store.links_of(codes).items()}
        standing = _Standing(self._store, codes)
        outside = self._outside(codes)
        said = Said()
        outcomes = []
        for one in found:
            fault = standing.fault(one) or _scope_fault(one, outside)
            outcome = _refused(one, fault) if fault else self._row(one, held, said)
            outcomes.append(replace(outcome, finding=outcome.finding or standing.odd(one)))
        return outcomes, said

    def say(self, said: Said) -> None:
        """Say what was judged."""
        for day, links in said.closed.items():
            self._transaction.unlink(links, day)
        self._transaction.link(said.opened)

    def _row(self, one: Found, held: dict[str, list[Link]], said: Said) -> RowOutcome:
        words = {self._one(one.row, code, sure, held.setdefault(code, []), said) for code, sure in one.codes}
        if words == {"absent"}:
            values = {"scheme": one.row.scheme, "value": one.row.value, "code": one.codes[0][0]}
            return _refused(one, Finding("link.unknown", values, one.row.row))
        outcome = next(word for word in _ORDER if word in words)
        return RowOutcome(one.row.row, outcome, one.row.scheme, one.row.value, one.codes)

    def _one(self, row: LinkRow, code: str, sure: float, held: list[Link], said: Said) -> str:
        """What a row does to one entity, with `held` kept up to date for the rows after it."""
        same = [link for link in held if (link.scheme, link.value) == (row.scheme, row.value)]
        if row.action == "retract":
            return _take_back(same, held, said)
        if row.action == "end":
            return _end(same, row.period.start, held, said)
        if any(_says(link, row.period) for link in same):
            return "already"
        others = [link for link in held if link.scheme == row.scheme and link not in same] if self._replaces else []
        ended = _end(others, row.period.start, held, said) == "ended"
        if same:
            _take_back(same, held, said)
        kept = [replace(link, period=part) for link in same for part in link.period.minus(row.period)]
        fresh = Link(code, row.scheme, row.value, row.period, self._method, sure, row.issuer, row.note)
        said.opened += [*kept, fresh]
        held += [*kept, fresh]
        return "replaced" if same or ended else "linked"

    def _outside(self, codes: Sequence[str]) -> set[str]:
        """The entities that lie for the most part outside of the territory."""
        if self._territory is None or not codes:
            return set()
        statement = f"SELECT {selected(self._store.database)} FROM version WHERE code IN {{in}} AND known_to = {LATEST}"
        versions = versions_of(self._store.database.query_in(statement, codes))
        shapes = np.array([version.state.geometry for version in versions], dtype=object)
        reaches = self._territory.reaches(shapes)
        return {versions[place].code for place, reach in reaches.items() if reach.foreign or reach.share > 0.5}


class _Standing:
    """When entities stood, and of which classes, as known now."""

    def __init__(self, store: Store, codes: Sequence[str]) -> None:
        self._meaning = store.meaning
        self._periods: dict[str, list[Period]] = {}
        self._classes: dict[str, str] = {}
        columns = "code, class_code, valid_from, valid_to"
        statement = f"SELECT {columns} FROM version WHERE code IN {{in}} AND known_to = {LATEST} ORDER BY valid_from"
        for code, class_code, start, end in store.database.query_in(statement, codes):
            self._periods.setdefault(code, []).append(Period(start, end))
            self._classes[code] = class_code

    def fault(self, one: Found) -> Finding | None:
        """Why a row cannot be about its entities: none is known, or none stands when the link begins."""
        row, number = one.row, one.row.row
        for code, _ in one.codes:
            periods = self._periods.get(code)
            if not periods:
                return Finding("code.unknown", {"code": code}, number)
            if row.action == "link" and not any(row.period.start in period for period in periods):
                if all(period.end <= row.period.start for period in periods):
                    day = day_text(row.period.start)
                    said = {"scheme": row.scheme, "value": row.value, "code": code, "day": day}
                    return Finding("link.ended", said, number)
                start = day_text(min(period.start for period in periods))
                return Finding("code.early", {"code": code, "start": start}, number)
        return None

    def odd(self, one: Found) -> Finding | None:
        """A warning where an entity is of a class that does not carry such codes."""
        scheme = self._meaning.schemes.get(one.row.scheme)
        for code, _ in one.codes:
            kind = self._meaning.classes.get(self._classes[code]) if code in self._classes else None
            if kind is not None and not scheme.carried_by(kind):
                names = {"class_zh": kind.name.zh, "class_en": kind.name.en}
                schemes = {"scheme_zh": scheme.name.zh, "scheme_en": scheme.name.en}
                return Finding("link.class", {"code": code, **names, **schemes}, one.row.row)
        return None


def _says(link: Link, period: Period) -> bool:
    """Tell whether a link holds for the whole of a period already."""
    return link.period.start <= period.start and period.end <= link.period.end


def _take_back(same: Sequence[Link], held: list[Link], said: Said) -> str:
    for link in same:
        held.remove(link)
        if link in said.opened:
            said.opened.remove(link)
        else:
            said.close([link], None)
    return "retracted" if same else "absent"


def _end(links: Sequence[Link], day: Day, held: list[Link], said: Said) -> str:
    """End links that stand on a day."""
    standing = [link for link in links if day in link.period and link.period.start < day]
    never = [link for link in links if link.period.start >= day]
    for link in standing:
        held.remove(link)
        held.append(replace(link, period=Period(link.period.start, day)))
        if link in said.opened:
            said.opened[said.opened.index(link)] = held[-1]
        else:
            said.close([link], day)
    _take_back(never, held, said)
    return "ended" if standing or never else "absent"


def _scope_fault(one: Found, outside: Mapping[str, object] | set[str]) -> Finding | None:
    foreign = next((code for code, _ in one.codes if code in outside), None)
    return Finding("link.scope", {"code": foreign}, one.row.row) if foreign else None


def _refused(one: Found, finding: Finding) -> RowOutcome:
    outcome = "unknown" if finding.rule in ("code.unknown", "link.unknown") else "refused"
    return RowOutcome(one.row.row, outcome, one.row.scheme, one.row.value, one.codes, finding)
