"""`shikong subscriptions`: who is told of changes by webhook, and the inboxes where other bases tell us."""

import click

from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.subscriptions import inbox as inboxes


@click.group()
def subscriptions() -> None:
    """Webhooks: whom to tell of which changes. A secret is shown once, when it is made."""


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
