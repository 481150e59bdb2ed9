"""Bases that follow each other, without a network between them."""

from collections.abc import Iterable

from entities.replication.applying import Applied, apply, check_source
from entities.replication.page import Page, Wanted, check_page, write_page
from entities.replication.position import position_of
from entities.store import Store


def page_of(source: Store, follower: Store, limit: int = 1_000, size: int = 64 << 20) -> list[bytes]:
    """The lines that a source sends a follower next."""
    after = position_of(follower.database, source.base_id).number
    return list(write_page(source, Wanted(after, limit, size, follower.base_id)))


def take(follower: Store, lines: Iterable[bytes]) -> list[Applied]:
    """Check a page and write its bundles."""
    lines = list(lines)
    check_page(lines)
    page = Page(lines)
    check_source(follower, page.header)
    return [apply(follower, bundle, page.header.base) for bundle in page.bundles()]


def catch_up(follower: Store, source: Store, limit: int = 1_000, size: int = 64 << 20) -> list[Applied]:
    """Take everything the source has said so far."""
    applied: list[Applied] = []
    while took := take(follower, page_of(source, follower, limit, size)):
        applied += took
    return applied
