"""A proof that nothing was missed: how many changes there were, and a running hash over them.

`h0` is SHA-256 of the filter's written form; each change adds its line: `h = SHA-256(h ‖ line)`, where `h` is 32 bytes
and the line is UTF-8. Whoever keeps the changes of a filter can do the same sum in any language and compare.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from entities.feed.filters import KINDS, Filter
from entities.feed.reading import Page, read
from entities.model import day_text
from entities.store import Change, Cursor, Store
from entities.store.changes import BEGINNING

_PAGE: Final = 2_000


def line(change: Change) -> str:
    """A change as the line that is hashed."""
    (number, ordinal), (west, south, east, north) = change.cursor, change.box
    what = f"{change.code}\t{KINDS[change.kind]}\t{change.layer}\t{change.class_code}\t{day_text(change.day)}"
    where = f"{west + 0.0:.9f}\t{south + 0.0:.9f}\t{east + 0.0:.9f}\t{north + 0.0:.9f}"  # + 0.0: never -0.000000000
    return f"{number}.{ordinal}\t{what}\t{where}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes there were, and the running hash after the last of them."""

    count: int
    hash: bytes

    @classmethod
    def begin(cls, wanted: Filter) -> "Tally":
        """The tally before the first change of a filter."""
        return cls(0, bytes.fromhex(wanted.digest))

    def add(self, lines: Iterable[str]) -> "Tally":
        """The tally after some more changes, given as their lines."""
        count, running = self.count, self.hash
        for said in lines:
            count, running = count + 1, sha256(running + said.encode()).digest()
        return Tally(count, running)

    def after(self, page: Page) -> "Tally":
        """The tally after a page."""
        return self.add(map(line, page.changes))


@dataclass(frozen=True, slots=True)
class Mark:
    """The tally of a filter up to a position."""

    cursor: Cursor
    tally: Tally

    @classmethod
    def begin(cls, wanted: Filter) -> "Mark":
        """Before the first change."""
        return cls(BEGINNING, Tally.begin(wanted))


def marks(store: Store, wanted: Filter, start: Mark, until: Cursor) -> Iterator[Mark]:
    """The marks on the way from one to a later position, the last of which is there."""
    mark, more = start, start.cursor < until
    while more:
        page = read(store, wanted, mark.cursor, _PAGE, until)
        mark, more = Mark(page.next, mark.tally.after(page)), page.full
        yield mark
