"""Every sentence a page says, kept by its id in Chinese and English, and how numbers and sizes are written in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Final

import yaml
from markupsafe import Markup, escape

from entities.text import Text

LANGUAGES: Final = ("zh", "en")
"""The languages a person can choose."""

PSEUDO: Final = "xx"
"""A made-up language that marks every message ⟦ ⟧ and lengthens it, so that a forgotten word or a tight box shows."""

TAGS: Final = MappingProxyType({"zh": "zh-CN", "en": "en", PSEUDO: PSEUDO})
"""The HTML `lang` of each."""

_THIN: Final = "\u202f"  # a thin space that does not break: 20 318
_UNITS: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


@cache
def all_words() -> Mapping[str, Text]:
    """Every message of `service/web/words/*.yaml` by its id; an id that stands twice is refused."""
    found: dict[str, Text] = {}
    for page in sorted((files("service.web") / "words").iterdir(), key=lambda p: p.name):
        if page.name.endswith(".yaml"):
            entries = parse_words(page.read_text(encoding="utf-8"))
            if twice := found.keys() & entries.keys():
                raise ValueError(f"{page.name}: already said elsewhere: {sorted(twice)}")
            found |= entries
    return MappingProxyType(found)


def parse_words(page: str) -> dict[str, Text]:
    """Read messages from YAML text: `id: {zh, en}`."""
    return {word: Text(**entry) for word, entry in (yaml.safe_load(page) or {}).items()}


def say(language: str, word: str, **values: object) -> Markup:
    """Return the message `word` in `language` with its fields filled; values are escaped unless they are Markup.

    A field `{n}` that is a number is written in groups of three; `{n:rule|rules}` picks the word for one or for many.
    Raises `KeyError` for an id or a field that is not there, since that is a fault of ours.
    """
    pattern = escape(pattern_of(language, word))
    return pattern.format(**{name: _sayable(value) for name, value in values.items()})


def pattern_of(language: str, word: str) -> str:
    """The message with its fields still open, as page scripts get it."""
    text = all_words()[word]
    return lengthen(text.en) if language == PSEUDO else text.say(language)


def words_under(language: str, *prefixes: str) -> dict[str, str]:
    """The open messages whose ids begin with one of `prefixes`, for a page's scripts."""
    return {word: pattern_of(language, word) for word in all_words() if word.startswith(prefixes)}


def has_words(word: str) -> bool:
    """Tell whether there is a message of this id, for words that only some rules or options have."""
    return word in all_words()


def lengthen(english: str) -> str:
    """Write a message as the made-up language does: in white brackets, fields left outside, two fifths longer."""
    longer = english + " ~~~~" * round(len(english) * 0.4 / 5 + 0.5)
    parts = re.split(r"(\{\w+\})", longer)
    return "".join(part if number % 2 else f"⟦{part}⟧" for number, part in enumerate(parts) if part)


def fields(pattern: str) -> set[str]:
    """The names of the fields in a message."""
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


def number_text(value: float) -> str:
    """Write a number with its thousands apart: `20 318`, `0.41`, `-3 000`."""
    return f"{value:,}".replace(",", _THIN)


def size_text(count: int) -> str:
    """Write a number of bytes as people read it: `2.1 MB`, `840 kB`, `12 B`."""
    for unit, step in _UNITS:
        if count >= step:
            amount = count / step
            return f"{amount:.1f}{_THIN}{unit}" if amount < 10 else f"{amount:.0f}{_THIN}{unit}"
    return f"{count}{_THIN}B"


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as a message says it: grouped, or as the choice between two words."""

    value: float

    def __format__(self, choice: str) -> str:
        if "|" not in choice:
            return number_text(self.value)
        one, many = choice.split("|")
        return one if self.value == 1 else many


def _sayable(value: object) -> object:
    return _Number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
