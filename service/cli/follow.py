"""`shikong follow`: keeps this base from another service's."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from entities.rules import Finding
from service.cli.terminal import Terminal, command
from service.following.catching import Caught, catch_up
from service.following.running import keep_up
from service.following.source import Source
from service.shapes.clashes import clash_json


@click.command()
@click.argument("url")
@click.option("--token", default="", envvar="SHIKONG_TOKEN", help="The token of a department there.")
@click.option("--token-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file holding it.")
@click.option("--once", is_flag=True, help="Stop when everything said so far is here.")
@click.option("--every", type=click.FloatRange(0, 60), default=20, show_default=True, help="Ask anew after SECONDS.")
@click.option("--files/--no-files", default=True, help="Fetch the files of holdings too.")
@command
def follow(
    terminal: Terminal, url: str, token: str, token_file: Path | None, once: bool, every: float, files: bool
) -> None:
    """Keep this base from the one served at URL: all its transactions, and each new one as it is made."""
    source = Source(url, token_file.read_text(encoding="utf-8").strip() if token_file else token)
    if once:
        _say(terminal, source, *_timed(terminal, source, files))
        return
    terminal.say(f"正在跟随 {url}，按 Ctrl+C 结束。", f"Following {url}; stop with Ctrl+C.")

    def told(caught: Caught) -> None:
        if caught.fresh or caught.known or caught.holdings:
            _say(terminal, source, caught)

    keep_up(terminal.config, source, terminal.progress, told, max(every, 0.1), threading.Event(), files)


def _timed(terminal: Terminal, source: Source, files: bool) -> tuple[Caught, float]:
    began = time.monotonic()
    return catch_up(terminal.config, source, terminal.progress, files=files), time.monotonic() - began


def _say(terminal: Terminal, source: Source, caught: Caught, seconds: float = 0.0) -> None:
    """Say what came, and whose word stands where two changed one entity."""
    met = [terminal.finding(finding) for finding in _findings(caught)]
    line = terminal.both(
        f"写入 {caught.fresh:,} 个事务，已有 {caught.known:,} 个；源库事务 {caught.number:,} / {caught.last:,}。",
        f"{caught.fresh:,} transactions written, {caught.known:,} known; at {caught.number:,} of {caught.last:,}.",
    )
    if caught.holdings:
        line += terminal.both(
            f"取得 {caught.holdings:,} 项成果的文件。", f" Files of {caught.holdings:,} holdings fetched."
        )
    terminal.result(_json(source, caught, seconds), [line, *met])


def _json(source: Source, caught: Caught, seconds: float) -> Mapping[str, Any]:
    return {
        **{"url": source.url, "base": caught.base, "number": caught.number, "last": caught.last},
        **{"written": caught.fresh, "known": caught.known, "bytes": caught.bytes, "seconds": round(seconds, 3)},
        **{"holdings": caught.holdings, "clashes": caught.clashes, "met": [clash_json(one) for one in caught.met]},
        "twins": [list(one) for one in caught.twins],
    }


def _findings(caught: Caught) -> list[Finding]:
    twice = [Finding("follow.twin", {"code": code, "twin": here}) for code, here in caught.twins]
    return twice + [
        Finding("follow.clash", {"code": one.code, "stands": _named(one.stands), "gave_way": _named(one.gave_way)})
        for one in caught.met
    ]


def _named(stamp: Any) -> str:
    """A transaction by who said it first: the beginning of the base's id, and its number there."""
    return f"{stamp.origin[:8]}:{stamp.origin_number}"
