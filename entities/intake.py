"""The way in: a file becomes candidates, these are checked and settled, and all is committed at once or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import shapely

from entities.checks import Checker, DeclaredRule
from entities.clock import Clock
from entities.errors import Conflict
from entities.matching import MatchPolicy
from entities.model import Day
from entities.profiles import Profile
from entities.readers import Limits, Reading, open_reading
from entities.report import Report, Source
from entities.rules import Finding
from entities.settling import Settling, Survey
from entities.store import Store

Progress = Callable[[str, int, int | None], None]
"""Told of the work: the step's name (read, match), how many features are done, of how many if that is known."""

BATCH: Final = 10_000
MOST_FINDINGS: Final = 10_000
"""Findings kept of one upload; a file that breaks rules more often has one cause, which these show."""


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How an upload is to be taken in, beside what stands in its file.

    `territory` is where its author may write. `complete_in` is an area of which the file holds everything: what the
    base has there of the same layers and the file lacks, ended by `survey_day`.
    """

    actor: str
    reason: str
    survey_day: Day
    source: str = ""
    profile: Profile | None = None
    crs: str | None = None
    layer: str | None = None
    accept_guess: bool = False
    territory: shapely.Geometry | None = None
    complete_in: shapely.Geometry | None = None
    limits: Limits = field(default_factory=Limits)
    declared_rules: Sequence[DeclaredRule] = ()
    policy: MatchPolicy = field(default_factory=MatchPolicy.load)


def load(store: Store, path: Path, options: IntakeOptions, progress: Progress | None = None) -> Report:
    """Take a file in. A feature that breaks a rule refuses the whole upload; the report says which and why.

    Raises a `Refusal` where the file cannot be read at all, and `Conflict` (`profile.confirm`) where its profile was
    guessed and the guess is not accepted yet.
    """
    clock = Clock()
    reading = open_reading(path, options.profile, options.crs, options.layer, options.limits)
    if reading.guess is not None and not reading.guess.sure and not options.accept_guess:
        raise Conflict.because("profile.confirm", profile=reading.guess.profile.name)
    with store.transaction(options.actor, options.reason, options.source or path.name) as transaction:
        transaction.policy = options.policy.text
        settling = Settling(store, transaction, Survey(options.survey_day, options.policy, options.complete_in))
        findings = _take_in(reading, _checker(store, options), settling, clock, progress or _silent)
        accepted = not any(finding.severity == "error" for finding in findings)
        if not accepted:
            transaction.abandon()
        number = transaction.number if accepted and transaction.counts else None
    return Report(
        accepted=accepted,
        read=settling.read,
        features=settling.features() if accepted else (),
        findings=findings[:MOST_FINDINGS],
        transaction=number,
        steps=clock.steps(),
        source=Source(reading.format, reading.crs, reading.vertical, reading.profile.name),
    )


def _take_in(reading: Reading, checker: Checker, settling: Settling, clock: Clock, tell: Progress) -> list[Finding]:
    """Check and settle batch after batch; once a rule is broken the rest is only checked."""
    findings: list[Finding] = []
    sound = True
    for batch in clock.each("read", reading.batches(BATCH)):
        with clock("check"):
            findings += checker.check(batch)
        sound = sound and not reading.findings and not any(finding.severity == "error" for finding in findings)
        if sound:
            with clock("settle"):
                settling.take(batch)
        tell("read", settling.read if sound else 0, reading.total)
    findings += [*reading.findings, *checker.finish()]
    if not any(finding.severity == "error" for finding in findings):
        with clock("settle"):
            settling.finish(lambda done, total: tell("match", done, total))
    findings += settling.findings
    return sorted(findings, key=lambda finding: (finding.severity, finding.row or 0, finding.rule))


def _checker(store: Store, options: IntakeOptions) -> Checker:
    return Checker(store.meaning.classes, territory=options.territory, department_rules=options.declared_rules)


def _silent(step: str, done: int, total: int | None) -> None:
    """Tell nobody."""
