"""Reading events: those in which entities took part, those of one transaction, one by its id."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from entities.errors import NotFound
from entities.lineage.events import Event, EventId
from entities.model import LATEST, Lineage, Link, TransactionNumber
from entities.store.database import Database, Row
from entities.store.linking import COLUMNS, link_of

_STEP: Final = "kind, parent, child, share, day, share_of_parent, number, event, known_to"


def events_with(database: Database, codes: Collection[str], known_at: TransactionNumber = LATEST) -> list[Event]:
    """The events, whole, in which any of the entities took part, as known at a transaction, in the order told."""
    known = "number <= ? AND known_to > ?"
    moment = [known_at, min(known_at, LATEST - 1)]
    found = {
        EventId(number, place)
        for column in ("parent", "child")
        for number, place in database.query_in(
            f"SELECT number, event FROM lineage WHERE {column} IN {{in}} AND {known}", sorted(codes), moment
        )
    }
    statement = f"SELECT {_STEP} FROM lineage WHERE number IN {{in}} AND {known} ORDER BY id"
    rows = database.query_in(statement, sorted({one.number for one in found}), moment)
    return [event for event in _events(rows) if event.id in found]


def events_in(database: Database, number: TransactionNumber, limit: int = 10**9) -> list[Event]:
    """The first events that a transaction told, those taken back later too."""
    statement = f"SELECT {_STEP} FROM lineage WHERE number = ? AND event < ? ORDER BY id"
    return _events(database.query(statement, [number, limit]))


def events_closed_by(database: Database, number: TransactionNumber) -> list[Event]:
    """The events, or what was left of them, that a transaction took back."""
    return _events(database.query(f"SELECT {_STEP} FROM lineage WHERE known_to = ? ORDER BY id", [number]))


def event(database: Database, wanted: EventId) -> Event:
    """One event by its id, taken back or not. `NotFound` (`lineage.unknown`)."""
    rows = database.query(f"SELECT {_STEP} FROM lineage WHERE number = ? AND event = ? ORDER BY id", [*wanted])
    if not rows:
        raise NotFound.because("lineage.unknown", event=wanted)
    return _events(rows)[0]


def links_by_code(
    database: Database, codes: Collection[str], known_at: TransactionNumber = LATEST
) -> dict[str, list[Link]]:
    """The links of entities as known at a transaction, of each by scheme and value."""
    moment = [known_at, min(known_at, LATEST - 1)]
    known = "code IN {in} AND known_from <= ? AND known_to > ? ORDER BY scheme, value, valid_from"
    found: dict[str, list[Link]] = defaultdict(list)
    for row in database.query_in(f"SELECT {', '.join(COLUMNS)} FROM link WHERE {known}", sorted(codes), moment):
        found[row[0]].append(link_of(row))
    return dict(found)


def _events(rows: Sequence[Row]) -> list[Event]:
    """Put rows together to events, in the order in which they were told."""
    told: dict[EventId, list[Row]] = defaultdict(list)
    for row in rows:
        told[EventId(row[6], row[7])].append(row)
    return [Event(one, tuple(Lineage(*row[:8]) for row in told[one]), told[one][0][8]) for one in sorted(told)]
