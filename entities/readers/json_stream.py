"""JSON read piece by piece, so that a file of any size takes little memory."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, TextIO

from entities.errors import Invalid

BLOCK: Final = 1 << 18
_SPACES: Final = " \t\r\n\ufeff\x1e"  # with the byte order mark and the separator of JSON text sequences
_SPACE: Final = re.compile(f"[{_SPACES}]*")
_UNDECIDED: Final = 2  # of a number cut off at `1e-` the decoder takes the 1, so that two characters may be left
_DECODER: Final = json.JSONDecoder()


class JsonStream:
    """A JSON text with a place reached in it: whole values are taken one after the other.

    Raises `Invalid`: `pkg.truncated` where the text ends too early, `pkg.format` where it is no JSON, and
    `attr.encoding.json` where it is not UTF-8.
    """

    def __init__(self, file: TextIO, name: str) -> None:
        self._file = file
        self._name = name
        self._text = ""
        self._at = 0
        self._ended = False

    def ended(self) -> bool:
        """Tell whether nothing but space is left."""
        return self._peek() == ""

    def value(self) -> object:
        """Take the next whole value."""
        if self._peek() == "":
            raise self._truncated()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise self._faulty(error) from None
            except RecursionError:
                raise Invalid.because("pkg.format", name=self._name, why="JSON nesting") from None
            if end + _UNDECIDED < len(self._text) or not self._more():
                self._at = end
                return value

    def members(self, streamed: Collection[str] = ()) -> Iterator[tuple[str, object]]:
        """Yield the members of the next object as (name, value).

        A member named in `streamed` is yielded piece by piece: an array as its items, an object as (name, value) pairs.
        """
        self._take("{")
        if self._peek() == "}":
            self._take("}")
            return
        while True:
            key = self._key()
            if key in streamed and self._peek() in ("[", "{"):
                yield from ((key, item) for item in self._pieces())
            else:
                yield key, self.value()
            if self._next("}"):
                return

    def _pieces(self) -> Iterator[object]:
        if self._peek() == "{":
            yield from self.members()
            return
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            yield self.value()
            if self._next("]"):
                return

    def _key(self) -> str:
        if self._peek() not in ('"', ""):
            raise self._malformed()
        key = str(self.value())
        self._take(":")
        return key

    def _next(self, closing: str) -> bool:
        """Take a comma (False) or the closing bracket (True)."""
        if self._peek() == closing:
            self._take(closing)
            return True
        self._take(",")
        return False

    def _take(self, character: str) -> None:
        if self._peek() != character:
            cut = len(self._text) - self._at <= _UNDECIDED and not self._more()  # nothing left, or half a number
            raise self._truncated() if cut else self._malformed()
        self._at += 1

    def _peek(self) -> str:
        """The next character that is no space, or nothing at the end."""
        while True:
            if self._at < len(self._text) and self._text[self._at] not in _SPACES:
                return self._text[self._at]
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on; twice as much each time while one value is not whole yet."""
        if self._ended:
            return False
        try:
            block = self._file.read(max(BLOCK, len(self._text) - self._at))
        except UnicodeDecodeError:
            raise Invalid.because("attr.encoding.json", name=self._name) from None
        if block == "":
            self._ended = True
            return False
        self._text = self._text[self._at :] + block
        self._at = 0
        return True

    def _faulty(self, error: json.JSONDecodeError) -> Invalid:
        """What to say of a value that cannot be read: cut off if the fault is at the very end, else malformed."""
        rest = len(self._text) - error.pos
        cut = rest <= 12 or error.msg.startswith("Unterminated string")
        return self._truncated() if cut else self._malformed(error.msg)

    def _truncated(self) -> Invalid:
        return Invalid.because("pkg.truncated", name=self._name, why="JSON: EOF")

    def _malformed(self, why: str = "") -> Invalid:
        near = self._text[self._at : self._at + 30].strip()
        return Invalid.because("pkg.format", name=self._name, why=f"JSON: {why} {near}".strip())


def open_json(path: Path) -> TextIO:
    """Open a JSON file as the text it must be: UTF-8, with or without a byte order mark."""
    return path.open(encoding="utf-8-sig", errors="strict")
