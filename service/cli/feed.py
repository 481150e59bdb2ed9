"""`shikong feed`: the changes of the base, one a line."""

import json
import time

import click

from entities.model import day_text
from entities.store import Change, Store
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.params import feed_cursor_text, read_feed_cursor
from service.shapes.changes import KINDS, change_json

PAGE = 1_000


@click.command()
@click.option("--after", default="", help="Go on after this cursor, as the last line printed it.")
@click.option("--limit", type=click.IntRange(1), help="Print at most so many changes.")
@click.option("--layer", help="Only changes of this layer.")
@click.option("--follow", is_flag=True, help="Wait for further changes until interrupted.")
@command
def feed(terminal: Terminal, after: str, limit: int | None, layer: str | None, follow: bool) -> None:
    """Print every change after a cursor, oldest first; with --json one JSON object a line."""
    store, cursor, left = open_store(terminal.config), read_feed_cursor({"cursor": after}), limit
    while left is None or left > 0:
        page = store.changes(cursor, min(PAGE, left or PAGE), layer)
        for change in page:
            click.echo(json.dumps(change_json(change), ensure_ascii=False) if terminal.as_json else _line(change))
        cursor = page[-1].cursor if page else cursor
        left = None if left is None else left - len(page)
        if not page and not follow:
            return
        if not page:
            _wait(store)


def _line(change: Change) -> str:
    what = f"{KINDS[change.kind]:<9} {change.layer:<12} {change.class_code}  {change.code}"
    return f"{feed_cursor_text(change.cursor):<12} {day_text(change.day)}  {what}"


def _wait(store: Store) -> None:
    store.database.rollback()
    time.sleep(1)
