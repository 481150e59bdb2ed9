"""Editing: one entity made, changed or ended at a time, by the rules of an upload and as one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import shapely

from entities.checks import Checker, DeclaredRule
from entities.errors import Conflict, Forbidden, Invalid
from entities.matching import Match, MatchPolicy
from entities.model import Candidate, Day, State, Version, day_text, fingerprints
from entities.report import FeatureOutcome
from entities.reviews.holding import Circumstances, Holding
from entities.rules import Finding
from entities.saying import Sayings
from entities.settling import Settling, Survey
from entities.spoken import ROLES, Spoken
from entities.store import Store, Transaction
from entities.store.view import View
from entities.territory.consent import sort_by_consent
from entities.territory.rights import Territory, territory_of

PATIENCE: Final = 5.0
"""Seconds that an edit waits for others to end writing: who edits is waiting too."""

SPOKEN: Final = Spoken(ROLES - {"surfaces"})
"""What an edit speaks of: everything but measured surfaces, which stay as long as the outline and the heights do."""

Seen = Callable[[View, Version], None]
"""Refuses to go on where an entity is no longer as the one who edits it saw it; asked while nobody else can write."""

Draft = Callable[[Version], State]
"""What an entity is to be, from what it is."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Who edits, why, from which day on, where they may write, and under which rules."""

    actor: str
    reason: str
    source: str
    day: Day
    today: Day
    territory: tuple[str, ...] = ()
    declared_rules: Sequence[DeclaredRule] = ()
    policy: MatchPolicy = field(default_factory=MatchPolicy.load)


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit: the outcome as reports say it, and the warnings."""

    outcome: FeatureOutcome
    warnings: tuple[Finding, ...] = ()


class Editor:
    """Makes one edit. `Forbidden` (`scope.…`) outside the territory, `Invalid` where it breaks another rule."""

    def __init__(self, store: Store, edit: Edit) -> None:
        if edit.day > edit.today:
            raise Invalid.because("time.valid.future", time=day_text(edit.day), last=day_text(edit.today))
        self._store, self._edit = store, edit

    def create(self, state: State) -> Edited:
        """Say that there is a new entity; nothing is said where it is one that is known. What is unsure is held."""
        candidate = Candidate(1, state)
        with self._writing() as (transaction, territory):
            warnings = self._checked(candidate, territory)
            settling = Settling(self._store, transaction, self._survey(territory))
            settling.take([candidate])
            settling.finish(lambda done, total: None)
            [outcome] = settling.features()
            if outcome.outcome not in ("new", "unchanged", "review"):
                transaction.abandon()
        return Edited(outcome, warnings)

    def change(self, code: str, draft: Draft, seen: Seen) -> Edited:
        """Say that an entity is otherwise from the day on; what is the same already is not said again."""
        with self._writing() as (transaction, territory):
            base = self._base(code, seen)
            state = _whole(draft(base), base.state)
            candidate = Candidate(1, state, code=code)
            warnings = self._checked(candidate, territory)
            changed = fingerprints([state]) != fingerprints([base.state])
            found = Match(0, "changed" if changed else "unchanged", (code,))
            return Edited(self._say(transaction, territory, candidate, base, found), warnings)

    def end(self, code: str, seen: Seen, retract: bool = False) -> Edited:
        """Say that an entity is no more from the day on, or with `retract` that it never was."""
        with self._writing() as (transaction, territory):
            base = self._base(code, seen)
            if not retract and self._edit.day <= self._course(code)[0].period.start:
                raise Conflict.because("edit.end", code=code, day=day_text(self._edit.day))
            candidate = Candidate(1, base.state, code=code, change="retract" if retract else "end")
            return Edited(self._say(transaction, territory, candidate, base, Match(0, "unchanged", (code,))))

    @contextmanager
    def _writing(self) -> Iterator[tuple[Transaction, Territory | None]]:
        """A transaction, and the territory by the borders that stand while it is written."""
        edit = self._edit
        with self._store.transaction(edit.actor, edit.reason, edit.source, PATIENCE) as transaction:
            transaction.policy = edit.policy.text
            territory = territory_of(self._store, edit.territory, edit.day, edit.today) if edit.territory else None
            yield transaction, territory

    def _base(self, code: str, seen: Seen) -> Version:
        """The entity as it stands on the day, if that is what the one who edits has seen."""
        view = self._store.view(valid_at=self._edit.day)
        base = view.get(code)
        seen(view, base)
        return base

    def _course(self, code: str) -> list[Version]:
        return self._store.view(valid_at=self._edit.day).course(code)

    def _checked(self, candidate: Candidate, territory: Territory | None) -> tuple[Finding, ...]:
        """The warnings about a feature; an error refuses it."""
        meaning, edit = self._store.meaning, self._edit
        checker = Checker(meaning.classes, territory, None, edit.today, edit.declared_rules, meaning.schemes)
        findings = [*checker.check([candidate]), *checker.finish()]
        _refuse([finding for finding in findings if finding.severity == "error"])
        return tuple(findings) + tuple(replace(one, rule="model.height.some") for one in checker.heights())

    def _say(
        self, transaction: Transaction, territory: Territory | None, candidate: Candidate, base: Version, found: Match
    ) -> FeatureOutcome:
        """Say what is the department's own to say, and hold the rest for those who have to consent."""
        if territory is not None:
            [found] = sort_by_consent([found], [candidate], [base], territory)
            _refuse([found.finding] if found.finding else [])
        sayings = Sayings(self._store, transaction, self._edit.day, self._edit.policy.identity)
        if found.outcome == "review":
            return self._held(transaction, sayings, candidate, base, found)
        outcome = _said(sayings, candidate, base, found)
        sayings.say()
        return outcome

    def _held(
        self, transaction: Transaction, sayings: Sayings, candidate: Candidate, base: Version, found: Match
    ) -> FeatureOutcome:
        edit = self._edit
        known = Circumstances(edit.actor, edit.source, edit.day, edit.policy, SPOKEN)
        holding = Holding(self._store, transaction, sayings, known)
        holding.take(candidate, found, {base.code: base})
        [outcome] = holding.finish()
        sayings.say()
        return outcome

    def _survey(self, territory: Territory | None) -> Survey:
        edit = self._edit
        return Survey(edit.day, edit.policy, None, SPOKEN, edit.actor, edit.source, territory)


