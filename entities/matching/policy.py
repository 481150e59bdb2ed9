"""The policy of matching: tolerances by kind of geometry and class, and which classes go together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

import yaml

from entities.errors import Invalid
from entities.lineage.fates import IdentityTable

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
    extend: float = 1.0  # share


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much an equal class, an equal name and the same heights weigh beside the overlap, which weighs up to 1."""

    class_code: float
    name: float
    height: float


@dataclass(frozen=True, slots=True)
class RegisterPolicy:
    """How the shift of a survey and its noise are found; metres, and degrees for `block`."""

    shift: float
    least: float
    reach: float
    pairs: int
    block: float
    noise: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DoubtPolicy:
    """From where on a doubtful case is decided: shares, `rise` in metres, `rival` as a logarithm of odds."""

    near: float
    kept: float
    gone: float
    rise: float
    times: float
    rival: float


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
    register: RegisterPolicy
    doubts: DoubtPolicy
    classes: ClassPolicy
    identity: IdentityTable

    def __post_init__(self) -> None:
        for one in self.tolerances:
            self._demand(one.kind in KINDS, "kind", one.kind)
            self._demand(0.5 < one.accept <= 1, "accept", one.accept)
            self._demand(0 < one.refuse < one.accept, "refuse", one.refuse)
            self._demand(one.refuse <= one.extend <= 1, "extend", one.extend)
            for name in ("outline", "distance", "geometry", "height"):
                self._demand(getattr(one, name) >= 0, name, getattr(one, name))
        everywhere = {one.kind for one in self.tolerances if one.classes == ""}
        self._demand(everywhere == set(KINDS), "tolerances", "/".join(sorted(everywhere)))
        self._demand("" in self.classes.digits, "digits", "/".join(self.classes.digits))
        self._check_numbers()

    def _check_numbers(self) -> None:
        """Refuse numbers of the registration and of doubts that cannot be."""
        least, most = self.register.noise
        self._demand(0 < least <= most, "noise", f"{least}/{most}")
        self._demand(self.register.pairs >= 3, "pairs", self.register.pairs)
        for name in ("shift", "least", "reach", "block"):
            self._demand(getattr(self.register, name) > 0, name, getattr(self.register, name))
        for name in ("near", "kept", "gone"):
            self._demand(0 < getattr(self.doubts, name) <= 1, name, getattr(self.doubts, name))
        self._demand(self.doubts.times > 1, "times", self.doubts.times)
        for name in ("rise", "rival"):
            self._demand(getattr(self.doubts, name) >= 0, name, getattr(self.doubts, name))

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a policy from a file, or the one built in; a section that a file leaves out is the built-in one.

        Raises `Invalid` (`match.policy`).
        """
        pages = [files("entities.data") / "matching.yaml", *([path] if path else [])]
        entry: dict[str, Any] = {}
        for page in pages:
            entry |= _entries(page.read_text(encoding="utf-8"))
        classes, likeness, register = entry["classes"], entry["likeness"], entry["register"]
        return cls(
            name=entry["name"],
            version=entry["version"],
            tolerances=tuple(Tolerances(**one) for one in entry["tolerances"]),
            likeness=Likeness(likeness["class"], likeness["name"], likeness["height"]),
            register=RegisterPolicy(**register | {"noise": (register["noise"][0], register["noise"][1])}),
            doubts=DoubtPolicy(**entry["doubts"]),
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
        return (max(one.distance for one in self.tolerances) + self.register.shift) / _METRES_PER_DEGREE

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


@lru_cache(maxsize=8)
def _entries(page: str) -> Any:
    """What a policy's file says; the same text is parsed once, since every edit asks for it."""
    return yaml.safe_load(page)
