"""`shikong user`: the departments that may send updates, and their tokens."""

import click

from service import departments
from service.cli.terminal import Terminal, command
from service.departments import Department
from service.desk import Desk


@click.group()
def user() -> None:
    """Departments and their tokens. A token is shown once, when it is made."""


@user.command()
@click.argument("name")
@click.option("--title", default="", help="What the department is called.")
@click.option("--division", required=True, help="The code of the division it may write in; several with commas.")
@click.option("--everywhere", is_flag=True, help="Let it write in every territory.")
@command
def add(terminal: Terminal, name: str, title: str, division: str, everywhere: bool) -> None:
    """Add the department NAME and print its token."""
    first, *more = [code.strip() for code in division.split(",")]
    department = Department(name, title, first, everywhere, also=tuple(more))
    _shown(terminal, name, departments.add(Desk.open(terminal.config.base), department))


@user.command()
@click.argument("name")
@command
def renew(terminal: Terminal, name: str) -> None:
    """Give the department NAME a new token; the old one ends."""
    _shown(terminal, name, departments.renew(Desk.open(terminal.config.base), name))


@user.command()
@click.argument("name")
@command
def remove(terminal: Terminal, name: str) -> None:
    """Take the department NAME away; what it sent stays in the base."""
    departments.remove(Desk.open(terminal.config.base), name)
    terminal.result({"removed": name}, [terminal.both(f"已删除部门 {name}。", f"Removed {name}.")])


@user.command("list")
@command
def list_(terminal: Terminal) -> None:
    """List the departments."""
    found = departments.listed(Desk.open(terminal.config.base))
    values = [
        {
            **{"name": one.name, "title": one.title, "division": one.division},
            **{"divisions": list(one.divisions), "everywhere": one.everywhere},
        }
        for one in found
    ]
    wheres = [",".join(one.divisions) + ("  *" if one.everywhere else "   ") for one in found]
    lines = [f"{one.name:<20} {where} {one.title}" for one, where in zip(found, wheres, strict=True)]
    terminal.result({"departments": values}, lines)


def _shown(terminal: Terminal, name: str, token: str) -> None:
    lines = [terminal.both(f"部门 {name} 的令牌（只显示这一次）：", f"The token of {name}, shown this once:"), token]
    terminal.result({"name": name, "token": token}, lines)
