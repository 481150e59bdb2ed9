"""A code that leads nowhere: what is wrong with it, by what it looks like, and the codes of the base near to it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from entities.codes import LENGTH, code_text, parse_code, plain
from entities.errors import Invalid, NotFound
from entities.registers.likeness import is_near, near_codes, near_entity_codes
from entities.registers.schemes import Scheme
from entities.registers.table import Schemes
from entities.registers.unified import OWN, Asked, parts
from entities.rules import Finding
from entities.store import Store
from entities.store.registry import standing_entities, standing_values

NEAR: Final = 10
"""How many near codes are told."""

LONGEST: Final = 64
"""The longest text that near codes are looked for; a longer one is no code that anybody types."""

_LIKELY: Final = 3  # schemes
_VARIANTS: Final = 20_000


def refusal(store: Store, identifier: str) -> NotFound:
    """What to say of a code, or of the first code of a unified identifier, that leads to no entity."""
    lost = next((one for one in parts(identifier) if not store.resolve(one.text)), parts(identifier)[0])
    check_scheme(store.meaning.schemes, lost)
    unknown = Finding("code.unknown", {"code": identifier})
    return NotFound([unknown, *wrong(store.meaning.schemes, lost), *near(store, lost)])


def check_scheme(schemes: Schemes, asked: Asked) -> None:
    """Refuse a code of a scheme that nobody knows. `NotFound` (`code.scheme`)."""
    if asked.scheme is not None and asked.scheme not in OWN:
        schemes.get(asked.scheme)


def wrong(schemes: Schemes, asked: Asked) -> list[Finding]:
    """What is wrong with how a code is written, in each scheme that it may be meant for; nothing if it is sound."""
    value = asked.forms[0]
    if asked.scheme:
        return _fault(schemes.get(asked.scheme), value) if asked.scheme in schemes else []
    if asked.entity or schemes.meant_by(value):
        return []
    return [*_entity_fault(value), *schemes.likely(value)[:_LIKELY]]


def near(store: Store, asked: Asked) -> list[Finding]:
    """The codes of the base one slip away from a text, as findings; looked up by index, never by scanning."""
    value = asked.forms[0]
    if len(value) > LONGEST:
        return []
    schemes = store.meaning.schemes
    likely = [one for one in schemes if (asked.scheme == one.id if asked.scheme else is_near(one, value))]
    variants = list(islice((code for scheme in likely for code in near_codes(scheme, value)), _VARIANTS))
    found = [*standing_values(store.database, list(dict.fromkeys(variants)))]
    wanted = {scheme.id for scheme in likely}
    told = [_near(schemes, scheme, code) for scheme, code in found if scheme in wanted]
    if asked.scheme in (None, "entity") and abs(len(plain(value)) - LENGTH) <= 1:
        told += [
            _near(schemes, "entity", code) for code in standing_entities(store.database, [*near_entity_codes(value)])
        ]
    return told[:NEAR]


def _near(schemes: Schemes, scheme: str, code: str) -> Finding:
    name = schemes.name(scheme)
    text = code_text(code) if scheme == "entity" else code
    said = (
        {"scheme_zh": name.zh, "scheme_en": name.en}
        if scheme != "entity"
        else {"scheme_zh": "实体编码", "scheme_en": "entity code"}
    )
    return Finding("code.near", {"code": code, "text": text, "scheme": scheme, **said})


def _fault(scheme: Scheme, value: str) -> list[Finding]:
    try:
        scheme.read(value)
    except Invalid as error:
        return list(error.findings)
    return []


def _entity_fault(value: str) -> Iterator[Finding]:
    """What is wrong with a text that has the length of an entity code, or all but one of its symbols."""
    if abs(len(plain(value)) - LENGTH) <= 1 and any(map(str.isdigit, value)):
        try:
            parse_code(value)
        except Invalid as error:
            yield from error.findings
