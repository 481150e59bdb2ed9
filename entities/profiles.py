"""Upload profiles: which field of a department's files says what, as data that a department may write itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from entities.errors import Invalid
from entities.model import Scalar
from entities.text import Text

ROLES: Final = (
    "class", "height", "base", "top", "floors", "name", "valid_from", "code", "source_id", "change",
)  # fmt: skip
"""What a field may say: `base` is the ground's height above sea level, `top` the roof's, `height` what is between."""

CHANGES: Final = ("create", "end", "retract", "change")
SHAPES: Final = ("Point", "LineString", "Polygon", "Solid")
SKIP: Final = "skip"
"""The class of features that are to be left out."""

_KEYS: Final = frozenset(
    {"profile", "title", "extends", "geometry", "formats", "signs", "storey", "missing", "ignore", "closed_lines"}
    | {"resource_codes", *ROLES}
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one thing said of a feature comes from.

    `fields` are names for the same field, of which the first that the file has is read; `values` translates what stands
    in it; `constant` is said where the field is missing or empty. Numbers are multiplied by `scale`, to be metres.
    `like` are parts of field names that suggest this field when a profile is guessed.
    """

    fields: tuple[str, ...] = ()
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0
    like: tuple[str, ...] = ()

    def bind(self, names: Mapping[str, str]) -> "Origin":
        """Keep the one field that a file has; `names` gives the file's spelling of each plain name."""
        found = next((names[plain(name)] for name in self.fields if plain(name) in names), None)
        return replace(self, fields=(found,) if found else ())

    @property
    def field(self) -> str | None:
        """The field that is read, once the profile is bound to a file."""
        return self.fields[0] if self.fields else None


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of reading a department's files.

    `storey` is the height of a floor in metres, used where the number of floors is all that is known. `missing` are
    values that mean "not known"; fields named in `ignore` are dropped, since they are of the file and not of the
    entity. With `closed_lines` a closed line is the area it encloses. `signs` are field names that make a guess choose
    this profile.
    """

    name: str
    title: Text
    origins: Mapping[str, Origin]
    resource_codes: Mapping[str, Origin] = field(default_factory=dict)
    geometry: tuple[str, ...] = SHAPES
    formats: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    storey: float = 3.0
    missing: frozenset[str] = frozenset()
    ignore: tuple[str, ...] = ()
    closed_lines: bool = False

    def origin(self, role: str) -> Origin:
        """Where a role's values come from; an empty origin where the profile does not say."""
        return self.origins.get(role, Origin())

    def bind(self, fields: Collection[str]) -> "Profile":
        """The same profile with the one field of each role that a file has."""
        names = {plain(name): name for name in reversed(list(fields))}
        return replace(
            self,
            origins={role: origin.bind(names) for role, origin in self.origins.items()},
            resource_codes={scheme: origin.bind(names) for scheme, origin in self.resource_codes.items()},
        )

    def absent(self, fields: Collection[str]) -> list[str]:
        """Fields the profile expects by one name only and that a file lacks; of several names any or none may come."""
        bound = self.bind(fields)
        wanted = [*self.origins.items(), *self.resource_codes.items()]
        kept = {**bound.origins, **bound.resource_codes}
        return [origin.fields[0] for key, origin in wanted if len(origin.fields) == 1 and not kept[key].fields]

    @classmethod
    def parse(cls, page: str, name: str = "profile") -> "Profile":
        """Read a profile from YAML text; `Invalid` (`profile.form`) where it is not one. `name` is what it is called.

        With `extends` it takes everything it does not say itself from the shipped profile of that name.
        """
        return _Page(_entries(page, name), name).profile()

    @classmethod
    def load(cls, path: Path) -> "Profile":
        """Read a profile from a YAML file."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), path.stem)
        except UnicodeDecodeError:
            raise _malformed(path.name, "UTF-8") from None

    def as_data(self) -> dict[str, object]:
        """The profile as plain data: `Profile.parse(yaml.safe_dump(profile.as_data()))` is the profile again."""
        said: dict[str, object] = {"profile": self.name, "title": {"zh": self.title.zh, "en": self.title.en}}
        said |= {role: _origin_data(self.origins[role]) for role in ROLES if role in self.origins}
        if self.resource_codes:
            said["resource_codes"] = {key: _origin_data(origin) for key, origin in sorted(self.resource_codes.items())}
        said |= {"geometry": list(self.geometry), "storey": self.storey, "closed_lines": self.closed_lines}
        lists = {"formats": self.formats, "signs": self.signs, "missing": sorted(self.missing), "ignore": self.ignore}
        return said | {name: list(values) for name, values in lists.items() if values}


def plain(name: str) -> str:
    """A field's name without what people write differently: case, spaces, `_`, `-` and `.`."""
    return "".join(character for character in name.casefold() if character not in " _-.\t")


@cache
def shipped() -> Mapping[str, Profile]:
    """The profiles that come with the program, by name."""
    pages = sorted(files("entities.data.profiles").iterdir(), key=lambda page: page.name)
    found = [Profile.parse(page.read_text("utf-8"), page.name) for page in pages if page.name.endswith(".yaml")]
    return MappingProxyType({profile.name: profile for profile in found})


