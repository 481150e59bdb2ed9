"""Columns of a file as what a profile says they mean: one list a role, and what could not be understood."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np

from entities.crs import Numbers, round_metres
from entities.errors import Invalid
from entities.measures import metres_of
from entities.model import Day, Scalar
from entities.profiles import Origin, Profile, plain, text_of
from entities.readers.source import Chunk, finding
from entities.rules import Finding
from entities.values import day_of, number_of

ESTIMATED: Final = "height_estimated"
"""The attribute that marks a height made of a number of floors."""

_Meant = TypeVar("_Meant")
_CONSUMED: Final = ("height", "base", "name", "valid_from", "code", "source_id", "change")
"""Roles whose field needs not stay among the attributes, since the candidate holds all it says."""


@dataclass(slots=True)
class Meaning:
    """What the columns of a chunk say, one value a feature; `faults` has the findings by the feature's index."""

    classes: list[str]
    heights: list[float | None]
    bases: list[float | None]
    tops: list[float | None]
    floors: list[float | None]
    names: list[str | None]
    days: list[Day | None]
    codes: list[str | None]
    source_ids: list[str | None]
    changes: list[str | None]
    resource_codes: list[tuple[tuple[str, str], ...]]
    attributes: list[dict[str, Scalar]]
    faults: dict[int, list[Finding]] = field(default_factory=dict)


