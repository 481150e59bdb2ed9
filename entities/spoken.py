"""What a file can speak of: of an entity that is known already, it changes nothing that it has no field for."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from entities.model import Scalar, State
from entities.painting import LOOKS

ROLES: Final = frozenset({"name", "height", "base", "surfaces"})
"""What a file may be unable to say of a thing: a drawing has no heights, a table of footprints has no surfaces."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a file speaks of: some of the `ROLES`, and the attributes named `fields`; None for whatever there is."""

    roles: frozenset[str] = ROLES
    fields: frozenset[str] | None = None

    def completed(self, new: State, old: State, unmoved: bool) -> State:
        """What an entity is that was `old` and is `new` in the file: what the file cannot say stays as it was.

        Measured surfaces, and how they look, stay only where the thing is `unmoved`: on another outline they would be
        wrong.
        """
        kept = self._kept(old, unmoved)
        state = replace(new, attributes={**kept, **new.attributes}) if kept else new
        if "name" not in self.roles:
            state = replace(state, name=old.name)
        if "height" not in self.roles:
            state = replace(state, height=old.height)
        if "base" not in self.roles:
            state = replace(state, base=old.base)
        if "surfaces" not in self.roles and unmoved:
            state = replace(state, surfaces=old.surfaces)
        return state

    def _kept(self, old: State, unmoved: bool) -> dict[str, Scalar]:
        """The attributes the file has no field for."""
        known: Collection[str] = old.attributes if self.fields is None else self.fields
        if not unmoved:
            known = LOOKS.union(known)
        return {name: value for name, value in old.attributes.items() if name not in known}


EVERYTHING: Final = Spoken()
"""A file that speaks of everything: what it does not say is not so."""