def load_profiles(folder: Path | None) -> Mapping[str, Profile]:
    """The shipped profiles and those of a folder; one of the same name replaces the shipped one."""
    own = [Profile.load(path) for path in sorted(folder.glob("*.yaml"))] if folder else []
    return MappingProxyType(dict(shipped()) | {profile.name: profile for profile in own})


def _entries(page: str, name: str) -> dict[str, object]:
    """The entries of a profile's YAML, none of them unknown, on top of those of the one it extends."""
    try:
        entries = yaml.safe_load(page)
    except yaml.YAMLError as error:
        raise _malformed(name, str(error).splitlines()[0]) from None
    if not isinstance(entries, dict):
        raise _malformed(name, "YAML")
    unknown = sorted(str(key) for key in entries.keys() - _KEYS)
    if unknown:
        raise _malformed(name, ", ".join(unknown))
    extended = entries.pop("extends", None)
    return entries if extended is None else _shipped_entries(str(extended), name) | entries


def _shipped_entries(wanted: str, name: str) -> dict[str, object]:
    page = files("entities.data.profiles") / f"{Path(wanted).name}.yaml"
    if not page.is_file():
        raise _malformed(name, f"extends: {wanted}")
    return _entries(page.read_text("utf-8"), wanted)


def _malformed(name: str, why: str) -> Invalid:
    return Invalid.because("profile.form", name=name, why=why)


def _origin_data(origin: Origin) -> dict[str, object]:
    said: dict[str, object] = {"fields": list(origin.fields)} if origin.fields else {}
    if origin.constant is not None:
        said["constant"] = origin.constant
    if origin.values:
        said["values"] = dict(origin.values)
    if origin.scale != 1.0:
        said["scale"] = origin.scale
    return said | ({"like": list(origin.like)} if origin.like else {})


@dataclass(frozen=True, slots=True)
class _Page:
    """The entries of a profile's YAML, read with a word on what is wrong."""

    entries: Mapping[str, object]
    called: str

    def profile(self) -> Profile:
        codes = self.entries.get("resource_codes", {})
        if not isinstance(codes, dict):
            raise _malformed(self.called, "resource_codes")
        profile = Profile(
            name=self._text("profile", self.called.removesuffix(".yaml")),
            title=self._title(),
            origins={role: self._origin(role, self.entries[role]) for role in ROLES if role in self.entries},
            resource_codes={str(key): self._origin(f"resource_codes.{key}", entry) for key, entry in codes.items()},
            geometry=self._texts("geometry", SHAPES),
            formats=self._texts("formats", ()),
            signs=self._texts("signs", ()),
            storey=self._number("storey", self.entries.get("storey", 3.0)),
            missing=frozenset(self._texts("missing", ())),
            ignore=self._texts("ignore", ()),
            closed_lines=self.entries.get("closed_lines") is True,
        )
        self._check(profile)
        return profile

    def _check(self, profile: Profile) -> None:
        unknown = set(profile.geometry) - set(SHAPES) | set(profile.origin("change").values.values()) - set(CHANGES)
        if unknown:
            raise _malformed(self.called, ", ".join(sorted(unknown)))
        if profile.storey <= 0:
            raise _malformed(self.called, f"storey: {profile.storey}")

    def _text(self, key: str, default: str) -> str:
        value = self.entries.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise _malformed(self.called, key)
        return value.strip()

    def _title(self) -> Text:
        title = self.entries.get("title")
        if title is None or isinstance(title, str):
            name = title or self._text("profile", self.called)
            return Text(name, name)
        if not isinstance(title, dict) or set(title) != {"zh", "en"}:
            raise _malformed(self.called, "title: {zh, en}")
        return Text(str(title["zh"]), str(title["en"]))

    def _texts(self, key: str, default: Sequence[str]) -> tuple[str, ...]:
        return _texts(self.entries.get(key, list(default)), self.called, key)

    def _number(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _malformed(self.called, f"{key}: {value}")
        return float(value)

    def _origin(self, role: str, entry: object) -> Origin:
        """A role's entry: a field's name, a list of names, or `{fields, constant, values, scale, like}`."""
        if role == "class" and isinstance(entry, int) and not isinstance(entry, bool):
            return Origin(constant=str(entry))
        if isinstance(entry, str | list):
            return Origin(fields=_texts(entry, self.called, role))
        if not isinstance(entry, dict) or entry.keys() - {"field", "fields", "constant", "values", "scale", "like"}:
            raise _malformed(self.called, role)
        values = entry.get("values", {})
        if not isinstance(values, dict):
            raise _malformed(self.called, f"{role}.values")
        constant = entry.get("constant")
        return Origin(
            fields=_texts(entry.get("fields", entry.get("field", [])), self.called, role),
            constant=None if constant is None else str(constant),
            values={str(key).strip(): str(value) for key, value in values.items()},
            scale=self._number(f"{role}.scale", entry.get("scale", 1.0)),
            like=_texts(entry.get("like", []), self.called, f"{role}.like"),
        )


def _texts(value: object, called: str, key: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str | int | float) else value
    if not isinstance(listed, list) or not all(isinstance(one, str | int | float) for one in listed):
        raise _malformed(called, key)
    return tuple(str(one) for one in listed)


def text_of(value: Scalar) -> str:
    """A value as the text that value maps and `missing` speak of: 310301.0 is `310301`, None is empty."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
