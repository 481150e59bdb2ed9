"""Codes as people write them: one code of any register, or an entity code with resource codes joined by plus signs."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from entities.codes import ALPHABET, LENGTH, is_sound, plain

OWN: Final = ("entity", "spatial")
"""Schemes of codes that the base itself gives."""

_SYMBOLS: Final = frozenset(ALPHABET)
_NAMED: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*:\s*(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One code as it was written: the scheme if it was named, the entity code it may be, the ways it may be stored."""

    text: str
    scheme: str | None
    entity: str | None
    forms: tuple[str, ...]


def parts(identifier: str) -> list[Asked]:
    """The codes of a unified identifier, `entity code + scheme:resource code`, or the one code it is."""
    return [asked(part) for part in identifier.split("+") if part.strip()] or [asked(identifier)]


def asked(text: str) -> Asked:
    """One code, with its scheme before a colon if that is said."""
    half = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    named = _NAMED.fullmatch(half)
    scheme, value = (named[1].lower(), named[2]) if named else (None, half)
    forms = _forms(value)
    return Asked(half, scheme, _entity(value, forms[-1]) if scheme in (None, "entity") else None, forms)


def _forms(value: str) -> tuple[str, ...]:
    """A code as written, in capitals without white space, and without hyphens."""
    capitals = "".join(value.split()).upper()
    if value == capitals and "-" not in value:
        return (value,)
    return tuple(dict.fromkeys((value, capitals, capitals.replace("-", ""))))


def _entity(value: str, last_form: str) -> str | None:
    """The entity code that a text may be; its last form is all there is to tidy where it is ASCII."""
    code = last_form if value.isascii() else plain(value)
    return code if len(code) == LENGTH and not set(code) - _SYMBOLS and is_sound(code) else None
