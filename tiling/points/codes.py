"""Entity codes that points carry: as one number each in the file, and by a short number of their own meanwhile.

The symbols of a code are digits of base 31, so that a code fits into 64 bits, which every program for point clouds can
write as an extra dimension: one more than that number, since 0 is of points that name no entity.
"""

from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from entities.codes import ALPHABET, LENGTH, parse_code
from tiling.points.layout import Words


def number_of(code: str) -> int:
    """The number that stands for an entity code in a file of points."""
    found = 0
    for symbol in code:
        found = found * len(ALPHABET) + ALPHABET.index(symbol)
    return found + 1


def code_of(number: int) -> str:
    """The entity code that a number stands for, none for 0; `Invalid` (`code.form.…`) where it is no code."""
    if not number:
        return ""
    rest, symbols = number - 1, ""
    while rest or len(symbols) < LENGTH:
        rest, digit = divmod(rest, len(ALPHABET))
        symbols = ALPHABET[digit] + symbols
    return parse_code(symbols)


@dataclass
class Codes:
    """Codes by number; 0 is of points that name no entity."""

    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    lock: Lock = field(default_factory=Lock)

    def of(self, named: NDArray[np.uint64]) -> Words:
        """The number of each point's code."""
        met, rows = np.unique(named, return_inverse=True)
        codes = [code_of(number) for number in met.tolist()]
        with self.lock:
            numbers = [self.numbers.setdefault(code, len(self.numbers)) for code in codes]
        return np.array(numbers, np.uint32)[rows]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every code by its number."""
        return tuple(self.numbers)
