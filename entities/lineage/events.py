"""Events: what happened once to entities, with parents and children, and the shares of area that went between them."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import shapely

from entities.errors import BadQuery
from entities.model import LATEST, Day, Lineage, TransactionNumber

_NARROW: Final = 1e-5
"""Degrees, about a metre, within which one line runs along another."""

_WRITTEN: Final = re.compile(r"([1-9]\d{0,15})\.(\d{1,9})")


class Share(NamedTuple):
    """How much one entity gave another: the part of the child's area that came from the parent, and of the parent's."""

    of_child: float
    of_parent: float


class EventId(NamedTuple):
    """Which event: the transaction that told it and its place there, written `n.e`."""

    number: TransactionNumber
    place: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `12.1`. `BadQuery` (`lineage.event`)."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise BadQuery.because("lineage.event", event=text)
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}.{self.place}"


@dataclass(frozen=True, slots=True)
class Event:
    """One happening: a split, a merge, or what happened to one entity alone.

    An entity that keeps its code is both a parent and a child.
    """

    id: EventId
    steps: tuple[Lineage, ...]
    known_to: TransactionNumber = LATEST  # the transaction that took it back, if one did

    def __post_init__(self) -> None:
        if not self.steps or {(step.number, step.event) for step in self.steps} != {self.id}:
            raise ValueError("an event has the steps that were told as one")

    @property
    def kind(self) -> str:
        return self.steps[0].kind

    @property
    def day(self) -> Day:
        return self.steps[0].day

    @property
    def parents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.parent for step in self.steps))

    @property
    def children(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.child for step in self.steps))

    @property
    def codes(self) -> frozenset[str]:
        """Every entity it happened to."""
        return frozenset(self.parents + self.children)

    @property
    def kept(self) -> frozenset[str]:
        """The entities that came out of it with the code they had."""
        return frozenset(self.parents) & frozenset(self.children)


def share_between(parent: shapely.Geometry, child: shapely.Geometry) -> Share:
    """How much of a child a parent gave: by area, for lines by the length that runs along it, else all or none."""
    kind = shapely.get_dimensions(parent)
    if kind != shapely.get_dimensions(child) or kind == 0:
        touching = float(parent.distance(child) <= _NARROW)
        return Share(touching, touching)
    common = parent.intersection(child if kind == 2 else child.buffer(_NARROW))
    return Share(_part(common, child), _part(common, parent))


def _part(common: shapely.Geometry, whole: shapely.Geometry) -> float:
    measure = shapely.area if shapely.get_dimensions(whole) == 2 else shapely.length
    return round(min(float(measure(common) / measure(whole)), 1.0), 4)
