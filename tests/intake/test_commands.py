"""Commands that cannot be done, and one that is killed in the middle: said plainly, and nothing is half there."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.intake.desk import Desk
from tests.intake.unfit import geojson, house

SHIKONG = (sys.executable, "-c", "from service.cli import main; main()")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path / "base")


@pytest.mark.parametrize(
    "arguments",
    [
        ("load",),
        ("load", "/nowhere/houses.geojson"),
        ("load", "--colour", "red", "houses.geojson"),
        ("unload", "houses.geojson"),
        ("serve", "--port", "many"),
        ("serve", "--port", "65536"),
        ("feed", "--limit", "0"),
        ("user", "add", "lixia"),
        ("--lang", "fr", "verify"),
    ],
    ids=" ".join,
)
def test_what_is_no_command_exits_with_2_and_does_nothing(
    desk: Desk, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    tables, files = desk.tables(), desk.files()
    said = desk(*arguments)
    assert (said.code, said.out) == (2, "")
    assert "Usage" in said.err
    assert (desk.tables(), desk.files()) == (tables, files)


def refused(desk: Desk, *arguments: object) -> Any:
    """The finding of a command that must be refused, with words in both languages."""
    said = desk(*arguments, "--json")
    assert said.code == 1
    [finding] = said.value["findings"]
    assert all(finding[part][language] for part in ("sentence", "remedy") for language in ("zh", "en"))
    for language, word in (("zh", "。"), ("en", ".")):
        spoken = desk(*arguments, language=language)
        assert spoken.code == 1
        assert f"[{finding['rule']}]" in spoken.err and word in spoken.err and "Traceback" not in spoken.err
    return finding


def test_a_port_in_use_is_refused(desk: Desk) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        said = serving(desk, "--port", str(port))
    assert f"[server.port] 127.0.0.1:{port} cannot be listened on" in said
    assert "Choose another port" in said or "choose another port" in said


def test_an_address_of_another_machine_is_refused(desk: Desk) -> None:
    assert "[server.port] 192.0.2.1:0 cannot be listened on" in serving(desk, "--host", "192.0.2.1", "--port", "0")


def serving(desk: Desk, *arguments: str) -> str:
    """What a service that cannot begin says, in a process of its own."""
    words = [*SHIKONG, "--config", desk.settings, "--lang", "en", "serve", "--no-worker", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("init",), ("verify",), ("load", __file__), ("build",)])
def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    (tmp_path / "config.yaml").write_text("data: data\n")
    finding = refused(Desk(tmp_path / "config.yaml"), *command)
    assert finding["rule"] == "server.data"
    assert str(tmp_path / "data") in finding["sentence"]["zh"]


def test_a_data_folder_without_the_right_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("data: data\n")
    writable = os.access  # root, whom tests often run as, may write everywhere
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path / "data" and writable(path, mode))
    assert refused(Desk(tmp_path / "config.yaml"), "serve", "--port", "0")["rule"] == "server.data"


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("verify",)])
def test_a_base_that_is_none_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "base.sqlite").write_text("no database " * 1000)
    (tmp_path / "config.yaml").write_text("data: data\n")
    assert refused(Desk(tmp_path / "config.yaml"), *command)["rule"] == "base.open"


def test_a_password_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("data: data\nbase: postgresql://ann:secret@127.0.0.1:1/base\n")
    said = Desk(tmp_path / "config.yaml")("verify")
    assert (said.code, "[base.open]" in said.err, "secret" in said.err) == (1, True, False)


def test_a_load_that_is_killed_leaves_the_base_as_it_was(desk: Desk, tmp_path: Path) -> None:
    first = geojson(*map(house, range(5)), name="first.geojson")(tmp_path)
    assert desk.json("load", "--profile", "buildings", first)["transaction"] == 1
    tables, files = desk.tables(), desk.files()
    loading = subprocess.Popen(
        [*SHIKONG, "--config", desk.settings, "load", "--profile", "buildings", streets(tmp_path, 30_000)],
        stdout=subprocess.DEVNULL,
    )
    wait_for_writing(desk, loading)
    time.sleep(0.5)
    assert loading.poll() is None and is_writing(desk), "the load was over before it could be killed"
    loading.send_signal(signal.SIGKILL)
    assert loading.wait(30) == -signal.SIGKILL
    assert (desk.tables(), desk.files()) == (tables, files)
    more = geojson(*map(house, range(5, 8)), name="more.geojson")(tmp_path)
    report = desk.json("load", "--profile", "buildings", more)
    assert (report["transaction"], report["outcomes"]["new"]) == (2, 3)
    assert desk.json("verify")["sound"]


def streets(folder: Path, count: int) -> Path:
    """A file of many houses, in rows of a hundred."""
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    features = []
    for number in range(count):
        west, south = 118 + number % 100 * 3e-4, 36 + number // 100 * 3e-4
        ring = [[round(west + x * 1e-4, 7), round(south + y * 1e-4, 7)] for x, y in corners]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"height": 9, "NAME": f"{number}"}, "geometry": shape})
    path = folder / "streets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def wait_for_writing(desk: Desk, loading: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while not is_writing(desk):
        assert loading.poll() is None and time.monotonic() < end
        time.sleep(0.02)


def is_writing(desk: Desk) -> bool:
    """Whether some process is in the middle of a transaction."""
    with closing(sqlite3.connect(desk.data / "base.sqlite", timeout=0, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        database.execute("ROLLBACK")
        return False
