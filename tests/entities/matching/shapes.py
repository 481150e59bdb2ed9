"""Small helpers of the matching tests: shapes in metres about a point in Jinan, and their features and entities."""

from typing import Any

import numpy as np
import shapely

from entities.matching import Match, MatchPolicy, MatchResult, match
from entities.model import Candidate, Period, State, Version

POLICY = MatchPolicy.load()
HOUSE = "310301"
ORIGIN = np.array([117.0, 36.66])
METRES = np.array([89_440.0, 110_968.0])  # one degree of longitude and of latitude there


def placed(shape: shapely.Geometry) -> shapely.Geometry:
    """Put a shape in metres where it belongs, in degrees rounded as the base rounds them."""
    moved = shapely.transform(shape, lambda places: places / METRES + ORIGIN)
    return shapely.transform(moved, lambda places: places.round(9))


def box(west: float, south: float, width: float, depth: float, **rest: Any) -> State:
    return state(shapely.box(west, south, west + width, south + depth), **rest)


def state(shape: shapely.Geometry, class_code: str = HOUSE, height: float | None = 9.0, **rest: Any) -> State:
    return State(class_code, placed(shape), height=height, **rest)


def features(*states: State) -> list[Candidate]:
    return [Candidate(row, one) for row, one in enumerate(states, 1)]


def entities(**states: State) -> list[Version]:
    return [Version(code, Period(0), one) for code, one in states.items()]


def run(candidates: list[Candidate], bases: list[Version], policy: MatchPolicy = POLICY) -> MatchResult:
    return match(candidates, bases, policy)


def only(result: MatchResult) -> Match:
    [found] = result.matches
    return found


def brief(result: MatchResult) -> list[tuple[str, tuple[str, ...]]]:
    """Outcome and codes of each feature in order."""
    assert [one.row_index for one in result.matches] == list(range(len(result.matches)))
    return [(one.outcome, one.codes) for one in result.matches]
