"""Every tree of a running service: gone back in, held, built by hand, kept for as long as clients follow."""

import json
from contextlib import closing
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from entities.errors import NotFound
from entities.model import Period, State, Version, day_text, today
from service.app import create_app
from service.desk import Desk, now
from service.tiles import making, tilesets, trees
from service.tiles.tile_store import tile_sink
from service.tiles.trees import Wanted
from service.work import jobs, worker
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, Shell, square
from tests.service.test_tiles import contents
from tiling.stored.check_glb import Glb
from tiling.stored.published import states
from tiling.stored.sink import POINTER

TILESET = "/3dtiles/buildings/tileset.json"


def told(base: Base, height: float = 12.0) -> None:
    """Tell the base of one more building."""
    with closing(base.store()) as store, store.transaction("lixia", "more", "x") as transaction:
        state = State(BUILDING, square(117.1005, 36.5005), "新楼", height, 30.0)
        (code,) = transaction.issue([state])
        transaction.put([Version(code, Period(SECOND + 1), state)])


def features(client: FlaskClient, address: str = TILESET) -> int:
    document = json.loads(client.get(address, headers={"Accept-Encoding": "identity"}).data)
    found: int = document["metadata"]["properties"]["features"]
    return found


@pytest.fixture
def changed(base: Base) -> Base:
    """A base whose tiles were built, and built again after a change."""
    making.tiles(base.config, lambda *_: None)
    told(base)
    making.tiles(base.config, lambda *_: None)
    return base


def test_a_layer_goes_back_by_one_and_stays_until_it_is_built_by_hand(
    client: FlaskClient, changed: Base, shell: Shell
) -> None:
    history = TILESET.replace("/tileset", "/history/tileset")
    after = features(client), features(client, history)
    code, said = shell("build", "--back", "--layer", "buildings")
    assert code == 0 and said["shown"]["buildings"]["known_at"] == 3
    assert (features(client), features(client, history)) == (after[0] - 1, after[1] - 1)
    assert features(client, "/3dtiles/pipes/tileset.json") == 0
    assert trees.held(changed.config) == ["buildings"]
    assert "buildings" not in {one.layer for one in making.tiles(changed.config, lambda *_: None)}
    assert features(client) == after[0] - 1
    assert shell("build", "--layer", "buildings")[0] == 0
    assert (features(client), features(client, history)) == after
    assert trees.held(changed.config) == []


def test_none_goes_back_where_one_cannot(changed: Base, shell: Shell) -> None:
    code, said = shell("build", "--back")
    assert code == 0 and list(said["shown"]) == ["buildings"], "those that the last build published"
    code, refused = shell("build", "--back")
    assert (code, refused["rule"]) == (1, "tiles.back")
    assert shell("build", "--back", "--layer", "clouds")[1]["rule"] == "param.layer"
    with pytest.raises(NotFound):
        Wanted(["clouds"])


def test_a_tree_in_which_nothing_happened_stays_as_it_is(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(making.tiles(base.config, lambda *_: None)) == 2 * len(tilesets.TILED)
    told(base)
    assert [one.layer for one in making.tiles(base.config, lambda *_: None)] == ["buildings", "buildings/history"]
    assert making.tiles(base.config, lambda *_: None) == []
    monkeypatch.setattr(trees, "_LATELY", 1)
    told(base, 15.0)
    told(base, 18.0)
    behind = [one.layer for one in making.tiles(base.config, lambda *_: None)]
    assert len(behind) == 2 * len(tilesets.TILED), "too much happened elsewhere to look through it the next time"
    monkeypatch.setattr(tilesets, "today", lambda: today() + 1)
    assert {one.layer for one in making.tiles(base.config, lambda *_: None)} == set(tilesets.TILED)


def test_tiles_in_an_object_store_are_served_from_there(base: Base) -> None:
    config = replace(base.config, tiles=replace(base.config.tiles, store="memory://trees/tiles"))
    making.tiles(config, lambda *_: None)
    client = create_app(config).test_client()
    assert {name.split("/")[3] for name, _ in contents(client, TILESET)} == {"c", "o"}
    past = contents(client, f"{TILESET}?datetime={day_text(FIRST)}")
    codes = {code for name, blob in past if "/c/" in name for code in Glb(blob).texts("code")}
    assert codes == {base.standing, base.ended}
    assert not (config.data / "tiles").exists()


def test_old_states_go_once_nobody_follows_them(changed: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(changed.config, tiles=replace(changed.config.tiles, states=1, history=False))
    sink = tile_sink(config, "buildings")
    early = sink.get(POINTER)
    told(changed, 15.0)
    making.tiles(config, lambda *_: None)
    assert len(list(states(sink))) == 3
    monkeypatch.setattr(tilesets, "FOLLOWED", -60)
    monkeypatch.setattr(tilesets, "COLLECTED", {f"{number:02x}" for number in range(256)})
    told(changed, 18.0)
    making.tiles(config, lambda *_: None)
    assert len(list(states(sink))) == 1 and sink.get(POINTER) != early


def test_one_build_does_what_several_were_asked_for(base: Base) -> None:
    with closing(Desk.open(base.config.base)) as desk:
        jobs.add(desk, "tiles", "a")
        jobs.add(desk, "tiles", "b")
        jobs.add(desk, "intake", "c")
        first = jobs.claim(desk, "one", now() + 1)
        assert first is not None
        jobs.add(desk, "tiles", "d")
        desk.change("job", ("submission", "d"), created=now() + 1_000_000)
        jobs.finish(desk, first)
        found = dict(desk.rows("SELECT submission, state FROM job"))
    assert found == {"a": "done", "b": "done", "c": "waiting", "d": "waiting"}


def test_a_day_that_begins_is_built(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    days = iter([20_000, 20_000, 20_001, 20_001])
    monkeypatch.setattr(worker, "today", lambda: next(days))
    done = []
    monkeypatch.setattr(worker, "do", lambda config, desk, job, name: (done.append(job.kind), jobs.finish(desk, job)))
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    monkeypatch.setattr(worker.os, "getppid", lambda: 1 if not done else 2)
    worker.run(base.config, parent=1)
    assert done == ["tiles"]
