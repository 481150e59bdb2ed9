"""Answers on HTTP: one listening socket, and as many processes on it as the settings say."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import waitress

from entities.errors import Conflict
from service.app import create_app
from service.config import Config
from service.work import keeping

_BACKLOG: Final = 1024


def listening(config: Config) -> socket.socket:
    """A socket that listens at the settings' address. `Conflict` (`server.port`) where it cannot."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Conflict.because("server.port", host=config.host, port=config.port, why=error.strerror) from error
    return listener


def answer(config: Config, listener: socket.socket, parent: int | None = None) -> None:
    """Answer until interrupted, or until the parent process has ended."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits for a thread
    if parent is not None:
        keeping.end_with(parent)
    app = create_app(config)
    limit = config.limits.upload_bytes + (1 << 20)
    server = waitress.create_server(
        app, sockets=[listener], threads=config.threads, max_request_body_size=limit, ident="shikong"
    )
    threading.Thread(target=app.extensions["studio"].warm_up, daemon=True).start()
    server.run()


@contextmanager
def beside(config: Config, listener: socket.socket) -> Iterator[None]:
    """Let more processes answer on the same socket during the block, so that with this one there are as many as set."""
    count = config.processes or os.cpu_count() or 1
    with keeping.kept([partial(answer, config, listener, os.getpid())] * (count - 1)):
        yield
