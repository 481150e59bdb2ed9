"""Rows of a link file as what they say: which code, of which entity, since when; and what cannot be understood."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import shapely

from entities.codes import parse_code
from entities.errors import Invalid, Refusal
from entities.linking.options import LinkOptions, Tuning
from entities.model import FOREVER, Period, Scalar
from entities.profiles import plain
from entities.readers.source import Chunk
from entities.registers.schemes import Scheme
from entities.registers.table import Schemes
from entities.rules import Finding
from entities.values import day_of, number_of

Told = Callable[[str], Scalar]
Fits = Callable[[str], bool]

_EATEN: Final = re.compile(r"[+-]?\d+(\.\d+)?[eE][+]?\d+")
_THOUSANDS: Final = re.compile(r"\d{1,3}([,，]\d{3})+")
_EXACT: Final = 10**15  # spreadsheets keep fifteen digits of a number
_SAMPLE: Final = 200


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One row: a code, what tells its entity (a code of it, or a place), and from when to when."""

    row: int
    scheme: str
    value: str
    period: Period
    action: str
    key: str | None = None  # an entity code, or another code
    shape: shapely.Geometry | None = None
    issuer: str | None = None
    note: str | None = None


class Meaning:
    """What the columns of a file say. `Invalid` (`link.columns`, `link.scheme`) where that cannot be told."""

    def __init__(self, fields: Sequence[str], sample: Chunk, options: LinkOptions, schemes: Schemes) -> None:
        self._options, self._schemes, self._tuning = options, schemes, Tuning.load()
        self._columns = {role: self._column(role, fields) for role in self._tuning.fields}
        self.scheme = schemes.get(options.scheme) if options.scheme else None
        if self.scheme is None and self._columns["scheme"] is None:
            raise Invalid.because("link.scheme", known=", ".join(scheme.id for scheme in schemes))
        self._columns["value"] = self._value_column(fields, sample)
        self.by = options.by or self._way(fields, sample)

    def rows(self, chunk: Chunk) -> Iterator[LinkRow | Finding]:
        """What each row says, or what is wrong with it; empty rows are passed over."""
        for index in range(len(next(iter(chunk.columns.values()), []))):
            number = chunk.first_row + index
            if all(column[index] in (None, "") for column in chunk.columns.values()):
                continue
            try:
                yield self._row(chunk, index, number)
            except Refusal as refusal:
                first = refusal.findings[0]
                yield Finding(first.rule, first.values, number)

    def _row(self, chunk: Chunk, index: int, number: int) -> LinkRow:
        def told(role: str) -> Scalar:
            name = self._columns[role]
            return chunk.columns[name][index] if name is not None else None

        scheme = self._scheme_of(told("scheme"))
        action = self._action_of(told("action"))
        return LinkRow(
            number,
            scheme.id,
            code_of(scheme, told("value")),
            self._period(told, action),
            action,
            key=self._key(told),
            shape=self._shape(told, chunk, index) if self.by == "place" else None,
            issuer=_text(told("issuer")) or self._options.issuer,
            note=_text(told("note")),
        )

    def _period(self, told: Told, action: str) -> Period:
        """The days a link is valid; of one that ends, the days from its end on."""
        start, end = (told(role) for role in ("valid_from", "valid_to"))
        begins = self._options.day if start in (None, "") else day_of(start)
        ends = FOREVER if end in (None, "") else day_of(end)
        return (
            Period(ends)
            if action == "end" and ends < FOREVER
            else Period(begins, FOREVER if action != "link" else ends)
        )

    def _key(self, told: Told) -> str | None:
        if self.by == "place":
            return None
        text = _text(told("entity" if self.by == "code" else "other"))
        if not text:
            raise Invalid.because("link.nobody")
        return parse_code(text) if self.by == "code" else text

    def _shape(self, told: Told, chunk: Chunk, index: int) -> shapely.Geometry:
        if chunk.shapes is not None:
            shape = chunk.shapes[index]
        else:
            shape = shapely.Point(_degrees(told("lon")), _degrees(told("lat")))
        if shape is None or shape.is_empty:
            raise Invalid.because("link.nobody")
        return shape

    def _scheme_of(self, value: Scalar) -> Scheme:
        text = _text(value)
        if not text and self.scheme is not None:
            return self.scheme
        named = [scheme for scheme in self._schemes if text in (scheme.name.zh, scheme.name.en)]
        return named[0] if named else self._schemes.get(text or "")

    def _action_of(self, value: Scalar) -> str:
        text = _text(value)
        if not text:
            return self._options.action
        if text not in self._tuning.actions:
            raise Invalid.because("link.action", action=text, known=", ".join(self._tuning.actions))
        return self._tuning.actions[text]

    def _column(self, role: str, fields: Sequence[str]) -> str | None:
        """The column of a role: the one that was named, or the first of a usual name."""
        named = self._options.columns.get(role)
        if named is not None and named not in fields:
            raise Invalid.because("link.columns", column=named, columns=", ".join(fields))
        known = {plain(field): field for field in fields}
        return named or next((known[plain(name)] for name in self._tuning.fields[role] if plain(name) in known), None)

    def _value_column(self, fields: Sequence[str], sample: Chunk) -> str:
        """The column of the codes: named, usually called so, or the one whose sample is of the scheme."""
        known = {plain(field): field for field in fields}
        usual = self._tuning.of_schemes.get(self.scheme.id, ()) if self.scheme else ()
        names = (*usual, *((self.scheme.id, self.scheme.name.zh, self.scheme.name.en) if self.scheme else ()))
        found = self._columns["value"] or next((known[plain(name)] for name in names if plain(name) in known), None)
        if found is None and self.scheme is not None:
            found = _alike(sample, self.scheme.fits)
        if found is None:
            raise Invalid.because("link.columns", column="value", columns=", ".join(fields))
        return found

    def _way(self, fields: Sequence[str], sample: Chunk) -> str:
        """How rows tell their entity: by the columns there are."""
        if self._columns["entity"] is None and self._options.by is None:
            self._columns["entity"] = _alike(sample, _is_entity_code)
        if self._columns["entity"] is not None:
            return "code"
        if self._columns["other"] is not None:
            return "other"
        if sample.shapes is not None or (self._columns["lon"] is not None and self._columns["lat"] is not None):
            return "place"
        raise Invalid.because("link.columns", column="entity", columns=", ".join(fields))


