"""The map sheets of a base as it stands: which there are, what each shows, and how they are found and counted."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import shapely

from entities.errors import NotFound
from entities.store import View
from tiling.maps.divisions import LEVELS, Division, Divisions
from tiling.maps.settings import MapSettings
from tiling.maps.sheet import CatalogueEntry, Sheet, plan
from tiling.maps.sheet import catalogue as entries_of

FORMATS: Final = ("pdf", "png", "jpg", "svg")
"""The formats a sheet is given in."""

_TOUCHING: Final = 1e-6
"""How far apart, in degrees, neighbours may be drawn."""


@dataclass(frozen=True)
class Leaf:
    """One sheet with its entry in the catalogue."""

    entry: CatalogueEntry
    sheet: Sheet


@dataclass(frozen=True)
class Catalogue:
    """Every sheet of one moment of a base, by code."""

    divisions: Divisions
    leaves: tuple[Leaf, ...]

    @classmethod
    def of(cls, view: View, settings: MapSettings) -> "Catalogue":
        """Plan every sheet."""
        divisions = Divisions.read(view)
        entries = entries_of(view, settings) if divisions.by_code else []
        return cls(divisions, tuple(Leaf(one, plan(view, divisions, one.code, one.theme, settings)) for one in entries))

    @cached_property
    def by_code(self) -> Mapping[str, Leaf]:
        """Each sheet by its division."""
        return MappingProxyType({leaf.entry.code: leaf for leaf in self.leaves})

    def leaf(self, division: str) -> Leaf:
        """The sheet of a division. `NotFound` (`map.division`)."""
        if division not in self.by_code:
            raise NotFound.because("map.division", division=division)
        return self.by_code[division]

    def named(self, words: str) -> list[Leaf]:
        """The sheets whose division the words name: exactly, then from the beginning, then somewhere in the name."""
        wanted = plain(words)
        marks = [(rank(leaf.entry, wanted), place, leaf) for place, leaf in enumerate(self.leaves)] if wanted else []
        return [leaf for mark, _, leaf in sorted(marks, key=lambda one: one[:2]) if mark < _NOT_AT_ALL]

    def found(self, words: str) -> list[Leaf]:
        """The sheets that words name, then those of their parts: who looks for a city wants its counties too."""
        named = self.named(words)
        codes = {leaf.entry.code for leaf in named}
        parts = [leaf for leaf in self.leaves if leaf.entry.parent in codes and leaf.entry.code not in codes]
        return named + parts

    def children(self, division: str) -> list[Division]:
        """The divisions directly under another."""
        return self.divisions.children(self.divisions.get(division))

    def neighbours(self, division: str) -> list[Division]:
        """The divisions of the same level that border on another, by code."""
        mine = self.divisions.get(division)
        others = [one for one in self.divisions.of_level(mine.level) if one.code != division]
        west, south, east, north = mine.shape.bounds
        box = shapely.box(west, south, east, north).buffer(_TOUCHING)
        near = [one for one in others if shapely.intersects(box, shapely.box(*one.shape.bounds))]
        return [one for one in near if shapely.dwithin(mine.shape, one.shape, _TOUCHING)]


_NOT_AT_ALL: Final = 3


def rank(entry: CatalogueEntry, wanted: str) -> int:
    """How well plain words name a division: 0 exactly, 1 from the beginning, 2 somewhere in it, 3 not at all."""
    spelled = [plain(text) for text in (entry.names.zh, entry.names.en, entry.pinyin, entry.initials, entry.code)]
    found = [text for text in spelled[:3] if wanted in text] + [text for text in spelled[3:] if text.startswith(wanted)]
    return min((0 if text == wanted else 1 if text.startswith(wanted) else 2 for text in found), default=_NOT_AT_ALL)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text as it is compared: small letters, without spaces, hyphens and apostrophes."""
    return re.sub(r"[\s'’\-]", "", text).lower()


@dataclass(frozen=True, slots=True)
class Filters:
    """What sheets are asked for; None for any."""

    words: str | None = None
    level: str | None = None
    parent: str | None = None
    format: str | None = None

    def but(self, name: str, value: str | None) -> "Filters":
        """The same filters with another value for one of them."""
        return Filters(**{**asdict(self), name: value})

    def of(self, catalogue: Catalogue) -> list[Leaf]:
        """The sheets that meet every filter; the best named first."""
        named = catalogue.found(self.words) if self.words else catalogue.leaves
        wanted = [(read, value) for name, read in FACETS.items() if (value := getattr(self, name))]
        return [leaf for leaf in named if all(value in read(leaf) for read, value in wanted)]


FACETS: Final[Mapping[str, Callable[[Leaf], Sequence[str]]]] = MappingProxyType(
    {
        "level": lambda leaf: (leaf.entry.level,),
        "parent": lambda leaf: (leaf.entry.parent,) if leaf.entry.parent else (),
        "format": lambda leaf: FORMATS,
    }
)
"""By what sheets are narrowed down, and which values of it a sheet has."""

ORDER: Final = MappingProxyType({"level": LEVELS, "format": FORMATS})
"""The order of a facet's values; those of others stand by code."""
