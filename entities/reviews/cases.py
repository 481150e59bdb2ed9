"""What a person has to decide about, and what they decided: review cases and judgements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shapely.geometry.base import BaseGeometry

from entities.model import LATEST, Candidate, Day, TransactionNumber
from entities.spoken import EVERYTHING, Spoken
from entities.text import Text

VERDICTS: Final = ("same", "new", "split", "merge", "reject")
"""What a person may decide: it is the entity, a new one, a part of one, made of several, or wrong."""

STATES: Final = ("waiting", "decided", "dropped")
"""How far a case is; a dropped one was settled by something else, such as the revert of its upload."""


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A feature of an upload that a computer cannot decide about, with all that is needed to decide later."""

    candidate: Candidate
    department: str  # who sent it
    source: str
    day: Day  # of the survey
    band: str  # why it is unsure, in one stable word
    codes: tuple[str, ...] = ()  # the entities it may be
    covers: tuple[Mapping[str, float | str], ...] = ()  # how it and each of them overlap
    reasons: tuple[Text, ...] = ()
    needs: tuple[str, ...] = ()  # the divisions whose consent is needed
    key: str = ""  # the same for the same feature beside the same entities
    spoken: Spoken = EVERYTHING  # what its file can speak of
    id: int = 0
    number: TransactionNumber = 0  # the transaction that holds it
    state: str = "waiting"
    decided: TransactionNumber | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"a case is one of {', '.join(STATES)}")

    @property
    def shape(self) -> BaseGeometry:
        """The outline of the feature."""
        return self.candidate.state.geometry


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision about one case, and who made it."""

    review: int  # the case's id
    key: str
    verdict: str
    codes: tuple[str, ...]  # the entities it names
    author: str
    note: str | None = None
    cut: str | None = None  # the line along which an entity was divided: `lon,lat lon,lat`
    consents: tuple[str, ...] = ()  # the divisions whose consent it is, where a case needs some
    number: TransactionNumber = 0
    known_to: TransactionNumber = LATEST  # less where it was taken back

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}")