def code_of(scheme: Scheme, value: Scalar) -> str:
    """The code that a cell means. `Invalid` (`link.number`, `link.zeros`, `code.scheme.…`) where it is none."""
    if value is None or value == "":
        raise Invalid.because("link.empty")
    if isinstance(value, float | int) and not isinstance(value, bool):
        if abs(value) >= _EXACT or value != int(value):
            raise Invalid.because("link.number", value=f"{value:g}")
        value = str(int(value))
    text = str(value)
    if _EATEN.fullmatch(text):
        raise Invalid.because("link.number", value=text)
    text = text.replace(",", "").replace("，", "") if _THOUSANDS.fullmatch(text) else text
    try:
        return scheme.read(text)
    except Invalid as refusal:
        missing = {form.most - len(text) for form in scheme.forms if text.isdigit() and form.most > len(text)}
        if any(scheme.fits("0" * zeros + text) for zeros in missing):
            raise Invalid.because("link.zeros", value=text, meant="0" * min(missing) + text) from refusal
        raise


def _alike(sample: Chunk, fits: Fits) -> str | None:
    """The column of which most values in the sample are codes of a kind, if there is just one."""
    shares = {}
    for name, column in sample.columns.items():
        texts = [str(value) for value in column[:_SAMPLE] if value not in (None, "")]
        shares[name] = sum(map(fits, texts)) / len(texts) if texts else 0.0
    found = [name for name, share in shares.items() if share > 0.5]
    return found[0] if len(found) == 1 else None


def _is_entity_code(text: str) -> bool:
    try:
        parse_code(text)
    except Invalid:
        return False
    return True


def _text(value: Scalar) -> str | None:
    return None if value is None else str(value).strip() or None


def _degrees(value: Scalar) -> float:
    try:
        return number_of(value)
    except ValueError:
        raise Invalid.because("link.place", value=value) from None
