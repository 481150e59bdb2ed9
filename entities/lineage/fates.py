"""When a code is kept and when a new one is issued: one rule for each kind of change, with exceptions by class."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

import shapely

from entities.errors import Invalid
from entities.model import State
from entities.text import Text

MAKES, KEEPS, ENDS, RETRACTS, REPLACES = "makes", "keeps", "ends", "retracts", "replaces"
LARGEST_KEEPS, DOMINANT_KEEPS = "largest-keeps", "dominant-keeps"
OPEN, LARGEST = "open", "largest"

FATES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "create": (MAKES,),
        "end": (ENDS,),
        "retract": (RETRACTS,),
        "remeasure": (KEEPS, REPLACES),
        "attributes": (KEEPS,),
        "alter": (KEEPS, REPLACES),
        "rebuild": (REPLACES, KEEPS),
        "reclassify": (KEEPS, REPLACES),
        "split": (REPLACES, LARGEST_KEEPS),
        "merge": (REPLACES, DOMINANT_KEEPS),
        "redivide": (KEEPS,),
        "represent": (KEEPS,),
    }
)
"""Every kind of change, and what may become of a code by it."""

TRACES: Final = (
    *("none", "version", "reason", "predecessor", "changed-from"),
    *("parent-children", "parents-child", "alias", "representation"),
)
"""What a change may leave behind in the lineage; the first two leave no event."""


@dataclass(frozen=True, slots=True)
class FateRule:
    """What one kind of change does to an entity's code, and what it leaves in the lineage."""

    change: str
    word: Text
    code: str
    lineage: str

    def __post_init__(self) -> None:
        _demand(self.change in FATES, "change", self.change)
        _demand(self.code in FATES[self.change], f"{self.change}.code", self.code)
        _demand(self.lineage in TRACES, f"{self.change}.lineage", self.lineage)


@dataclass(frozen=True, slots=True)
class FateException:
    """Another fate for the classes with a prefix."""

    change: str
    classes: str
    code: str

    def __post_init__(self) -> None:
        _demand(self.change in FATES, "exceptions.change", self.change)
        _demand(self.code in FATES[self.change], f"exceptions.{self.change}", self.code)


@dataclass(frozen=True, slots=True)
class RegisterRule:
    """What becomes of the codes of one register's scheme when their entity is split, merged or replaced by another."""

    scheme: str
    split: str
    merge: str
    replace: str

    def __post_init__(self) -> None:
        for kind in (self.split, self.merge, self.replace):
            _demand(kind in (OPEN, ENDS, LARGEST), f"registers.{self.scheme}", kind)


@dataclass(frozen=True, slots=True)
class RegisterRules:
    """Which codes of other registers go on; `least` is the part of a parent that a child must have to inherit one."""

    least: float = 0.5
    rules: Mapping[str, RegisterRule] = field(default_factory=lambda: {"": RegisterRule("", OPEN, OPEN, OPEN)})

    def __post_init__(self) -> None:
        _demand(0 < self.least <= 1, "registers.least", self.least)
        _demand("" in self.rules, "registers.schemes", "/".join(self.rules))

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        """Read the rules as they stand in `entities/data/matching.yaml` under `identity: registers`."""
        return cls(entry["least"], {one["scheme"]: RegisterRule(**one) for one in entry["schemes"]})

    def fate(self, scheme: str, kind: str) -> str:
        """What becomes of a scheme's codes in an event: open, ends or largest."""
        rule = self.rules.get(scheme, self.rules[""])
        return {"split": rule.split, "merge": rule.merge}.get(kind, rule.replace)


@dataclass(frozen=True, slots=True)
class IdentityTable:
    """One version of the whole table; its name and version are stored with every change set.

    `division` names the attributes that say in which division an entity lies: where only these change, only the
    division changed. Raises `Invalid` (`match.policy`) where a kind of change is missing or a fate cannot be.
    """

    name: str
    version: int
    rules: Mapping[str, FateRule]
    exceptions: tuple[FateException, ...] = ()
    division: frozenset[str] = frozenset()
    registers: RegisterRules = field(default_factory=RegisterRules)

    def __post_init__(self) -> None:
        missing = FATES.keys() - self.rules.keys()
        _demand(not missing, "changes", "/".join(sorted(missing)))

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        """Read a table as it stands in `entities/data/matching.yaml` under `identity`."""
        rules = [FateRule(one["change"], Text(**one["word"]), one["code"], one["lineage"]) for one in entry["changes"]]
        exceptions = tuple(FateException(one["change"], one["classes"], one["code"]) for one in entry["exceptions"])
        by_change = MappingProxyType({rule.change: rule for rule in rules})
        registers = RegisterRules.parse(entry["registers"]) if "registers" in entry else RegisterRules()
        division = frozenset(entry.get("division", ()))
        return cls(entry["name"], entry["version"], by_change, exceptions, division, registers)

    @property
    def text(self) -> str:
        """The name and version to store with a change set."""
        return f"{self.name} {self.version}"

    def fate(self, change: str, class_code: str = "") -> str:
        """What becomes of the code of an entity of a class: the exception with the longest prefix, else the rule."""
        fitting = [
            (len(one.classes), one.code)
            for one in self.exceptions
            if one.change == change and class_code.startswith(one.classes)
        ]
        return max(fitting)[1] if fitting else self.rules[change].code

    def leaves_event(self, change: str) -> bool:
        """Tell whether a change is an event of the lineage even where the code is kept."""
        return self.rules[change].lineage not in TRACES[:2]


def changes_of(old: State, new: State, division: Collection[str]) -> list[str]:
    """What kinds of change lead from one state of an entity to another, what counts most first."""
    named = [
        name for name in {**old.attributes, **new.attributes} if old.attributes.get(name) != new.attributes.get(name)
    ]
    moved = (old.height, old.base, old.surfaces) != (new.height, new.base, new.surfaces)
    moved = moved or not shapely.equals_identical(old.geometry, new.geometry)
    found = ["reclassify"] if old.class_code != new.class_code else ["remeasure"] if moved else []
    if set(named) & set(division):
        found.append("redivide")
    return found or ["attributes"]


def _demand(holds: bool, field: str, value: object) -> None:
    if not holds:
        raise Invalid.because("match.policy", policy="identity", field=field, value=value)
