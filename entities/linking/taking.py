"""The way in of a link file: rows are read, their entities found and judged, batch after batch, in one transaction."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from entities.errors import Invalid, NotFound
from entities.linking.judging import Found, Judge
from entities.linking.options import LinkOptions
from entities.linking.placing import place
from entities.linking.report import MOST, LinkReport, RowOutcome
from entities.linking.rows import LinkRow, Meaning
from entities.linking.shapes import ShapeTable
from entities.linking.tables import CsvTable, ExcelTable, Table, is_text, is_workbook
from entities.readers.package import scratch_folder
from entities.rules import Finding
from entities.store import Store, Transaction
from entities.territory.rights import territory_of

BATCH: Final = 5_000
_SAMPLE: Final = 200  # rows that tell what the columns are

Tell = Callable[[RowOutcome], object]


def link_file(store: Store, path: Path, options: LinkOptions, tell: Tell | None = None) -> LinkReport:
    """Take a link file in. Unless `partial`, a row that breaks a rule refuses the whole file.

    `tell` is told the outcome of every row. Raises a `Refusal` where the file cannot be read at all.
    """
    began = time.monotonic()
    scratch = scratch_folder()
    try:
        with store.transaction(options.actor, options.reason, options.source or path.name) as transaction:
            taking = _Taking(store, transaction, _opened(path, scratch, options), options, tell or _silent)
            taking.take()
            if taking.broken and not options.partial:
                transaction.abandon()
            number = transaction.number if transaction.counts and not transaction.abandoned else None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    seconds = time.monotonic() - began
    accepted = not taking.broken or options.partial
    return LinkReport(accepted, taking.read, taking.counts, taking.findings, number, taking.meaning.by, seconds)


class _Taking:
    """One link file on its way in; once a rule is broken, and not `partial`, the rest is only looked at."""

    def __init__(self, store: Store, transaction: Transaction, table: Table, options: LinkOptions, tell: Tell) -> None:
        self.read, self.broken = 0, False
        self.counts: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self._store, self._table, self._options, self._tell = store, table, options, tell
        sample = next(table.chunks(_SAMPLE), None)
        if sample is None:
            raise Invalid.because("pkg.empty", name=options.source)
        self.meaning = Meaning(table.fields, sample, options, store.meaning.schemes)
        borders = territory_of(store, options.territory, options.day) if options.territory else None
        self._judge = Judge(store, transaction, self.meaning.by, options.replace, borders)

    def take(self) -> None:
        """Take every row."""
        for chunk in self._table.chunks(BATCH):
            rows, outcomes = [], []
            for one in self.meaning.rows(chunk):
                if isinstance(one, LinkRow):
                    rows.append(one)
                else:
                    outcomes.append(RowOutcome(one.row or 0, "refused", finding=one))
            found, lost = self._found(rows)
            judged, said = self._judge.judge(found)
            self._note([*outcomes, *lost, *judged])
            if not self.broken or self._options.partial:
                self._judge.say(said)

    def _found(self, rows: Sequence[LinkRow]) -> tuple[list[Found], list[RowOutcome]]:
        """The entities of rows, and the rows that have none, or several where they should have one."""
        if not rows:
            return [], []
        if self.meaning.by == "code":
            return [Found(row, ((str(row.key), 1.0),)) for row in rows], []
        return (
            _by_place(self._store, rows, self._options) if self.meaning.by == "place" else _by_other(self._store, rows)
        )

    def _note(self, outcomes: Sequence[RowOutcome]) -> None:
        self.read += len(outcomes)
        for one in sorted(outcomes, key=lambda outcome: outcome.row):
            self.counts[one.outcome] += 1
            if one.finding is not None:
                self.broken = self.broken or one.finding.severity == "error"
                self.findings += [one.finding] if len(self.findings) < MOST else []
            self._tell(one)


def _by_other(store: Store, rows: Sequence[LinkRow]) -> tuple[list[Found], list[RowOutcome]]:
    """Entities by another code of any register."""
    led = store.resolve_all([str(row.key) for row in rows])
    found, lost = [], []
    for row in rows:
        codes = led.get(str(row.key), [])
        pairs = tuple((code, 1.0) for code in codes)
        if len(codes) == 1:
            found.append(Found(row, pairs))
        elif codes:
            said = {"value": row.value, "count": len(codes), "codes": ", ".join(codes[:5])}
            lost.append(_lost(row, "ambiguous", Finding("link.several", said, row.row), pairs))
        else:
            lost.append(_lost(row, "unknown", Finding("code.unknown", {"code": row.key}, row.row)))
    return found, lost


def _by_place(store: Store, rows: Sequence[LinkRow], options: LinkOptions) -> tuple[list[Found], list[RowOutcome]]:
    """Entities by place, on the day the file speaks of."""
    found, lost = [], []
    for row, placed in zip(rows, place(store, rows, options.day), strict=True):
        said = {
            "value": row.value,
            "count": len(placed.found),
            "codes": ", ".join(code for code, _ in placed.found[:5]),
        }
        if placed.ambiguous:
            lost.append(_lost(row, "ambiguous", Finding("link.ambiguous", said, row.row), placed.found))
        elif placed.found:
            found.append(Found(row, placed.found))
        else:
            lost.append(_lost(row, "unknown", Finding("link.nowhere", said, row.row)))
    return found, lost


def _lost(row: LinkRow, outcome: str, finding: Finding, pairs: tuple[tuple[str, float], ...] = ()) -> RowOutcome:
    return RowOutcome(row.row, outcome, row.scheme, row.value, pairs, finding)


def _opened(path: Path, scratch: Path, options: LinkOptions) -> Table:
    """The rows of a file, whatever its format. `Invalid` of a `pkg.` rule."""
    if not path.exists():
        raise NotFound.because("pkg.missing", name=path.name)
    if path.is_file() and is_workbook(path):
        return ExcelTable(path, options.layer, options.limits)
    if path.is_file() and is_text(path):
        return CsvTable(path)
    return ShapeTable(path, scratch, options)


def _silent(outcome: RowOutcome) -> None:
    """Tell nobody."""
