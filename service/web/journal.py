"""The latest transactions of the base, for the page of changes: who changed how much, when, and why."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from entities.store import Store

KINDS = {
    **{"create": "new", "change": "changed", "end": "ended", "retract": "retracted"},
    **{"linked": "linked", "unlinked": "unlinked"},
}
"""What becomes of entities, of all that a transaction counts; lineage comes along with these."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction as a line of the page."""

    number: int
    known_at: datetime
    actor: str
    reason: str
    counts: dict[str, int]


def latest(store: Store, count: int) -> list[Entry]:
    """The last transactions, the newest first."""
    last = store.view().moment.known_at
    records = store.transactions(after=max(0, last - count), limit=count)
    return [
        Entry(
            record.number,
            datetime.fromtimestamp(record.known_at / 1e6, UTC),
            record.actor,
            record.reason,
            {KINDS[kind]: number for kind, number in json.loads(record.counts).items() if kind in KINDS},
        )
        for record in reversed(records)
    ]
