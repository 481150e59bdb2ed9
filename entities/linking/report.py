"""What became of a link file: the outcome of every row, the findings, and the transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from entities.model import TransactionNumber
from entities.report import finding_json
from entities.rules import Finding

OUTCOMES: Final = ("linked", "already", "replaced", "ended", "retracted", "ambiguous", "unknown", "refused")
"""Everything that can become of a row."""

MOST: Final = 10_000
"""Findings kept of one file; one that breaks rules more often has one cause, which these show."""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row: the code, the entities with how sure each is, and what is wrong if something is."""

    row: int
    outcome: str
    scheme: str = ""
    value: str = ""
    found: tuple[tuple[str, float], ...] = ()
    finding: Finding | None = None

    def as_json(self) -> dict[str, object]:
        """The outcome for machines."""
        return {
            "row": self.row,
            "outcome": self.outcome,
            "scheme": self.scheme,
            "value": self.value,
            "entities": [{"code": code, "confidence": confidence} for code, confidence in self.found],
            "finding": finding_json(self.finding) if self.finding else None,
        }


@dataclass(frozen=True, slots=True)
class LinkReport:
    """The whole report. `transaction` is None where nothing was stored: refused, or nothing new in it."""

    accepted: bool
    read: int
    counts: Counter[str] = field(default_factory=Counter)
    findings: Sequence[Finding] = ()
    transaction: TransactionNumber | None = None
    by: str = ""
    seconds: float = 0.0

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "error"]

    def as_json(self) -> dict[str, object]:
        """The report for machines and pages."""
        return {
            "accepted": self.accepted,
            "read": self.read,
            "by": self.by,
            "outcomes": {outcome: self.counts[outcome] for outcome in OUTCOMES},
            "transaction": self.transaction,
            "errors": len(self.errors),
            "warnings": len(self.findings) - len(self.errors),
            "findings": [finding_json(finding) for finding in self.findings],
            "seconds": round(self.seconds, 3),
        }
