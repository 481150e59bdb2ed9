"""Catching up with a source: page after page into the base, and tiles and sheets queued once for all of them."""

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from entities.model import TransactionNumber
from entities.pictures import Pictures
from entities.replication.applying import Applied, apply, check_source
from entities.replication.clashing import Clash
from entities.replication.meeting import Twin
from entities.replication.page import Page, Wanted, check_page
from entities.replication.position import recognise
from entities.report import Progress
from entities.store import Store
from service.bases import open_store
from service.config import Config
from service.desk import Desk
from service.following.source import Source, Spool
from service.holdings.fetching import fetch as fetch_holdings
from service.pictures import fetch, pictures_of
from service.work import jobs

SHOWN: Final = 100
"""How many clashes are told one by one; the base keeps them all."""


@dataclass(frozen=True, slots=True)
class Caught:
    """How far a source was followed, and what came of it."""

    base: str = ""  # the id of the base followed
    number: TransactionNumber = 0  # its last transaction that is here
    last: TransactionNumber = 0  # its last transaction
    fresh: int = 0  # transactions written here
    known: int = 0  # transactions that were here already
    bytes: int = 0
    holdings: int = 0  # whose files were fetched
    clashes: int = 0
    met: tuple[Clash, ...] = ()  # the first of the clashes
    twins: tuple[Twin, ...] = ()  # the first of what seems to be measured twice

    def with_applied(self, applied: Applied, number: TransactionNumber) -> "Caught":
        """Count one transaction of the source."""
        return replace(
            self,
            number=max(number, self.number),
            fresh=self.fresh + applied.fresh,
            known=self.known + (not applied.fresh),
            clashes=self.clashes + len(applied.clashes),
            met=(self.met + applied.clashes)[:SHOWN],
            twins=(self.twins + applied.twins)[:SHOWN],
        )


def catch_up(config: Config, source: Source, tell: Progress, wait: float = 0, files: bool = True) -> Caught:
    """Take everything a source has said so far; with nothing new, wait so many seconds for something.

    Then, with `files`, the files of holdings that are not here are fetched: after what was said, since they are large
    and may take long, and all that are missing, whenever they were told of.
    """
    with closing(open_store(config)) as store:
        caught = _beginning(store, source)
        news = caught.number < caught.last or not wait
        try:
            while caught.number < caught.last or wait:
                seconds = wait if caught.number == caught.last else 0
                caught = _take(store, pictures_of(config), source, caught, tell, seconds)
                wait = 0
        finally:
            if caught.fresh:
                _queue(config)
        return _with_files(config, store, source, caught, tell) if files and (news or caught.fresh) else caught


def _beginning(store: Store, source: Source) -> Caught:
    """Who the source is, and how far it was followed before."""
    with source.page(Wanted(0, 0, own=store.base_id)) as spool:
        header = _checked(spool).header
    recognise(store.database, source.url, header.base)
    position = check_source(store, header)
    return Caught(header.base, position.number, max(header.last, position.number))


def _take(store: Store, pictures: Pictures, source: Source, caught: Caught, tell: Progress, wait: float) -> Caught:
    """Take the next page, the pictures first, so that nothing stands in the base whose pictures are still to come."""
    with source.page(Wanted(caught.number, own=store.base_id), wait) as spool:
        check_page(spool.lines())
        fetch(pictures, source, spool.lines())
        page = Page(spool.lines())
        check_source(store, page.header)
        caught = replace(caught, last=page.header.last, bytes=caught.bytes + spool.size)
        for bundle in page.bundles():
            tell("follow", caught.number, caught.last)
            caught = caught.with_applied(apply(store, bundle, caught.base), bundle.record.number)
    return caught


def _with_files(config: Config, store: Store, source: Source, caught: Caught, tell: Progress) -> Caught:
    """Fetch the files that are missing."""
    found = fetch_holdings(config, store, source, tell)
    if found:
        _queue(config)
    return replace(caught, holdings=found)


def _checked(spool: Spool) -> Page:
    """A page that came as it was sent, at its beginning."""
    check_page(spool.lines())
    return Page(spool.lines())


def _queue(config: Config) -> None:
    """Let tiles and stale sheets be made, once for all that came."""
    with closing(Desk.open(config.base)) as desk:
        for kind in ("tiles", "maps"):
            jobs.add_once(desk, kind)
