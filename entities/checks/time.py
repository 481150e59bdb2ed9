"""Rules about when a feature became so, and about what it declares to have happened."""

from collections.abc import Iterator
from typing import Final

from entities.checks.batch import Batch
from entities.model import day_text, parse_day
from entities.rules import Finding

EARLIEST: Final = parse_day("1900-01-01")
"""No survey tells of an earlier day; an earlier one is a default of some program."""

CHANGES: Final = ("create", "change", "end", "retract")


def valid(batch: Batch) -> Iterator[Finding]:
    """`time.valid.early`, `time.valid.future`: a feature is valid from before 1900, or from a day still to come."""
    last = batch.context.valid_until
    for place, one in enumerate(batch.candidates):
        if one.valid_from is None:
            continue
        if one.valid_from < EARLIEST:
            yield batch.finding("time.valid.early", place, time=_text(one.valid_from), first=day_text(EARLIEST))
        elif last is not None and one.valid_from > last:
            yield batch.finding("time.valid.future", place, time=_text(one.valid_from), last=day_text(last))


def change(batch: Batch) -> Iterator[Finding]:
    """`change.rule`, `change.create`: a change is declared by no known word, or as new of what has a code already."""
    for place, one in enumerate(batch.candidates):
        if one.change is None:
            continue
        if one.change not in CHANGES:
            yield batch.finding("change.rule", place, change=one.change, known=", ".join(CHANGES))
        elif one.change == "create" and one.code is not None:
            yield batch.finding("change.create", place, code=one.code)


def _text(day: int) -> str:
    """A day as people write it, however early or late it is."""
    try:
        return day_text(day)
    except (ValueError, OverflowError):
        return f"1970-01-01 {day:+d}"
