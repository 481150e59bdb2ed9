"""Links as rows: opened, ended in valid time, taken back in known time."""

from collections.abc import Collection, Sequence
from typing import Final

from entities.errors import Conflict, NotFound
from entities.model import LATEST, Day, Link, Period, TransactionNumber, day_text
from entities.store.database import Database, Row

COLUMNS: Final = (
    *("code", "scheme", "value", "valid_from", "valid_to", "known_from", "known_to"),
    *("method", "confidence", "issuer", "note"),
)


def link_of(row: Row) -> Link:
    """A row of COLUMNS as a link."""
    code, scheme, value, start, end, known_from, known_to, method, confidence, issuer, note = row
    return Link(code, scheme, value, Period(start, end), method, confidence, issuer, note, known_from, known_to)


def open_links(database: Database, number: TransactionNumber, links: Sequence[Link], born: Collection[str]) -> None:
    """Write links down. `Conflict` (`link.ended`) for one to an entity that is no more; those just `born` are there."""
    _check_standing(database, [link for link in links if link.code not in born])
    database.insert("link", COLUMNS, [_row(number, link) for link in links])


def close_links(database: Database, number: TransactionNumber, links: Sequence[Link], day: Day | None) -> int:
    """End links on a day, or take them back where no day is given; returns how many rows gave way.

    `NotFound` (`link.unknown`) for one that is not there, or not from that day on.
    """
    held = [(row_id, found) for row_id, found in _held(database, links) if day is None or found.period.end > day]
    missing = {_key(link) for link in links} - {_key(found) for _, found in held}
    if missing:
        code, scheme, value = min(missing)
        raise NotFound.because("link.unknown", code=code, scheme=scheme, value=value)
    said_now = [(row_id,) for row_id, found in held if found.known_from == number]
    said_before = [(number, row_id) for row_id, found in held if found.known_from != number]
    database.run_many("DELETE FROM link WHERE id = ?", said_now)
    database.run_many("UPDATE link SET known_to = ? WHERE id = ?", said_before)
    kept = [(found, Period(found.period.start, day)) for _, found in held if day and found.period.start < day]
    database.insert("link", COLUMNS, [_row(number, found, period) for found, period in kept])
    return len(held)


def _held(database: Database, links: Sequence[Link]) -> list[tuple[int, Link]]:
    """The rows, as known now, of the codes linked by these links."""
    wanted = {_key(link) for link in links}
    statement = f"SELECT id, {', '.join(COLUMNS)} FROM link WHERE code IN {{in}} AND known_to = {LATEST} ORDER BY id"
    rows = database.query_in(statement, sorted({link.code for link in links}))
    return [(row[0], found) for row in rows if _key(found := link_of(row[1:])) in wanted]


def _check_standing(database: Database, links: Sequence[Link]) -> None:
    statement = f"SELECT code, MAX(valid_to) FROM version WHERE code IN {{in}} AND known_to = {LATEST} GROUP BY code"
    ends: dict[str, Day] = dict(database.query_in(statement, sorted({link.code for link in links})))
    for link in links:
        if ends.get(link.code, link.period.start) <= link.period.start:
            raise Conflict.because(
                "link.ended", code=link.code, value=link.value, scheme=link.scheme, day=day_text(link.period.start)
            )


def _row(number: TransactionNumber, link: Link, period: Period | None = None) -> Row:
    valid = period or link.period
    how = (link.method, link.confidence, link.issuer, link.note)
    return (link.code, link.scheme, link.value, valid.start, valid.end, number, LATEST, *how)


def _key(link: Link) -> tuple[str, str, str]:
    return link.code, link.scheme, link.value
