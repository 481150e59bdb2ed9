"""The way in: a file becomes candidates, these are checked and settled, and all is committed at once or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import shapely

from entities.checks import Checker, DeclaredRule
from entities.clock import Clock
from entities.errors import Conflict, Invalid
from entities.matching import MatchPolicy
from entities.model import Day, day_text
from entities.pictures import Pictures
from entities.profiles import Profile
from entities.readers import Limits, Reading, open_reading
from entities.report import Progress, Report, Source
from entities.rules import Finding
from entities.settling import Settling, Survey
from entities.store import Store
from entities.territory.rights import Territory, territory_of

BATCH: Final = 10_000
MOST_FINDINGS: Final = 10_000
"""Findings kept of one upload; a file that breaks rules more often has one cause, which these show."""


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How an upload is to be taken in, beside what stands in its file.

    `territory` names the divisions its author may write in, none for everywhere; their borders are those of the
    survey's day. `complete_in` is an area of which the file holds everything: what the base has there within the
    territory, of the same layers, and the file lacks, ended by `survey_day`. Nothing may be valid from after `today`.
    `pictures` is where those that surfaces show are kept; without it they are not.
    """

    actor: str
    reason: str
    survey_day: Day
    today: Day | None = None
    source: str = ""
    profile: Profile | None = None
    crs: str | None = None
    layer: str | None = None
    accept_guess: bool = False
    territory: tuple[str, ...] = ()
    complete_in: shapely.Geometry | None = None
    limits: Limits = field(default_factory=Limits)
    declared_rules: Sequence[DeclaredRule] = ()
    policy: MatchPolicy = field(default_factory=MatchPolicy.load)
    pictures: Pictures | None = None


def load(store: Store, path: Path, options: IntakeOptions, progress: Progress | None = None) -> Report:
    """Take a file in. A feature that breaks a rule refuses the whole upload; the report says which and why.

    Raises a `Refusal` where the file cannot be read at all, and `Conflict` (`profile.confirm`) where its profile was
    guessed and the guess is not accepted yet.
    """
    _check_day(options)
    clock = Clock()
    with clock("open"):
        reading = open_reading(path, options.profile, options.crs, options.layer, options.limits)
    with reading:
        if reading.guess is not None and not reading.guess.sure and not options.accept_guess:
            raise Conflict.because("profile.confirm", profile=reading.guess.profile.name)
        return _load(store, reading, options, clock, progress or _silent)


def _check_day(options: IntakeOptions) -> None:
    """Refuse a survey of a day to come (`time.valid.future`)."""
    if options.today is not None and options.survey_day > options.today:
        time, last = day_text(options.survey_day), day_text(options.today)
        raise Invalid.because("time.valid.future", time=time, last=last)


def _load(store: Store, reading: Reading, options: IntakeOptions, clock: Clock, tell: Progress) -> Report:
    """Take in what is being read, in one transaction."""
    with store.transaction(options.actor, options.reason, options.source or reading.name) as transaction:
        transaction.policy = options.policy.text
        with clock("check"):  # by the borders as they are now, while nobody else can move them
            territory = _territory(store, options)
        settling = Settling(store, transaction, _survey(options, reading, territory))
        desk = _Desk(reading, _checker(store, options, territory), settling, clock, tell)
        desk.take_in()
        if desk.broken:
            transaction.abandon()
        elif options.pictures is not None:
            for digest, path in reading.pictures.items():
                options.pictures.keep(digest, path)
        number = transaction.number if transaction.counts and not transaction.abandoned else None
    return Report(
        accepted=not desk.broken,
        read=desk.read,
        features=() if desk.broken else settling.features(),
        findings=sorted(desk.findings, key=_gravity)[:MOST_FINDINGS],
        transaction=number,
        steps=clock.steps(),
        source=Source(reading.format, reading.crs, reading.vertical, reading.profile.name),
    )


def _survey(options: IntakeOptions, reading: Reading, territory: Territory | None) -> Survey:
    """The survey; complete it can only be where its author may write."""
    complete_in = options.complete_in
    if complete_in is not None and territory is not None:
        complete_in = shapely.intersection(complete_in, territory.area)
    source = options.source or reading.name
    return Survey(options.survey_day, options.policy, complete_in, reading.spoken, options.actor, source, territory)


def _territory(store: Store, options: IntakeOptions) -> Territory | None:
    if not options.territory:
        return None
    return territory_of(store, options.territory, options.survey_day, options.today)


class _Desk:
    """Where one upload is checked and settled, batch after batch; once a rule is broken the rest is only checked."""

    def __init__(self, reading: Reading, checker: Checker, settling: Settling, clock: Clock, tell: Progress) -> None:
        self.read = 0
        self.broken = False
        self.findings: list[Finding] = []
        self._reading, self._checker, self._settling = reading, checker, settling
        self._clock, self._tell = clock, tell

    def take_in(self) -> None:
        """Read everything; settle it as long as it keeps the rules."""
        for batch in self._clock.each("read", self._reading.batches(BATCH)):
            with self._clock("check"):
                self._note(self._checker.check(batch))
            if not self.broken:
                with self._clock("settle"):
                    self._settling.take(self._checker.written(batch))
            self.read += len(batch)
            self._tell("read", self.read, self._reading.total)
        self._note([*self._reading.findings, *self._checker.finish()])
        if not self.broken:
            with self._clock("match"):
                self._settling.finish(lambda done, total: self._tell("match", done, total))
            self._note(self._settling.findings)
        self._note(self._checker.heights(self._settling.raised))

    def _note(self, findings: Sequence[Finding]) -> None:
        self.findings += findings
        self.broken = self.broken or any(finding.severity == "error" for finding in findings)


def _gravity(finding: Finding) -> tuple[str, str, int]:
    """Errors before warnings, then rule by rule in the order of the file."""
    return finding.severity, finding.rule, finding.row or 0


def _checker(store: Store, options: IntakeOptions, territory: Territory | None) -> Checker:
    meaning = store.meaning
    return Checker(meaning.classes, territory, None, options.today, options.declared_rules, meaning.schemes)


def _silent(step: str, done: int, total: int | None) -> None:
    """Tell nobody."""
