"""A base with its settings, as a department meets it: by the command line and over HTTP, and looked at from below."""

import contextlib
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.app import create_app
from service.cli import run
from service.config import Config
from service.work import worker


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The JSON it printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """One base; `settings` is its settings file."""

    settings: Path

    @property
    def config(self) -> Config:
        return Config.load(self.settings)

    @property
    def data(self) -> Path:
        return self.settings.parent / "data"

    @classmethod
    def made(cls, folder: Path, settings: str = "") -> "Desk":
        """An empty base in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(f"data: data\n{settings}", encoding="utf-8")
        desk = cls(folder / "config.yaml")
        assert desk("init").code == 0
        return desk

    def __call__(self, *arguments: object, language: str = "en") -> Said:
        """Run `shikong` in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["--config", str(self.settings), "--lang", language, *map(str, arguments)])
        return Said(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: object) -> Any:
        """Run a command that must succeed, and return the JSON it prints."""
        said = self(*arguments, "--json")
        assert said.code == 0, said.out + said.err
        return said.value

    def load(self, path: Path, wishes: Mapping[str, str] | None = None, *flags: str) -> Said:
        """Load a file with `--json`; `wishes` are options without their dashes."""
        return self("load", *options(wishes or {}), *flags, "--json", path)

    def tables(self) -> dict[str, tuple[int, str]]:
        """How many rows each table of the base has, and the digest of them all."""
        return dict(_tables(self.data / "base.sqlite"))

    def files(self) -> set[str]:
        """Every file beside the base but those SQLite keeps while it is open."""
        found = (path.relative_to(self.data) for path in self.data.rglob("*") if path.is_file())
        return {str(path) for path in found if not path.name.endswith(("-wal", "-shm"))}


@contextlib.contextmanager
def visiting(desk: Desk) -> Iterator[FlaskClient]:
    """A client of the service of a base."""
    app = create_app(desk.config)
    try:
        yield app.test_client()
    finally:
        app.extensions["doors"].close()
        app.extensions["studio"].close()


def send(client: FlaskClient, desk: Desk, path: Path, wishes: Mapping[str, str], token: str) -> Any:
    """Send a file, let the worker do what waits, and return the answer: a problem at once, or how the upload ended."""
    headers = {"Authorization": f"Bearer {token}"}
    with path.open("rb") as file:
        sent = client.post("/submissions", data={"file": (file, path.name), **wishes}, headers=headers)
    if sent.status_code != 202:
        return sent
    worker.run(desk.config, once=True)
    return client.get(sent.headers["Location"], headers=headers)


def options(wishes: Mapping[str, str]) -> list[str]:
    """Wishes as options of the command line: `valid_from` is `--valid-from`."""
    return [word for name, value in wishes.items() for word in (f"--{name.replace('_', '-')}", value)]


def _tables(path: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (name,) in names:
            rows = sorted(map(repr, database.execute(f'SELECT * FROM "{name}"')))
            yield name, (len(rows), hashlib.blake2b("\n".join(rows).encode()).hexdigest())
