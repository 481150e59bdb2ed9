"""A transaction as JSON, and what taking it back would do."""

import json
from itertools import islice
from typing import Any, Final

from entities.lineage.depending import KINDS
from entities.lineage.undoing import Undoing
from entities.report import said
from entities.store import Cursor, Record, Store
from entities.store.undoing import reverts_of
from service.shapes.changes import change_json
from service.shapes.entities import told_by
from service.shapes.lineage import events_json, named
from service.shapes.links import Link, link

SHOWN: Final = 50
"""How many changes, events or entities a transaction's page lists; the feed has all changes."""


def transaction_json(record: Record, store: Store) -> dict[str, Any]:
    """Who said what, why, and what became known by it: the first changes and events."""
    number = record.number
    changes = [one for one in store.changes(Cursor(number, -1), SHOWN + 1) if one.cursor.number == number]
    events = store.events_in(number, SHOWN + 1)
    return {
        **record_json(record, store),
        "changes": [change_json(one) for one in changes[:SHOWN]],
        "more_changes": len(changes) > SHOWN,
        "events": events_json(events[:SHOWN], store),
        "more_events": len(events) > SHOWN,
        "links": transaction_links(number),
    }


def record_json(record: Record, store: Store) -> dict[str, Any]:
    """The record of a transaction: author, counts, place in the chain, what it takes back and what took it back."""
    done = reverts_of(store.database, [str(record.number)])
    return {
        **told_by(record),
        "number": record.number,
        "policy": record.policy,
        "counts": json.loads(record.counts),
        "origin": record.origin,
        "origin_number": record.origin_number,
        "own": record.origin == store.base_id,
        "chain": record.chain,
        "reverts": record.reverts,
        "reverted_by": done[0][0] if done else None,
    }


def undoing_json(plan: Undoing, store: Store) -> dict[str, Any]:
    """What taking something back would do, and what stands against it."""
    codes = [(fate, code) for fate in ("removed", "returned", "changed") for code in sorted(getattr(plan, fate))]
    return {
        "what": str(plan.target),
        "possible": not plan.dependents,
        "transaction": record_json(plan.record, store),
        "counts": undoing_counts(plan),
        "entities": [{"fate": fate, **name} for fate, code in codes[:SHOWN] for name in named([code])],
        "events": events_json([*plan.told, *plan.retold][:SHOWN], store),
        "dependents": dependents_json(plan, store),
        "links": transaction_links(plan.target.number),
    }


def undoing_counts(plan: Undoing) -> dict[str, int]:
    """How much would be taken back, of each kind there is any of."""
    kinds = ("removed", "returned", "changed", "links", "told", "retold", "judged", "rejudged", "dropped", "reopened")
    return {kind: count for kind in kinds if (count := len(getattr(plan, kind)))}


def dependents_json(plan: Undoing, store: Store) -> list[dict[str, Any]]:
    """What was said later and rests on it: each with who said it."""
    found = list(islice(plan.dependents, SHOWN))
    records = {number: store.transaction_record(number) for number in {one.number for one in found}}
    return [
        {
            "transaction": one.number,
            "kind": one.kind,
            "titles": said(KINDS[one.kind]),
            "code": one.code,
            **{name: told_by(records[one.number])[name] for name in ("department", "reason", "known_at")},
        }
        for one in found
    ]


def transaction_links(number: int) -> list[Link]:
    """Where more about a transaction is."""
    path = f"/transactions/{number}"
    return [link("self", path), link("changes", "/changes", transaction=number), link("revert", f"{path}/revert")]
