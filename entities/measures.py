"""Lengths as people write them: with or without a unit, the diameter of a pipe, the two sides of a section."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final
from unicodedata import normalize

import yaml

from entities.model import Scalar
from entities.profiles import text_of

_NUMBER: Final = r"([-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?)"
_MILLIMETRES_FROM: Final = 10.0  # a diameter without a unit: below this metres, else millimetres
_NOMINAL: Final = "dn"  # ISO 6708: about the bore in millimetres
_SIGNS: Final = r"(dn|de|d|φ|ø|⌀|∅)?"


@dataclass(frozen=True, slots=True)
class Measure:
    """A size or depth that things of a layer have: the names of its attribute, between what metres it is, and how it is
    written: a `section` may have several sides, of which the largest counts, and no unit, unless it is in `metres`."""

    names: tuple[str, ...]
    least: float
    most: float
    section: bool = False
    metres: bool = False

    def read(self, value: Scalar) -> float | None:
        """Metres, None where nothing is said; `ValueError` for what cannot be understood or is no such size."""
        if is_silent(value):
            return None
        found = _section(value, self.metres) if self.section else metres_of(value)
        if not self.least <= found <= self.most:
            raise ValueError(value)
        return found


def metres_of(value: Scalar, plain: float = 1.0) -> float:
    """A length such as `12.5 m`, `30cm`, `300毫米` or `12"` in metres; one without a unit is of so many `plain` metres.

    `ValueError` for others.
    """
    if isinstance(value, str):
        return _length(value, plain)
    if value is None or isinstance(value, bool):
        raise ValueError(value)
    return float(value) * plain


def is_silent(value: Scalar) -> bool:
    """Tell whether a value says that nothing is known."""
    return text_of(value).casefold() in _page()["silent"]


@cache
def measures() -> Mapping[str, Mapping[str, Measure]]:
    """The measures of things by their layer and what they say."""
    return {
        layer: {fact: _measure(told) for fact, told in facts.items()}
        for layer, facts in _page().items()
        if layer not in ("units", "silent")
    }


def _measure(told: Mapping[str, Any]) -> Measure:
    least, most = map(float, told["range"])
    return Measure(tuple(told["names"]), least, most, told.get("section", False), told.get("metres", False))


@cache
def _page() -> Mapping[str, Any]:
    page: dict[str, Any] = yaml.safe_load((files("entities.data") / "measures.yaml").read_text("utf-8"))
    return page | {"silent": frozenset(map(str, page["silent"]))}


@cache
def _form() -> re.Pattern[str]:
    units = "|".join(sorted(map(re.escape, _page()["units"]), key=len, reverse=True))
    return re.compile(rf"{_SIGNS}\s*{_NUMBER}\s*({units})?")


def _plainly(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()


@lru_cache(maxsize=65536)
def _length(text: str, plain: float) -> float:
    found = _form().fullmatch(_plainly(text))
    if found is None or found[1]:
        raise ValueError(text)
    return float(found[2]) * (_page()["units"][found[3]] if found[3] else plain)


@lru_cache(maxsize=65536)
def _section(value: str | float, metres: bool) -> float:
    """The largest side of a section such as `DN300`, `φ300`, `400×300` or `0.4m x 0.3m`."""
    sides = [_form().fullmatch(side.strip()) for side in re.split(r"[x×*]", _plainly(str(value)))]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides):
        raise ValueError(value)
    units = [side[3] for side in known if side[3]]
    largest = max(float(side[2]) for side in known)
    if units and all(side[3] for side in known):
        return float(max(float(side[2]) * _page()["units"][side[3]] for side in known))
    if units:
        return float(largest * _page()["units"][units[-1]])
    is_small = known[0][1] != _NOMINAL and largest < _MILLIMETRES_FROM
    return largest if metres or is_small else largest / 1000
