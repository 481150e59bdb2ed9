"""Every refusal, in the domain's words: what was refused, under which rule, and what to do."""

from collections.abc import Sequence
from typing import Self

from entities.rules import Finding


class Refusal(Exception):
    """Something was asked for that cannot be done; its findings say why in both languages."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        if not findings:
            raise ValueError("a refusal needs a finding")
        self.findings = tuple(findings)
        super().__init__(f"{self.rule}: {self.findings[0].sentence.en}")

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Finding, ...]]]:
        """How it is sent from one process to another."""
        return type(self), (self.findings,)

    @classmethod
    def because(cls, rule: str, row: int | None = None, feature: str | None = None, **values: object) -> Self:
        """Make a refusal of one finding: `raise Invalid.because("pkg.format", name="a.shp")`."""
        return cls([Finding(rule, values, row, feature)])

    @property
    def rule(self) -> str:
        """The id of the rule that was broken first."""
        return self.findings[0].rule


class Invalid(Refusal):
    """The data sent breaks a rule."""


class BadQuery(Refusal):
    """A parameter of a request or a command cannot be understood."""


class NotFound(Refusal):
    """Nothing has this code or name, and nothing ever had."""


class Gone(Refusal):
    """It existed, and it ended or was retracted."""


class Conflict(Refusal):
    """It cannot be done in the state things are in now."""


class Unauthorized(Refusal):
    """Nobody is signed in, or the token is not one of ours."""


class Forbidden(Refusal):
    """The one who asks may not do this."""


class TooLarge(Refusal):
    """More was sent than the limit allows."""


class Busy(Refusal):
    """It cannot be done just now, since others are at it; a little later it can."""


class NotAcceptable(Refusal):
    """It is not served in the format asked for."""


class PreconditionFailed(Refusal):
    """It has changed since the one who asks last saw it."""


class PreconditionRequired(Refusal):
    """The one who asks must say which state they have seen."""
