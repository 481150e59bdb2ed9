"""How well matching found the truth: precision, recall, what was left to a person, and which codes survived."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from entities.matching import Match
from service.bench.world import FATES, Truth


@dataclass(frozen=True, slots=True)
class Score:
    """One outcome: how often it was said, how often rightly, how often it was true, and left to a person where true."""

    said: int = 0
    right: int = 0
    true: int = 0
    left: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.said + other.said, self.right + other.right, self.true + other.true, self.left + other.left)

    @property
    def precision(self) -> float | None:
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        return self.right / self.true if self.true else None

    @property
    def balance(self) -> float | None:
        """F, the harmonic mean of both."""
        if not self.said or not self.true:
            return None
        return 2 * self.right / (self.said + self.true)


@dataclass
class Tally:
    """The scores of one or more surveys, by fate; `features` were surveyed, `reviews` of them are left to a person."""

    features: int = 0
    reviews: int = 0
    scores: dict[str, Score] = field(default_factory=lambda: {fate: Score() for fate in FATES})

    @property
    def total(self) -> Score:
        return sum(self.scores.values(), Score())

    @property
    def review_share(self) -> float:
        return self.reviews / self.features if self.features else 0.0

    @classmethod
    def of(cls, several: Iterable[Self]) -> Self:
        """The tallies of several surveys as one."""
        whole = cls()
        for one in several:
            whole.add(one)
        return whole

    def add(self, other: Self) -> None:
        """Count another survey as well."""
        self.features += other.features
        self.reviews += other.reviews
        self.scores = {fate: score + other.scores[fate] for fate, score in self.scores.items()}


def right(
    matches: Sequence[Match], truths: Sequence[Truth], things: Sequence[int], code_of: Mapping[int, str]
) -> list[bool]:
    """Whether each match is right; of a thing sent twice either feature may be it, and the other the repeat."""
    found = [_right(match, truth, code_of) for match, truth in zip(matches, truths, strict=True)]
    repeated = {
        thing: place
        for place, (thing, truth) in enumerate(zip(things, truths, strict=True))
        if truth.fate == "duplicate"
    }
    for place, (thing, truth) in enumerate(zip(things, truths, strict=True)):
        other = repeated.get(thing)
        if other is None or other == place or found[place] or not _repeat(matches[place]):
            continue
        if _right(matches[other], truth, code_of):
            found[place] = found[other] = True
    return found


def _right(match: Match, truth: Truth, code_of: Mapping[int, str]) -> bool:
    codes = tuple(sorted(code_of[one] for one in truth.origins))
    same_codes = tuple(sorted(match.codes)) == codes
    match truth.fate:
        case "kept" | "altered":
            return match.outcome in ("unchanged", "changed") and same_codes
        case "new":
            return match.outcome == "new" and not match.codes
        case "rebuilt":
            return match.outcome == "new" and same_codes
        case "duplicate":
            return _repeat(match)
        case fate:
            return match.outcome == fate and same_codes


def _repeat(match: Match) -> bool:
    return match.outcome == "review" and match.band == "twice"


def said(match: Match) -> str:
    """The fate that a match says, empty where it is left to a person."""
    if match.outcome == "new":
        return "rebuilt" if match.codes else "new"
    if match.outcome == "review":
        return "duplicate" if _repeat(match) else ""
    return {"unchanged": "kept", "changed": "kept"}.get(match.outcome, match.outcome)


@dataclass(frozen=True, slots=True)
class Ends:
    """The codes of what truly ended, of what no feature spoke of, and of what a person has to decide about."""

    true: set[str]
    said: set[str]
    doubted: set[str]


def tally(matches: Sequence[Match], truths: Sequence[Truth], hits: Sequence[bool], ends: Ends) -> Tally:
    """Count one survey."""
    true = Counter(truth.fate for truth in truths)
    hit = Counter(truth.fate for truth, one in zip(truths, hits, strict=True) if one)
    told: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for match, truth, one in zip(matches, truths, hits, strict=True):
        told[truth.fate if one else said(match)] += 1
        left[truth.fate] += match.outcome == "review" and not one
    scores = {fate: Score(told[fate], hit[fate], true[fate], left[fate]) for fate in FATES}
    right_ends, left_ends = len(ends.said & ends.true), len(ends.true & ends.doubted)
    scores["ended"] = Score(len(ends.said), right_ends, len(ends.true), left_ends)
    return Tally(len(matches), sum(match.outcome == "review" for match in matches), scores)