class Columns:
    """Reads the columns of chunks by a profile that is bound to their fields."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        origins = profile.origins
        dropped = {origins[role].field for role in _CONSUMED if role in origins}
        class_origin = profile.origin("class")
        if not class_origin.values:
            dropped.add(class_origin.field)  # the class itself; where it was translated, the word it came from stays
        self._dropped = dropped
        self._missing_numbers = list(_numbers(profile.missing))
        self._ignored = {plain(name) for name in profile.ignore}

    def meaning(self, chunk: Chunk) -> Meaning:
        """Read a chunk."""
        faults: dict[int, list[Finding]] = {}
        reader = _Reader(self._profile, chunk, faults, self._missing_numbers)
        meaning = Meaning(
            classes=reader.classes(),
            heights=reader.numbers("height"),
            bases=reader.numbers("base"),
            tops=reader.numbers("top"),
            floors=reader.numbers("floors"),
            names=reader.texts("name"),
            days=reader.days(),
            codes=reader.texts("code"),
            source_ids=reader.texts("source_id"),
            changes=reader.changes(),
            resource_codes=reader.resource_codes(),
            attributes=self._attributes(chunk),
            faults=faults,
        )
        reader.check_text()
        return meaning

    def _attributes(self, chunk: Chunk) -> list[dict[str, Scalar]]:
        """Everything else a feature says, without what it does not say."""
        names = [name for name in chunk.columns if name not in self._dropped and plain(name) not in self._ignored]
        if not names:
            return [{} for _ in range(len(chunk))]
        rows = zip(*(chunk.columns[name] for name in names), strict=True)
        return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]


@dataclass(slots=True)
class _Reader:
    """One chunk being read; findings go to `faults`."""

    profile: Profile
    chunk: Chunk
    faults: dict[int, list[Finding]]
    missing_numbers: Sequence[float]

    def numbers(self, role: str) -> list[float | None]:
        """Numbers in metres, or floors; a value that is none breaks `attr.type`. A unit goes before the scale."""
        origin = self.profile.origin(role)
        scale = origin.scale

        def number(value: Scalar) -> float:
            return round(number_of(value) * scale if role == "floors" else metres_of(value, scale), 3) + 0.0

        found = self._all_numbers(origin)
        if found is None:
            return self._each(origin, number, "attr.type")
        metres = round_metres(found * scale).tolist()
        return [None if value != value else value for value in metres]

    def _all_numbers(self, origin: Origin) -> Numbers | None:
        """A column of nothing but numbers, with NaN for those that mean "not known"; None for another column."""
        values = self._values(origin)
        if values is None or origin.constant is not None:
            return None
        try:
            found = np.array(values, dtype=np.float64)
        except (ValueError, TypeError):
            return None
        found[np.isin(found, self.missing_numbers)] = np.nan
        return None if np.isinf(found).any() else found

    def texts(self, role: str) -> list[str | None]:
        origin = self.profile.origin(role)
        values = self._values(origin)
        if values is None:
            return [origin.constant] * len(self.chunk)
        nothing = self.profile.missing | {""}
        texts = (value.strip() if isinstance(value, str) else text_of(value) for value in values)
        return [origin.constant if text in nothing else text for text in texts]

    def days(self) -> list[Day | None]:
        return self._each(self.profile.origin("valid_from"), day_of, "time.valid")

    def changes(self) -> list[str | None]:
        origin = self.profile.origin("change")

        def change(value: Scalar) -> str:
            return origin.values[text_of(value)]

        return self._each(origin, change, "attr.enum")

    def classes(self) -> list[str]:
        """Class codes; empty where nothing says one, `skip` for features to be left out."""
        origin = self.profile.origin("class")
        default = origin.constant or ""
        values = self._values(origin)
        if values is None:
            return [default] * len(self.chunk)
        codes: dict[Scalar, str] = {}
        for value in set(values):
            text = "" if self._is_missing(value) else text_of(value)
            known = not origin.values or text in origin.values or origin.constant is None or text.isdigit()
            codes[value] = origin.values.get(text, text) if text and known else default
        return [codes[value] for value in values]

    def resource_codes(self) -> list[tuple[tuple[str, str], ...]]:
        found: list[list[tuple[str, str]]] = [[] for _ in range(len(self.chunk))]
        for scheme, origin in self.profile.resource_codes.items():
            for index, value in enumerate(self._values(origin) or ()):
                if not self._is_missing(value):
                    found[index].append((scheme, text_of(value)))
        return [tuple(pairs) for pairs in found]

    def check_text(self) -> None:
        """Find text that is no text: characters that stand for what could not be decoded, or that cannot be stored."""
        for name, values in self.chunk.columns.items():
            texts = [value for value in values if isinstance(value, str)]
            if texts and not _is_sound("".join(texts)):
                for index, value in enumerate(values):
                    if isinstance(value, str) and not _is_sound(value):
                        shown = value.encode("utf-8", "replace").decode()[:60].replace("\0", "\N{SYMBOL FOR NULL}")
                        self._fault(index, "attr.encoding", field=name, value=shown)

    def _values(self, origin: Origin) -> Sequence[Scalar] | None:
        return self.chunk.columns.get(origin.field) if origin.field else None

    def _is_missing(self, value: Scalar) -> bool:
        return value is None or text_of(value) == "" or text_of(value) in self.profile.missing

    def _each(self, origin: Origin, meant: Callable[[Scalar], _Meant], rule: str) -> list[_Meant | None]:
        """What each value means; every distinct value is understood once."""
        values = self._values(origin)
        known: dict[Scalar, _Meant | None] = {None: self._constant(origin, meant)}
        if values is None:
            return [known[None]] * len(self.chunk)
        wrong: dict[Scalar, str] = {}
        for value in set(values) - {None}:
            if self._is_missing(value):
                known[value] = known[None]
                continue
            try:
                known[value] = meant(value)
            except (ValueError, KeyError, Invalid):
                wrong[value] = text_of(value)[:60]
        if wrong:
            known |= dict.fromkeys(wrong)
            for index, value in enumerate(values):
                if value in wrong:
                    said = {"field": origin.field, "value": wrong[value], "time": wrong[value], "why": "YYYY-MM-DD"}
                    self._fault(index, rule, **said)
        return [known[value] for value in values]

    def _constant(self, origin: Origin, meant: Callable[[Scalar], _Meant]) -> _Meant | None:
        return meant(origin.constant) if origin.constant is not None else None

    def _fault(self, index: int, rule: str, **values: object) -> None:
        self.faults.setdefault(index, []).append(finding(self.chunk, index, rule, **values))


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        try:
            yield number_of(text)
        except ValueError:
            continue


def _is_sound(text: str) -> bool:
    if "\ufffd" in text or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fill_heights(meaning: Meaning, bases: Sequence[float | None], tops: Sequence[float | None], storey: float) -> None:
    """Complete bases and heights: from what the geometry says, else the height from floors, which is then marked.

    What a field says goes before what the geometry says.
    """
    for index, (base, top) in enumerate(zip(bases, tops, strict=True)):
        base = base if meaning.bases[index] is None else meaning.bases[index]
        top = top if meaning.tops[index] is None else meaning.tops[index]
        meaning.bases[index] = base
        if meaning.heights[index] is not None:
            continue
        floors = meaning.floors[index]
        if base is not None and top is not None:
            meaning.heights[index] = round(top - base, 3)
        elif floors is not None and floors > 0:
            meaning.heights[index] = round(floors * storey, 3)
            meaning.attributes[index][ESTIMATED] = True
