"""The checking of an upload: every rule on every batch, and at the end what only the whole upload shows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from entities.checks import attributes, codes, crs, geometry, measures, model, scope, time, vertices
from entities.checks.batch import Batch, Box, Context, Flags
from entities.checks.conditions import is_blank, plain
from entities.checks.declared import DeclaredRule
from entities.classes import ClassTable
from entities.codes import plain as plain_code
from entities.model import Candidate, Day
from entities.registers.table import Schemes
from entities.rules import Finding
from entities.territory.rights import Territory

RULES: Final[tuple[Callable[[Batch], Iterable[Finding]], ...]] = (
    codes.classed,
    codes.formed,
    codes.location,
    codes.resource,
    geometry.empty,
    geometry.finite,
    crs.swapped,
    crs.extent,
    geometry.kind,
    geometry.valid,
    geometry.part,
    vertices.acute,
    vertices.sliver,
    vertices.narrow,
    vertices.vertex,
    attributes.required,
    attributes.typed,
    attributes.length,
    attributes.control,
    attributes.encoding,
    measures.understood,
    model.tall,
    model.ground,
    model.storeys,
    time.valid,
    time.change,
)
"""Every rule that a batch can be held to by itself, in the order its findings are told."""


class Checker:
    """Checks one upload, batch after batch, and then as a whole.

    `territory` is where its author may write, `extent` (west, south, east, north) what the base covers, `valid_until`
    the last day anything can be valid from; what is None is not asked.
    """

    def __init__(
        self,
        classes: ClassTable,
        territory: Territory | None = None,
        extent: Box | None = None,
        valid_until: Day | None = None,
        department_rules: Sequence[DeclaredRule] = (),
        schemes: Schemes | None = None,
    ) -> None:
        self._context = Context(classes, extent, valid_until, schemes or Schemes.load())
        self._territory = territory
        self._declared = [(one, one.classes(classes)) for one in department_rules]
        self._values = [_Values() for _ in department_rules]
        self._heights = model.Heights()
        self._codes, self._sources = _Values(), _Values()
        self._repeats: list[Finding] = []

    def check(self, batch: Sequence[Candidate]) -> list[Finding]:
        """What is wrong with these features, by row."""
        if not batch:
            return []
        arrays = Batch(batch, self._context)
        findings = [finding for rule in RULES for finding in rule(arrays)]
        if self._territory is not None:
            findings += scope.owner(arrays, self._territory)
        for (one, wanted), seen in zip(self._declared, self._values, strict=True):
            asked = arrays.of_codes(wanted)
            findings += one.check(arrays, asked)
            if one.kind == "unique":
                self._repeats += _repeats_of(one, arrays, asked, seen)
        self._repeats += self._repeated(arrays)
        self._heights.take(arrays)
        return sorted(findings, key=lambda finding: finding.row or 0)

    def written(self, batch: Sequence[Candidate]) -> list[Candidate]:
        """The features with the codes of other registers as they are stored."""
        return self._context.schemes.written(batch)

    def finish(self) -> list[Finding]:
        """What comes twice in the upload, by row."""
        return sorted(self._repeats, key=lambda finding: finding.row or 0)

    def heights(self, raised: Collection[int] = ()) -> list[Finding]:
        """The buildings without heights, by row; the features of the rows `raised` are entities that have one."""
        return list(self._heights.finish(raised))

    def _repeated(self, batch: Batch) -> Iterator[Finding]:
        """`code.unique`, `code.unique.source`: two features with the same entity code, or the same id in the file."""
        given = [plain_code(one.code) if one.code else None for one in batch.candidates]
        sources = [one.source_id for one in batch.candidates]
        pairs = (("code.unique", given, self._codes), ("code.unique.source", sources, self._sources))
        for rule_id, values, seen in pairs:
            for place, first in seen.repeated(values, [one.row for one in batch.candidates]):
                yield batch.finding(rule_id, place, code=values[place], first=first)


class _Values:
    """Values that came already, with the row each came first in."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def repeated(self, values: Sequence[str | None], rows: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The place of each value that came before, and the row it came first in."""
        for place, (value, row) in enumerate(zip(values, rows, strict=True)):
            if value is not None and (first := self._rows.setdefault(value, row)) != row:
                yield place, first


def _repeats_of(rule: DeclaredRule, batch: Batch, asked: Flags, seen: _Values) -> Iterator[Finding]:
    found = [
        plain(value) if asked[place] and not is_blank(value) else None
        for place, value in enumerate(batch.values(rule.asks.field))
    ]
    for place, first in seen.repeated(found, [one.row for one in batch.candidates]):
        yield rule.finding(batch, place, found[place], first=first)
