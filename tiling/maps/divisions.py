"""Divisions as maps need them: read from a view once, arranged by code, with parents, children and neighbours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from shapely.geometry.base import BaseGeometry

from entities.errors import NotFound
from entities.model import Version
from entities.territory.divisions import above, code_of, lies_in, stem
from entities.text import Text
from tiling.maps.romanise import both, full

LEVELS: Final = ("province", "city", "county")
"""Levels of division, the highest first."""

Box = tuple[float, float, float, float]


class DivisionView(Protocol):
    """What maps ask of a view of the base; `entities.store` views answer it."""

    def versions(self, layer: str | None = None, box: Box | None = None) -> Iterator[Version]:
        """The versions standing in a layer, those that touch a box of lon, lat where one is given."""
        ...


@dataclass(frozen=True)
class Division:
    """One division: its code of six digits, names, level, the code of its parent, and its shape in lon, lat."""

    code: str
    names: Text
    level: str
    parent: str | None
    shape: BaseGeometry
    version: Version

    def below(self, other: "Division") -> bool:
        """Tell whether this division is the other or lies under it."""
        return lies_in(self.code, other.code)


@dataclass(frozen=True)
class Divisions:
    """All divisions of a view by code, in the order of their codes."""

    by_code: Mapping[str, Division]

    @classmethod
    def read(cls, view: DivisionView) -> "Divisions":
        """Read the divisions layer of a view; an entity of the layer that says no code is no division."""
        read = map(_division, view.versions("divisions"))
        found = sorted((division for division in read if division), key=lambda division: division.code)
        return cls({division.code: division for division in found})

    def get(self, code: str) -> Division:
        """The division with a code of six digits. Raises `NotFound` (`map.division`)."""
        if code not in self.by_code:
            raise NotFound.because("map.division", division=code)
        return self.by_code[code]

    def of_level(self, level: str) -> list[Division]:
        """Every division of a level."""
        return [division for division in self.by_code.values() if division.level == level]

    def under(self, division: Division, level: str) -> list[Division]:
        """Every division of a level that lies under another, or is it."""
        return [each for each in self.of_level(level) if each.below(division)]

    def children(self, division: Division) -> list[Division]:
        """The divisions directly under another; a county has none."""
        return [each for each in self.by_code.values() if each.parent == division.code]

    def title(self, division: Division) -> Text:
        """The name a title uses: a district is named with its city, since several cities have a 市中区."""
        parent = self.by_code.get(division.parent or "")
        if parent and division.names.zh.endswith("区"):
            return Text(parent.names.zh + division.names.zh, f"{division.names.en}, {parent.names.en}")
        return division.names

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The telling digits of every division; what begins with one of them belongs to the base."""
        return tuple(stem(code) for code in self.by_code)


def _division(version: Version) -> Division | None:
    """A division as it says itself, and as its code says where it does not."""
    attributes, name = version.state.attributes, version.state.name or ""
    code = code_of(attributes)
    if code is None:
        return None
    latin = str(attributes["name_en"]) if attributes.get("name_en") else full(name)
    level = str(attributes.get("level") or LEVELS[len(stem(code)) // 2 - 1])
    parent = str(attributes.get("parent") or next(iter(above(code)), "")) or None
    return Division(code, both(name, latin), level, parent, version.state.geometry, version)
