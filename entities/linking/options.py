"""How a link file is to be taken in, and the table of names and thresholds that it is read with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from entities.model import Day
from entities.readers.limits import Limits

WAYS: Final = ("code", "other", "place")
"""How a row tells its entity: by entity code, by another code of any register, by place."""

ACTIONS: Final = ("link", "end", "retract")


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """Everything beside the file. `columns` names the columns of some roles; the others are found by name and sample.

    `territory` names the divisions its author may write in, none for everywhere. `partial` stores the rows that are
    sound though others are not; `replace` ends the codes of the scheme that an entity had before.
    """

    actor: str
    reason: str
    day: Day
    source: str = ""
    scheme: str | None = None
    by: str | None = None
    action: str = "link"
    columns: Mapping[str, str] = field(default_factory=dict)
    issuer: str | None = None
    replace: bool = False
    partial: bool = False
    territory: tuple[str, ...] = ()
    crs: str | None = None
    layer: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Tuning:
    """The names of columns and actions, and the thresholds of placing; made from `entities/data/linking.yaml`."""

    fields: Mapping[str, tuple[str, ...]]
    of_schemes: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, str]
    place: Mapping[str, float]

    @classmethod
    @cache
    def load(cls) -> "Tuning":
        """The shipped table."""
        said = yaml.safe_load((files("entities.data") / "linking.yaml").read_text(encoding="utf-8"))
        named, of_schemes = (
            {role: tuple(names) for role, names in said[part].items()} for part in ("fields", "of_schemes")
        )
        actions = {word: action for action, words in said["actions"].items() for word in words}
        return cls(named, of_schemes, actions, said["place"])
