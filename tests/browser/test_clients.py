"""The tiles in clients of another origin than the service: CesiumJS bare, and three.js with 3d-tiles-renderer."""

import json
from typing import Any

import pytest

from entities.store import Store
from service.config import Config
from tests.browser.city import GROUND, City
from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser

LAYERS = ("buildings", "pipes", "trees", "points", "boreholes")


def looked_at(browse: Browse, client: str, things: list[dict[str, Any]]) -> dict[str, Any]:
    """What a client saw of each thing; nothing may have gone wrong on its page."""
    told = json.loads(browse("client.mjs", client, "-", json.dumps(things)))
    assert told["errors"] == []
    found: dict[str, Any] = told["seen"]
    return found


@pytest.fixture(scope="module")
def by_three(base_url: str, browse: Browse) -> dict[str, Any]:
    things = [{"name": layer, "url": f"{base_url}/3dtiles/{layer}/tileset.json"} for layer in LAYERS]
    return looked_at(browse, "client-three.js", things)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_entity_is_drawn_and_named(by_three: dict[str, Any], city: City, layer: str) -> None:
    store = Store.open(Config.load(city.settings).base)
    standing = sorted(version.code for version in store.view().versions(layer))
    store.close()
    drawn = by_three[layer]
    assert drawn["failed"] == []
    assert drawn["triangles"] >= 10 * len(standing)
    assert drawn["codes"] == standing


def test_a_pick_gives_the_code_of_what_stands_there(base_url: str, city: City, browse: Browse) -> None:
    places = {code: (*city.places[code], GROUND + 40) for code in (city.raised, city.added, city.gone)}
    alone = {"pipes": city.main, "trees": city.tree, "points": city.lamp, "boreholes": city.hole}
    wanted = {
        "buildings": places,
        "meshes": {city.tower: (*city.places[city.tower], GROUND + 21)},
        **{layer: {code: (*city.places[code], GROUND)} for layer, code in alone.items()},
    }
    things = [
        {"name": layer, "url": f"{base_url}/3dtiles/{layer}/tileset.json", "places": at} for layer, at in wanted.items()
    ]
    seen = looked_at(browse, "client-cesium.js", things)
    assert {layer: found["failed"] for layer, found in seen.items()} == {layer: [] for layer in wanted}
    assert seen["buildings"]["picked"] == {city.raised: city.raised, city.added: city.added, city.gone: None}
    assert {layer: seen[layer]["picked"] for layer in alone} == {layer: {code: code} for layer, code in alone.items()}
    assert seen["meshes"]["picked"] == {city.tower: city.tower}
