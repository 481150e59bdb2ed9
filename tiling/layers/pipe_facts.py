"""What is known of a pipe besides its line: kind, diameter, depth, material, each from the survey or assumed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Self

import numpy as np
import shapely
import yaml
from shapely.geometry.base import BaseGeometry

from entities.model import Scalar, State
from entities.text import Text

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_WIDEST: Final = 20.0  # metres; no pipe is wider, so such a number means something else


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
        told = {name.lower(): value for name, value in state.attributes.items() if value not in (None, "")}
        diameter, start, end = _diameter(told), _depth(told, "start_depth"), _depth(told, "end_depth")
        usual = _usual_depth(state.class_code)
        needed = {"diameter": diameter, "depth": _first(start, end, 0.0 if has_heights(state.geometry) else None)}
        return cls(
            kind_of(state.class_code),
            diameter or float(_data()["assumed"]["diameter"]),
            _first(start, end, usual),
            _first(end, start, usual),
            str(_value(told, "material") or ""),
            tuple(fact for fact, known in needed.items() if known is None),
        )


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of their numbers."""
    return tuple(
        Kind(kind["id"], Text(kind["zh"], kind["en"]), kind["colour"], tuple(kind["classes"]))
        for kind in _data()["kinds"]
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


def _diameter(told: Mapping[str, Scalar]) -> float | None:
    """Metres; of a section such as `400x300` the larger side."""
    numbers = [float(number) for number in _NUMBER.findall(str(_value(told, "diameter") or ""))]
    widest = max(numbers, default=0.0)
    metres = widest if widest < _data()["metres_below"] else widest / 1000
    return metres if 0 < metres <= _WIDEST else None


def _depth(told: Mapping[str, Scalar], end: str) -> float | None:
    found = _NUMBER.fullmatch(str(_first(_value(told, end), _value(told, "depth"), "")).strip())
    return float(found[0]) if found else None


def _value(told: Mapping[str, Scalar], fact: str) -> Scalar:
    return next((told[name.lower()] for name in _data()[fact] if name.lower() in told), None)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


@cache
def _usual_depth(class_code: str) -> float:
    depths: Mapping[str, float] = _data()["assumed"]["depth"]
    return depths[max((start for start in depths if class_code.startswith(start)), key=len)]


@cache
def _data() -> Mapping[str, Any]:
    page: Mapping[str, Any] = yaml.safe_load((files("tiling.layers.data") / "pipes.yaml").read_text(encoding="utf-8"))
    return page
