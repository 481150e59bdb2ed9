"""What became of an upload: the outcome of every feature, the findings, and the transaction it was committed under."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entities.clock import Step
from entities.errors import Refusal
from entities.model import TransactionNumber
from entities.rules import Finding
from entities.text import Text

Progress = Callable[[str, int, int | None], None]
"""Told of the work: the step's name (read, match), how many features are done, of how many if that is known."""

OUTCOMES: Final = ("new", "unchanged", "changed", "split", "merged", "ended", "review", "rejected", "refused")
"""Everything that can become of a feature (or, for `ended`, of an entity of the base).

`rejected` is what a person judged earlier to be no survey of anything; `refused` breaks a rule.
"""


@dataclass(frozen=True, slots=True)
class FeatureOutcome:
    """What became of one feature: the entities it is, and why; `row` is 0 for an entity no feature spoke of."""

    row: int
    feature: str | None
    outcome: str
    codes: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    review: int | None = None  # the case in which a person decides, or decided


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: the format, the reference systems, and the upload profile that was used."""

    format: str
    crs: str
    vertical: str | None
    profile: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `transaction` is None where nothing was committed: refused, or nothing new in it."""

    accepted: bool
    read: int
    features: Sequence[FeatureOutcome] = ()
    findings: Sequence[Finding] = ()
    transaction: TransactionNumber | None = None
    steps: Sequence[Step] = ()
    source: Source | None = None

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many features had each outcome; every outcome is listed."""
        counts = Counter(feature.outcome for feature in self.features)
        return {outcome: counts[outcome] for outcome in OUTCOMES}

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "error"]

    @classmethod
    def of_refusal(cls, refusal: Refusal) -> "Report":
        """The report of an upload that could not even be read."""
        return cls(accepted=False, read=0, findings=refusal.findings)

    def as_json(self) -> dict[str, object]:
        """The report without its features, for machines and pages."""
        return {
            "accepted": self.accepted,
            "read": self.read,
            "transaction": self.transaction,
            "outcomes": dict(self.outcomes),
            "errors": len(self.errors),
            "warnings": len(self.findings) - len(self.errors),
            "findings": [finding_json(finding) for finding in self.findings],
            "steps": [{"name": step.name, "seconds": round(step.seconds, 3)} for step in self.steps],
            "source": self.source
            and {name: getattr(self.source, name) for name in ("format", "crs", "vertical", "profile")},
        }


def feature_json(feature: FeatureOutcome) -> dict[str, object]:
    """One feature's outcome for machines and pages."""
    return {
        "row": feature.row,
        "feature": feature.feature,
        "outcome": feature.outcome,
        "codes": list(feature.codes),
        "reasons": [said(reason) for reason in feature.reasons],
        "review": feature.review,
    }


def finding_json(finding: Finding) -> dict[str, object]:
    """One finding for machines and pages, in both languages."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "row": finding.row,
        "feature": finding.feature,
        "place": list(finding.place) if finding.place else None,
        "title": said(finding.words.title),
        "sentence": said(finding.sentence),
        "remedy": said(finding.remedy),
    }


def said(text: Text) -> dict[str, str]:
    """A text in both languages, for JSON."""
    return {"zh": text.zh, "en": text.en}
