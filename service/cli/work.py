"""`shikong work`: does the jobs that wait."""

import threading

import click

from service.cli.terminal import Terminal, command
from service.following import running
from service.subscriptions import delivering
from service.work import worker


@click.command()
@click.option("--once", is_flag=True, help="Stop when no job is left.")
@command
def work(terminal: Terminal, once: bool) -> None:
    """Do the jobs that wait: take submissions in, build tiles, draw stale sheets; tell subscribers; follow sources."""
    if once:
        running.run(terminal.config, once)
        done = worker.run(terminal.config, once)
        delivering.run(terminal.config, once)
        terminal.result({"done": done}, [terminal.both(f"完成 {done} 件。", f"{done} done.")])
        return
    terminal.say("正在处理排队的工作，按 Ctrl+C 结束。", "Doing the jobs that wait; stop with Ctrl+C.")
    with worker.beside(terminal.config):
        threading.Event().wait()
