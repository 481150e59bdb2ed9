"""`shikong verify`: looks the base and its tiles over."""

from contextlib import closing
from dataclasses import asdict

import click

from entities.replication.digest import digests
from entities.report import finding_json
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.proof.verifying import faults


@click.command()
@click.option("--digest", is_flag=True, help="Print the digests of history and present instead, to compare two bases.")
@command
def verify(terminal: Terminal, digest: bool) -> None:
    """Look the base and its tiles over: journal, feed, codes, digests, tilesets. Exit code 1 if anything is wrong."""
    if digest:
        _digests(terminal)
        return
    found = list(faults(terminal.config))
    sound = terminal.both("没有发现问题。", "Everything is sound.")
    lines = [terminal.finding(finding) for finding in found]
    terminal.result({"sound": not found, "findings": [finding_json(one) for one in found]}, lines or [sound])
    if found:
        raise click.exceptions.Exit(1)


def _digests(terminal: Terminal) -> None:
    """Print the digests of the base."""
    with closing(open_store(terminal.config)) as store:
        found = asdict(digests(store.database))
    terminal.result(found, [f"{name:<8} {value}" for name, value in found.items()])
