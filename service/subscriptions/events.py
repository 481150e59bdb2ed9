"""Changes as CloudEvents 1.0, in batches: one update may change a hundred thousand entities, and order counts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from entities.feed import KINDS, Page, Tally, line
from entities.store import Change, Store
from service.http.params import feed_cursor_text
from service.shapes.changes import change_json

MEDIA_TYPE: Final = "application/cloudevents-batch+json; charset=utf-8"
"""The batched content mode of the HTTP protocol binding."""


def batch(store: Store, page: Page, before: Tally) -> bytes:
    """A page as a batch of events. Each carries `feedcount` and `feedhash`: the subscriber's running proof after it."""
    times = _times(store, page)
    told, tally = [], before
    for change in page.changes:
        tally = tally.add([line(change)])
        told.append(_event(store.base_id, change, times[change.cursor.number], tally))
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _event(base: str, change: Change, time: str, tally: Tally) -> Mapping[str, object]:
    return {
        "specversion": "1.0",
        "id": feed_cursor_text(change.cursor),
        "source": f"urn:uuid:{base}",
        "type": f"shikong.entity.{KINDS[change.kind]}",
        "subject": change.code,
        "time": time,
        "datacontenttype": "application/json",
        "feedcount": str(tally.count),
        "feedhash": tally.hash.hex(),
        "data": change_json(change),
    }


def _times(store: Store, page: Page) -> dict[int, str]:
    """When the base learned of each transaction of a page, as RFC 3339."""
    numbers = sorted({change.cursor.number for change in page.changes})
    rows = store.database.query_in("SELECT number, known_at FROM journal WHERE number IN {in}", numbers)
    return {number: datetime.fromtimestamp(known_at / 1e6, UTC).isoformat() for number, known_at in rows}
