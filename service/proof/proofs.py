"""Proofs of completeness, with checkpoints kept at the desk so that none begins at the first change each time."""

import time
from typing import Final

from entities.feed import END, Filter, Mark, Tally, head, marks
from entities.store import Cursor, Store
from service.desk import Desk, now
from service.http.params import feed_cursor_text

KEPT: Final = 20_000
"""How many checkpoints are kept in all; the oldest give way."""

_WORTH: Final = 0.02  # seconds of adding up that a checkpoint spares the next one who asks
_COLUMNS: Final = ("filter", "number", "ordinal", "count", "hash", "chain", "made")


def mark_at(store: Store, desk: Desk, wanted: Filter, until: Cursor = END) -> Mark:
    """The tally of a filter up to a position: of all there is, if none is given."""
    end = min(until, head(store, until))
    mark, began = _nearest(store, desk, wanted, end), time.monotonic()
    for reached in marks(store, wanted, mark, end):
        if time.monotonic() - began > _WORTH:
            _keep(store, desk, wanted, reached)
            began = time.monotonic()
        mark = reached
    return mark


def proof_json(wanted: Filter, mark: Mark) -> dict[str, object]:
    """A proof as JSON: how many changes the filter has up to the cursor, and the running hash over them."""
    return {
        "filter": wanted.text,
        "cursor": feed_cursor_text(mark.cursor),
        "count": mark.tally.count,
        "hash": mark.tally.hash.hex(),
    }


def head_json(store: Store) -> dict[str, object]:
    """The base's last transaction and the chain over everything up to it."""
    known = store.view().moment.known_at
    chain = store.transaction_record(known).chain if known else ""
    return {"base": store.base_id, "transaction": known, "chain": chain}


def _nearest(store: Store, desk: Desk, wanted: Filter, end: Cursor) -> Mark:
    """The last checkpoint at or before a position that is of this very history, or the beginning."""
    statement = (
        "SELECT number, ordinal, count, hash, chain FROM checkpoint WHERE filter = ? AND "
        "(number < ? OR (number = ? AND ordinal <= ?)) ORDER BY number DESC, ordinal DESC LIMIT 1"
    )
    rows = desk.rows(statement, wanted.digest, end.number, end.number, end.ordinal)
    for number, ordinal, count, hashed, chain in rows:
        if _chain(store, number) == chain:
            return Mark(Cursor(number, ordinal), Tally(count, bytes.fromhex(hashed)))
    return Mark.begin(wanted)


def _keep(store: Store, desk: Desk, wanted: Filter, mark: Mark) -> None:
    """Write a checkpoint down. It holds only for a base whose chain is the same at its transaction."""
    chain, (number, ordinal) = _chain(store, mark.cursor.number), mark.cursor
    row = (wanted.digest, number, ordinal, mark.tally.count, mark.tally.hash.hex(), chain, now())
    with desk.writing() as database:
        database.insert("checkpoint", _COLUMNS, [row])
        database.run("DELETE FROM checkpoint WHERE id <= (SELECT MAX(id) FROM checkpoint) - ?", [KEPT])


def _chain(store: Store, number: int) -> str:
    rows = store.database.query("SELECT chain FROM journal WHERE number = ?", [number])
    return str(rows[0][0]) if rows else ""
