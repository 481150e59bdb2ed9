"""`shikong adopt`: a mesh from a shell, its answers for people and programs, and its refusals."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.cli import run
from tests.service.conftest import Base
from tests.tiling.meshes.made import city, filed, glb, tile

Shell = Callable[..., tuple[int, Any]]


@pytest.fixture
def shell(base: Base, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run a command on the test's own base; gives its exit code and what it printed."""

    def call(*arguments: object, as_json: bool = True) -> tuple[int, Any]:
        words = [
            "--data",
            str(base.config.data),
            "--lang",
            "en",
            *map(str, arguments),
            *(["--json"] if as_json else []),
        ]
        code = run(words)
        said = capsys.readouterr()
        return code, json.loads(said.out) if as_json and said.out else said.out + said.err

    return call


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    return filed(tmp_path / "old-town", {"tileset.json": city(tile("a.glb")), "a.glb": glb()})


def test_a_tileset_is_adopted_once_and_is_sound(shell: Shell, mesh: Path) -> None:
    code, told = shell("adopt", mesh, "--valid-from", "2024-05-01", "--name", "Old town", "--reason", "survey")
    assert (code, told["kind"], told["transaction"], told["name"]) == (0, "meshes", 4, "Old town")
    assert (told["valid_from"], told["valid_to"], told["warnings"]) == ("2024-05-01", "..", [])
    assert shell("adopt", mesh, "--valid-from", "2024-05-01")[1] == {**told, "transaction": None}
    code, said = shell("adopt", mesh, "--valid-from", "2024-05-01", as_json=False)
    assert code == 0 and "the base is unchanged" in said
    assert shell("verify") == (0, {"sound": True, "findings": []})
    assert shell("codes", told["code"])[0] == 0


def test_an_archive_is_the_holding_of_its_own_bytes(shell: Shell, tmp_path: Path, mesh: Path) -> None:
    (mesh / "a.glb").write_bytes(glb(extras={"of": "another"}))
    first = shell("adopt", mesh, "--valid-from", "2024-05-01", "--valid-to", "2025-05-01")[1]
    (mesh / "a.glb").write_bytes(glb())
    second = shell("adopt", mesh, "--valid-from", "2025-05-01", "--code", first["code"])[1]
    assert (second["code"], second["transaction"]) == (first["code"], 5)
    assert second["hash"] != first["hash"]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--kind", "paintings"], "holding.kind"),
        (["--origin", "here"], "holding.origin"),
        (["--origin", "117,95,0"], "holding.origin"),
        (["--code", "NWQN-XN3S-YKSR"], "code.unknown"),
        (["--as", "nobody"], "user.unknown"),
        (["--as", "shizhong"], "holding.territory"),
        (["--valid-to", "2024-05-01"], "time.valid"),
    ],
)
def test_it_refuses_in_words(shell: Shell, mesh: Path, arguments: list[str], rule: str) -> None:
    code, said = shell("adopt", mesh, "--valid-from", "2024-05-01", *arguments)
    assert (code, said["rule"]) == (1, rule)
    assert rule != "time.valid" or "2024-05-01/2024-05-01" in str(said)
