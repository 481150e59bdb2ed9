"""Check rules of a department, written as data in a YAML file."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, Final

import yaml

from entities.checks import conditions
from entities.checks.batch import Batch, Flags
from entities.checks.conditions import Condition
from entities.classes import ClassTable
from entities.errors import Invalid
from entities.rules import Finding, Rule, all_rules, rule
from entities.text import Text

KINDS: Final = {
    "required": "attr.required",
    "enum": "attr.enum.allowed",
    "range": "attr.range",
    "pattern": "attr.pattern",
    "length": "attr.length",
    "unique": "attr.unique",
    "pair": "logic.pair",
}
"""The kinds of rules there are, and the rule whose words one of that kind has where it brings none."""

SEVERITIES: Final = ("error", "warning")

_COMMON: Final = {"id", "kind", "severity", "title", "sentence", "remedy", "of"}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")


@dataclass(frozen=True, slots=True)
class DeclaredRule:
    """One rule of a department: its words, what it asks, and of which layers, groups or classes (none: of all).

    A rule of kind `unique` asks that no value of its field comes twice; `given` is the first half of a `pair`.
    """

    words: Rule
    kind: str
    asks: Condition
    given: Condition | None = None
    of: tuple[str, ...] = ()

    def classes(self, table: ClassTable) -> frozenset[str] | None:
        """The codes of the classes it asks something of, None for all; `Invalid` (`rule.form.of`) if there are none."""
        if not self.of:
            return None
        for name in self.of:
            if not any(name in _names(one.code, table) for one in table.leaves):
                raise Invalid.because("rule.form.of", id=self.words.id, value=name)
        return frozenset(one.code for one in table.leaves if _names(one.code, table) & set(self.of))

    def check(self, batch: Batch, asked: Flags) -> Iterator[Finding]:
        """Say which of the features that are asked break it."""
        values = batch.values(self.asks.field)
        others = batch.values(self.given.field) if self.given else values
        for place, (value, other) in enumerate(zip(values, others, strict=True)):
            applies = asked[place] and (self.given is None or _is_given(self.given, other))
            if applies and not self.asks.holds(value):
                yield self.finding(batch, place, value, other)

    def finding(self, batch: Batch, place: int, value: object, other: object = None, **values: object) -> Finding:
        """Say that a candidate breaks it."""
        said = {
            "field": self.asks.field,
            "value": _said(value),
            "length": len(_said(value)),
            "wanted": self.asks.wanted,
        }
        if self.given is not None:
            said |= {"other": self.given.field, "other_value": _said(other)}
        one = batch.candidates[place]
        return Finding(self.words.id, {**said, **values}, one.row, one.source_id, own=self.words)


def read_rules(path: Path) -> tuple[DeclaredRule, ...]:
    """Read the rules of a YAML file, or of every YAML file of a folder.

    Raises `Invalid` (`rule.form…`) with the file, the line and what is wrong there.
    """
    pages = sorted(path.glob("*.y*ml")) if path.is_dir() else [path]
    found: list[DeclaredRule] = []
    named: set[str] = set()
    for page in pages:
        for line, entry in _entries(page):
            found.append(_Entry(page.name, line, entry).rule())
            name = found[-1].words.id
            if name in named:
                raise Invalid.because("rule.form.twice", row=line, file=page.name, line=line, id=name)
            named |= {name} - all_rules().keys()
    return tuple(found)


def _entries(page: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each rule of a file with the line it begins at."""
    try:
        text = page.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=_Loader)
        entries = yaml.load(text, Loader=_Loader)
    except OSError as error:
        raise Invalid.because("rule.form.file", file=page.name, why=error.strerror) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid.because("rule.form.file", file=page.name, why=" ".join(str(error).split())) from error
    if root is None:
        return
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid.because("rule.form.file", file=page.name, why="- kind: …")
    for node, entry in zip(root.value, entries, strict=True):
        yield node.start_mark.line + 1, entry


