"""A throw-away PostgreSQL server for tests: its own folder, its own port, no durability."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg2

MAINTENANCE = "dbname=postgres user=shikong host=127.0.0.1"


def find_binaries() -> Path | None:
    """The folder of initdb and postgres where PostGIS is installed with them, the newest version first."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True):
        binaries = Path("/usr/lib/postgresql") / control.parents[1].name / "bin"
        if (binaries / "initdb").exists():
            return binaries
    return None


@dataclass
class Server:
    """A running server that makes a fresh database for each test that asks."""

    port: int
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @contextmanager
    def started(cls, binaries: Path) -> Iterator["Server"]:
        """Start a server and stop it when the block ends."""
        folder = Path(tempfile.mkdtemp(prefix="shikong-postgres-"))
        port = _free_port()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        try:
            _as_owner(
                binaries / "initdb", "-D", folder / "data", "-U", "shikong", "-A", "trust", "-E", "UTF8", "--no-sync"
            )
            options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
            _as_owner(binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
            try:
                server = cls(port)
                server._run(f"{MAINTENANCE} port={port}", "CREATE DATABASE model")
                server._run(f"dbname=model user=shikong host=127.0.0.1 port={port}", "CREATE EXTENSION postgis")
                yield server
            finally:
                _as_owner(binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def new_database(self) -> str:
        """Make an empty database with PostGIS in it and return its URL."""
        name = f"base_{next(self.numbers)}"
        self._run(f"{MAINTENANCE} port={self.port}", f"CREATE DATABASE {name} TEMPLATE model")
        return f"postgresql://shikong:none@127.0.0.1:{self.port}/{name}"

    def _run(self, address: str, statement: str) -> None:
        connection = psycopg2.connect(address)
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_owner(*command: str | Path) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")
