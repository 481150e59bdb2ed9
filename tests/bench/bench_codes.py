"""Looking codes up in a base of 1,000,000 links: by HTTP with the load on the same processors, and many at once."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from entities.store import Store
from tests.bench import linked_base
from tests.bench.asking import ask
from tests.serving import serving

LINKS = 1_000_000
LOOKUPS = 1_500.0
BULK = 50_000.0
SECONDS = 8.0
SENT = 200_000
CONSTANT = """
import logging, os, socket, sys, waitress
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
body = b"x" * int(sys.argv[1])
def constant(environ, start):
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
parent = os.getpid()
for _ in range((os.cpu_count() or 1) - 1):
    if os.fork() == 0:
        break
waitress.create_server(constant, sockets=[listener], threads=8).run()
"""


def bench(folder: Path, links: int = LINKS) -> Iterator[str]:
    """Make the base, and yield a line for each figure."""
    began = time.monotonic()
    units = linked_base.make(folder / "base.sqlite", links)
    yield f"{'base of links':<34}{links:>12,} links    made in {time.monotonic() - began:.0f} s"
    raw = _raw(folder / "base.sqlite", units)
    yield f"{'raw SQLite, one value a SELECT':<34}{raw:>12,.0f} lookups/s  (one connection, no HTTP)"
    with closing(Store.open(f"sqlite:///{folder}/base.sqlite")) as store:
        one = _rate(lambda: [store.resolve(unit) for unit in random.choices(units, k=2_000)], 2_000)
        many = _rate(lambda: store.resolve_all(random.choices(units, k=20_000)), 20_000)
    yield _line("store.resolve, one by one", one, raw, "codes/s", "of raw SQLite")
    yield _line("store.resolve_all", many, raw, "codes/s", "of raw SQLite")
    with serving(_settings(folder)) as service:
        card = urllib.request.urlopen(f"{service.address}/codes/{units[0]}").read()
        with _constant(len(card)) as constant:
            limit = ask(constant, _always("/"), SECONDS).rate
        yield f"{'a constant of the same size':<34}{limit:>12,.0f} requests/s  (the same server, processes and load)"
        ask(service.address, _paths(units), SECONDS / 2)
        found = ask(service.address, _paths(units), SECONDS)
        assert not found.failures, found
        yield _line("GET /codes/{code}", found.rate, LOOKUPS, "requests/s", f"times the {LOOKUPS:,.0f} asked for")
        yield f"{'':<34}{found.rate / limit:>12.2f} of the constant; slowest 1 % above {found.slow * 1000:.0f} ms"
        yield _line(
            "POST /codes/resolve", _bulk(service.address, units), BULK, "codes/s", f"times the {BULK:,.0f} asked for"
        )
        yield f"{'memory of the server':<34}{_memory(service.process):>12,.0f} MB"


def _raw(path: Path, units: list[str]) -> float:
    with closing(sqlite3.connect(path)) as base:
        asked = [(unit,) for unit in random.choices(units, k=20_000)]
        statement = "SELECT code FROM link WHERE value = ? AND known_to = 9007199254740991"
        return _rate(lambda: [base.execute(statement, one).fetchall() for one in asked], len(asked))


def _settings(folder: Path) -> Path:
    settings = folder / "config.yaml"
    settings.write_text(f"base: sqlite:///{folder}/base.sqlite\ndata: {folder}/data\n")
    return settings


def _bulk(address: str, units: list[str]) -> float:
    """Codes a second, sent and answered a line each."""
    body = "\n".join(random.choices(units, k=SENT)).encode()
    sent = urllib.request.Request(f"{address}/codes/resolve", body, {"Content-Type": "application/x-ndjson"})
    began = time.monotonic()
    with urllib.request.urlopen(sent) as answer:
        lines = answer.read().splitlines()
    seconds = time.monotonic() - began
    assert len(lines) == SENT and json.loads(lines[-1])["entities"]
    return SENT / seconds


@contextmanager
def _constant(size: int) -> Iterator[str]:
    command = [sys.executable, "-c", CONSTANT, str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        _wait(address)
        yield address
        os.killpg(server.pid, 15)


def _wait(address: str) -> None:
    """Wait until something answers, and a little for every process of it."""
    for _ in range(200):
        try:
            urllib.request.urlopen(address).read()
            break
        except OSError:
            time.sleep(0.1)
    time.sleep(6)


def _memory(server: int) -> float:
    """The memory of a process and its children, MB: proportional shares."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    total = 0
    for process in (str(server), *children):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


def _paths(units: list[str]) -> Iterator[str]:
    while True:
        yield f"/codes/{random.choice(units)}"


def _always(path: str) -> Iterator[str]:
    while True:
        yield path


def _rate(work, count: int) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def _line(word: str, rate: float, against: float, unit: str, ratio: str) -> str:
    return f"{word:<34}{rate:>12,.0f} {unit}   {rate / against:.2f} {ratio}"


if __name__ == "__main__":
    for line in bench(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else LINKS):
        print(line, flush=True)
