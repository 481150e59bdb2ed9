"""A running service for a test or a benchmark: `shikong serve` at a free port, ended with the block."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIKONG = (sys.executable, "-m", "service")
"""The command `shikong` of this checkout, to be run in its folder."""


@dataclass(frozen=True)
class Serving:
    """Where a service answers, without a slash at the end, and its process."""

    address: str
    process: int


@contextmanager
def serving(settings: Path, worker: bool = False) -> Iterator[Serving]:
    """A service by a file of settings; with a worker beside it where one is asked for."""
    command = [*SHIKONG, "--config", str(settings), "serve", "--port", "0", "--json"]
    command += [] if worker else ["--no-worker"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield Serving(json.loads(server.stdout.readline())["address"].rstrip("/"), server.pid)
        finally:
            server.terminate()
