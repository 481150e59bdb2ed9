"""Takes a subscription in: checks what is asked for, and finds the proof it begins from."""

from collections.abc import Mapping

from entities import feed
from entities.errors import BadQuery
from entities.feed import Filter, Mark
from entities.store import Cursor, Store
from service.config import Config
from service.desk import Desk
from service.http.filters import NAMES, read_filter
from service.http.params import read_feed_cursor
from service.proof.proofs import mark_at
from service.subscriptions import book
from service.subscriptions.book import Subscription
from service.subscriptions.sending import Address


def subscribe(
    config: Config, store: Store, desk: Desk, answers: Mapping[str, str], department: str = ""
) -> Subscription:
    """Enter what the answers `name`, `url`, `start` and those of a filter say.

    `Invalid` (`subscription.url`, `subscription.private`), `BadQuery` (`feed.*`, `subscription.start`), `Conflict`.
    """
    known = ("name", "url", "start", *NAMES)
    for answer in answers:
        if answer not in known:
            raise BadQuery.because("feed.unknown", name=answer, known=", ".join(known))
    wanted, url = read_filter(answers), answers.get("url", "").strip()
    check_reachable(Address(url), config.subscriptions.private)
    feed.read(store, wanted, limit=1)  # an unknown division is refused now, not when something is to be sent
    start = mark(store, desk, wanted, answers.get("start") or "now")
    return book.add(desk, answers.get("name", "").strip(), department, url, wanted, start)


def mark(store: Store, desk: Desk, wanted: Filter, start: str) -> Mark:
    """Where to begin: `now`, `beginning`, or a cursor, with the proof of what lies before it."""
    if start in ("now", "beginning"):
        until = feed.END if start == "now" else Cursor()
    else:
        try:
            until = feed.checked(store, read_feed_cursor({"cursor": start}))
        except BadQuery as error:
            if error.rule == "feed.future":
                raise
            raise BadQuery.because("subscription.start", start=start) from None
    return mark_at(store, desk, wanted, until)


def check_reachable(address: Address, private: bool) -> None:
    """Refuse an address of our own network. A name that means nothing yet may mean something later."""
    try:
        address.place(private)
    except OSError:
        return
