"""Names in pinyin: the reading of each character, and what a person types to find a name."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Final

import yaml

_LETTER: Final = re.compile(r"[\u3400-\u9fff]")
_SIGNS: Final = re.compile(r"[\W_]+")


def syllables(name: str) -> list[str]:
    """The pinyin of each character; readings of `entities/data/readings.yaml` come before the dictionary's."""
    known = _readings()
    parts = re.split(f"({'|'.join(known)})", name)
    return [part for one in parts if one for part in (known[one] if one in known else _dictionary()(one))]


def spellings(name: str) -> tuple[str, str]:
    """What a person may type for a name: the whole pinyin without marks, and the initials; digits stay whole."""
    parts = [plain(part) for part in syllables(name)]
    return "".join(parts), "".join(part[:1] if part.isalpha() else part for part in parts)


def is_chinese(name: str) -> bool:
    """Whether a name has characters that pinyin spells."""
    return _LETTER.search(name) is not None


def plain(text: str) -> str:
    """A text as spellings are compared: small letters and digits, without spaces and signs."""
    return _SIGNS.sub("", text).lower()


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """The readings of all characters; loaded for the first name, since it takes as long as all else of a base."""
    found: Callable[[str], list[str]] = import_module("pypinyin").lazy_pinyin
    return found


@cache
def _readings() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load((files("entities.data") / "readings.yaml").read_text("utf-8"))
    return found
