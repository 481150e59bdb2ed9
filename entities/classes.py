"""The class table: what kinds of entities there are, as a file that a province may replace."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Final

from entities.errors import Invalid, NotFound
from entities.rules import Finding
from entities.text import Text

KINDS: Final = ("natural", "man-made", "administrative")
GEOMETRIES: Final = ("point", "line", "area", "solid")
POSITIONS: Final = ("above-ground", "on-ground", "below-ground", "above-water", "on-water", "below-water")
ATTESTED: Final = ("standard", "project")
COLUMNS: Final = (
    *("code", "zh", "en", "parent", "leaf", "kind"),
    *("geometries", "position", "layer", "accuracy", "attested"),
)

_CODE: Final = re.compile(r"[1-9][0-9]+")
_LAYER: Final = re.compile(r"[a-z]+")
_ACCURACY: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class EntityClass:
    """One class of entities, or (`leaf` false) a group of classes, of which only code, name and parent are given.

    `geometries` and `positions` are what the class allows; `accuracy` is the mean planimetric error allowed, in metres.
    """

    code: str
    name: Text
    parent: str | None
    leaf: bool
    attested: str
    kind: str = ""
    geometries: frozenset[str] = frozenset()
    positions: frozenset[str] = frozenset()
    layer: str = ""
    accuracy: float = 0.0


class ClassTable:
    """Every class by its code; `ClassTable.load()` is the shipped table, `ClassTable.load(path)` a province's own.

    Beside the classes of entities it knows those of `products`, what surveys make besides entities: they have a name
    and a layer too, but no entity is of them, so they are not counted, listed or found by name.
    """

    def __init__(self, classes: Mapping[str, EntityClass], products: Mapping[str, EntityClass] | None = None) -> None:
        self._classes = dict(classes)
        self._known = {**(products or {}), **self._classes}
        self._children: dict[str, list[EntityClass]] = {}
        for one in self._classes.values():
            self._children.setdefault(one.parent or "", []).append(one)
        self._named = _names(self.leaves)

    @classmethod
    def load(cls, path: Path | None = None) -> "ClassTable":
        """Read a class table, the shipped one if no path is given.

        Raises `Invalid` (`class.table.…`) with the line and what is wrong with it.
        """
        return cls(_Page(path).classes(), _Page(None, "products.csv").classes())

    def __len__(self) -> int:
        """How many classes entities can have: groups do not count."""
        return len(self.leaves)

    def __contains__(self, code: object) -> bool:
        """Tell whether this is the code of a class that entities can have."""
        one = self._classes.get(code) if isinstance(code, str) else None
        return one is not None and one.leaf

    @property
    def leaves(self) -> tuple[EntityClass, ...]:
        """The classes entities can have, by code."""
        return tuple(one for _, one in sorted(self._classes.items()) if one.leaf)

    @property
    def layers(self) -> tuple[str, ...]:
        """The tile layers that classes are published in, by name."""
        return tuple(sorted({one.layer for one in self.leaves}))

    def get(self, code: str) -> EntityClass:
        """The class or group with this code, of a product too; `NotFound` (`class.unknown`) if there is none."""
        try:
            return self._known[code]
        except KeyError:
            raise NotFound.because("class.unknown", code=code) from None

    def layer_of(self, code: str) -> str:
        """The tile layer of a class; `NotFound` (`class.unknown`, `class.group`) where no entity can be of it."""
        one = self.get(code)
        if not one.leaf:
            raise NotFound.because("class.group", code=code, name=one.name.zh)
        return one.layer

    def children(self, code: str | None = None) -> tuple[EntityClass, ...]:
        """What stands directly below a group, by code; for None the groups at the top."""
        if code is not None:
            self.get(code)
        return tuple(sorted(self._children.get(code or "", ()), key=lambda one: one.code))

    def path(self, code: str) -> tuple[EntityClass, ...]:
        """The groups a class stands in, from the top down to the class itself."""
        found = [self.get(code)]
        while found[-1].parent is not None:
            found.append(self.get(found[-1].parent))
        return tuple(reversed(found))

    def find(self, text: str) -> EntityClass | None:
        """The one class that a code or a name means, in Chinese or English; None if none does or several do."""
        return self._named.get(_plain(text))


def _names(leaves: tuple[EntityClass, ...]) -> dict[str, EntityClass]:
    """Classes by code and by name; a name such as 沼泽、湿地 is known by its parts too, where one class has them."""
    whole = {_plain(word): one for one in leaves for word in (one.code, one.name.zh, one.name.en)}
    parts: dict[str, set[EntityClass]] = {}
    for one in leaves:
        for part in one.name.zh.split("、"):
            parts.setdefault(_plain(part), set()).add(one)
    return {part: next(iter(ones)) for part, ones in parts.items() if len(ones) == 1} | whole


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


class _Page:
    """A class table's file while it is read and held to its rules."""

    def __init__(self, path: Path | None, shipped: str = "classes.csv") -> None:
        self._name = path.name if path else shipped
        self._lines = list(self._read(self._text(path)))

    def classes(self) -> dict[str, EntityClass]:
        """Every class of the file, by code."""
        found: dict[str, EntityClass] = {}
        names: dict[str, int] = {}
        for line, row in self._lines:
            one = self._class(line, row)
            for value in (one.code, *((one.name.zh, one.name.en) if one.leaf else ())):
                if value in names:
                    raise self._wrong("twice", line, value=value, first=names[value])
                names[value] = line
            found[one.code] = one
        self._check_parents(found)
        return found

    def _text(self, path: Path | None) -> str:
        source = path or files("entities.data") / self._name
        try:
            return source.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise Invalid.because("class.table.file", file=self._name, why=error.strerror) from error
        except UnicodeDecodeError as error:
            raise Invalid.because("class.table.file", file=self._name, why="UTF-8") from error

    def _read(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        reader = csv.DictReader(StringIO(text, newline=""), restval="", restkey="")
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise self._wrong("columns", 1, missing=", ".join(missing))
        for row in reader:
            yield reader.line_num, {column: row[column].strip() for column in COLUMNS}

    def _class(self, line: int, row: dict[str, str]) -> EntityClass:
        code = row["code"]
        if not _CODE.fullmatch(code) or len(code) != len(self._lines[0][1]["code"]):
            raise self._wrong("code", line, code=code)
        value = _Row(row, lambda **values: self._wrong("value", line, **values))
        common = (code, Text(value.name("zh", "房屋"), value.name("en", "Building")), row["parent"] or None)
        leaf = value.one_of("leaf", ("yes", "no")) == "yes"
        attested = value.one_of("attested", ATTESTED)
        if not leaf:
            return EntityClass(*common, leaf, attested)
        return EntityClass(
            *common,
            leaf,
            attested,
            value.one_of("kind", KINDS),
            value.some_of("geometries", GEOMETRIES),
            value.some_of("position", POSITIONS),
            value.matching("layer", _LAYER, "a-z"),
            float(value.matching("accuracy", _ACCURACY, "0.3")),
        )

    def _check_parents(self, found: Mapping[str, EntityClass]) -> None:
        """A parent is a group, and its code without the zeros at its end begins the child's; no group is empty."""
        for (line, _), one in zip(self._lines, found.values(), strict=True):
            above = found.get(one.parent or "")
            fits = above is not None and not above.leaf and one.code.startswith(above.code.rstrip("0"))
            if one.parent == one.code or (one.parent is not None and not fits):
                raise self._wrong("parent", line, code=one.code, parent=one.parent)
        parents = {one.parent for one in found.values()}
        for (line, _), one in zip(self._lines, found.values(), strict=True):
            if not one.leaf and one.code not in parents:
                raise self._wrong("childless", line, code=one.code)

    def _wrong(self, problem: str, line: int, **values: object) -> Invalid:
        said = {"file": self._name, "line": line, **values}
        return Invalid([Finding(f"class.table.{problem}", said, line)])


@dataclass(frozen=True, slots=True)
class _Row:
    """One line's values, each held to what its column may hold."""

    values: Mapping[str, str]
    wrong: Callable[..., Invalid]

    def name(self, column: str, example: str) -> str:
        return self.matching(column, re.compile(r".+"), example)

    def one_of(self, column: str, known: tuple[str, ...]) -> str:
        return self._refuse_unless(self.values[column] in known, column, " | ".join(known))

    def some_of(self, column: str, known: tuple[str, ...]) -> frozenset[str]:
        words = self.values[column].split("+")
        sound = set(words) <= set(known) and len(set(words)) == len(words)
        return frozenset(self._refuse_unless(sound, column, " + ".join(known)).split("+"))

    def matching(self, column: str, pattern: re.Pattern[str], example: str) -> str:
        return self._refuse_unless(pattern.fullmatch(self.values[column]) is not None, column, example)

    def _refuse_unless(self, sound: bool, column: str, wanted: str) -> str:
        if not sound:
            raise self.wrong(column=column, value=self.values[column], wanted=wanted)
        return self.values[column]
