"""What areas and lines on the ground look like, as data: kinds by class, colours, widths, how high each layer lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.model import Scalar, State
from entities.text import Text
from tiling.ecef import SEMI_MAJOR
from tiling.layers.told import Told, data_of

_WIDEST: Final = 500.0  # metres; no road is wider, so such a number means something else


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing: its id, what it is called, its colour, how wide its lines are in metres where nobody says,
    and the beginnings of its class codes."""

    id: str
    name: Text
    colour: str
    width: float
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """One layer on the ground: its kinds, and how it lies there.

    `lift` is how many metres it lies above the ground, so that layers do not flicker through one another. `fill` tells
    whether areas are filled, `edge` how wide their outline is in metres (0 for none), in the colour `edge_colour`.
    `errors` are the geometric errors of `tiling.building.settings.Layer`.
    """

    name: str
    kinds: tuple[Kind, ...]
    lift: float
    fill: bool
    edge: float
    edge_colour: str
    errors: tuple[int, int, int, int]

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours of the kinds in their order, and that of outlines."""
        return (*(kind.colour for kind in self.kinds), self.edge_colour)

    @property
    def cell(self) -> float:
        """The side in degrees of the squares into which areas are cut, and lines too: a flat piece of that size lies
        less than half the lift below the curved ground."""
        return float(np.degrees(np.sqrt(2 * SEMI_MAJOR * self.lift) / SEMI_MAJOR))

    def kind_of(self, class_code: str) -> int:
        """The number of the kind that a class is of: the one that names most of its code, else the last."""
        return _kind_of(self.name, class_code)

    def kinds_of(self, states: list[State]) -> NDArray[np.uint8]:
        """The number of the kind of each thing."""
        return np.array([self.kind_of(state.class_code) for state in states], np.uint8)

    def widths_of(self, states: list[State]) -> NDArray[np.float64]:
        """How wide the line of each thing is in metres: as the survey says, else as its kind is."""
        return np.array([_width(state) or self.kinds[self.kind_of(state.class_code)].width for state in states])


@cache
def grounds() -> Mapping[str, Ground]:
    """Every layer on the ground, by name."""
    return MappingProxyType({name: _ground(name, said) for name, said in data_of("ground")["layers"].items()})


def kinds(layer: str) -> tuple[Kind, ...]:
    """The kinds of one layer."""
    return grounds()[layer].kinds


def _ground(name: str, said: Mapping[str, Any]) -> Ground:
    found = tuple(
        Kind(
            one["id"], Text(one["zh"], one["en"]), one["colour"], float(one.get("width", said["width"])), _classes(one)
        )
        for one in said["kinds"]
    )
    edge = said.get("edge", {"width": 0, "colour": "#000000"})
    first, second, third, fourth = said["errors"]
    errors = (int(first), int(second), int(third), int(fourth))
    return Ground(name, found, float(said["lift"]), bool(said["fill"]), float(edge["width"]), edge["colour"], errors)


def _classes(one: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(start) for start in one.get("classes", ()))


@cache
def _kind_of(layer: str, class_code: str) -> int:
    starts = [(start, number) for number, kind in enumerate(kinds(layer)) for start in kind.classes]
    fitting = [(len(start), number) for start, number in starts if class_code.startswith(start)]
    return max(fitting, default=(0, len(kinds(layer)) - 1))[1]


def _width(state: State) -> float | None:
    """The width that an attribute says, in metres."""
    found = _number(Told.of("ground", state.attributes)["width"])
    return found if found and 0 < found <= _WIDEST else None


def _number(value: Scalar) -> float | None:
    try:
        return float(str(value).removesuffix("m").strip())
    except ValueError:
        return None
