"""`shikong maps`: draws map sheets."""

from contextlib import closing
from pathlib import Path

import click

from service.cli.terminal import Terminal, command
from service.maps import sheets
from service.maps.catalogue import FORMATS
from service.maps.studio import Studio


@click.command()
@click.argument("divisions", nargs=-1)
@click.option("--format", "forms", multiple=True, type=click.Choice(FORMATS), help="Only these formats; default pdf.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", help="The language of the sheets.")
@command
def maps(terminal: Terminal, divisions: tuple[str, ...], forms: tuple[str, ...], language: str) -> None:
    """Draw the sheets of DIVISIONS (six-digit codes) and print where they are, or without any the stale ones of all."""
    if divisions:
        files = _some(terminal, divisions, forms or ("pdf",), language)
        terminal.result({"files": [str(path) for path in files]}, map(str, files))
        return
    outcome = sheets.draw(terminal.config, terminal.progress)
    drawn, kept = len(outcome.drawn), len(outcome.kept)
    line = terminal.both(f"新绘 {drawn} 幅，{kept} 幅没有变化。", f"{drawn} sheets drawn, {kept} were current.")
    terminal.result({"drawn": list(outcome.drawn), "kept": list(outcome.kept)}, [line])


def _some(terminal: Terminal, divisions: tuple[str, ...], forms: tuple[str, ...], language: str) -> list[Path]:
    with closing(Studio(terminal.config)) as studio:
        return [studio.sheet(division, form, language) for division in divisions for form in forms]
