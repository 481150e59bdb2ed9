"""`shikong init`: makes an empty base, its tiles, its desk, and the first department."""

import click

from service import departments
from service.auth import secret
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.departments import Department
from service.desk import Desk
from service.tiles import making


@click.command()
@click.option(
    "--admin", default="admin", show_default=True, help="The name of the department that may write everywhere."
)
@command
def init(terminal: Terminal, admin: str) -> None:
    """Make the base that the settings name, or bring it up to this program; print the first department's token."""
    config = terminal.config
    open_store(config).close()
    making.tiles(config, terminal.progress)
    secret(config.secret_file)
    desk = Desk.open(config.base)
    known = [one.name for one in departments.listed(desk)]
    token = None if known else departments.add(desk, Department(admin, admin, config.province, everywhere=True))
    desk.close()
    lines = [terminal.both(f"底库在 {config.base}", f"The base is {config.base}")]
    if token:
        lines += [
            terminal.both(f"部门 {admin} 的令牌（只显示这一次）：", f"The token of {admin}, shown this once:"),
            token,
        ]
    terminal.result({"base": config.base, "token": token, "departments": known or [admin]}, lines)
