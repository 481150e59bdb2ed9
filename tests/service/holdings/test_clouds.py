"""Point clouds through the whole door: adopted by the command, served as tiles; unfit ones leave nothing behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.conftest import Base, Shell
from tests.tiling.points.made import cloud, hills
from tests.tiling.points.test_unfit import bad_chunk, cut, empty, far_away, no_numbers, without_system


def contents(client: FlaskClient, address: str) -> list[str]:
    """The address of every content below a tileset."""
    folder, found = address.rpartition("/")[0], []
    waiting: list[Any] = [json.loads(client.get(address).data)["root"]]
    while waiting:
        tile = waiting.pop()
        waiting += tile.get("children", [])
        if uri := tile.get("content", {}).get("uri"):
            inner = f"{folder}/{uri}"
            found += contents(client, inner) if uri.endswith(".json") else [inner]
    return found


def test_a_cloud_is_adopted_and_served(shell: Shell, base: Base, client: FlaskClient, tmp_path: Path) -> None:
    path = cloud(tmp_path / "a.laz", **hills(3000))
    code, said = shell("adopt", path, "--valid-from", "2024-05-20", "--name", "Hills")
    assert code == 0
    served = contents(client, "/3dtiles/pointclouds/tileset.json")
    assert served
    for address in served:
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "model/gltf-binary")
        assert answer.data.startswith(b"glTF")
    code, again = shell("adopt", path, "--valid-from", "2024-05-20", "--name", "Hills")
    assert (code, again["code"]) == (0, said["code"])


@pytest.mark.parametrize("unfit", [bad_chunk, cut, empty, far_away, no_numbers, without_system])
def test_an_unfit_cloud_leaves_nothing(shell: Shell, base: Base, tmp_path: Path, unfit: Callable[[Path], Path]) -> None:
    code, said = shell("adopt", unfit(tmp_path), "--valid-from", "2024-05-20")
    assert code == 1
    assert "points." in json.dumps(said)
    assert [path for path in (base.config.data / "holdings").rglob("*") if path.is_file()] == []
