"""One year of the world: what is built, extended, rebuilt, divided, joined and pulled down, all by a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from service.bench import shaping
from service.bench.shaping import Random, Shape
from service.bench.world import Thing, Truth, Year, shapes_of

GAP: Final = 1.0
"""Metres that stay free around what is new."""

BUILT: Final = ("altered", "rebuilt")
"""What becomes of buildings only."""

BESIDE: Final = 4.0
"""Metres within which lines run beside each other."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Which share of all things changes in a year, and how."""

    ended: float = 0.015
    new: float = 0.015
    split: float = 0.01
    merged: float = 0.01
    altered: float = 0.008
    rebuilt: float = 0.005


class Changing:
    """Lets a year pass over a world of things, again and again."""

    def __init__(self, random: Random, shares: Shares = Shares()) -> None:
        self._random = random
        self._shares = shares
        self._next = 0
        self._halves: dict[int, int] = {}  # of two parts of one thing: each part's other half
        self._whole: dict[int, Shape] = {}  # what a part was before it was divided
        self._built: list[Shape] = []

    def begin(self, things: Sequence[Thing]) -> list[Thing]:
        """The world before the first year: some things still stand in two parts, to be joined later."""
        self._next = max((thing.number for thing in things), default=0) + 1
        divided = set(self._some(len(things), min(self._shares.merged * 6, 0.2)))
        return [part for place, thing in enumerate(things) for part in self._cut(thing, place in divided)]

    def pass_year(self, things: Sequence[Thing]) -> Year:
        """Let a year pass."""
        self._stand = shapely.STRtree(shapes_of(things))
        self._things = things
        self._place = {thing.number: place for place, thing in enumerate(things)}
        fates = self._fates(things)
        found: list[tuple[Thing, Truth]] = []
        for thing in things:
            found += self._after(thing, fates.get(thing.number, "kept"))
        self._built = []
        found += self._new(things)
        ended = sorted(number for number, fate in fates.items() if fate == "ended")
        return Year([thing for thing, _ in found], [truth for _, truth in found], ended)

    def _fates(self, things: Sequence[Thing]) -> dict[int, str]:
        """The fate of each thing that changes; halves are joined, or left alone."""
        fates: dict[int, str] = {}
        halves = [number for number, other in self._halves.items() if number < other and other in self._place]
        for number in halves:
            if number in self._place and self._random.random() < 0.2:
                fates |= {number: "merged", self._halves[number]: "joined"}
        names = ("ended", "split", *BUILT)
        drawn = self._random.random(len(things))
        limits = np.cumsum([getattr(self._shares, name) for name in names])
        for place in np.flatnonzero(drawn < limits[-1]).tolist():
            number = things[place].number
            fate = names[int(np.searchsorted(limits, drawn[place], side="right"))]
            if number not in self._halves and (fate not in BUILT or things[place].built):
                fates[number] = fate
        return fates

    def _after(self, thing: Thing, fate: str) -> Iterator[tuple[Thing, Truth]]:
        """What stands at the end of the year where a thing stood; it is kept where its fate is impossible."""
        kept = thing, Truth("kept", (thing.number,))
        match fate:
            case "ended" | "joined":
                return
            case "merged":
                other = self._halves.pop(thing.number)
                del self._halves[other]
                whole = self._number(thing.shaped(self._whole[thing.number]))
                yield whole, Truth("merged", (thing.number, other))
            case "split":
                parts = list(self._cut(thing, True))
                truth = Truth("split", (thing.number,))
                yield from [(part, truth) for part in parts] if len(parts) > 1 else [kept]
            case "altered":
                shape = self._altered(thing)
                yield (thing.shaped(shape), Truth("altered", (thing.number,))) if shape else kept
            case "rebuilt":
                shape = shaping.rebuilt(thing.shape, self._random)
                fits = shape is not None and self._fits(shape, thing)
                yield (self._rebuilt(thing, shape), Truth("rebuilt", (thing.number,))) if fits else kept
            case _:
                yield kept

    def _altered(self, thing: Thing) -> Shape | None:
        """A wing more, or less."""
        if self._random.random() < 0.5:
            shape = shaping.extended(thing.shape, self._random)
            return shape if shape is not None and self._fits(shape, thing) else None
        if thing.shape.geom_type != "Polygon":
            return None
        parts = shaping.cut(thing.shape, self._random.uniform(0.65, 0.83))
        return parts[0] if parts and 0.6 <= parts[0].area / thing.shape.area <= 0.84 else None

    def _rebuilt(self, thing: Thing, shape: Shape) -> Thing:
        height = None if thing.state.height is None else round(thing.state.height * self._random.uniform(1.8, 4) + 3, 1)
        return self._number(Thing(0, replace(thing.state, geometry=shape, height=height)))

    def _cut(self, thing: Thing, wanted: bool) -> Iterator[Thing]:
        """The thing itself, or, where it is wanted and possible, its two parts."""
        parts = shaping.cut(thing.shape, self._random.uniform(0.3, 0.7)) if wanted else None
        if parts is None:
            yield thing
            return
        first, second = (self._number(thing.shaped(part)) for part in parts)
        self._halves |= {first.number: second.number, second.number: first.number}
        self._whole[first.number] = self._whole[second.number] = thing.shape
        yield first
        yield second

    def _number(self, thing: Thing) -> Thing:
        self._next += 1
        return replace(thing, number=self._next)

    def _new(self, things: Sequence[Thing]) -> Iterator[tuple[Thing, Truth]]:
        """New things like others, in free places near them."""
        for place in self._some(len(things), self._shares.new):
            turn, reach = self._random.uniform(0, 2 * np.pi), self._random.uniform(0.8, 2.5)
            thing = things[place]
            west, south, east, north = thing.shape.bounds
            away = reach * max(east - west, north - south, 6.0) * np.array([np.cos(turn), np.sin(turn)])
            shape = shapely.affinity.translate(thing.shape, *away)
            if self._free(shape):
                self._built.append(shape)
                yield self._number(thing.shaped(shape)), Truth("new")

    def _free(self, shape: Shape) -> bool:
        """Tell whether a place is free for a new shape."""
        near = [self._things[place].shape for place in self._stand.query(shape, "dwithin", GAP).tolist()]
        near += [one for one in self._built if shapely.dwithin(one, shape, GAP)]
        if shape.geom_type == "LineString":  # lines may cross, and not run beside each other
            return not any(shape.intersection(one.buffer(BESIDE)).length > shape.length / 3 for one in near)
        return not near

    def _fits(self, shape: Shape, own: Thing) -> bool:
        """Tell whether what a thing takes up beyond its own ground is free."""
        ground = shape.difference(own.shape)
        near = [self._things[place] for place in self._stand.query(ground, "intersects").tolist()]
        return not any(one.shape.intersection(ground).area > 0.5 for one in near if one is not own)

    def _some(self, count: int, share: float) -> list[int]:
        chosen: list[int] = np.flatnonzero(self._random.random(count) < share).tolist()
        return chosen
