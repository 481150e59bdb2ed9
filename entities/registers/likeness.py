"""How a text that is no code of a scheme may have been meant: how far away it is, and the codes one slip away."""

import math
from collections.abc import Iterator
from typing import Final

from entities.codes import ALPHABET, LENGTH, is_sound
from entities.codes import plain as plain_code
from entities.registers.schemes import Form, Scheme

_OPEN: Final = 1.05  # slips that a form as open as e codes a symbol is farther away than one that allows a single code
_CONFUSED: Final = ("0OQD", "1ILJ", "2Z", "5S", "8B", "UV", "6G", "4A", "7T", "MN")


def slips(form: Form, code: str) -> int:
    """How many symbols have to be put in, left out or exchanged for a text to be written as a form asks."""
    wanted = [(part.symbols, place >= part.least) for part in form.parts for place in range(part.most)]
    row = list(range(len(code) + 1))
    for symbols, optional in wanted:
        skipped, before = 0 if optional else 1, row
        row = [before[0] + skipped]
        for place, symbol in enumerate(code):
            row.append(min(before[place] + (symbol not in symbols), before[place + 1] + skipped, row[place] + 1))
    return row[-1]


def distance(scheme: Scheme, text: str) -> float:
    """How far a text is from being a code of a scheme: the slips, and more for a form that leaves more open."""
    code = scheme.plain(text)
    return min(slips(form, code) + _OPEN * _openness(form) for form in scheme.forms)


def is_near(scheme: Scheme, text: str) -> bool:
    """Tell whether a text may have been meant for a scheme."""
    code = scheme.plain(text)
    most = min(2 + len(code) // 10, len(code) // 3)
    return any(map(str.isdigit, code)) and any(slips(form, code) <= most for form in scheme.forms)


def near_codes(scheme: Scheme, text: str) -> Iterator[str]:
    """The codes of a scheme that one slip makes a text of: a wrong, exchanged, missing or doubled symbol."""
    code = scheme.plain(text)
    alphabet = "".join(sorted({symbol for form in scheme.forms for part in form.parts for symbol in part.symbols}))
    yield from (near for near in dict.fromkeys(_slipped(code, alphabet)) if near != code and scheme.fits(near))


def near_entity_codes(text: str) -> Iterator[str]:
    """The sound entity codes that one slip makes a text of."""
    code = plain_code(text)
    for near in dict.fromkeys(_slipped(code, ALPHABET)):
        if near != code and len(near) == LENGTH and set(near) <= set(ALPHABET) and is_sound(near):
            yield near


def confused(code: str) -> Iterator[str]:
    """The text with all symbols of one look written as another of the same look: every O a 0, every I a 1."""
    for alike in _CONFUSED:
        for symbol in alike:
            others = str.maketrans(dict.fromkeys(set(alike) - {symbol}, symbol))
            yield code.translate(others)


def _slipped(code: str, alphabet: str) -> Iterator[str]:
    """Every text one slip away, the likeliest slips first."""
    yield from confused(code)
    for at in range(len(code) - 1):
        yield code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    for at in range(len(code)):
        yield from (code[:at] + symbol + code[at + 1 :] for symbol in alphabet)
    for at in range(len(code)):
        yield code[:at] + code[at + 1 :]
    for at in range(len(code) + 1):
        yield from (code[:at] + symbol + code[at:] for symbol in alphabet)


def _openness(form: Form) -> float:
    """How much a form leaves open: the mean logarithm of how many symbols there may be at a place."""
    return sum(part.most * math.log(len(part.symbols)) for part in form.parts) / form.most
