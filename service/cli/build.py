"""`shikong build`: brings the tiles up to the base."""

from dataclasses import asdict

import click

from service import making
from service.cli.terminal import Terminal, command


@click.command()
@click.option("--whole", is_flag=True, help="Draw every tile anew; without it only those that changed.")
@command
def build(terminal: Terminal, whole: bool) -> None:
    """Build the 3D tiles that the base has made stale."""
    built = making.tiles(terminal.config, terminal.progress, whole)
    lines = [
        f"{one.layer}: {one.report.features} → {one.report.tiles} tiles, {one.report.tiles_drawn} drawn, "
        f"{one.report.files_written} files written, {one.report.seconds:.2f} s"
        for one in built
    ]
    terminal.result({"layers": {one.layer: asdict(one.report) for one in built}}, lines)
