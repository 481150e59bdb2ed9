"""Resource codes: how the codes of other registers are written, what makes one wrong, and what is wrong with it."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from entities.classes import EntityClass
from entities.errors import Invalid
from entities.registers.checks import CHECKS
from entities.rules import Finding
from entities.text import Text

Quality = Literal["standard", "secondary", "memory", "choice"]
Lie = Literal["same", "holds"]
"""How a register's shape lies to the entity that carries its code: it is the entity, or the entity lies in it."""

LONGEST: Final = 128
"""The most symbols a resource code may have: what the base has room for."""

_GRAVITY: Final = ("length", "symbol", "part", "check")  # the nearer to being right, the later


@dataclass(frozen=True, slots=True)
class Part:
    """Some symbols of a code that mean something together: `least` to `most` of `symbols`, held to a check."""

    name: Text
    symbols: str
    least: int
    most: int
    check: str = ""

    @property
    def pattern(self) -> str:
        """The regular expression of this part."""
        return f"([{re.escape(self.symbols)}]{{{self.least},{self.most}}})"


@dataclass(frozen=True)
class Form:
    """One way in which a scheme's codes are written: parts, one after another."""

    parts: tuple[Part, ...]

    @cached_property
    def least(self) -> int:
        """The length of the shortest code."""
        return sum(part.least for part in self.parts)

    @cached_property
    def most(self) -> int:
        """The length of the longest code."""
        return sum(part.most for part in self.parts)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of a whole code, one group a part."""
        return re.compile("".join(part.pattern for part in self.parts))

    def at(self, place: int) -> Part:
        """The part that the symbol at a place (from 0) belongs to, if every part before it is as short as it can be."""
        end = 0
        for part in self.parts:
            end += part.most
            if place < end:
                return part
        return self.parts[-1]


@dataclass(frozen=True)
class Scheme:
    """The codes of one register: what they are called, who gives them, how they are written, what carries them."""

    id: str
    name: Text
    issuer: Text
    forms: tuple[Form, ...]
    example: str
    source: Text
    quality: Quality
    check: str = ""
    carriers: tuple[str, ...] = ()
    place: Lie = "same"
    _kept: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        hyphens = any("-" in part.symbols for form in self.forms for part in form.parts)
        object.__setattr__(self, "_kept", hyphens)
        self.read(self.example)

    def plain(self, text: str) -> str:
        """A code as it is stored: capitals, half-width, without spaces, without hyphens that do not belong to it."""
        half = text if text.isascii() else unicodedata.normalize("NFKC", text)
        joined = "".join(half.split()).upper()
        return joined if self._kept else joined.replace("-", "")

    def read(self, text: str) -> str:
        """The code that a text means. `Invalid` (`code.scheme.…`) says what is wrong with it."""
        code = self.plain(text)
        faults = [self._fault(form, code) for form in self.forms]
        found = [fault for fault in faults if fault is not None]
        if len(found) == len(faults):
            raise Invalid([max(found, key=_nearness)])
        return code

    def fits(self, text: str) -> bool:
        """Tell whether a text is a code of this scheme."""
        code = self.plain(text)
        return any(self._fault(form, code) is None for form in self.forms)

    def carried_by(self, kind: EntityClass) -> bool:
        """Tell whether entities of a class carry such codes."""
        return not self.carriers or any(
            carrier == kind.layer or (carrier.isdigit() and kind.code.startswith(carrier.rstrip("0")))
            for carrier in self.carriers
        )

    def _fault(self, form: Form, code: str) -> Finding | None:
        """What is wrong with a code of a form; None for nothing."""
        found = form.pattern.fullmatch(code)
        if found is None:
            return self._misfit(form, code)
        for part, text in zip(form.parts, found.groups(), strict=True):
            if part.check and not CHECKS[part.check](text):
                return self._finding("part", code, part, text=text, from_=found.string.index(text) + 1)
        if self.check and not CHECKS[self.check](code):
            return self._finding("check", code, form.parts[-1])
        return None

    def _misfit(self, form: Form, code: str) -> Finding:
        """What keeps a text from being written in a form: its length, or the first symbol that cannot be there."""
        if not form.least <= len(code) <= form.most:
            wanted = str(form.least) if form.least == form.most else f"{form.least}-{form.most}"
            return self._finding("length", code, form.parts[0], found=len(code), wanted=wanted)
        for place, symbol in enumerate(code):
            part = form.at(place)
            if symbol not in part.symbols:
                return self._finding("symbol", code, part, symbol=symbol, place=place + 1, wanted=ranges(part.symbols))
        return self._finding("symbol", code, form.parts[-1], symbol=code[-1], place=len(code), wanted="…")

    def _finding(self, kind: str, code: str, part: Part, **values: object) -> Finding:
        said = {"scheme_zh": self.name.zh, "scheme_en": self.name.en, "part_zh": part.name.zh, "part_en": part.name.en}
        return Finding(f"code.scheme.{kind}", {"code": code, "scheme": self.id, **said, **values})


def _nearness(finding: Finding) -> tuple[int, int]:
    """How nearly a code was right: what was wrong with it, and how far into it."""
    place = finding.values.get("place", 0)
    return _GRAVITY.index(finding.rule.rpartition(".")[2]), place if isinstance(place, int) else 0


def spread(ranges: str) -> str:
    """The symbols that ranges stand for: `0-9A-C-` is `0123456789ABC-`."""
    found = re.findall(r"(.)-(.)|(.)", ranges)
    spans = ((first, last) if first else (one, one) for first, last, one in found)
    return "".join(chr(code) for first, last in spans for code in range(ord(first), ord(last) + 1))


def ranges(symbols: str) -> str:
    """Write symbols as people read them: runs of three or more as `0-9`."""
    runs: list[str] = []
    for symbol in symbols:
        if runs and ord(symbol) == ord(runs[-1][-1]) + 1:
            runs[-1] += symbol
        else:
            runs.append(symbol)
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else " ".join(run) for run in runs)
