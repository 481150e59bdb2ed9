"""The groups of an AGS4 file (the exchange format of ground investigations) as tables, and whatever breaks its form."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from entities.readers.package import Package

CHINESE: Final = "gb18030"
WESTERN: Final = "cp1252"
"""The encodings of text that is not UTF-8."""

_HIGH: Final = re.compile(rb"[\x80-\xff]")
_IDEOGRAPH: Final = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")  # of GB 2312: both bytes are beyond ASCII
_OLD: Final = "**"
_KINDS: Final = ("GROUP", "HEADING", "UNIT", "TYPE", "DATA")

Row = Mapping[str, str]
"""One row of a group: what stands under each heading, empty where nothing does."""


@dataclass(slots=True)
class Group:
    """One group: its headings, the unit and the type of each, and its rows with their lines in the file."""

    name: str
    headings: list[str] = field(default_factory=list)
    units: Row = field(default_factory=dict)
    types: Row = field(default_factory=dict)
    rows: list[tuple[int, Row]] = field(default_factory=list)


def encoding_of(path: Path) -> str:
    """How a file's text is encoded: AGS 4 asks for UTF-8, and what is not was written by Windows.

    In China most bytes beyond ASCII stand in pairs, in Western Europe they are lone degrees and accents.
    """
    data = path.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        paired = 2 * len(_IDEOGRAPH.findall(data))
        return CHINESE if 2 * paired > len(_HIGH.findall(data)) else WESTERN
    return "utf-8-sig"


def read_groups(package: Package, encoding: str, wanted: Collection[str]) -> dict[str, Group]:
    """The wanted groups of a file, by name; the whole file is read for its form.

    Raises `Invalid`: `ags.version` for an edition before 4, `ags.form` with the line where a row is not as it must be.
    """
    page = _Page(package.name)
    with package.path.open(encoding=encoding, errors="replace", newline="") as file:
        for line, (kind, *values) in _lines(file, package.name):
            page.take(line, kind, values)
    return {name: group for name, group in page.groups.items() if name in wanted}


def _lines(file: Iterable[str], name: str) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(file, strict=True)
    try:
        for row in rows:
            if any(row):
                yield rows.line_num, [value.strip() for value in row]
    except csv.Error as error:
        raise _malformed(name, rows.line_num, str(error)) from None


@dataclass(slots=True)
class _Page:
    """A file while it is read: the groups so far, the last of which is being filled."""

    name: str
    groups: dict[str, Group] = field(default_factory=dict)

    def take(self, line: int, kind: str, values: list[str]) -> None:
        """Take the next row."""
        if kind.startswith(_OLD):
            raise Invalid.because("ags.version", name=self.name, line=line)
        if kind == "GROUP":
            self._begin(line, values)
            return
        group = next(reversed(self.groups.values()), None)
        if group is None or kind not in _KINDS or (kind == "HEADING") != (not group.headings):
            raise _malformed(self.name, line, kind[:40])
        if kind == "HEADING":
            self._head(group, line, values)
            return
        if len(values) != len(group.headings):
            raise _malformed(self.name, line, f"{len(values)} / {len(group.headings)}")
        self._fill(group, line, kind, dict(zip(group.headings, values, strict=True)))

    def _begin(self, line: int, values: list[str]) -> None:
        name = "".join(values)
        if len(values) != 1 or not name or name in self.groups:
            raise _malformed(self.name, line, f"GROUP {', '.join(values)}"[:60])
        self.groups[name] = Group(name)

    def _head(self, group: Group, line: int, values: list[str]) -> None:
        if not all(values) or len(set(values)) < len(values):
            raise _malformed(self.name, line, "HEADING")
        group.headings = values

    def _fill(self, group: Group, line: int, kind: str, row: Row) -> None:
        if kind == "UNIT":
            group.units = row
        elif kind == "TYPE":
            group.types = row
        else:
            group.rows.append((line, row))


def _malformed(name: str, line: int, why: str) -> Invalid:
    return Invalid.because("ags.form", name=name, line=line, why=why)
