"""Entity codes: opaque, permanent names of entities that survive being typed, read aloud and written by hand.

A code has 12 symbols of an alphabet of 31: the digits 1-9 and the capitals without I, L, O and U; 0 is left out too.
Eleven are random and mean nothing, the last is a check character. Since 31 is prime, a sum of the symbols' values, each
times a weight of its own and taken modulo 31, changes with every single wrong symbol and with every exchange of two
neighbours; a code is right when the sum is 0.
"""

import unicodedata
from typing import Final

import numpy as np

from entities.errors import Invalid

ALPHABET: Final = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
GROUP: Final = 4

_MODULUS: Final = len(ALPHABET)
_WEIGHTS: Final = np.arange(LENGTH, 0, -1, dtype=np.int64)  # the check character's weight is 1
_DROPPED: Final = ("Pd", "Zs", "Zl", "Zp", "Cc", "Cf")  # dashes, spaces, line ends, control and format marks
_SYMBOLS: Final = np.frombuffer(ALPHABET.encode(), np.uint8)


def system_random() -> np.random.Generator:
    """Return a generator of random numbers seeded by the operating system."""
    return np.random.default_rng()


def new_codes(count: int, random: np.random.Generator) -> list[str]:
    """Make `count` codes, all different; whether one was issued before is for the store to say."""
    codes = dict.fromkeys(_draw(count, random))
    while len(codes) < count:
        codes |= dict.fromkeys(_draw(count - len(codes), random))
    return list(codes)


def code_text(code: str) -> str:
    """Write a code for people: `XXXX-XXXX-XXXX`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse_code(text: str) -> str:
    """Read a code as people write it: in any case, with spaces or hyphens, in full-width characters.

    Raises `Invalid`: `code.form.length`, `code.form.symbol` or `code.form.check`.
    """
    code = plain(text)
    for symbol in code:
        if symbol not in ALPHABET:
            raise Invalid.because("code.form.symbol", code=text, symbol=symbol)
    if len(code) != LENGTH:
        raise Invalid.because("code.form.length", code=text, found=len(code), wanted=LENGTH)
    if not is_sound(code):
        raise Invalid.because("code.form.check", code=text)
    return code


def is_sound(code: str) -> bool:
    """Tell whether 12 symbols of the alphabet agree with their check character."""
    values = [ALPHABET.index(symbol) for symbol in code]
    return sum(int(weight) * value for weight, value in zip(_WEIGHTS, values, strict=True)) % _MODULUS == 0


def plain(text: str) -> str:
    """Return text in capitals and half-width characters, without white space, hyphens, dashes and invisible marks."""
    capitals = unicodedata.normalize("NFKC", text).upper()
    return "".join(symbol for symbol in capitals if unicodedata.category(symbol) not in _DROPPED and symbol != "−")


def _draw(count: int, random: np.random.Generator) -> list[str]:
    values = np.empty((count, LENGTH), np.int64)
    values[:, :-1] = random.integers(0, _MODULUS, (count, LENGTH - 1), np.uint8)
    values[:, -1] = -(values[:, :-1] @ _WEIGHTS[:-1]) % _MODULUS
    text = _SYMBOLS[values].tobytes().decode()
    return [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]
