"""Rules about attributes: texts that can be read and stored, values that are values, names where there must be one."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from entities.checks.batch import Batch, tolerance
from entities.rules import Finding

NAMED_LAYERS: Final = ("divisions",)
"""Layers whose entities must have a name."""

_SCALARS: Final = {str, int, float, bool, type(None)}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]{2}")

_LOST: Final = r"\ufffd|锟斤|斤拷|烫烫烫|屯屯屯|[\ue000-\uf8ff]"
"""What is left of letters that were lost: the replacement character, what it and empty memory become in GBK, and
letters that only one machine has."""

_LATIN: Final = r"[\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{4,}"
"""Letters that the bytes of Chinese become when they are read as Latin-1 or as Windows reads it."""


def _pairs(leads: range, trails: range) -> str:
    """The characters that two bytes of these ranges are in GBK, as a class of a regular expression."""
    found = (bytes((lead, trail)).decode("gbk", errors="ignore") for lead in leads for trail in trails)
    return f"[{''.join(found)}]"


_CONTINUED: Final = range(0x80, 0xC0)  # the second and third byte of a Chinese character in UTF-8
_BEGUN: Final = range(0xE4, 0xEA)  # the first
_TWO_IN_UTF_8: Final = _pairs(_BEGUN, _CONTINUED) + _pairs(_CONTINUED, _BEGUN) + _pairs(_CONTINUED, _CONTINUED)
"""Two characters in UTF-8 are six bytes, and these read as GBK are three characters."""

_GBK_PAIRS: Final = re.compile(r"(?:[\xb0-\xf7][\xa1-\xfe]){2,}")
_COMMON_PAIR: Final = re.compile(r"[\xb0-\xd7][\xa1-\xfe]")  # the 3755 common characters come first in GBK

_GARBLED: Final = re.compile(f"{_LOST}|{_TWO_IN_UTF_8}")
_SUSPECT: Final = re.compile(f"{_GARBLED.pattern}|{_LATIN}")


def required(batch: Batch) -> Iterator[Finding]:
    """`attr.required`: an entity that must be known by a name has none."""
    for place in np.flatnonzero(batch.of_classes(lambda one: one.layer in NAMED_LAYERS)).tolist():
        if not (batch.candidates[place].state.name or "").strip():
            yield batch.finding("attr.required", place, field="name")


def typed(batch: Batch) -> Iterator[Finding]:
    """`attr.type.value`: a value is neither a text, a number, true or false nor empty, or is a number that is none."""
    numbers = np.array([value for value in batch.every_value if type(value) is float])
    if set(map(type, batch.every_value)) <= _SCALARS and np.isfinite(numbers).all():
        return
    for found in _of_values(batch, "attr.type.value", lambda value: not _is_scalar(value)):
        value = found.values["value"]
        yield _saying(found, value=str(value)[:40], kind=type(value).__name__)


def length(batch: Batch) -> Iterator[Finding]:
    """`attr.length`: a text is longer than anybody meant it to be; a list of parts, such as a hole's layers, may be."""
    plain, listed = (int(tolerance("attr.length", kind)) for kind in ("characters", "listed"))

    def most(text: str) -> int:
        return listed if text.startswith("[{") else plain

    for found in _of_texts(batch, "attr.length", lambda text: len(text) > most(text)):
        text = str(found.values["value"])
        yield _saying(found, value=f"{text[:20]}…", length=len(text), wanted=f"≤ {most(text)}")


def control(batch: Batch) -> Iterator[Finding]:
    """`attr.text`: a text holds control characters, which no screen shows and no database takes."""
    if not _CONTROL.search(batch.whole_text):
        return
    for found in _of_texts(batch, "attr.text", lambda text: _CONTROL.search(text) is not None):
        text = str(found.values["value"])
        marks = sorted({f"U+{ord(mark):04X}" for mark in _CONTROL.findall(text)})
        yield _saying(found, value=_CONTROL.sub("□", text)[:40], marks=", ".join(marks))


def encoding(batch: Batch) -> Iterator[Finding]:
    """`attr.encoding`: a text was read in another encoding than it was written in (乱码)."""
    if not _SUSPECT.search(batch.whole_text):
        return
    for found in _of_texts(batch, "attr.encoding", is_garbled):
        yield _saying(found, value=str(found.values["value"])[:40])


def is_garbled(text: str) -> bool:
    """Tell whether a text shows that it was read in another encoding than it was written in.

    It is told by letters that were lost, by UTF-8 read as GBK (鍖椾含), and by Latin letters that become Chinese once
    the misreading is undone (ÖÐ¹ú, ä¸­å›½).
    """
    return _GARBLED.search(text) is not None or any(map(_was_chinese, re.findall(_LATIN, text)))


def _was_chinese(letters: str) -> bool:
    """Whether Latin letters become Chinese, at least two characters after each other, when read as GBK or UTF-8."""
    if _GBK_PAIRS.fullmatch(letters) and 2 * len(_COMMON_PAIR.findall(letters)) >= 0.6 * len(letters):
        return True
    meant = (letters.encode(read_in, errors="ignore").decode(errors="ignore") for read_in in ("latin-1", "cp1252"))
    return any(_HAN.search(text) and len(text.encode()) + 2 >= len(letters) for text in meant)


def _is_scalar(value: object) -> bool:
    return type(value) in _SCALARS and not (isinstance(value, float) and not math.isfinite(value))


def _of_texts(batch: Batch, rule: str, is_broken: Callable[[str], bool]) -> Iterator[Finding]:
    """Findings for texts, each text judged once however many features have it."""
    broken = set(filter(is_broken, batch.texts))
    return _of_values(batch, rule, lambda value: type(value) is str and value in broken) if broken else iter(())


def _of_values(batch: Batch, rule: str, is_broken: Callable[[object], bool]) -> Iterator[Finding]:
    """Findings for every field that has a broken value."""
    for place, one in enumerate(batch.candidates):
        for field, value in (("name", one.state.name), *one.state.attributes.items()):
            if is_broken(value):
                yield batch.finding(rule, place, field=field, value=value)


def _saying(found: Finding, **values: object) -> Finding:
    return Finding(found.rule, {**found.values, **values}, found.row, found.feature, found.place)
