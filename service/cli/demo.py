"""`shikong demo`: makes the demo base where there is none, serves it, and says what to open."""

import time
from dataclasses import replace
from pathlib import Path

import click

from entities.report import Report
from service.cli.serve import run_server
from service.cli.terminal import Terminal, command
from service.demo.departments import tokens
from service.demo.run import demo_config, is_made, make_base
from service.demo.surveys import Upload


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default="demo", help="Where the demo lives."
)
@click.option("--port", type=click.IntRange(0, 65535), help="The port, in place of the settings'; 0 for any free one.")
@click.option("--serve/--no-serve", default=True, help="Serve the base once it is made.")
@command
def demo(terminal: Terminal, folder: Path, port: int | None, serve: bool) -> None:
    """Make a demo base (Shandong's divisions, a made district of Jinan) and serve it."""
    config = demo_config(terminal.config, folder.absolute())
    config = config if port is None else replace(config, port=port)
    began = time.monotonic()
    if is_made(config):
        terminal.say(f"演示底库已在{folder}。", f"The demo base is in {folder} already.")
    else:
        make_base(config, lambda upload, report: _told(terminal, upload, report), terminal.progress)
        seconds = time.monotonic() - began
        terminal.say(f"演示底库已建好，用时{seconds:.0f}秒。", f"The demo base is made; it took {seconds:.0f} s.")
    for name, token in tokens(config).items():
        terminal.say(f"报送口令（{name}）：{token}", f"Token to sign in with as {name}: {token}")
    if serve:
        run_server(terminal, config)


def _told(terminal: Terminal, upload: Upload, report: Report) -> None:
    """Say what came of one upload."""
    if not report.accepted:
        for finding in report.errors[:5]:
            terminal.say(finding.sentence.zh, finding.sentence.en)
    counts = {outcome: count for outcome, count in report.outcomes.items() if count}
    said = "  ".join(f"{outcome} {count:,}" for outcome, count in counts.items())
    terminal.say(f"{upload.day}  {upload.path.name}  {said}", f"{upload.reason}")
