"""The whole scene by one address: a tile for each layer that holds something, now or on a past day."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from py3dtiles.tileset import TileSet

from entities.model import day_text
from service.tiles import scenes
from service.tiles.tilesets import build_layer
from tests.service.conftest import FIRST, Base

SCENE = "/3dtiles/tileset.json"


@pytest.fixture
def built(base: Base) -> Base:
    """The base with its buildings built; the pipes are built and hold nothing."""
    for layer in ("buildings", "pipes"):
        build_layer(base.config, base.store(), layer)
    return base


def led_to(client: FlaskClient, address: str = SCENE) -> dict[str, str]:
    """Where the scene leads: the addresses by layer."""
    document = client.get(address).json
    assert TileSet.from_dict(document).root_tile.geometric_error <= document["geometricError"]
    tiles = document["root"].get("children", [])
    return {tile["metadata"]["properties"]["layer"]: tile["content"]["uri"] for tile in tiles}


def test_a_layer_that_holds_something_is_led_to_and_no_other(client: FlaskClient, built: Base) -> None:
    assert led_to(client) == {"buildings": "buildings/tileset.json"}
    own = client.get("/3dtiles/buildings/tileset.json").json["root"]
    (tile,) = client.get(SCENE).json["root"]["children"]
    assert (tile["boundingVolume"], tile["geometricError"]) == (own["boundingVolume"], own["geometricError"])


def test_a_past_day_is_that_day_all_the_way_down(client: FlaskClient, built: Base) -> None:
    asked = f"datetime={day_text(FIRST)}&known-at=3"
    assert led_to(client, f"{SCENE}?{asked}") == {"buildings": f"buildings/tileset.json?{asked}"}
    assert led_to(client, f"{SCENE}?datetime={day_text(FIRST - 1)}") == {}
    assert client.get(f"{SCENE}?datetime=x").status_code == 400


def test_the_scene_of_a_moment_is_made_once_for_what_is_built(
    client: FlaskClient, built: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"{SCENE}?datetime={day_text(FIRST)}"
    before, made = led_to(client, asked), scenes._roots
    monkeypatch.setattr(scenes, "_roots", lambda *_: {})
    assert led_to(client, asked) == before
    assert client.get(f"{SCENE}?datetime=&known-at=").data == client.get(SCENE).data
    monkeypatch.setattr(scenes, "_roots", made)
    build_layer(built.config, built.store(), "divisions")
    assert led_to(client, asked).keys() == {"buildings", "divisions"}


def test_before_a_build_it_is_an_empty_scene(client: FlaskClient) -> None:
    assert led_to(client) == {}


def test_it_is_asked_for_again_and_answered_short(client: FlaskClient, built: Base) -> None:
    first = client.get(SCENE, headers={"Origin": "http://client.test"})
    assert (first.headers["Cache-Control"], first.headers["Access-Control-Allow-Origin"]) == ("no-cache", "*")
    assert client.get(SCENE, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_landing_page_says_where_the_tiles_of_each_layer_are(client: FlaskClient, built: Base) -> None:
    build_layer(built.config, built.store(), "divisions")
    page: Any = client.get("/", headers={"Accept": "application/json"})
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    for layer in page.json["layers"]:
        for told in ("tileset", "vector"):
            assert layer[told] is None or client.get(layer[told]).status_code == 200, layer[told]
    links = {link["rel"]: link["href"] for link in page.json["links"]}
    assert all(client.get(links[rel]).status_code == 200 for rel in ("scene", "terrain", "imagery"))