def _said(sayings: Sayings, candidate: Candidate, base: Version, found: Match) -> FeatureOutcome:
    """Say an edit, and tell what came of it."""
    code, outcome = base.code, found.outcome
    if candidate.change == "end":
        sayings.end(code)
        outcome = "ended"
    elif candidate.change == "retract":
        sayings.retract(code)
        outcome = "ended"
    elif outcome == "changed":
        code = sayings.update(candidate, base)
    return FeatureOutcome(1, None, outcome, (code,))


def _whole(new: State, old: State) -> State:
    """What an edit says, with the heights along a line and the surfaces that it has no words for.

    They stay where nothing has moved. `Invalid` (`edit.heights`) for a line with heights that is given a new course
    without any.
    """
    same_course = shapely.equals_identical(shapely.force_2d(old.geometry), shapely.force_2d(new.geometry))
    if old.geometry.has_z and not new.geometry.has_z:
        if not same_course:
            raise Invalid.because("edit.heights")
        new = replace(new, geometry=old.geometry)
    unmoved = bool(same_course) and (new.height, new.base) == (old.height, old.base)
    return SPOKEN.completed(new, old, unmoved)


def _refuse(errors: Sequence[Finding]) -> None:
    """Refuse what breaks a rule; what concerns the right to write is forbidden."""
    if errors:
        foreign = all(finding.rule.startswith("scope.") for finding in errors)
        raise (Forbidden if foreign else Invalid)(errors)
