"""A made town and its second survey, with the truth about every feature written beside it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from entities.matching import MatchResult, unmatched_within
from entities.model import Candidate, Period, State, Version
from tests.entities.matching.shapes import HOUSE, placed

NOISE: Final = 0.3  # metres, standard deviation of each surveyed corner and height
DRIFT: Final = 0.2  # metres, standard deviation of what a whole plot is off
PITCH: Final = 40.0
CLASSES: Final = {"area": HOUSE, "line": "420101", "point": "380201"}
OUTCOMES: Final = ("kept", "new", "split", "merged")

Ring = np.ndarray
Truth = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Survey:
    """The base as it was, the second survey of it, and for each feature its true outcome and entities."""

    bases: list[Version]
    candidates: list[Candidate]
    truth: list[Truth]
    ended: list[str]
    area: shapely.Geometry

    def of(self, kind: str) -> "Survey":
        """The part of the survey with one kind of geometry."""
        rows = [row for row, one in enumerate(self.candidates) if one.state.class_code == CLASSES[kind]]
        bases = [base for base in self.bases if base.state.class_code == CLASSES[kind]]
        ended = sorted(set(self.ended) & {base.code for base in bases})
        candidates, truth = [self.candidates[row] for row in rows], [self.truth[row] for row in rows]
        return Survey(bases, candidates, truth, ended, self.area)


@dataclass
class _Town:
    random: np.random.Generator
    kind: str = "area"
    drift: np.ndarray = field(default_factory=lambda: np.zeros(2))
    bases: list[Version] = field(default_factory=list)
    found: list[tuple[State, Truth]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def stand(self, places: Ring, height: float | None = None) -> str:
        code = f"E{len(self.bases):06d}"
        self.bases.append(Version(code, Period(0), self._state(places, height)))
        return code

    def see(self, places: Ring, height: float | None, outcome: str, *codes: str) -> None:
        noisy = places + self.drift + self.random.normal(0, NOISE, places.shape)
        height = None if height is None else height + self.random.normal(0, NOISE)
        self.found.append((self._state(noisy, height), (outcome, tuple(sorted(codes)))))

    def keep(self, places: Ring, height: float | None = None) -> None:
        code = self.stand(places, height)
        if self.random.random() < 0.4:  # what was not measured again comes back as it was
            self.found.append((self.bases[-1].state, ("kept", (code,))))
        else:
            self.see(places, height, "kept", code)

    def end(self, places: Ring, height: float | None = None) -> None:
        self.ended.append(self.stand(places, height))

    def _state(self, places: Ring, height: float | None) -> State:
        make = {"area": shapely.Polygon, "line": shapely.LineString, "point": shapely.Point}[self.kind]
        tall = None if height is None else round(height, 1)
        return State(CLASSES[self.kind], placed(make(places)), height=tall, attributes={"source": "survey"})


def resurvey(count: int, seed: int) -> Survey:
    """Make a town of `count` plots with the street and the lamp before each, and survey it again."""
    town = _Town(np.random.default_rng(seed))
    side = int(np.ceil(count**0.5))
    for plot in range(count):
        corner = np.array([plot % side, plot // side]) * PITCH
        town.drift = town.random.normal(0, DRIFT, 2)
        for town.kind, make in (("area", _plot), ("line", _street), ("point", _lamp)):
            make(town, corner)
    order = town.random.permutation(len(town.found))
    candidates = [Candidate(row, town.found[place][0]) for row, place in enumerate(order, 1)]
    area = placed(shapely.box(-PITCH, -PITCH, PITCH * (side + 1), PITCH * (side + 1)))
    return Survey(town.bases, candidates, [town.found[place][1] for place in order], town.ended, area)


def _plot(town: _Town, corner: Ring) -> None:
    """What stood on a plot, and what the second survey found there."""
    makers: dict[str, tuple[float, Callable[[_Town, Ring], None]]] = {
        "house": (0.72, lambda town, corner: town.keep(_outline(town, corner), _height(town))),
        "shed": (0.06, lambda town, corner: town.keep(_rectangle(corner, *town.random.uniform(3, 6, 2)), 3)),
        "ended": (0.02, lambda town, corner: town.end(_outline(town, corner), _height(town))),
        "new": (0.02, lambda town, corner: town.see(_outline(town, corner), _height(town), "new")),
        "split": (0.02, _split),
        "merge": (0.02, _merge),
        "tower": (0.04, _tower),
        "terrace": (0.06, _terrace),
        "extended": (0.02, _extended),
        "rebuilt": (0.02, _rebuilt),
    }
    name = town.random.choice(list(makers), p=[share for share, _ in makers.values()])
    makers[name][1](town, corner)


def _split(town: _Town, corner: Ring) -> None:
    ring, height = _rectangle(corner, 26, 12), _height(town)
    parent = town.stand(ring, height)
    for part in _cut(ring, town.random.uniform(0.2, 0.8)):
        town.see(part, height, "split", parent)


def _merge(town: _Town, corner: Ring) -> None:
    ring, height = _rectangle(corner, 26, 12), _height(town)
    parents = [town.stand(part, height) for part in _cut(ring, town.random.uniform(0.2, 0.8))]
    town.see(ring, height, "merged", *parents)


def _tower(town: _Town, corner: Ring) -> None:
    """A tower on its podium; now and then the tower is new."""
    town.keep(_rectangle(corner, 32, 30), 12)
    tower = _rectangle(corner + 8, 14, 14)
    if town.random.random() < 0.2:
        town.see(tower, 60, "new")
    else:
        town.keep(tower, 60)


def _terrace(town: _Town, corner: Ring) -> None:
    """Five houses wall to wall, each wall measured twice."""
    for house in range(5):
        town.keep(_rectangle(corner + np.array([6.0 * house, 0]), 6, 10), 9)


def _extended(town: _Town, corner: Ring) -> None:
    """A house that got a wing: it is the same, as three of its walls tell."""
    town.see(_rectangle(corner, 28, 12), 9, "kept", town.stand(_rectangle(corner, town.random.uniform(16, 22), 12), 9))


def _rebuilt(town: _Town, corner: Ring) -> None:
    """Another house partly on the ground of an old one."""
    old = town.stand(_rectangle(corner, 14, 14), 9)
    town.see(_rectangle(corner + town.random.uniform(4, 8, 2), 16, 12), 21, "new", old)


def _street(town: _Town, corner: Ring) -> None:
    start, end = corner + np.array([[0, -3], [PITCH, -3]])
    middle = start + (end - start) * town.random.uniform(0.3, 0.7)
    fate = town.random.random()
    if fate < 0.02:
        town.see(np.array([start, end]), None, "new")
    elif fate < 0.04:
        town.end(np.array([start, end]))
    elif fate < 0.06:
        parent = town.stand(np.array([start, end]))
        for part in ((start, middle), (middle, end)):
            town.see(np.array(part), None, "split", parent)
    elif fate < 0.08:
        parents = [town.stand(np.array(part)) for part in ((start, middle), (middle, end))]
        town.see(np.array([start, end]), None, "merged", *parents)
    else:
        town.keep(np.array([start, middle, end]))


def _lamp(town: _Town, corner: Ring) -> None:
    """A lamp, and with some a second one at about two metres."""
    for place in [corner, corner + town.random.uniform(1.2, 2, 2)][: 1 + int(town.random.random() < 0.1)]:
        fate = town.random.random()
        if fate < 0.02:
            town.see(place[None], None, "new")
        elif fate < 0.04:
            town.end(place[None])
        else:
            town.keep(place[None])


def _height(town: _Town) -> float:
    return float(town.random.uniform(3, 30))


def _outline(town: _Town, corner: Ring) -> Ring:
    width, depth = town.random.uniform(7, 26, 2)
    if town.random.random() < 0.6:
        return _rectangle(corner, width, depth)
    x, y = width * town.random.uniform(0.35, 0.65), depth * town.random.uniform(0.35, 0.65)
    return corner + 2 + np.array([(0, 0), (width, 0), (width, y), (x, y), (x, depth), (0, depth)])


def _rectangle(corner: Ring, width: float, depth: float) -> Ring:
    return corner + 2 + np.array([(0, 0), (width, 0), (width, depth), (0, depth)], dtype=float)


def _cut(ring: Ring, share: float) -> Iterator[Ring]:
    (west, south), (east, north) = ring[0], ring[2]
    wall = west + share * (east - west)
    for left, right in ((west, wall), (wall, east)):
        yield np.array([(left, south), (right, south), (right, north), (left, north)])


@dataclass(frozen=True)
class Score:
    """How often an outcome was rightly given (precision), and how often it was given where it was right (recall)."""

    given: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


def scores(survey: Survey, result: MatchResult) -> dict[str, Score]:
    """Score each outcome; unchanged and changed are both `kept`, right only with the right code; review never is."""
    said = [
        ("kept" if one.outcome in ("unchanged", "changed") else one.outcome, tuple(sorted(one.codes)))
        for one in result.matches
    ]
    given, wanted = (Counter(outcome for outcome, _ in side) for side in (said, survey.truth))
    right = Counter(one[0] for one, truth in zip(said, survey.truth, strict=True) if one == truth)
    ends = set(unmatched_within(result, survey.bases, survey.area))
    found = {name: Score(given[name], right[name], wanted[name]) for name in OUTCOMES}
    return found | {"ended": Score(len(ends), len(ends & set(survey.ended)), len(survey.ended))}
