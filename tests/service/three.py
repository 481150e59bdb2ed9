"""Real services in processes of their own, each on its base, and followers between them that can be killed."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from service import departments
from service.config import Config
from service.departments import Department
from service.desk import Desk

SHIKONG = [sys.executable, "-c", "from service.cli import main; main()"]
PATIENCE = 240.0


@dataclass
class Service:
    """One service: its folder, its settings, its running process, and the tokens of its departments."""

    folder: Path
    base: str
    port: int
    tokens: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def made(cls, folder: Path, base: str | None = None) -> "Service":
        folder.mkdir()
        return cls(folder, base or f"sqlite:///{folder}/base.sqlite", _free_port())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def config(self) -> Config:
        return Config.load(self.folder / "config.yaml")

    def set_up(self, who: Mapping[str, str], sources: "tuple[Service, ...]" = ()) -> None:
        """Write the settings and add the departments, each with its division."""
        follow = [{"url": one.url, "token_file": str(one.folder / "follower.token")} for one in sources]
        settings = {"data": str(self.folder), "base": self.base, "port": self.port, "follow": follow}
        (self.folder / "config.yaml").write_text(yaml.safe_dump(settings))
        with closing(Desk.open(self.base)) as desk:
            for name, division in who.items():
                made = Department(name, name, division, everywhere=division.endswith("0000"))
                self.tokens[name] = departments.add(desk, made)
        (self.folder / "follower.token").write_text(next(iter(self.tokens.values())))

    def start(self) -> None:
        command = [*SHIKONG, "--config", str(self.folder / "config.yaml"), "serve"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(lambda: answers(self))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def get(self, path: str) -> Any:
        token = next(iter(self.tokens.values()))
        with urlopen(Request(self.url + path, headers={"Authorization": f"Bearer {token}"}), timeout=60) as answer:
            return json.load(answer)

    def upload(self, who: str, file: Mapping[str, Any], day: str) -> str:
        """Send a file of buildings and return the submission's name."""
        form = {
            "profile": "buildings",
            "valid_from": day,
            "file": FileStorage(BytesIO(json.dumps(file).encode()), "houses.geojson"),
        }
        boundary, body = encode_multipart(form)
        headers = {
            "Authorization": f"Bearer {self.tokens[who]}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        with urlopen(Request(f"{self.url}submissions", body, headers), timeout=60) as answer:
            return str(json.load(answer)["id"])


@dataclass
class Follower:
    """A `shikong follow` process between two services, started again after it was killed."""

    service: Service
    source: Service
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        token = ["--token-file", str(self.source.folder / "follower.token"), "--every", "1"]
        command = [*SHIKONG, "--config", str(self.service.folder / "config.yaml"), "follow", self.source.url, *token]
        with (self.service.folder / "follow.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)


def answers(service: Service) -> bool:
    """Whether a service has begun to answer."""
    try:
        return bool(service.get("health"))
    except OSError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
