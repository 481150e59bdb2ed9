"""`shikong submissions`: what departments sent, and what came of it."""

import click

from service import submissions as desk_submissions
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.shapes.submissions import submission_json


@click.command()
@click.argument("name", required=False)
@command
def submissions(terminal: Terminal, name: str | None) -> None:
    """List the submissions, or show the one called NAME."""
    desk = Desk.open(terminal.config.base)
    found = [desk_submissions.get(desk, name)] if name else desk_submissions.everyone(desk)
    values = [submission_json(one, desk) for one in found]
    lines = [f"{v['id']}  {v['created']}  {v['department']:<16} {v['state']:<10} {v['counts']}" for v in values]
    terminal.result({"submissions": values}, lines)
