"""`shikong submissions`: what departments sent, and what came of it."""

from collections.abc import Mapping
from typing import Any

import click

from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.intake import submissions as desk_submissions
from service.shapes.submissions import submission_json


@click.command()
@click.argument("name", required=False)
@command
def submissions(terminal: Terminal, name: str | None) -> None:
    """List the submissions, or show the one called NAME."""
    desk = Desk.open(terminal.config.base)
    found = [desk_submissions.get(desk, name)] if name else desk_submissions.everyone(desk)
    values = [submission_json(one, desk) for one in found]
    terminal.result({"submissions": values}, [_line(value) for value in values])


def _line(value: Mapping[str, Any]) -> str:
    counts = " ".join(f"{name}={count}" for name, count in value["counts"].items() if count)
    files = ", ".join(file["name"] for file in value["files"])
    return f"{value['id']}  {value['created'][:16]}  {value['department']:<16} {value['state']:<10} {files}  {counts}"
