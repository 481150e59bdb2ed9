"""A plain load generator: connections that are kept, each with one request on its way at any time."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

END = b"\r\n\r\n"


@dataclass
class Asked:
    """How many answers came, how many were no 200, in how many seconds, and how long the slowest hundredth took."""

    answers: int
    failures: int
    seconds: float
    slow: float

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def ask(address: str, paths: Iterator[str], seconds: float, connections: int = 8) -> Asked:
    """Ask for paths over kept connections for some seconds."""
    place = urlsplit(address)
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        one = socket.create_connection((place.hostname, place.port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one, selectors.EVENT_READ, _send(one, next(paths)))
    began = time.monotonic()
    times: list[float] = []
    failures = 0
    while time.monotonic() - began < seconds:
        for key, _ in selector.select(1):
            sent, parts = key.data
            parts.append(key.fileobj.recv(1 << 16))  # type: ignore[union-attr]
            answer = b"".join(parts)
            if not _is_whole(answer):
                continue
            times.append(time.monotonic() - sent)
            failures += not answer.startswith(b"HTTP/1.1 200")
            selector.modify(key.fileobj, selectors.EVENT_READ, _send(key.fileobj, next(paths)))
    whole = time.monotonic() - began
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return Asked(len(times), failures, whole, sorted(times)[int(len(times) * 0.99)] if times else 0.0)


def _send(connection, path: str) -> tuple[float, list[bytes]]:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n".encode())
    return time.monotonic(), []


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(END)
    if not found:
        return False
    lengths = [line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0])
