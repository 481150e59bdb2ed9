"""`shikong serve`: answers on HTTP, with a worker beside it."""

import logging
import threading
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import click
import waitress
from flask import Flask

from entities.errors import Conflict
from entities.rules import Finding
from service import worker
from service.app import create_app
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.config import Config


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
    app = create_app(config)
    server = _listening(app, config)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits for a thread
    threading.Thread(target=app.extensions["studio"].warm_up, daemon=True).start()
    address = f"http://{config.host}:{getattr(server, 'effective_port', config.port)}/"
    terminal.result({"address": address}, [terminal.both(f"正在服务：{address}", f"Serving on {address}")])
    with worker.beside(config) if with_worker else nullcontext():
        server.run()


def _listening(app: Flask, config: Config) -> Any:
    """A server that listens. `Conflict` (`server.port`) where it cannot."""
    limit = config.limits.upload_bytes + (1 << 20)
    place = {"host": config.host, "port": config.port, "threads": config.threads}
    try:
        return waitress.create_server(app, **place, max_request_body_size=limit, ident="shikong")
    except OSError as error:
        said = {"host": config.host, "port": config.port, "why": error.strerror}
        raise Conflict([Finding("server.port", said)]) from error
