"""Terrain over HTTP: the past beside the present, immutable tiles, gaps, profiles, and what a resurvey changes."""

import gzip
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from entities.model import Period, parse_day
from entities.store import Store
from service.app import create_app
from service.config import HeightAnomaly
from service.holdings import standing
from service.holdings.adopting import Adopted, Adoption, adopt
from service.http.params import read_moment
from service.tiles import making
from service.tiles.terrain import winning
from tests.service.conftest import Base, Shell, rule_of
from tests.tiling.elevation import ground
from tests.tiling.elevation.ground import DEGREE, LAT, LON, hills

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "2024-05-01", "2025-05-01"


class Field:
    """A base whose terrain is surveyed."""

    def __init__(self, base: Base, store: Store, folder: Path) -> None:
        self.base, self.store, self.folder = base, store, folder
        self.config = base.config
        self.client = create_app(base.config).test_client()

    def survey(self, name: str, day: str, lift: float = 0.0, size: int = 40, **form: Any) -> Adopted:
        path = ground.model(self.folder / name, lambda lon, lat: hills(lon, lat) + lift, size, **form)
        return adopt(self.config, self.store, Adoption((path,), Period(parse_day(day)), "elevation"), lambda *_: None)

    def layer(self, **query: str) -> dict[str, Any]:
        answer = self.client.get("/terrain/layer.json", query_string=query)
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json
        return document

    def heights(self, **query: str) -> list[float | None]:
        line = f"{LON + 4 * DEGREE},{LAT + 9 * DEGREE};{LON + 30 * DEGREE},{LAT + 11 * DEGREE}"
        answer = self.client.get("/terrain/profile", query_string={"line": line, "step": "40", **query})
        return [point["height"] for point in answer.json["points"]]

    def finest(self, document: dict[str, Any]) -> str:
        level, tiles = document["maxzoom"], document["available"][-1][0]
        template: str = document["tiles"][0]
        return "/terrain/" + template.format(z=level, x=tiles["startX"], y=tiles["startY"])

    def files(self) -> dict[str, bytes]:
        folder = self.config.data / "tiles" / "terrain"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.terrain")}


@pytest.fixture
def field(base: Base, tmp_path: Path) -> Iterator[Field]:
    with closing(base.store()) as store:
        yield Field(base, store, tmp_path)


def test_without_a_survey_the_earth_is_flat_and_says_so(field: Field) -> None:
    document = field.layer()
    assert document["available"] == [[{"startX": 0, "startY": 0, "endX": 1, "endY": 0}]]
    assert document["holdings"] == []
    assert field.client.get("/terrain/" + document["tiles"][0].format(z=0, x=1, y=0)).status_code == 200


def test_a_survey_is_there_as_soon_as_it_is_adopted(field: Field) -> None:
    holding = field.survey("a.tif", FIRST).holding
    document = field.layer()
    [told] = document["holdings"]
    assert (told["code"], told["name"], told["valid_from"]) == (holding.code, "a", FIRST)
    assert 0 < told["usual_error"] <= told["largest_error"]
    assert document["attribution"] == "a"
    assert (document["format"], document["scheme"], document["projection"]) == (
        "quantized-mesh-1.0",
        "tms",
        "EPSG:4326",
    )
    assert len(document["meshError"]) == len(document["available"]) == document["maxzoom"] + 1


