"""What is known of a pipe besides its line: kind, diameter, depth, material, each from the survey or assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from entities.model import State
from entities.text import Text
from tiling.layers.told import Told, data_of


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of pipe: its id, what it is called, its colour, and the beginnings of its class codes."""

    id: str
    name: Text
    colour: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A pipe's kind (its number), diameter, depths of its axis under the ground at both ends (m), and material.

    `assumed` names what no survey said: `diameter`, `depth`.
    """

    kind: int
    diameter: float
    start_depth: float
    end_depth: float
    material: str
    assumed: tuple[str, ...]

    @classmethod
    def of(cls, state: State) -> Self:
        """Read the facts from a pipe's attributes; a depth that a height in the line makes needless is not assumed."""
        told = Told.of("pipes", state.attributes)
        diameter, depth = told.measure("diameter"), told.measure("depth")
        start, end = _first(told.measure("start_depth"), depth), _first(told.measure("end_depth"), depth)
        usual = _usual_depth(state.class_code)
        needed = {"diameter": diameter, "depth": _first(start, end, 0.0 if has_heights(state.geometry) else None)}
        return cls(
            kind_of(state.class_code),
            diameter or float(data_of("pipes")["assumed"]["diameter"]),
            _first(start, end, usual),
            _first(end, start, usual),
            str(told["material"] or ""),
            tuple(fact for fact, known in needed.items() if known is None),
        )


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of their numbers."""
    return tuple(
        Kind(kind["id"], Text(kind["zh"], kind["en"]), kind["colour"], tuple(kind["classes"]))
        for kind in data_of("pipes")["kinds"]
    )


@cache
def kind_of(class_code: str) -> int:
    """The number of the kind that a class is of."""
    return next(number for number, kind in enumerate(kinds()) if class_code.startswith(kind.classes))


def facts_of(states: Sequence[State]) -> list[Facts]:
    """The facts of each pipe."""
    return [Facts.of(state) for state in states]


def has_heights(line: BaseGeometry) -> bool:
    """Whether every point of a line has a height."""
    return bool(np.isfinite(shapely.get_coordinates(line, include_z=True)[:, 2]).all())


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


@cache
def _usual_depth(class_code: str) -> float:
    depths: Mapping[str, float] = data_of("pipes")["assumed"]["depth"]
    return depths[max((start for start in depths if class_code.startswith(start)), key=len)]
