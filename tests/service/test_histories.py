"""History tiles as they are served: all that ever stood, typed days, never asked for twice."""

import gzip
import json
from contextlib import closing
from dataclasses import replace
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from entities.model import FOREVER, Period, State, Version, day_text
from service.proof.verifying import faults
from service.tiles import making
from service.tiles.histories import build_history, history_sink
from service.tiles.tilesets import TILED
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, rule_of, square
from tests.service.test_tiles import contents
from tests.tiling.glbs import taken_apart
from tiling.stored.check_glb import Glb
from tiling.stored.published import content_uris
from tiling.stored.sink import POINTER

HISTORY = "/3dtiles/buildings/history/tileset.json"


@pytest.fixture
def built(base: Base) -> Base:
    build_history(base.config, base.store(), "buildings")
    return base


def test_it_holds_every_version_with_its_days_as_numbers(client: FlaskClient, built: Base) -> None:
    rows = set()
    for _, blob in contents(client, HISTORY):
        glb = Glb(blob)
        if not glb.stands_for_others:
            days = (glb.numbers(name).tolist() for name in ("valid_from", "valid_to"))
            rows |= set(zip(taken_apart(blob).table["code"], *days, strict=True))
    assert rows == {
        (built.standing, FIRST, SECOND),
        (built.standing, SECOND, FOREVER),
        (built.ended, FIRST, SECOND),
    }


def test_the_moment_asked_for_makes_no_difference(client: FlaskClient, built: Base) -> None:
    now = client.get(HISTORY)
    asked = client.get(f"{HISTORY}?datetime={day_text(FIRST)}&known-at=1")
    assert asked.data == now.data and asked.headers["ETag"] == now.headers["ETag"]
    assert now.headers["Cache-Control"] == "no-cache"
    address, _ = next(contents(client, HISTORY))
    answer = client.get(address)
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_it_is_built_with_the_present_unless_switched_off(base: Base) -> None:
    without = replace(base.config, tiles=replace(base.config.tiles, history=False))
    assert [one.layer for one in making.tiles(without, lambda *_: None)] == list(TILED)
    assert not history_sink(base.config, "buildings").has(POINTER)
    built = making.tiles(base.config, lambda *_: None)
    assert [one.layer for one in built] == [f"{layer}/history" for layer in TILED]
    assert list(faults(base.config)) == []


def test_coarse_tiles_of_a_past_day_come_out_of_it(client: FlaskClient, base: Base) -> None:
    making.tiles(base.config, lambda *_: None)
    past = f"/3dtiles/buildings/tileset.json?datetime={day_text(FIRST)}"
    found = dict(contents(client, past))
    coarse = {address: Glb(blob) for address, blob in found.items() if "&of=" in address}
    assert sum(int(glb.numbers("count").sum()) for address, glb in coarse.items() if "/o/11" in address) == 2
    assert not any(glb.through_time for glb in coarse.values())
    wrong = next(iter(coarse)).replace("&of=", "&of=0")
    assert dict(contents(client, past)) == found
    base.config.data.joinpath("past").rename(base.config.data / "lost")
    assert rule_of(client.get(wrong)) == "tiles.stale"


def test_a_past_day_can_be_followed_on_after_a_change(client: FlaskClient, base: Base) -> None:
    making.tiles(base.config, lambda *_: None)
    past = f"/3dtiles/buildings/tileset.json?datetime={day_text(FIRST)}"
    before = set(content_uris(json.loads(client.get(past).data)["root"]))
    with closing(base.store()) as store, store.transaction("lixia", "third survey", "third.gpkg") as transaction:
        state = State(BUILDING, square(117.1005, 36.5005), "新楼", 12.0, 30.0)
        (code,) = transaction.issue([state])
        transaction.put([Version(code, Period(SECOND + 1), state)])
    making.tiles(base.config, lambda *_: None)
    gone = before - set(content_uris(json.loads(client.get(past).data)["root"]))
    assert gone and all("&of=" in uri for uri in before)
    found = (one for uri in before for one in contents(client, urljoin(past, uri)))
    codes = [code for address, blob in found if "/c/" in address for code in Glb(blob).texts("code")]
    assert sorted(codes) == sorted([base.standing, base.ended])
    base.config.data.joinpath("past").rename(base.config.data / "lost")
    other = urljoin(past, gone.pop()).replace("&of=", "&of=0")
    assert rule_of(client.get(other)) == "tiles.blob"


def test_a_spoilt_history_is_found(built: Base) -> None:
    sink = history_sink(built.config, "buildings")
    name = next(name for name in sink.names() if name.startswith("c/"))
    sink.put(name, gzip.compress(b"spoilt"))
    assert {finding.rule for finding in faults(built.config)} >= {"tiles.content"}


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("pipes/history/tileset.json", "tiles.history"),
        ("clouds/history/tileset.json", "param.layer"),
        ("clouds/history/c/x.glb", "param.layer"),
        ("buildings/history/c/14-0-0-000000000000000000000000.glb?datetime=2025-01-01", "tiles.blob"),
        ("buildings/history/m/x.bin", "tiles.blob"),
        ("buildings/history/..%2fbuildings%2ftileset.json", "tiles.blob"),
    ],
)
def test_what_there_is_not_is_refused(client: FlaskClient, built: Base, path: str, rule: str) -> None:
    answer = client.get(f"/3dtiles/{path}")
    assert (answer.status_code, rule_of(answer)) == (404, rule)
