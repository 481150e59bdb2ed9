"""The deliverer: sends subscribers what is new, in order, again and again until each has it.

It runs in a process of its own beside the workers, so that no load holds it up. A subscription is claimed for a while;
what a killed deliverer had claimed is taken up by the next. Its position moves only after the receiver said 2xx, so
everything arrives at least once, and what comes twice has the same event ids.
"""

import logging
import os
import random
import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from entities import feed
from entities.errors import BadQuery
from entities.feed import Mark, Page
from entities.store import Cursor, Store
from service.config import Config
from service.desk import now
from service.http.params import feed_cursor_text
from service.stores import Doors
from service.subscriptions import book
from service.subscriptions.book import Subscription
from service.subscriptions.events import MEDIA_TYPE, batch
from service.subscriptions.letters import Letter
from service.subscriptions.sending import Address, Answer, post
from service.subscriptions.signing import signed

PAUSE: Final = 0.5
"""Seconds between two looks at the book."""

_TURN: Final = 50  # messages to one subscriber before others have their turn
_AT_ONCE: Final = 8  # subscribers that are sent to at the same time
_GONE: Final = 410
_SECOND: Final = 1_000_000
_log: Final = logging.getLogger("shikong")


class Deliverer:
    """Delivers for one base, with threads of its own."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._doors = Doors(config)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="deliver")
        self._busy: dict[str, Future[None]] = {}

    def look(self) -> int:
        """Begin sending to every subscriber that is behind and due; returns how many are being sent to."""
        self._busy = {name: future for name, future in self._busy.items() if not future.done()}
        for one in book.ready(self._doors.desk(), self._head(), now()):
            if one.name not in self._busy and len(self._busy) < _AT_ONCE:
                self._busy[one.name] = future = self._threads.submit(self._send, one)
                future.add_done_callback(_tell_fault)
        return len(self._busy)

    def close(self) -> None:
        """Let what is being sent end, and give the connections back."""
        self._threads.shutdown()
        self._doors.close()

    def _head(self) -> Cursor:
        try:
            return feed.head(self._doors.store())
        finally:
            self._doors.let_go()

    def _send(self, subscription: Subscription) -> None:
        worker = secrets.token_hex(8)
        claimed = book.claim(self._doors.desk(), subscription, worker, self._lease())
        try:
            for _ in range(_TURN if claimed else 0):
                claimed = claimed and self._next(claimed, worker)
        finally:
            self._doors.let_go()
            book.release(self._doors.desk(), subscription, worker)

    def _next(self, subscription: Subscription, worker: str) -> Subscription | None:
        """Send the next page; None where there is nothing more to do for now."""
        store, desk = self._doors.store(), self._doors.desk()
        try:
            feed.checked(store, subscription.mark.cursor)
        except BadQuery as ahead:
            self._stop(subscription, worker, feed.Page([], subscription.mark.cursor, False), Answer(None, str(ahead)))
            return None
        page = feed.read(store, subscription.wanted, subscription.mark.cursor, self.config.subscriptions.batch)
        if page.next == subscription.mark.cursor:
            return None
        reached = Mark(page.next, subscription.mark.tally.after(page))
        answer = self._posted(store, subscription, page) if page.changes else Answer(200)
        store.database.rollback()
        if answer.received:
            status = answer.status if page.changes else None
            return book.advance(desk, subscription, worker, reached, status, self._lease())
        self._failed(subscription, worker, page, answer)
        return None

    def _posted(self, store: Store, subscription: Subscription, page: Page) -> Answer:
        settings = self.config.subscriptions
        body = batch(store, page, subscription.mark.tally)
        headers = {"Content-Type": MEDIA_TYPE, "User-Agent": "shikong"}
        headers |= signed(subscription.secret, message_id(store, subscription, page), body)
        return post(Address(subscription.url), headers, body, settings.timeout, settings.private)

    def _failed(self, subscription: Subscription, worker: str, page: Page, answer: Answer) -> None:
        """Try again later, longer each time; or give up, when it was tried often enough or the receiver is gone."""
        tried = subscription.attempts + 1
        if answer.status == _GONE or tried >= self.config.subscriptions.attempts:
            self._stop(subscription, worker, page, answer)
            return
        asked = min(answer.wait, self.config.subscriptions.longest_delay)
        due = now() + round(_SECOND * max(asked, self.delay(tried)))
        book.postpone(self._doors.desk(), subscription, worker, due, answer.status, answer.fault)

    def _stop(self, subscription: Subscription, worker: str, page: Page, answer: Answer) -> None:
        """Leave a dead letter, and wait for a person."""
        span = (subscription.mark.cursor, page.next, len(page.changes))
        lost = Letter(*span, subscription.attempts + 1, answer.status, answer.fault, now())
        book.stop(self._doors.desk(), subscription, worker, lost)

    def delay(self, tried: int) -> float:
        """Seconds until the next attempt: four times as long after each, by up to a fifth more or less."""
        settings = self.config.subscriptions
        return float(min(settings.longest_delay, settings.first_delay * 4.0 ** (tried - 1)) * random.uniform(0.8, 1.2))

    def _lease(self) -> int:
        """Up to when a claim holds: longer than one message can take."""
        return now() + round(_SECOND * (2 * self.config.subscriptions.timeout + 30))


def message_id(store: Store, subscription: Subscription, page: Page) -> str:
    """The id of a message: the same for the same changes, however often they are sent."""
    ends = (feed_cursor_text(cursor).replace(".", "-") for cursor in (subscription.mark.cursor, page.next))
    return "_".join([store.base_id[:8], subscription.name, *ends])


def run(config: Config, once: bool = False, parent: int | None = None) -> None:
    """Deliver for ever, or with `once` until nobody is due; ends with its parent process."""
    deliverer = Deliverer(config)
    try:
        while parent is None or os.getppid() == parent:
            if not deliverer.look() and once:
                return
            time.sleep(PAUSE)
    finally:
        deliverer.close()


def _tell_fault(future: "Future[None]") -> None:
    """Say what broke a sending; its claim runs out by itself."""
    if error := future.exception():
        _log.error("a delivery failed", exc_info=error)
