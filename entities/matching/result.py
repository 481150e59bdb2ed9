"""What matching says: for every feature what it is and why, and which parts came from which entities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from entities.matching.pairs import Pairs
from entities.model import State, Version
from entities.rules import Finding
from entities.text import Text

BANDS: Final[Mapping[str, Text]] = {
    "partly": Text("部分重合", "partly covered"),
    "extension": Text("可能扩建或局部拆除", "perhaps extended or partly pulled down"),
    "replaced": Text("可能拆除重建", "perhaps rebuilt on the same ground"),
    "family": Text("可能分割或合并", "perhaps split or merged"),
    "rival": Text("几个实体同样像", "several entities fit as well"),
    "twice": Text("重复报送", "sent twice"),
    "joint": Text("跨界，要双方同意", "across a border, both sides must consent"),
}
"""Why a person has to decide: the band of a review, and what to call it."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How a feature and an entity overlap: the share of each that lies on the other, and intersection over union."""

    code: str
    of_feature: float
    of_entity: float
    iou: float


def covers_of(pairs: Pairs, codes: Sequence[str]) -> list[Cover]:
    """The covers of pairs; `codes` are those of all entities."""
    numbers = np.round(np.stack([pairs.of_feature, pairs.of_entity, pairs.iou], axis=1), 4).tolist()
    return [Cover(codes[place], *row) for place, row in zip(pairs.entity.tolist(), numbers, strict=True)]


@dataclass(frozen=True, slots=True)
class Match:
    """What one feature is: new, unchanged, changed, split, merged, review or refused.

    `codes` are the entities it is (unchanged, changed), was part of (split), replaces (merged, and new where it was
    built on the ground of an old thing) or may be (review).
    `reasons` say in words what changed or why a person has to decide; `finding` says why it is refused. `state` is what
    the entity is now, where it was compared: the feature, with what its file cannot speak of as it was. `band` is one
    of the `BANDS` for a review, and empty for anything else; `needs` are the divisions whose consent it needs, by code.
    """

    row_index: int  # its place in the sequence given
    outcome: str
    codes: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    covers: tuple[Cover, ...] = ()
    finding: Finding | None = None
    state: State | None = None
    band: str = ""
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.band in BANDS) is not (self.outcome == "review"):
            raise ValueError(f"a review has one of {list(BANDS)} as its band, not {self.band!r}")

    def at(self, place: int) -> "Match":
        """The same match for the feature at another place."""
        if place == self.row_index:
            return self
        rest = (self.outcome, self.codes, self.reasons, self.covers, self.finding, self.state, self.band)
        return Match(place, *rest)  # half the time of `replace`, and done for every feature


@dataclass(frozen=True, slots=True)
class Descent:
    """One step of a split, merge or replacement: the share of the child that came from it, and of the parent."""

    kind: str  # split, merge, replace
    parent: str
    child: int  # the feature's place in the sequence given
    share: float
    share_of_parent: float


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The matches in the order of the features given, the descents by parent and child, and the policy's name."""

    matches: tuple[Match, ...]
    descents: tuple[Descent, ...]
    policy: str


def unmatched_within(result: MatchResult, bases: Sequence[Version], area: shapely.Geometry) -> list[str]:
    """The codes of the entities that no feature spoke of and that lie wholly in the area, ascending.

    They have ended if the survey holds everything there is in the area. One that reaches beyond it is left alone, and
    so is one that a person still has to decide about.
    """
    spoken = {code for match in result.matches for code in match.codes}
    silent = [base for base in bases if base.code not in spoken]
    shapely.prepare(area)
    inside = shapely.covers(area, np.array([base.state.geometry for base in silent], dtype=object))
    return sorted(base.code for base, lies in zip(silent, inside, strict=True) if lies)
