"""`shikong verify`: looks the base and its tiles over."""

import click

from entities.report import finding_json
from service.cli.terminal import Terminal, command
from service.verifying import faults


@click.command()
@command
def verify(terminal: Terminal) -> None:
    """Look the base and its tiles over: journal, feed, codes, digests, tilesets. Exit code 1 if anything is wrong."""
    found = list(faults(terminal.config))
    sound = terminal.both("没有发现问题。", "Everything is sound.")
    lines = [terminal.finding(finding) for finding in found]
    terminal.result({"sound": not found, "findings": [finding_json(one) for one in found]}, lines or [sound])
    if found:
        raise click.exceptions.Exit(1)
