"""The tiles in a client that is not CesiumJS and is of another origin: three.js with 3d-tiles-renderer."""

import json
from typing import Any

import pytest

from entities.store import Store
from service.config import Config
from tests.browser.city import City
from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(base_url: str, browse: Browse) -> dict[str, Any]:
    """What the client drew of the layers, and what it complained of."""
    layers = [f"{base_url}/3dtiles/{layer}/tileset.json" for layer in ("buildings", "pipes")]
    told = json.loads(browse("second-client.mjs", *layers))
    assert told["errors"] == []
    return {layer: told["seen"][url] for layer, url in zip(("buildings", "pipes"), layers, strict=True)}


@pytest.mark.parametrize("layer", ["buildings", "pipes"])
def test_every_entity_is_drawn_and_named(seen: dict[str, Any], city: City, layer: str) -> None:
    store = Store.open(Config.load(city.settings).base)
    standing = sorted(version.code for version in store.view().versions(layer))
    store.close()
    drawn = seen[layer]
    assert drawn["failed"] == []
    assert drawn["triangles"] >= 10 * len(standing)
    assert drawn["codes"] == standing
