"""Holdings over HTTP: sent by a department, adopted by the worker, within its territory, and refused in words."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.model import LATEST, Moment, parse_day
from service.bases import open_store
from service.holdings import Shelf, standing
from service.work import worker
from tests.service.conftest import Base, bearer, rule_of
from tests.tiling.meshes.made import city, glb, tile, zipped
from tests.tiling.rasters import picture, plain

SAID = {"valid_from": "2024-05-01", "name": "Old town"}


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "a.zip", {"tileset.json": city(tile("a.glb")), "a.glb": glb()}).read_bytes()


def sent(client: FlaskClient, base: Base, department: str, *files: tuple[str, bytes], **said: str) -> Any:
    form: dict[str, Any] = {**said, "file": [(io.BytesIO(data), name) for name, data in files]}
    return client.post("/holdings", data=form, headers=bearer(base, department))


def settled(client: FlaskClient, base: Base, answer: Any) -> dict[str, Any]:
    """The submission once the worker is done."""
    assert answer.status_code == 202, answer.text
    worker.run(base.config, once=True)
    found: dict[str, Any] = client.get(answer.headers["Location"], headers=bearer(base, "province")).get_json()
    return found


def test_a_holding_is_sent_and_shown(client: FlaskClient, base: Base, archive: bytes) -> None:
    told = settled(client, base, sent(client, base, "province", ("a.zip", archive), **SAID))
    assert (told["state"], told["transaction"]) == ("done", 4)
    [shown] = client.get("/3dtiles/meshes/tileset.json").get_json()["root"]["children"]
    assert shown["metadata"]["properties"]["name"] == "Old town"
    again = settled(client, base, sent(client, base, "province", ("a.zip", archive), **SAID))
    assert (again["state"], again["transaction"]) == ("done", 4)


def test_several_files_are_one_holding(client: FlaskClient, base: Base, tmp_path: Path) -> None:
    obj = b"mtllib a.mtl\nv 0 0 0\nv 10 0 0\nv 0 10 5\nusemtl wall\nf 1 2 3\n"
    files = (("a.obj", obj), ("a.mtl", b"newmtl wall\nKd 1 0 0\n"))
    told = settled(client, base, sent(client, base, "lixia", *files, **SAID, origin="117.5,36.5,30"))
    assert (told["state"], told["transaction"]) == ("done", 4), told["findings"]


def test_a_zip_of_sheets_in_folders_is_one_holding(client: FlaskClient, base: Base, tmp_path: Path) -> None:
    sheet = picture(tmp_path / "a.tif", plain((10, 200, 30))).read_bytes()
    data = zipped(
        tmp_path / "photos.zip", {"north/a.tif": sheet, "south/b.tif": sheet, "read me.txt": b""}
    ).read_bytes()
    told = settled(
        client, base, sent(client, base, "lixia", ("photos.zip", data), valid_from="2024-05-01", kind="imagery")
    )
    assert (told["state"], told["transaction"]) == ("done", 4), told["findings"]
    [found] = standing(base.config, open_store(base.config), "imagery", Moment(parse_day("2024-05-01"), LATEST))
    assert (found.version.state.name, found.version.state.attributes["pictures"]) == ("photos", 2)
    assert not list(Shelf.of(base.config).root.glob(".aside/*"))


def test_what_lies_outside_the_territory_or_is_unfit_is_refused(
    client: FlaskClient, base: Base, archive: bytes
) -> None:
    told = settled(client, base, sent(client, base, "shizhong", ("a.zip", archive), **SAID))
    assert (told["state"], [rule["rule"] for rule in told["rules"]]) == ("refused", ["holding.territory"])
    told = settled(client, base, sent(client, base, "province", ("a.doc", b"text"), **SAID))
    assert [(rule["rule"], "{" in rule["remedy"]["en"]) for rule in told["rules"]] == [("holding.suffix", False)]
    assert "children" not in client.get("/3dtiles/meshes/tileset.json").get_json()["root"]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({}, "holding.day"),
        ({"valid_from": "soon"}, "time.valid"),
        ({**SAID, "origin": "here"}, "holding.origin"),
        ({**SAID, "class": "310301"}, "submission.option"),
    ],
)
def test_what_is_said_is_read_at_once(
    client: FlaskClient, base: Base, archive: bytes, said: dict[str, str], rule: str
) -> None:
    assert rule_of(sent(client, base, "province", ("a.zip", archive), **said)) == rule
    assert rule_of(sent(client, base, "province", **SAID)) == "submission.file"
    assert client.post("/holdings", data=SAID).status_code == 401
