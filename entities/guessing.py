"""A profile guessed from a file's field names and values, with the reason for each choice, for a person to confirm."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from entities.codes import parse_code
from entities.errors import Invalid
from entities.measures import metres_of
from entities.model import Scalar
from entities.profiles import SKIP, Origin, Profile, plain, shipped, text_of
from entities.text import Text
from entities.values import day_of, number_of

Rows = Sequence[Mapping[str, Scalar]]

_CLASS: Final = re.compile(r"[1-8]\d{5}")
_MISSING: Final = shipped()["standard"].missing | {""}
_METRES: Final = ("height", "base", "top")
_FALLBACK: Final = {"Polygon": "buildings", "LineString": "roads", "Point": "standard", "Solid": "city-model"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing guessed: what a field is taken to say (None: a constant is said of all features), and why."""

    role: str
    field: str | None
    reason: Text


@dataclass(frozen=True, slots=True)
class Guess:
    """A profile made for one file. `sure` is false where a person should look at it before it is used."""

    profile: Profile
    choices: tuple[Choice, ...]
    sure: bool


def guess_profile(
    fields: Sequence[tuple[str, str]],
    sample_rows: Rows,
    geometry_types: Collection[str],
    format_name: str = "",
    profiles: Mapping[str, Profile] | None = None,
) -> Guess:
    """Choose the profile that suits a file best, and bind it to the file's fields."""
    known = shipped() if profiles is None else profiles
    names = [name for name, _ in fields]
    suited = [profile for profile in known.values() if _suits(profile, geometry_types, format_name)]
    best = max(suited, key=lambda profile: _score(profile, names, sample_rows), default=None)
    if best is None or _score(best, names, sample_rows) <= 0:
        best = known.get(next((_FALLBACK[kind] for kind in _FALLBACK if kind in geometry_types), "standard"), best)
    chosen = best or shipped()["standard"]
    bound = _bind(chosen, names, sample_rows)
    by_name = all(_is_known(chosen, role, bound.origin(role)) for role in bound.origins)
    return Guess(bound, tuple(_choices(chosen, bound)), by_name and _class_is_sure(bound, sample_rows))


def _suits(profile: Profile, geometry_types: Collection[str], format_name: str) -> bool:
    """Tell whether a profile is for such files; one that names formats is for these only, and they for it."""
    kinds = set(geometry_types) - {"Unknown"}
    if profile.formats:
        return format_name in profile.formats
    return kinds <= set(profile.geometry)


def _score(profile: Profile, names: Sequence[str], rows: Rows) -> int:
    """How much speaks for a profile: its format, a field that names classes, field names that are signs of it."""
    there = {plain(name) for name in names}
    signs = len({plain(sign) for sign in profile.signs} & there)
    coded = _names_classes(_bind(profile, names, rows).origin("class"), rows)
    general = profile.origin("class").constant is None and (not profile.signs or signs > 0)
    return 100 * bool(profile.formats) + 20 * (coded and general) + 2 * signs


def _bind(profile: Profile, names: Sequence[str], rows: Rows) -> Profile:
    """Bind a profile to fields whose values are what they should be; fields with suggestive names fill what is left."""
    spelled = {plain(name): name for name in reversed(names)}
    known = {role: _named(role, origin, spelled, rows) for role, origin in profile.origins.items()}
    taken = set(known.values())
    origins = {}
    for role, origin in profile.origins.items():
        field = known[role]
        if field is None and origin.like:
            field = _suggested(role, origin, [name for name in names if name not in taken], rows)
            taken.add(field)
        origins[role] = replace(origin, fields=(field,) if field else ())
    return replace(profile.bind(names), origins=origins)


def _named(role: str, origin: Origin, spelled: Mapping[str, str], rows: Rows) -> str | None:
    """The first field that has one of the role's names and values that fit."""
    there = (spelled[plain(name)] for name in origin.fields if plain(name) in spelled)
    return next((name for name in there if _fits(role, origin, name, rows)), None)


def _suggested(role: str, origin: Origin, names: Sequence[str], rows: Rows) -> str | None:
    """The first field whose name has a part that suggests the role, and whose values fit."""
    parts = [plain(part) for part in origin.like]
    found = (name for name in names if any(part in plain(name) for part in parts))
    return next((name for name in found if _values(name, rows) and _fits(role, origin, name, rows)), None)


def _fits(role: str, origin: Origin, field: str, rows: Rows) -> bool:
    """Tell whether the values of a field are such as the role needs; a field without values fits."""
    values = _values(field, rows)
    if role == "class":
        known = [bool(_CLASS.fullmatch(value)) or value in origin.values for value in values]
        return all(known) or (any(known) and bool(origin.values) and origin.constant is not None)
    if role == "change":
        return all(value in origin.values for value in values)
    tests: Mapping[str, Callable[[str], object]] = {
        **dict.fromkeys(_METRES, metres_of),
        "floors": number_of,
        "valid_from": day_of,
        "code": parse_code,
    }
    return role not in tests or all(_passes(tests[role], value) for value in values)


def _passes(test: Callable[[str], object], value: str) -> bool:
    try:
        test(value)
    except (ValueError, Invalid):
        return False
    return True


def _values(field: str, rows: Rows) -> list[str]:
    return [text for row in rows if (text := text_of(row.get(field))) not in _MISSING]


def _names_classes(origin: Origin, rows: Rows) -> bool:
    return bool(origin.field and _values(origin.field, rows))


def _class_is_sure(bound: Profile, rows: Rows) -> bool:
    """Tell whether nobody needs to look: the format says what its features are, or each feature does."""
    field, constant = bound.origin("class").field, bound.origin("class").constant
    codes = _values(field, rows) if field else []
    return bool(bound.formats and constant not in (None, SKIP)) or (
        bool(codes) and all(_CLASS.fullmatch(code) for code in codes)
    )


def _is_known(chosen: Profile, role: str, origin: Origin) -> bool:
    """Tell whether a role's field was found by one of its names, or not at all."""
    return origin.field is None or plain(origin.field) in {plain(name) for name in chosen.origin(role).fields}


def _choices(chosen: Profile, bound: Profile) -> list[Choice]:
    choices = []
    for role, origin in bound.origins.items():
        if origin.field and _is_known(chosen, role, origin):
            choices.append(Choice(role, origin.field, _known(origin.field)))
        elif origin.field:
            choices.append(Choice(role, origin.field, _suggestive(origin.field)))
        elif origin.constant is not None:
            choices.append(Choice(role, None, _constant(bound, origin.constant)))
    codes = bound.resource_codes.items()
    return choices + [Choice(scheme, origin.field, _known(origin.field)) for scheme, origin in codes if origin.field]


def _known(field: str) -> Text:
    return Text(f"字段名“{field}”是常用的", f"“{field}” is a customary field name")


def _suggestive(field: str) -> Text:
    return Text(f"字段名“{field}”和其中的值像", f"the name “{field}” and its values suggest it")


def _constant(profile: Profile, constant: str) -> Text:
    zh, en = profile.title.zh, profile.title.en.lower()
    return Text(f"整个文件看来是{zh}，都取{constant}", f"the file seems to hold {en}: {constant} for all")
