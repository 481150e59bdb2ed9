"""Surveys of one world, again and again: each is matched with what the base holds of the surveys before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import shapely

from entities.matching import Match, MatchPolicy, match
from entities.model import Candidate, Period, State, Version
from service.bench.changing import Changing, Shares
from service.bench.scoring import Ends, Tally, right, tally
from service.bench.surveying import Errors, Found, survey
from service.bench.world import Frame, Thing, Truth, Year, shapes_of

ROUNDS: Final = 5
USUAL: Final = Shares()


@dataclass
class Course:
    """What became of one data set in a row of surveys: the tally of each class, and what became of the first codes."""

    name: str
    noise: float
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))  # by class code
    stayed: int = 0  # entities that stood through all surveys, unchanged or altered
    survived: int = 0  # of these: with the code they began with
    asked: int = 0  # of these: with the help of a person

    @property
    def tally(self) -> Tally:
        """The tally of all classes."""
        return Tally.of(self.tallies.values())


class Base:
    """The base: what it holds of each thing, under which code."""

    def __init__(self, things: Sequence[Thing], frame: Frame) -> None:
        self._frame = frame
        self._issued = 0
        self.code_of: dict[int, str] = {}
        self.versions: dict[int, Version] = {}
        for thing, state in zip(things, self.placed(things), strict=True):
            self.hold(thing.number, state)

    def placed(self, things: Sequence[Thing]) -> list[State]:
        """The states of things with their shapes in lon, lat."""
        shapes = self._frame.degrees(shapes_of(things)).tolist()
        return [replace(thing.state, geometry=shape) for thing, shape in zip(things, shapes, strict=True)]

    def hold(self, number: int, state: State) -> None:
        """Hold what is now known of a thing, under the code it has, or a new one."""
        if number not in self.code_of:
            self._issued += 1
            self.code_of[number] = f"E{self._issued:07d}"
        self.versions[number] = Version(self.code_of[number], Period(0), state)

    def end(self, number: int) -> None:
        del self.versions[number]


def course(
    name: str, states: Sequence[State], noise: float, seed: int, rounds: int = ROUNDS, shares: Shares = USUAL
) -> Course:
    """Let a world pass some years, survey it after each, and match each survey with the base."""
    random = np.random.default_rng([seed, round(noise * 1000)])
    frame, things = world(states)
    changing = Changing(random, shares)
    things = changing.begin(things)
    base = Base(things, frame)
    first = dict(base.code_of)
    made, wrong, asked = Course(name, noise), set[int](), set[int]()
    for _ in range(rounds):
        year = changing.pass_year(things)
        things = year.things
        _round(base, year, Errors(noise), random, made, wrong, asked)
    stayed = {thing.number for thing in things} & first.keys()
    made.stayed, made.survived = len(stayed), len(stayed - wrong)
    made.asked = len(stayed & asked - wrong)
    return made


def world(states: Sequence[State]) -> tuple[Frame, list[Thing]]:
    """States in lon, lat as things in metres; a shape of one part is that part, surfaces are left out."""
    shapes = np.empty(len(states), dtype=object)
    shapes[:] = [state.geometry for state in states]
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    frame = Frame.around(shapes)
    moved = frame.metres(shapes).tolist()
    return frame, [
        Thing(number, replace(state, geometry=shape, surfaces=None))
        for number, (state, shape) in enumerate(zip(states, moved, strict=True), 1)
    ]


def _round(
    base: Base, year: Year, errors: Errors, random: np.random.Generator, made: Course, wrong: set[int], asked: set[int]
) -> None:
    """One survey: match it, score it, and let the base hold what is true."""
    found = survey(year.things, year.truths, errors, random)
    states = base.placed(found.things)
    candidates = [Candidate(row, state) for row, state in enumerate(states, 1)]
    result = match(candidates, list(base.versions.values()), MatchPolicy.load())
    numbers = [thing.number for thing in found.things]
    hits = right(result.matches, found.truths, numbers, base.code_of)
    for class_code, counted in _tallied(result.matches, found, hits, year, base).items():
        made.tallies[class_code].add(counted)
    for number, truth, one, hit in zip(numbers, found.truths, result.matches, hits, strict=True):
        if truth.fate in ("kept", "altered") and not hit:
            (asked if one.outcome == "review" else wrong).add(number)
    _learn(base, found, states, year)


def _tallied(matches: Sequence[Match], found: Found, hits: Sequence[bool], year: Year, base: Base) -> dict[str, Tally]:
    """The tally of one survey by class."""
    sure = {code for one in matches for code in one.codes if one.outcome != "review"}
    doubted = {code for one in matches for code in one.codes if one.outcome == "review"} - sure
    gone = {version.code for version in base.versions.values()} - sure - doubted
    ended = {base.code_of[one] for one in year.ended}
    class_of = {version.code: version.state.class_code for version in base.versions.values()}
    classes = [thing.state.class_code for thing in found.things]
    counted = {}
    for class_code in sorted({*classes, *class_of.values()}):
        rows = [row for row, one in enumerate(classes) if one == class_code]
        own = {code for code, one in class_of.items() if one == class_code}
        counted[class_code] = tally(
            [matches[row] for row in rows],
            [found.truths[row] for row in rows],
            [hits[row] for row in rows],
            Ends(ended & own, gone & own, doubted & own),
        )
    return counted


def _learn(base: Base, found: Found, states: Sequence[State], year: Year) -> None:
    """The base as it is once a person has mended what was wrong and decided what was left."""
    said: list[tuple[Thing, Truth, State]] = list(zip(found.things, found.truths, states, strict=True))
    gone = {one for truth in found.truths if truth.fate in ("split", "merged", "rebuilt") for one in truth.origins}
    for number in sorted(gone | set(year.ended)):
        base.end(number)
    for thing, truth, state in said:
        if truth.fate != "duplicate":
            base.hold(thing.number, state)
