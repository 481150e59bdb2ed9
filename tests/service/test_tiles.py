"""Tiles: a tileset is current or of a past day, and everything it names is there and never changes."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import pytest
import shapely
from flask.testing import FlaskClient

from entities.model import Period, State, Version, day_text
from service.proof.verifying import faults
from service.tiles import making, tilesets
from service.tiles.tilesets import build_layer
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, rule_of, square
from tiling.stored.published import content_uris

TILESET = "/3dtiles/buildings/tileset.json"


@pytest.fixture
def built(base: Base) -> Base:
    build_layer(base.config, base.store(), "buildings")
    return base


def contents(client: FlaskClient, address: str) -> Iterator[tuple[str, bytes]]:
    """Every content that a tileset leads to, as a client finds them."""
    document = json.loads(decoded(client.get(address)))
    for uri in content_uris(document["root"]):
        found = urljoin(address, uri)
        if ".json" in uri:
            yield from contents(client, found)
        else:
            yield found, decoded(client.get(found))


def decoded(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.text
    body: bytes = answer.data
    return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def codes_in(client: FlaskClient, address: str, base: Base) -> set[str]:
    """Which of the base's buildings the tiles of a tileset hold."""
    blobs = [blob for _, blob in contents(client, address)]
    assert all(blob[:4] == b"glTF" for blob in blobs)
    return {code for code in (base.standing, base.ended) if any(code.encode() in blob for blob in blobs)}


def test_the_published_tileset_is_of_today(client: FlaskClient, built: Base) -> None:
    assert codes_in(client, TILESET, built) == {built.standing}


def test_a_past_day_has_its_own_tiles(client: FlaskClient, built: Base) -> None:
    both = {built.standing, built.ended}
    assert codes_in(client, f"{TILESET}?datetime={day_text(FIRST)}", built) == both
    assert codes_in(client, f"{TILESET}?datetime={day_text(SECOND)}", built) == {built.standing}
    assert codes_in(client, f"{TILESET}?datetime={day_text(FIRST - 1)}", built) == set()
    assert codes_in(client, f"{TILESET}?known-at=2", built) == both


def test_a_day_shares_the_published_tiles_that_did_not_change(client: FlaskClient, built: Base) -> None:
    published = dict(contents(client, TILESET))
    then = dict(contents(client, f"{TILESET}?datetime={day_text(SECOND + 5)}"))
    assert then == published


def test_a_tileset_is_asked_for_again_and_a_content_never(client: FlaskClient, built: Base) -> None:
    first = client.get(TILESET)
    assert first.headers["Cache-Control"] == "no-cache"
    assert client.get(TILESET, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    address, _ = next(contents(client, TILESET))
    answer = client.get(address)
    assert answer.mimetype == "model/gltf-binary"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_contents_are_sent_as_they_are_stored(client: FlaskClient, built: Base) -> None:
    address, plain = next(contents(client, TILESET))
    packed = client.get(address, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    stored = built.config.data / "tiles" / "buildings" / address.removeprefix("/3dtiles/buildings/")
    assert packed.data == stored.read_bytes()
    bare = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in bare.headers
    assert bare.data == plain == gzip.decompress(packed.data)
    assert bare.headers["ETag"] != packed.headers["ETag"]
    assert "Accept-Encoding" in bare.headers["Vary"]


def test_a_change_moves_the_tileset_and_keeps_what_clients_follow(client: FlaskClient, built: Base) -> None:
    before = client.get(TILESET).headers["ETag"]
    past = f"{TILESET}?datetime={day_text(FIRST)}"
    followed = dict(contents(client, TILESET)) | dict(contents(client, past))
    store = built.store()
    with store.transaction("lixia", "third survey", "third.gpkg") as transaction:
        state = State(BUILDING, square(117.1005, 36.5005), "新楼", 12.0, 30.0)
        (code,) = transaction.issue([state])
        transaction.put([Version(code, Period(SECOND + 1), state)])
    build_layer(built.config, store, "buildings")
    assert client.get(TILESET).headers["ETag"] != before
    for address, blob in followed.items():
        assert decoded(client.get(address)) == blob
    assert codes_in(client, past, built) == {built.standing, built.ended}


def test_what_was_made_for_old_states_goes_in_the_end(
    client: FlaskClient, built: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(contents(client, f"{TILESET}?datetime={day_text(FIRST)}"))
    folder = built.config.data / "past" / "buildings"
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(tilesets, "KEPT", -1)
    store = built.store()
    with store.transaction("lixia", "more", "x") as transaction:
        transaction.retract([built.ended])
    build_layer(replace(built.config), store, "buildings")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("/3dtiles/clouds/tileset.json", 404, "param.layer"),
        ("/3dtiles/buildings/c/14-0-0-000000000000000000000000.glb", 404, "tiles.blob"),
        ("/3dtiles/buildings/c/14-0-0-000000000000000000000000.glb?datetime=2025-01-01", 404, "tiles.stale"),
        ("/3dtiles/buildings/c/x.glb?datetime=2025-01-01", 404, "tiles.blob"),
        ("/3dtiles/buildings/..%2f..%2fsecret", 404, "tiles.blob"),
        ("/3dtiles/buildings/%2e%2e/%2e%2e/desk.json", 404, "tiles.blob"),
        ("/3dtiles/buildings/m/x.bin", 404, "tiles.blob"),
        ("/3dtiles/buildings/tileset.json?datetime=x", 400, "param.datetime"),
    ],
)
def test_what_there_is_not_is_refused(client: FlaskClient, built: Base, path: str, status: int, rule: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, rule_of(answer)) == (status, rule)


def test_every_layer_is_built_checked_and_served(client: FlaskClient, base: Base) -> None:
    store = base.store()
    with store.transaction("lixia", "pipes", "pipes.gpkg") as transaction:
        state = State("543002", shapely.LineString([(117.1, 36.5, 28.0), (117.101, 36.5, 28.5)]))
        (code,) = transaction.issue([state])
        transaction.put([Version(code, Period(SECOND), state)])
    built = making.tiles(base.config, lambda *_: None)
    assert [one.layer for one in built] == [*tilesets.TILED, *(f"{layer}/history" for layer in tilesets.TILED)]
    assert list(faults(base.config)) == []
    pipes = "/3dtiles/pipes/tileset.json"
    (now,) = (blob for _, blob in contents(client, pipes))
    assert code.encode() in now
    assert dict(contents(client, f"{pipes}?datetime={day_text(SECOND - 1)}")) == {}
    with store.transaction("lixia", "again", "pipes.gpkg") as transaction:
        transaction.retract([code])
    making.tiles(base.config, lambda *_: None)
    assert dict(contents(client, pipes)) == {}
    ((_, then),) = contents(client, f"{pipes}?known-at=4")
    assert then == now


def test_before_the_first_build_there_are_none(client: FlaskClient) -> None:
    assert rule_of(client.get(TILESET)) == "tiles.none"
