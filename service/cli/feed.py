"""`shikong feed`: the changes of the base, one a line."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import IO, Final

import click

from entities import feed as feeds
from entities.feed import KINDS, Filter, Page
from entities.model import day_text
from entities.report import finding_json
from entities.store import Change, Cursor, Store
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.http.filters import NAMES, read_filter
from service.http.params import feed_cursor_text, read_feed_cursor
from service.proof.proofs import proof_json
from service.proof.proving import prove, read_kept
from service.shapes.changes import change_json

PAGE: Final = 1_000

HELP: Final = {
    "area": "Only changes that touch this polygon (WKT, lon lat).",
    "bbox": "Only changes that touch west,south,east,north.",
    "class": "Only these classes, or those that begin so; divided by commas.",
    "kind": "Only these kinds: new, changed, ended, retracted, linked, unlinked.",
    "layer": "Only these layers, divided by commas.",
    "territory": "Only changes in the division with this code.",
}


def filtered(function: click.decorators.FC) -> click.decorators.FC:
    """Give a command an option for each part of a filter."""
    for name in reversed(NAMES):
        function = click.option(f"--{name}", name, default="", help=HELP[name])(function)
    return function


@click.command()
@click.option("--after", default="", help="Go on after this cursor, as the last line printed it.")
@click.option("--limit", type=click.IntRange(1), help="Print at most so many changes.")
@click.option("--follow", is_flag=True, help="Wait for further changes until interrupted.")
@click.option(
    "--prove", "kept", type=click.File(encoding="utf-8"), help="Hold kept lines (of --json) against the base."
)
@filtered
@command
def feed(terminal: Terminal, after: str, limit: int | None, follow: bool, kept: IO[str] | None, **words: str) -> None:
    """Print every change after a cursor, oldest first; with --json one JSON object a line.

    With --prove FILE nothing is printed but whether the lines kept in FILE are all there is, and where they differ.
    """
    store, wanted = open_store(terminal.config), read_filter(words)
    if kept is not None:
        _proved(terminal, store, wanted, kept)
        return
    cursor = feeds.checked(store, read_feed_cursor({"cursor": after}))
    for page in pages(store, wanted, cursor, limit, follow):
        for change in page.changes:
            click.echo(json.dumps(change_json(change), ensure_ascii=False) if terminal.as_json else _line(change))


def pages(store: Store, wanted: Filter, cursor: Cursor, limit: int | None, follow: bool) -> Iterator[Page]:
    """The pages after a cursor, up to a number of changes; with `follow` without end."""
    left = sys.maxsize if limit is None else limit
    while left > 0:
        page = feeds.read(store, wanted, cursor, min(PAGE, left))
        cursor, left = page.next, left - len(page.changes)
        yield page
        if not page.full and not follow:
            return
        if not page.full:
            _wait(store)


def _proved(terminal: Terminal, store: Store, wanted: Filter, kept: Iterable[str]) -> None:
    """Say whether kept lines are what the base has; exit code 1 where they differ."""
    proved = prove(store, Desk.open(terminal.config.base), wanted, read_kept(kept))
    value = {**proof_json(wanted, proved.mark), "findings": [finding_json(one) for one in proved.findings]}
    count, cursor, total = proved.mark.tally.count, value["cursor"], proved.mark.tally.hash.hex()
    whole = terminal.both(
        f"到游标 {cursor} 共{count}处变更，与底库一致。{total}", f"All {count} up to {cursor} are there. {total}"
    )
    terminal.result(value, [terminal.finding(one) for one in proved.findings] or [whole])
    if proved.findings:
        raise click.exceptions.Exit(1)


def _line(change: Change) -> str:
    what = f"{KINDS[change.kind]:<9} {change.layer:<12} {change.class_code}  {change.code}"
    return f"{feed_cursor_text(change.cursor):<12} {day_text(change.day)}  {what}"


def _wait(store: Store) -> None:
    store.database.rollback()
    time.sleep(1)
