"""Holds what a subscriber kept against the base: page by page, each with its running hash."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any, Final

from entities import feed
from entities.errors import Invalid
from entities.feed import Filter, Mark
from entities.rules import Finding
from entities.store import Cursor, Store
from service.desk import Desk
from service.http.params import feed_cursor_text, read_feed_cursor
from service.proof.proofs import mark_at
from service.shapes.changes import line_of

PAGE: Final = 1_000

_FIELDS: Final = {"cursor", "code", "kind", "layer", "class", "day", "bbox"}


@dataclass(frozen=True, slots=True)
class Proved:
    """How far something was held against the base, and every page that differs."""

    mark: Mark
    findings: tuple[Finding, ...]


def prove(store: Store, desk: Desk, wanted: Filter, kept: Iterable[Mapping[str, Any]], size: int = PAGE) -> Proved:
    """Add up the changes that somebody kept from the first on, and compare after each page."""
    mark, findings, rest = Mark.begin(wanted), [], iter(kept)
    while page := list(islice(rest, size)):
        until = max(mark.cursor, *(feed.checked(store, read_feed_cursor(one)) for one in page))
        said = mark_at(store, desk, wanted, until)
        if mark.tally.add(map(line_of, page)) != said.tally:
            findings.append(_difference(store, wanted, mark.cursor, until, page))
        mark = Mark(until, said.tally)
    return Proved(mark, tuple(findings))


def read_kept(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The changes of lines of JSON, as `shikong feed --json` prints them. `Invalid` (`feed.kept`) for other lines."""
    for place, text in enumerate(lines, 1):
        try:
            change = json.loads(text)
        except json.JSONDecodeError as error:
            raise Invalid.because("feed.kept", place, line=place, why=error.msg) from None
        if not _is_change(change):
            raise Invalid.because("feed.kept", place, line=place, why=", ".join(sorted(_FIELDS)))
        yield change


def _is_change(value: object) -> bool:
    """Whether a JSON value has all that a change's line says, in the kinds of value it has."""
    if not isinstance(value, dict) or not value.keys() >= _FIELDS or not isinstance(value["cursor"], str):
        return False
    box = value["bbox"]
    return isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box)


def _difference(
    store: Store, wanted: Filter, after: Cursor, until: Cursor, kept: Sequence[Mapping[str, Any]]
) -> Finding:
    """Where a page begins to differ from the base."""
    there = feed.read(store, wanted, after, feed.END.number, until).changes
    pairs = zip_longest(map(line_of, kept), map(feed.line, there))
    first = next(ours or theirs or "" for theirs, ours in pairs if theirs != ours)
    ends = {"after": feed_cursor_text(after), "until": feed_cursor_text(until)}
    return Finding("feed.proof", {**ends, "found": len(kept), "said": len(there), "first": first.partition("\t")[0]})
