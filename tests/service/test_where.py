"""From an entity back to its tile: the features named there are those that carry its code."""

from contextlib import closing

import pytest
from flask.testing import FlaskClient

from entities.model import Period, State, Version
from service.tiles import making
from tests.service.conftest import BUILDING, SECOND, Base, rule_of, square
from tests.service.test_tiles import contents, decoded
from tiling.stored.check_glb import Glb

TILESET = "/3dtiles/buildings/tileset.json"


@pytest.fixture
def built(base: Base) -> Base:
    """A base with some more buildings, whose tiles are built."""
    with closing(base.store()) as store, store.transaction("lixia", "more", "x") as transaction:
        states = [State(BUILDING, square(117.1 + step / 200, 36.5), None, 9.0, 30.0) for step in range(9)]
        codes = transaction.issue(states)
        periods = [Period(SECOND)] * len(states)
        transaction.put([Version(*one) for one in zip(codes, periods, states, strict=True)])
    making.tiles(base.config, lambda *_: None)
    return base


def test_every_entity_is_found_in_the_tile_that_shows_it(client: FlaskClient, built: Base) -> None:
    tiles = {name.removeprefix("/3dtiles/buildings/"): blob for name, blob in contents(client, TILESET)}
    leaves = {name: Glb(blob).texts("code") for name, blob in tiles.items() if name.startswith("c/")}
    assert sum(map(len, leaves.values())) == 10
    for name, codes in leaves.items():
        for row, code in enumerate(codes):
            found = client.get(f"/3dtiles/buildings/where/{code}").json
            assert (found["content"], found["features"]) == (name, [row])
            assert [one.partition("-")[0] for one in found["coarse"]] == ["o/13", "o/11"]
            assert set(found["coarse"]) < tiles.keys()
            assert found["shown"]["transaction"] == 4


def test_what_is_told_later_is_where_the_tiles_still_show_it(client: FlaskClient, built: Base) -> None:
    before = client.get(f"/3dtiles/buildings/where/{built.standing}").json
    with closing(built.store()) as store, store.transaction("lixia", "moved", "x") as transaction:
        transaction.put([Version(built.standing, Period(SECOND + 9), State(BUILDING, square(117.3, 36.6)))])
    assert client.get(f"/3dtiles/buildings/where/{built.standing}").json == before
    making.tiles(built.config, lambda *_: None)
    after = client.get(f"/3dtiles/buildings/where/{built.standing}").json
    assert after["content"] != before["content"] and after["version"]["transaction"] == 5
    blob = decoded(client.get(f"/3dtiles/buildings/{after['content']}"))
    assert Glb(blob).texts("code")[after["features"][0]] == built.standing


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("pipes/where/{standing}", 404, "tiles.where"),
        ("buildings/where/{ended}", 410, "code.ended"),
        ("buildings/where/none", 404, "code.unknown"),
        ("clouds/where/{standing}", 404, "param.layer"),
    ],
)
def test_what_the_tiles_do_not_show_is_refused(
    client: FlaskClient, built: Base, path: str, status: int, rule: str
) -> None:
    answer = client.get(f"/3dtiles/{path.format(standing=built.standing, ended=built.ended)}")
    assert (answer.status_code, rule_of(answer)) == (status, rule)


def test_before_the_first_build_nothing_is_shown(client: FlaskClient, base: Base) -> None:
    assert rule_of(client.get(f"/3dtiles/buildings/where/{base.standing}")) == "tiles.none"
