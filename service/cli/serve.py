"""`shikong serve`: answers on HTTP, with a worker beside it."""

import signal
from contextlib import nullcontext
from dataclasses import replace
from types import FrameType

import click

from service import serving
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.config import Config
from service.work import worker


@click.command()
@click.option("--host", help="The address to listen on, in place of the settings'.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, in place of the settings'; 0 for any free one.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Start a worker beside the server.")
@command
def serve(terminal: Terminal, host: str | None, port: int | None, with_worker: bool) -> None:
    """Serve pages, API, tiles and maps until interrupted."""
    given = terminal.config
    config = replace(given, host=host or given.host, port=given.port if port is None else port)
    run_server(terminal, config, with_worker)


def run_server(terminal: Terminal, config: Config, with_worker: bool = True) -> None:
    """Serve a base until interrupted, and say where. A base that cannot be opened is refused before anybody asks."""
    open_store(config).close()
    listener = serving.listening(config)
    signal.signal(signal.SIGTERM, _stop)
    address = f"http://{config.host}:{listener.getsockname()[1]}/"
    terminal.result({"address": address}, [terminal.both(f"正在服务：{address}", f"Serving on {address}")])
    with serving.beside(config, listener), worker.beside(config) if with_worker else nullcontext():
        serving.answer(config, listener)


def _stop(number: int, frame: FrameType | None) -> None:
    """Leave as when interrupted, so that the processes beside this one end too."""
    raise SystemExit(0)