def test_a_tile_is_what_cesium_wants_and_may_be_kept_for_ever(field: Field) -> None:
    field.survey("a.tif", FIRST)
    path = field.finest(field.layer())
    answer = field.client.get(path, headers={"Accept-Encoding": "gzip", "Origin": "https://elsewhere.example"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "application/vnd.quantized-mesh;extensions=octvertexnormals-watermask"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in answer.headers["Cache-Control"]
    plain = field.client.get(path)
    assert plain.data == gzip.decompress(answer.data)
    assert "Content-Encoding" not in plain.headers
    again = field.client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.node
def test_cesium_reads_heights_as_the_survey_has_them(field: Field) -> None:
    if not shutil.which("node") or not (ROOT / "node_modules/@cesium/engine").is_dir():
        pytest.skip("left out: Node or the npm package @cesium/engine is not here (npm ci)")
    land = field.survey("a.tif", FIRST).holding
    row, column = np.mgrid[5:35:6, 5:35:6].reshape(2, -1)
    lon, lat = LON + (column + 0.5) * DEGREE, LAT + (row + 0.5) * DEGREE
    places = [*np.stack([lon, lat], axis=1).tolist(), [10.0, 10.0]]
    server = make_server("127.0.0.1", 0, create_app(field.config), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        command = ["node", "tests/service/terrain.mjs", f"http://127.0.0.1:{server.port}/terrain", json.dumps(places)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    told = json.loads(done.stdout)
    assert told["failed"] == []
    heights = np.array([one["height"] for one in told["seen"]]) - field.config.height_anomaly.value
    level = told["seen"][0]["level"]
    declared = float(land.attributes["largest_error"] or 0) + field.layer()["meshError"][level] + 0.02
    assert np.abs(heights[:-1] - hills(lon, lat)).max() <= declared < 2.2
    assert heights[-1] == pytest.approx(0, abs=1e-3)
    assert all(one["normals"] for one in told["seen"])
    assert level == field.layer()["maxzoom"]


def test_layer_json_has_a_tag_that_changes_with_the_surveys(field: Field) -> None:
    field.survey("a.tif", FIRST)
    tag = field.client.get("/terrain/layer.json").headers["ETag"]
    assert field.client.get("/terrain/layer.json", headers={"If-None-Match": tag}).status_code == 304
    field.survey("b.tif", SECOND, 10)
    assert field.client.get("/terrain/layer.json", headers={"If-None-Match": tag}).status_code == 200


def test_the_past_stays_as_it_was(field: Field) -> None:
    field.survey("a.tif", FIRST)
    before, path = field.heights(), field.finest(field.layer())
    tile = field.client.get(path).data
    number = field.survey("b.tif", SECOND, 10).number
    now, then = np.array(field.heights()), np.array(field.heights(datetime="2024-12-01"))
    assert then.tolist() == before
    np.testing.assert_allclose(now - then, 10, atol=0.01)
    assert field.heights(**{"known-at": str((number or 0) - 1)}) == before
    assert field.client.get(path).data == tile
    assert field.finest(field.layer(datetime="2024-12-01")) == path
    assert field.layer(datetime="2020-01-01")["holdings"] == []


def test_finer_wins_over_newer_and_newer_over_older_of_like_fineness(field: Field) -> None:
    fine = field.survey("fine.tif", FIRST, 3, 80, step=DEGREE / 16).holding
    top = field.survey("fine_dsm.tif", SECOND, 30, 80, step=DEGREE / 20).holding
    old = field.survey("old.tif", FIRST).holding
    coarse = field.survey("coarse.tif", "2026-05-01", 50, 20, step=6 * DEGREE).holding
    new = field.survey("new.tif", SECOND, 10, 36, step=DEGREE * 1.1).holding
    found = standing(field.config, field.store, "elevation", read_moment({}))
    assert [one.code for one in winning(found)] == [one.code for one in (fine, new, old, coarse, top)]


def test_a_build_cuts_what_is_missing_and_a_resurvey_only_what_it_reaches(field: Field) -> None:
    field.survey("a.tif", FIRST)
    count = making.terrain(field.config, lambda *_: None)
    first = field.files()
    assert count == len(first) > 10
    assert making.terrain(field.config, lambda *_: None) == 0
    field.survey("fine.tif", SECOND, 3, 40, step=DEGREE / 8)
    made = making.terrain(field.config, lambda *_: None)
    second = field.files()
    kept = first.keys() & second.keys()
    assert made == len(second) - len(kept)
    assert len(kept) > 0
    assert all(first[name] == second[name] for name in kept)
    document = field.layer()
    assert len(second) == sum(
        (one["endX"] - one["startX"] + 1) * (one["endY"] - one["startY"] + 1)
        for level in document["available"]
        for one in level
    )
    answer = field.client.get(field.finest(document), headers={"Accept-Encoding": "gzip"})
    assert answer.data in second.values()


def test_what_is_not_there_is_refused(field: Field) -> None:
    field.survey("a.tif", FIRST)
    document = field.layer()
    state = document["tiles"][0].partition("/")[0]
    for path in (f"/terrain/{state}/14/0/0.terrain", f"/terrain/{state}/40/0/0.terrain", "/terrain/0123/0/0/0.terrain"):
        answer = field.client.get(path)
        assert (answer.status_code, rule_of(answer)) == (404, "terrain.tile")
    moved = replace(field.config, height_anomaly=HeightAnomaly(1.0, None, "another"))
    answer = create_app(moved).test_client().get(f"/terrain/{state}/0/0/0.terrain")
    assert answer.status_code == 404


def test_a_profile_has_the_heights_of_the_ground_and_says_where_none_are(field: Field) -> None:
    field.survey("a.tif", FIRST)
    line = f"{LON + 20 * DEGREE},{LAT + 20 * DEGREE};{LON + 100 * DEGREE},{LAT + 20 * DEGREE}"
    said = field.client.get("/terrain/profile", query_string={"line": line, "step": "50"}).json
    points = said["points"]
    assert said["length"] == points[-1]["distance"] == pytest.approx(2000, rel=0.01)
    assert points[0]["height"] == pytest.approx(
        float(hills(np.array(LON + 20 * DEGREE), np.array(LAT + 20 * DEGREE))), abs=1
    )
    assert points[0]["ellipsoidal"] == pytest.approx(points[0]["height"] + field.config.height_anomaly.value, abs=0.002)
    assert points[-1]["height"] is None
    assert said["datum"] == "EPSG:5737"
    assert max(np.diff([point["distance"] for point in points])) <= 50.001
    usual = field.client.get("/terrain/profile", query_string={"line": line}).json["points"]
    assert 490 < len(usual) < 510


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ({}, "terrain.line"),
        ({"line": "120,36"}, "terrain.line"),
        ({"line": "120,36;x,36"}, "terrain.line"),
        ({"line": "120,36;120,99"}, "terrain.line"),
        ({"line": "120,36;121,36;122"}, "terrain.line"),
        ({"line": "120,36;121,36", "step": "0.5"}, "terrain.line"),
        ({"line": "120,36;121,36", "step": "-1"}, "param.value"),
        ({"line": "120,36;121,36", "step": "nan"}, "param.value"),
    ],
)
def test_a_profile_of_nothing_is_refused(client: FlaskClient, query: dict[str, str], rule: str) -> None:
    answer = client.get("/terrain/profile", query_string=query)
    assert (answer.status_code, rule_of(answer)) == (400, rule)


def test_a_tile_that_a_power_cut_left_empty_is_cut_anew(field: Field) -> None:
    field.survey("a.tif", FIRST)
    making.terrain(field.config, lambda *_: None)
    whole = field.files()
    for name in whole:
        (field.config.data / "tiles" / "terrain" / name).write_bytes(b"")
    answer = field.client.get(field.finest(field.layer()), headers={"Accept-Encoding": "gzip"})
    assert answer.data in whole.values()


def test_the_terrain_is_built_as_a_layer(field: Field, shell: Shell) -> None:
    field.survey("hill.tif", FIRST)
    code, built = shell("build", "--layer", "buildings")
    assert (code, list(built["layers"])) == (0, ["buildings", "buildings/history"])
    assert (built["terrain"], field.files()) == (0, {})
    code, built = shell("build", "--layer", "elevation")
    assert (code, built["layers"], built["terrain"]) == (0, {}, len(field.files()))
    assert built["terrain"] > 10
