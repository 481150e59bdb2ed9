"""Vector tiles by HTTP: of now and of any moment, kept by what is in them, readable by other programs."""

import gzip
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from flask.testing import FlaskClient

from entities.model import Period, State, Version, day_text
from service.tiles import vector as serving
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, rule_of, square
from tiling.mercator import REACH, Square

STANDING = Square(16, 54085, 25622)
"""The tile in which the building stands that still stands."""

TILE = f"/map/vector/buildings/16/{STANDING.x}/{STANDING.y}.mvt"
JSON = "/map/vector/buildings/tiles.json"


def read(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    packed = answer.headers.get("Content-Encoding") == "gzip"
    found: dict[str, Any] = mapbox_vector_tile.decode(gzip.decompress(answer.data) if packed else answer.data)
    return found


def heights(answer: Any) -> dict[str, float]:
    found = read(answer).get("buildings", {"features": []})["features"]
    return {one["properties"]["code"]: one["properties"]["height"] for one in found}


def test_the_tile_is_where_the_building_is() -> None:
    west, south, east, north = STANDING.degrees()
    assert west < 117.1 < 117.1002 < east
    assert south < 36.5 < 36.5002 < north


def test_a_tile_shows_the_present_or_any_moment(client: FlaskClient, base: Base) -> None:
    assert heights(client.get(TILE)) == {base.standing: 24.0}
    assert heights(client.get(f"{TILE}?datetime={day_text(SECOND - 1)}")) == {base.standing: 21.0}
    assert heights(client.get(f"{TILE}?known-at=2")) == {base.standing: 21.0}
    assert heights(client.get(f"{TILE}?datetime={day_text(FIRST - 1)}")) == {}


def test_every_layer_has_tiles(client: FlaskClient, base: Base) -> None:
    found = read(client.get("/map/vector/divisions/8/211/100.mvt"))["divisions"]["features"]
    assert {"山东省", "历下区"} <= {one["properties"]["name"] for one in found}
    assert read(client.get("/map/vector/parcels/12/3379/1606.mvt")) == {}


def test_a_tile_is_asked_for_again_unless_its_moment_is_named(client: FlaskClient, base: Base) -> None:
    now = client.get(TILE)
    assert (now.mimetype, now.headers["Cache-Control"]) == ("application/vnd.mapbox-vector-tile", "no-cache")
    assert now.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(TILE, headers={"If-None-Match": now.headers["ETag"]}).status_code == 304
    for moment, fixed in (("datetime=2025-06-01&known-at=3", True), ("datetime=2025-06-01&known-at=9", False)):
        assert ("immutable" in client.get(f"{TILE}?{moment}").headers["Cache-Control"]) == fixed


def test_only_what_changed_has_another_tag(client: FlaskClient, base: Base) -> None:
    other = f"/map/vector/buildings/16/{STANDING.x + 19}/{STANDING.y}.mvt"
    before, far = client.get(TILE).headers["ETag"], client.get(other).headers["ETag"]
    store = base.store()
    with store.transaction("lixia", "third survey", "x.gpkg") as transaction:
        state = State(BUILDING, square(117.1005, 36.5005), "新楼", 12.0, 30.0)
        (code,) = transaction.issue([state])
        transaction.put([Version(code, Period(SECOND + 1), state)])
    assert heights(client.get(TILE)) == {base.standing: 24.0, code: 12.0}
    assert client.get(TILE).headers["ETag"] != before
    assert client.get(other).headers["ETag"] == far


def test_a_tile_is_drawn_once(client: FlaskClient, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(TILE)

    def never(*_: object) -> bytes:
        raise AssertionError("drawn again")

    monkeypatch.setattr(serving, "draw", never)
    assert client.get(TILE).data == first.data
    serving._names.clear()
    assert client.get(TILE).data == first.data


def test_the_description_says_where_tiles_are_and_what_is_in_them(client: FlaskClient, base: Base) -> None:
    said = client.get(JSON).json
    assert (said["tilejson"], said["minzoom"], said["maxzoom"]) == ("3.0.0", 11, 17)
    assert said["tiles"] == ["http://localhost/map/vector/buildings/{z}/{x}/{y}.mvt"]
    assert [one["id"] for one in said["vector_layers"]] == ["buildings", "small"]
    (feature,) = read(client.get(TILE))["buildings"]["features"]
    assert feature["properties"].keys() <= said["vector_layers"][0]["fields"].keys()
    assert np.allclose(said["bounds"], (117.1, 36.5, 117.1002, 36.5002), atol=1e-4)
    (then,) = client.get(f"{JSON}?datetime=2025-06-01").json["tiles"]
    assert then.endswith("/{z}/{x}/{y}.mvt?datetime=2025-06-01&known-at=3")
    assert "bounds" not in client.get("/map/vector/parcels/tiles.json").json
    links = {one["rel"]: one["href"] for one in client.get("/collections/buildings").json["links"]}
    assert links["vector-tiles"] == f"http://localhost{JSON}"


def test_gdal_reads_the_tiles_too(client: FlaskClient, base: Base, tmp_path: Any) -> None:
    path = tmp_path / f"{STANDING.y}.mvt"
    path.write_bytes(client.get(TILE).data)
    options = {"X": STANDING.x, "Y": STANDING.y, "Z": STANDING.zoom}
    _, _, shapes, values = pyogrio.raw.read(path, layer="buildings", columns=["code"], **options)
    assert values[0].tolist() == [base.standing]
    (shape,) = shapely.from_wkb(shapes)
    there = Square(0, 0, 0).within(np.array(square(117.1, 36.5).exterior.coords), 1)
    corners = shapely.get_coordinates(shape)
    assert np.allclose(np.unique((corners[:, 0] + REACH) / (2 * REACH)), np.unique(there[:, 0]), atol=1e-8)


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("/map/vector/buildings/10/845/401.mvt", 404, "vector.zoom"),
        ("/map/vector/buildings/18/0/0.mvt", 404, "vector.zoom"),
        ("/map/vector/buildings/12/4096/0.mvt", 400, "param.tile"),
        ("/map/vector/clouds/12/0/0.mvt", 404, "param.layer"),
        ("/map/vector/clouds/tiles.json", 404, "param.layer"),
        ("/map/vector/buildings/12/0/0.mvt?datetime=x", 400, "param.datetime"),
    ],
)
def test_what_there_is_not_is_refused(client: FlaskClient, base: Base, path: str, status: int, rule: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, rule_of(answer)) == (status, rule)
