"""Administrative divisions as the base holds them: entities of one layer, told apart by their codes (GB/T 2260)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, Self

import shapely

from entities.model import Scalar, Version

LAYER: Final = "divisions"
"""The layer whose entities are divisions."""

FIELDS: Final = ("adcode", "XZQDM", "gb2260", "行政区代码")
"""The attributes in which the code of a division arrives."""

_FORM: Final = re.compile(r"(?:156)?(\d{6})")  # the country's own number, 156, may stand before it


class DivisionView(Protocol):
    """What is asked of a view of the base; `entities.store` views answer it."""

    def versions(self, layer: str | None = None) -> Iterator[Version]:
        """The versions standing in a layer."""
        ...


@dataclass(frozen=True, slots=True)
class Division:
    """One division on a day: its code of six digits, its name, and its shape in lon, lat."""

    code: str
    name: str
    shape: shapely.Geometry


def stem(code: str) -> str:
    """The digits of a division code that say something: 37 of 370000, 3701 of 370100."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def lies_in(code: str, other: str) -> bool:
    """Tell by their codes whether a division is another or lies under it."""
    return stem(code).startswith(stem(other))


def above(code: str) -> list[str]:
    """The codes of the levels above a division, the nearest first: 370100 and 370000 of 370112."""
    return [one for one in (f"{code[:4]}00", f"{code[:2]}0000") if len(stem(one)) < len(stem(code))]


@dataclass(frozen=True)
class Divisions:
    """The divisions that stand at one moment, by code."""

    all: tuple[Division, ...]

    @classmethod
    def read(cls, view: DivisionView) -> Self:
        """Read the divisions of a view; an entity of the layer that says no code is no division."""
        found = [_division(version) for version in view.versions(LAYER)]
        return cls(tuple(sorted((one for one in found if one), key=lambda one: one.code)))

    def pieces(self, code: str) -> list[Division]:
        """What makes up a division: itself and everything under it."""
        return [one for one in self.all if lies_in(one.code, code)]

    @cached_property
    def smallest(self) -> tuple[Division, ...]:
        """The divisions that are not divided further."""
        parents = {other for one in self.all for other in above(one.code)}
        return tuple(one for one in self.all if one.code not in parents)


def _division(version: Version) -> Division | None:
    code = code_of(version.state.attributes)
    return Division(code, version.state.name or code, version.state.geometry) if code else None


def code_of(attributes: Mapping[str, Scalar]) -> str | None:
    """The code of six digits among the attributes of a division; None where they say none."""
    texts = (str(attributes[field]).strip() for field in FIELDS if attributes.get(field) is not None)
    return next((found[1] for text in texts if (found := _FORM.fullmatch(text))), None)
