"""The policy of matching: tolerances by kind of geometry and class, and which classes go together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import yaml

from entities.errors import Invalid
from entities.fates import IdentityTable

KINDS: Final = ("point", "line", "area")
"""The kinds of geometry, each at the place of its dimension."""

_METRES_PER_DEGREE: Final = 55_660.0  # along the parallel of 60°, north of any land surveyed here


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What counts as near, as the same and as unchanged, for one kind of geometry and the classes with a prefix."""

    kind: str  # point, line, area
    classes: str  # a prefix of class codes
    accept: float  # share
    refuse: float  # share
    outline: float  # metres
    distance: float  # metres
    geometry: float  # metres
    height: float  # metres


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much an equal class, an equal name and the same heights weigh beside the overlap, which weighs up to 1."""

    class_code: float
    name: float
    height: float


@dataclass(frozen=True, slots=True)
class ClassPolicy:
    """Which classes may be one entity surveyed twice; see `entities/data/matching.yaml`."""

    digits: Mapping[str, int]
    together: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()

    def compatible(self, one: str, other: str) -> bool:
        """Tell whether an entity of one class may come back from a survey with the other."""
        if one == other:
            return True
        if any(_apart(first, second, one, other) or _apart(first, second, other, one) for first, second in self.apart):
            return False
        if any({one[: len(a)], other[: len(b)]} == {a, b} and len(a) == len(b) for a, b in self.together):
            return True
        first = max(self._first(one), self._first(other))
        return one[:first] == other[:first]

    def _first(self, class_code: str) -> int:
        return self.digits[max((prefix for prefix in self.digits if class_code.startswith(prefix)), key=len)]


@dataclass(frozen=True)
class MatchPolicy:
    """One version of the policy; `load` reads it, and refuses one whose numbers cannot be."""

    name: str
    version: int
    tolerances: tuple[Tolerances, ...]
    likeness: Likeness
    classes: ClassPolicy
    identity: IdentityTable

    def __post_init__(self) -> None:
        for one in self.tolerances:
            self._demand(one.kind in KINDS, "kind", one.kind)
            self._demand(0.5 < one.accept <= 1, "accept", one.accept)
            self._demand(0 < one.refuse < one.accept, "refuse", one.refuse)
            for name in ("outline", "distance", "geometry", "height"):
                self._demand(getattr(one, name) >= 0, name, getattr(one, name))
        everywhere = {one.kind for one in self.tolerances if one.classes == ""}
        self._demand(everywhere == set(KINDS), "tolerances", "/".join(sorted(everywhere)))
        self._demand("" in self.classes.digits, "digits", "/".join(self.classes.digits))

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a policy from a file, or the one built in. Raises `Invalid` (`match.policy`)."""
        page = path or files("entities.data") / "matching.yaml"
        entry = yaml.safe_load(page.read_text(encoding="utf-8"))
        classes, likeness = entry["classes"], entry["likeness"]
        return cls(
            name=entry["name"],
            version=entry["version"],
            tolerances=tuple(Tolerances(**one) for one in entry["tolerances"]),
            likeness=Likeness(likeness["class"], likeness["name"], likeness["height"]),
            classes=ClassPolicy(
                MappingProxyType(classes["digits"]), _couples(classes["together"]), _couples(classes["apart"])
            ),
            identity=IdentityTable.parse(entry["identity"]),
        )

    @property
    def text(self) -> str:
        """The names and versions to store with a change set."""
        return f"{self.name} {self.version}; {self.identity.text}"

    @cached_property
    def margin(self) -> float:
        """Degrees beyond its bounding box within which a feature may have to do with an entity."""
        return max(one.distance for one in self.tolerances) / _METRES_PER_DEGREE

    def tolerances_of(self, class_code: str, kind: str) -> Tolerances:
        """The tolerances for a class and a kind of geometry: those with the longest prefix that fits."""
        fitting = [one for one in self.tolerances if one.kind == kind and class_code.startswith(one.classes)]
        return max(fitting, key=lambda one: len(one.classes))

    def _demand(self, holds: bool, field: str, value: object) -> None:
        if not holds:
            raise Invalid.because("match.policy", policy=self.name, field=field, value=value)


def _couples(entries: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in entries)


def _apart(first: str, second: str, one: str, other: str) -> bool:
    return one.startswith(first) and other.startswith(second) and not other.startswith(first)