class _Loader(yaml.SafeLoader):
    """YAML in which a word is a word: no, 0101 and 2026-05-19 are texts, not a truth value, 65 and a day."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _form in (
    ("null", r"~|null|"),
    ("bool", r"true|false"),
    ("int", r"[-+]?(0|[1-9][0-9]*)"),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_form})$"), None)


class _Entry:
    """One rule of a file while it is read and held to its form."""

    def __init__(self, file: str, line: int, entry: Mapping[str, Any]) -> None:
        self._file = file
        self._line = line
        self._entry = entry

    def rule(self) -> DeclaredRule:
        """The rule that is written there."""
        kind = self._one_of("kind", tuple(KINDS))
        make, keys = _MAKERS[kind]
        if unknown := sorted(set(map(str, self._entry)) - _COMMON - keys):
            raise self._wrong("key", key=unknown[0], wanted=", ".join(sorted(_COMMON | keys)))
        of = self._list("of") if "of" in self._entry else []
        given = self._if() if kind == "pair" else None
        return DeclaredRule(self._words(kind), kind, make(self), given, tuple(map(str, of)))

    def field(self) -> str:
        return self._text(self._entry, "field")

    def enum(self) -> Condition:
        return conditions.one_of(self.field(), self._list("values"))

    def range(self) -> Condition:
        return conditions.within(self.field(), *self._span())

    def length(self) -> Condition:
        return conditions.long(self.field(), *self._span())

    def pattern(self) -> Condition:
        text = self._text(self._entry, "pattern")
        try:
            return conditions.matching(self.field(), re.compile(text))
        except re.error as error:
            raise self._value("pattern", text, str(error)) from error

    def then(self) -> Condition:
        half = self._half("then", {"field", "in", "required"})
        present = conditions.present(self._text(half, "field", "then.field"))
        if half.get("required", True) is not True:
            raise self._value("then.required", half["required"], "true")
        if "in" not in half:
            return present
        return conditions.both(present, conditions.one_of(present.field, self._list("in", half, "then.in")))

    def _if(self) -> Condition:
        half = self._half("if", {"field", "in"})
        return conditions.one_of(self._text(half, "field", "if.field"), self._list("in", half, "if.in"))

    def _half(self, key: str, known: set[str]) -> dict[str, Any]:
        half = self._need(key)
        if not isinstance(half, dict) or set(half) - known:
            raise self._value(key, half, ", ".join(sorted(known)))
        return half

    def _words(self, kind: str) -> Rule:
        usual = rule(KINDS[kind])
        if not _COMMON - {"kind", "of"} & self._entry.keys():
            return usual
        name = self._text(self._entry, "id")
        if not _ID.fullmatch(name) or name in all_rules():
            raise self._value("id", name, "department.rule-name")
        title, remedy = (
            self._said(part) if part in self._entry else getattr(usual, part) for part in ("title", "remedy")
        )
        severity = self._one_of("severity", SEVERITIES)
        return Rule(name, "warning" if severity == "warning" else "error", title, self._said("sentence"), remedy)

    def _said(self, part: str) -> Text:
        """A text in both languages, whose {fields} are such that a finding can fill them."""
        words = self._need(part)
        if not isinstance(words, dict) or set(words) != {"zh", "en"} or not all(map(_is_sayable, words.values())):
            raise self._value(part, words, "{zh: …, en: …}")
        return Text(**words)

    def _span(self) -> tuple[float, float]:
        if not {"least", "most"} & self._entry.keys():
            raise self._wrong("missing", key="least, most")
        least, most = (self._entry.get(key, end) for key, end in (("least", -math.inf), ("most", math.inf)))
        for key, value in (("least", least), ("most", most)):
            if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
                raise self._value(key, value, "0.5")
        if least > most:
            raise self._value("least", least, f"≤ {most:g}")
        return float(least), float(most)

    def _need(self, key: str, entry: Mapping[str, Any] | None = None, said: str = "") -> object:
        found = (self._entry if entry is None else entry).get(key)
        if found is None or found == "":
            raise self._wrong("missing", key=said or key)
        return found

    def _text(self, entry: Mapping[str, Any], key: str, said: str = "") -> str:
        found = self._need(key, entry, said)
        if not isinstance(found, str):
            raise self._value(said or key, found, "abc")
        return found

    def _list(self, key: str, entry: Mapping[str, Any] | None = None, said: str = "") -> list[object]:
        found = self._need(key, entry, said)
        if not isinstance(found, list) or not found or any(isinstance(value, list | dict) for value in found):
            raise self._value(said or key, found, "[a, b, c]")
        return found

    def _one_of(self, key: str, known: tuple[str, ...]) -> str:
        found = self._need(key)
        if found not in known:
            raise self._value(key, found, " | ".join(known))
        return str(found)

    def _value(self, key: str, value: object, wanted: str) -> Invalid:
        return Invalid([self._finding("rule.form", key=key, value=value, wanted=wanted)])

    def _wrong(self, problem: str, **values: object) -> Invalid:
        return Invalid([self._finding(f"rule.form.{problem}", **values)])

    def _finding(self, rule_id: str, **values: object) -> Finding:
        return Finding(rule_id, {"file": self._file, "line": self._line, **values}, self._line)


_MAKERS: Final[dict[str, tuple[Callable[[_Entry], Condition], set[str]]]] = {
    "required": (lambda entry: conditions.present(entry.field()), {"field"}),
    "enum": (_Entry.enum, {"field", "values"}),
    "range": (_Entry.range, {"field", "least", "most"}),
    "pattern": (_Entry.pattern, {"field", "pattern"}),
    "length": (_Entry.length, {"field", "least", "most"}),
    "unique": (lambda entry: conditions.anything(entry.field()), {"field"}),
    "pair": (_Entry.then, {"if", "then"}),
}


def _names(code: str, table: ClassTable) -> set[str]:
    """What a rule may call a class by: its layer, its code, the codes of the groups it stands in."""
    return {table.get(code).layer, *(one.code for one in table.path(code))}


def _is_given(condition: Condition, value: object) -> bool:
    return not conditions.is_blank(value) and condition.holds(value)


def _said(value: object) -> str:
    return "" if value is None else conditions.plain(value)[:80]


def _is_sayable(words: object) -> bool:
    """Whether a sentence has words, and none of its {fields} reaches into a value."""
    if not isinstance(words, str) or not words.strip():
        return False
    try:
        fields = [name for _, name, _, _ in Formatter().parse(words) if name is not None]
    except ValueError:
        return False
    return all(name.isidentifier() for name in fields)
