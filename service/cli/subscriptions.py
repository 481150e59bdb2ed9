"""`shikong subscriptions`: who is told of changes by webhook, and the inboxes where other bases tell us."""

import click

from service.bases import open_store
from service.cli.feed import filtered
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.http.filters import written_filter
from service.http.params import feed_cursor_text
from service.shapes.subscriptions import subscription_json
from service.subscriptions import book, letters
from service.subscriptions import inbox as inboxes
from service.subscriptions.book import Subscription
from service.subscriptions.taking import mark, subscribe


@click.group()
def subscriptions() -> None:
    """Webhooks: whom to tell of which changes. A secret is shown once, when it is made."""


@subscriptions.command()
@click.argument("name")
@click.argument("url")
@click.option("--start", default="now", help="Where to begin: now, beginning, or a cursor.")
@click.option("--as", "department", default="", help="The department whose subscription it is.")
@filtered
@command
def add(terminal: Terminal, name: str, url: str, start: str, department: str, **words: str) -> None:
    """Tell URL of changes from now on, under the NAME, and print the secret that deliveries are signed with."""
    desk = Desk.open(terminal.config.base)
    answers = {"name": name, "url": url, "start": start, **words}
    made = subscribe(terminal.config, open_store(terminal.config), desk, answers, department)
    lines = [
        terminal.both(f"订阅 {name} 的密钥（只显示这一次）：", f"The secret of {name}, shown this once:"),
        made.secret,
    ]
    terminal.result({**subscription_json(made, []), "secret": made.secret}, lines)


@subscriptions.command("list")
@command
def list_(terminal: Terminal) -> None:
    """List the subscriptions."""
    desk = Desk.open(terminal.config.base)
    found = book.listed(desk)
    values = [subscription_json(one, letters.of(desk, one.name)) for one in found]
    terminal.result({"subscriptions": values}, map(_line, found))


@subscriptions.command()
@click.argument("name")
@command
def show(terminal: Terminal, name: str) -> None:
    """Show the subscription NAME and what could not be delivered to it."""
    _shown(terminal, Desk.open(terminal.config.base), name)


@subscriptions.command()
@click.argument("name")
@command
def pause(terminal: Terminal, name: str) -> None:
    """Send nothing more to the subscription NAME until it is replayed."""
    desk = Desk.open(terminal.config.base)
    book.pause(desk, book.named(desk, name))
    _shown(terminal, desk, name)


@subscriptions.command()
@click.argument("name")
@click.option("--start", default="", help="Begin again from here: now, beginning, or a cursor.")
@command
def replay(terminal: Terminal, name: str, start: str) -> None:
    """Send to the subscription NAME again, from where it stands or from another start."""
    desk = Desk.open(terminal.config.base)
    found = book.named(desk, name)
    begin = mark(open_store(terminal.config), desk, written_filter(found.filter), start) if start else None
    book.replay(desk, found, begin)
    _shown(terminal, desk, name)


@subscriptions.command()
@click.argument("name")
@command
def remove(terminal: Terminal, name: str) -> None:
    """Strike the subscription NAME out."""
    desk = Desk.open(terminal.config.base)
    book.remove(desk, book.named(desk, name))
    terminal.result({"removed": name}, [terminal.both(f"已删除订阅 {name}。", f"Removed {name}.")])


@subscriptions.command()
@click.argument("name")
@click.option("--secret", default="", help="The secret that the other base gave; a new one if not given.")
@click.option("--remove", is_flag=True, help="Take the inbox away.")
@command
def inbox(terminal: Terminal, name: str, secret: str, remove: bool) -> None:
    """Set up /inbox/NAME, where another base tells that it has news, and print its secret."""
    desk = Desk.open(terminal.config.base)
    if remove:
        inboxes.take_away(desk, name)
        terminal.result({"removed": name}, [terminal.both(f"已删除收件口 {name}。", f"Removed the inbox {name}.")])
        return
    chosen = inboxes.set_up(desk, name, secret)
    lines = [terminal.both(f"收件口 /inbox/{name} 的密钥：", f"The secret of /inbox/{name}:"), chosen]
    terminal.result({"name": name, "secret": chosen, "path": f"/inbox/{name}"}, lines)


def _shown(terminal: Terminal, desk: Desk, name: str) -> None:
    found, dead = book.named(desk, name), letters.of(desk, name)
    lines = [
        _line(found),
        *(
            f"    {feed_cursor_text(one.after)} – {feed_cursor_text(one.until)}  {one.changes}  {one.fault}"
            for one in dead
            if one.delivered is None
        ),
    ]
    terminal.result(subscription_json(found, dead), lines)


def _line(one: Subscription) -> str:
    told = f"{feed_cursor_text(one.mark.cursor):<10} {one.mark.tally.count:>9,}  {one.url}  {one.filter}"
    return f"{one.name:<20} {one.state:<8} {told}  {one.fault or ''}".rstrip()
