"""Spatial identity codes (空间身份编码): position, class and a sequence number, put together as a profile says.

A code is issued once and frozen: a moved or re-measured entity keeps it. It is one code of the entity, never its key.
Which fields a code has, and how long they are, stands in `entities/data/identity_profiles.yaml` or in a province's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

import yaml
from numpy.typing import ArrayLike

from entities.codes import plain
from entities.errors import Invalid, NotFound
from entities.grid import Cells, beidou, rslc
from entities.text import Text

# What a profile may name as its grid: how to write a code of a level, how to read codes, whether heights are needed.
_PLANE: Final = {"rslc": (rslc.encode, rslc.decode), "beidou": (beidou.encode, beidou.decode)}
_SOLID: Final = {"rslc-3d": (rslc.encode_3d, rslc.decode_3d), "beidou-3d": (beidou.encode_3d, beidou.decode_3d)}

SPATIAL: Final = "spatial"
"""The scheme under which a spatial identity code that was issued anew is linked to its entity."""


@dataclass(frozen=True, slots=True)
class IdentityField:
    """One field of a code: what it says, how many symbols it has, and how far that is attested."""

    kind: str  # fixed, position, class, division, sequence
    length: int
    status: str = "project"  # attested, project
    source: str = ""
    text: str = ""  # of a fixed field
    grid: str = ""  # of a position
    level: int = 0
    attribute: str = ""  # of a division: the attribute of an entity that names it


@dataclass(frozen=True, slots=True)
class SpatialIdentity:
    """A spatial identity code taken apart; `cell` holds one cell, where the entity stood when the code was issued."""

    position: str
    class_code: str
    sequence: int
    cell: Cells
    division: str = ""


@dataclass(frozen=True, slots=True)
class IdentityProfile:
    """One version of the rule that spatial identity codes are made by."""

    name: str
    version: int
    title: Text
    fields: tuple[IdentityField, ...]

    def __post_init__(self) -> None:
        kinds = [field.kind for field in self.fields if field.kind != "fixed"]
        needed = ["class", *(["division"] if "division" in kinds else []), "position", "sequence"]
        if sorted(kinds) != needed or kinds[-1] != "sequence":
            raise Invalid.because("code.identity.fields", profile=self.name)
        if self._position.grid not in _PLANE | _SOLID:
            raise Invalid.because("code.identity.grid", profile=self.name, grid=self._position.grid)
        for field in self.fields:
            wanted = self._natural_length(field)
            if field.length != wanted:
                raise Invalid.because(
                    "code.identity.width", profile=self.name, kind=field.kind, length=field.length, wanted=wanted
                )

    @classmethod
    def load(cls, path: Path | None = None, name: str | None = None) -> Self:
        """Read a profile from a file, or from those built in: the one with this name, or the first.

        Raises `NotFound` (`code.identity.unknown`) if none has the name, `Invalid` if its fields do not go together.
        """
        page = path or files("entities.data") / "identity_profiles.yaml"
        for entry in yaml.safe_load(page.read_text(encoding="utf-8")) or ():
            if name in (None, entry["name"]):
                fields = tuple(IdentityField(**field) for field in entry["fields"])
                return cls(entry["name"], entry["version"], Text(**entry["title"]), fields)
        raise NotFound.because("code.identity.unknown", profile=name or "")

    @property
    def length(self) -> int:
        """The number of symbols of a whole code."""
        return sum(field.length for field in self.fields)

    def prefixes(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        class_codes: Sequence[str],
        heights: ArrayLike | None = None,
        divisions: Sequence[str] = (),
    ) -> list[str]:
        """Return what stands before the sequence number; `heights` (ellipsoidal, metres) are for 3D positions only.

        `divisions` are for profiles with a division part, each as `division_of` gives it; zeros where none is given.

        Raises `Invalid`: `code.location.…` for positions outside the grid, `code.identity.class` or
        `code.identity.height`.
        """
        columns: list[Sequence[str]] = []
        for field in self.fields[: self._sequence_at]:
            if field.kind == "position":
                columns.append(self._positions(lon, lat, heights))
            elif field.kind == "division":
                columns.append(divisions or ["0" * field.length] * len(class_codes))
            else:
                columns.append(class_codes if field.kind == "class" else [field.text] * len(class_codes))
        self._check_classes(class_codes)
        return ["".join(parts) for parts in zip(*columns, strict=True)]

    def with_sequence(self, prefix: str, number: int) -> str:
        """Return the whole code of the entity with this number, from 1, among those that share a prefix.

        Raises `Invalid` (`code.identity.full`) once the sequence field is too short.
        """
        field = self.fields[self._sequence_at]
        digits = f"{number:0{field.length}d}"
        if number < 1 or len(digits) > field.length:
            raise Invalid.because("code.identity.full", prefix=prefix, number=number, length=field.length)
        return prefix + digits + "".join(after.text for after in self.fields[self._sequence_at + 1 :])

    def issue(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        class_codes: Sequence[str],
        sequences: Sequence[int],
        heights: ArrayLike | None = None,
    ) -> list[str]:
        """Return the code of each entity. Raises `Invalid` as `prefixes` and `with_sequence` do."""
        prefixes = self.prefixes(lon, lat, class_codes, heights)
        return [self.with_sequence(prefix, number) for prefix, number in zip(prefixes, sequences, strict=True)]

    def parse(self, text: str) -> SpatialIdentity:
        """Take a code apart, written in any case, with spaces or hyphens.

        Raises `Invalid`: `code.identity.length`, `code.identity.symbol` or, for its position, `code.location.symbol`.
        """
        code = plain(text)
        if len(code) != self.length:
            raise Invalid.because("code.identity.length", code=text, found=len(code), wanted=self.length)
        said: dict[str, str] = {}
        for field in self.fields:
            part, code = code[: field.length], code[field.length :]
            _check_part(field, part, text)
            said[field.kind] = part
        decode = (_PLANE | _SOLID)[self._position.grid][1]
        position = said["position"]
        division = said.get("division", "")
        return SpatialIdentity(position, said["class"], int(said["sequence"]), decode([position]), division)

    @property
    def division(self) -> IdentityField | None:
        """The field of the division, if the profile has one."""
        return next((field for field in self.fields if field.kind == "division"), None)

    def division_of(self, attributes: Mapping[str, object]) -> str:
        """What the code of an entity says of its division: zeros where its attributes name none of the right length."""
        if self.division is None:
            return ""
        named = str(attributes.get(self.division.attribute) or "")
        fits = len(named) == self.division.length and named.isascii() and named.isalnum()
        return named if fits else "0" * self.division.length

    def redivided(self, code: str, division: str) -> str:
        """What stands before the sequence number of a code once its entity belongs to another division."""
        parts = []
        for field in self.fields[: self._sequence_at]:
            part, code = code[: field.length], code[field.length :]
            parts.append(division if field.kind == "division" else part)
        return "".join(parts)

    @property
    def _position(self) -> IdentityField:
        return next(field for field in self.fields if field.kind == "position")

    @property
    def _sequence_at(self) -> int:
        return next(place for place, field in enumerate(self.fields) if field.kind == "sequence")

    def _natural_length(self, field: IdentityField) -> int:
        if field.kind == "fixed":
            return len(field.text)
        return len(self._positions([0], [0], [0])[0]) if field.kind == "position" else max(field.length, 1)

    def _positions(self, lon: ArrayLike, lat: ArrayLike, heights: ArrayLike | None) -> list[str]:
        field = self._position
        if field.grid in _PLANE:
            return _PLANE[field.grid][0](lon, lat, field.level)
        if heights is None:
            raise Invalid.because("code.identity.height", profile=self.name)
        return _SOLID[field.grid][0](lon, lat, heights, field.level)

    def _check_classes(self, class_codes: Sequence[str]) -> None:
        length = next(field.length for field in self.fields if field.kind == "class")
        for class_code in set(class_codes):
            if len(class_code) != length:
                raise Invalid.because("code.identity.class", class_code=class_code, length=length)


def _check_part(field: IdentityField, part: str, text: str) -> None:
    numeric = field.kind == "sequence"
    wrong = (numeric and not (part.isascii() and part.isdecimal() and int(part))) or (field.text not in ("", part))
    if wrong:
        raise Invalid.because("code.identity.symbol", code=text, kind=field.kind, part=part)
