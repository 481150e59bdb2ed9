"""What is known of a borehole besides where it is: how deep it goes, its layers, and of what kind of ground each is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from entities.model import State
from entities.text import Text
from tiling.layers.told import Told, data_of

HOLE: Final = 0
"""The kind of what no layer describes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of ground: its id, what it is called, its colour, its legend codes' beginnings, words that name it."""

    id: str
    name: Text
    colour: str
    legends: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One layer of a hole, between two depths in metres below the ground; `kind` is a number of `kinds()`."""

    top: float
    base: float
    kind: int
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A hole's depth in metres, 0 where nobody says, and its layers from the top down."""

    depth: float
    strata: tuple[Stratum, ...]

    @classmethod
    def of(cls, state: State) -> "Facts":
        """Read the facts from a hole's attributes; what is not a layer in its list is passed over."""
        told = Told.of("boreholes", state.attributes)
        strata = tuple(sorted(_strata(told["strata"]), key=lambda stratum: (stratum.top, stratum.base)))
        deepest = max((stratum.base for stratum in strata), default=0.0)
        return cls(max(told.measure("depth") or 0.0, deepest), strata)

    def gaps(self) -> Iterator[tuple[float, float]]:
        """From where to where no layer describes the hole."""
        reached = 0.0
        for stratum in self.strata:
            if stratum.top > reached:
                yield reached, stratum.top
            reached = max(reached, stratum.base)
        if self.depth > reached:
            yield reached, self.depth


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of ground, in the order of their numbers."""
    return tuple(
        Kind(kind["id"], Text(kind["zh"], kind["en"]), kind["colour"], tuple(kind["legends"]), tuple(kind["words"]))
        for kind in data_of("boreholes")["kinds"]
    )


@cache
def kind_of(legend: str, said: str) -> int:
    """The number of the kind that a legend code means or, without one that is known, what is said of a layer."""
    names = (word for text in (said, said.upper()) for word in _named(text))
    by_code = (number for number, kind in enumerate(kinds()) if kind.legends and legend.startswith(kind.legends))
    return next(by_code, next(names, len(kinds()) - 1))


def size(part: str) -> float:
    """How thick, or (`collar` alone) how high, something is drawn, in metres."""
    data = data_of("boreholes")
    return float(data["collar"] if part == "height" else data["thick"][part])


def _named(text: str) -> Iterator[int]:
    """The kinds one of whose words, in capitals where it has any, stands in a text."""
    for number, kind in enumerate(kinds()):
        if any(word.upper() in text for word in kind.words):
            yield number


def _strata(listed: object) -> Iterator[Stratum]:
    """The layers in a JSON list."""
    try:
        members = json.loads(listed) if isinstance(listed, str) else None
    except json.JSONDecodeError:
        members = None
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict):
            yield from _stratum(Told.of("boreholes", member))


def _stratum(told: Told) -> Iterator[Stratum]:
    top, base = told.measure("top"), told.measure("base")
    said = [str(one) for one in told.all("said")]
    if top is not None and base is not None and top < base:
        kind = kind_of(str(told["legend"] or ""), " ".join(said))
        yield Stratum(top, base, kind, next(iter(said), ""), said[-1] if len(said) > 1 else "")
