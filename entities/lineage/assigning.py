"""Assigning: a person says which child has a code that an event left open."""

from entities.errors import Conflict, Invalid
from entities.lineage.events import Event, EventId
from entities.lineage.inheriting import still_open
from entities.model import LATEST, Link, Period, TransactionNumber
from entities.store import Store


def assign(
    store: Store, where: EventId, wanted: tuple[str, str], child: str, actor: str, reason: str = ""
) -> TransactionNumber:
    """Give a code (scheme, code) from the day of an event on to one of its children; returns the transaction's number.

    Raises `NotFound` for an unknown event, `Invalid` (`inherit.child`) for an entity that is no child of it, and
    `Conflict` (`inherit.closed`) for a code that does not wait there.
    """
    with store.transaction(actor, reason or f"{wanted[1]} → {child}") as transaction:
        event = store.event(*where)
        if child not in event.children:
            raise Invalid.because("inherit.child", code=child, event=where)
        link = _open(store, event, wanted)
        transaction.unlink([link], event.day)
        note = f"{event.kind} {event.id} {link.code}"
        period = Period(event.day, link.period.end)
        transaction.link([Link(child, *wanted, period, "manual", 1.0, link.issuer, note)])
    return transaction.number


def _open(store: Store, event: Event, wanted: tuple[str, str]) -> Link:
    """The link, still with a parent that is no more, of a code that nobody has inherited."""
    links = [link for own in store.links_of(event.codes).values() for link in own]
    waiting = still_open(event, links) if event.known_to == LATEST else []
    found = next((one for one in waiting if (one.scheme, one.value) == wanted), None)
    if found is None:
        raise Conflict.because("inherit.closed", scheme=wanted[0], value=wanted[1], event=event.id)
    return found
