"""The tiler on a real base: changed in both times, built step by step, asked for past days."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.model import Moment, Period, State, Version
from entities.store import Store
from tests.tiling.glbs import taken_apart
from tests.tiling.made import DAY, house, key_of, settings, steep_house, town
from tests.tiling.test_past import drawn_on_demand
from tiling.building.build import build
from tiling.building.store_source import StoreSource, opener
from tiling.grid import Tile
from tiling.layers.buildings import content
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published, reachable
from tiling.stored.sink import POINTER, MemorySink

LAYER = "buildings"
SETTINGS = settings(5)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/base.sqlite"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(Store.open(url, random=np.random.default_rng(1))) as opened:
        yield opened


def states(count: int, seed: int = 1) -> list[State]:
    return [version.state for version in town(count, seed=seed)]


def survey(store: Store, found: list[State], day: int, source: str = "first.gpkg") -> list[str]:
    with store.transaction("county", "survey", source) as tx:
        codes = tx.issue(found)
        tx.put([version_of(code, state, day) for code, state in zip(codes, found, strict=True)])
    return codes


def version_of(code: str, state: State, day: int) -> Version:
    return Version(code, Period(day), state)


def source_at(store: Store, day: int) -> StoreSource:
    return StoreSource(store, LAYER, store.view(valid_at=day).moment)


def same(one: MemorySink, other: MemorySink) -> bool:
    shown = reachable(one, POINTER) | {POINTER}
    return {name: one.get(name) for name in shown} == {
        name: other.get(name) for name in reachable(other, POINTER) | {POINTER}
    }


Step = Callable[[Store, list[str]], None]


def taller(store: Store, codes: list[str]) -> None:
    with store.transaction("county", "raised", "second.gpkg") as tx:
        found = store.view(valid_at=DAY + 500).named(codes[::7])
        tx.put([replace(one, period=Period(DAY + 60), state=replace(one.state, height=99.0)) for one in found])


def demolished(store: Store, codes: list[str]) -> None:
    with store.transaction("county", "demolished") as tx:
        standing = [one.code for one in store.view(valid_at=DAY + 500).named(codes[1::9])]
        tx.end(dict.fromkeys(standing, DAY + 40))


def mistaken(store: Store, codes: list[str]) -> None:
    with store.transaction("county", "never were") as tx:
        tx.retract([one.code for one in store.view(valid_at=DAY + 500).named(codes[2::11])])


def more(store: Store, codes: list[str]) -> None:
    codes += survey(store, states(9, seed=len(codes)), DAY + 80)


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([taller, demolished, mistaken, more]), max_size=4), st.data())
def test_step_by_step_equals_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], data: st.DataObject
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('base')}/base.sqlite"
    with closing(Store.open(url, random=np.random.default_rng(1))) as store:
        codes = survey(store, states(60), DAY)
        sink = MemorySink()
        build(source_at(store, DAY), sink, SETTINGS)
        for step in steps:
            step(store, codes)
            day = data.draw(st.integers(DAY - 1, DAY + 100))
            build(source_at(store, day), sink, SETTINGS, Published.now(sink))
            whole = MemorySink()
            build(source_at(store, day), whole, SETTINGS)
            assert same(sink, whole)
        moment = Moment(data.draw(st.integers(DAY - 1, DAY + 100)), data.draw(st.integers(0, len(steps) + 1)))
        past = StoreSource(store, LAYER, moment)
        root = tileset_at(past, sink, SETTINGS, Published.now(sink))
        drawn_on_demand(past, sink, SETTINGS, root)  # type: ignore[arg-type]
        assert check(sink, root) == []
        assert check(sink) == []


def test_a_day_that_passes_is_a_change_too(store: Store) -> None:
    """A building known of today that stands from tomorrow on comes into the tiles tomorrow, without an upload."""
    sink = MemorySink()
    survey(store, states(20), DAY)
    survey(store, states(5, seed=2), DAY + 1)
    before = build(source_at(store, DAY), sink, SETTINGS)
    after = build(source_at(store, DAY + 1), sink, SETTINGS, Published.now(sink))
    assert (before.features, after.features) == (20, 25)


def test_a_tile_names_the_survey_of_each_entity(store: Store) -> None:
    one = survey(store, [house("A").state], DAY, "first.gpkg")
    other = survey(store, [steep_house().state], DAY, "second.gml")
    source = source_at(store, DAY)
    found = source.versions(*Tile.holding(key_of(house("A")), 13).keys)
    assert {version.code for version in found} == {*one, *other}
    names = source.surveys({version.surveyed for version in found})
    table = taken_apart(content(found, Tile.holding(key_of(found[0]), 16), SETTINGS, names).glb).table
    told = zip(table["code"], table["source"], table["department"], strict=True)
    assert {code: (source, department) for code, source, department in told} == {
        one[0]: ("first.gpkg", "county"),
        other[0]: ("second.gml", "county"),
    }


def test_other_processes_read_the_same_base(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiling.building.drawing.MANY", 8)
    survey(store, states(200), DAY)
    source = source_at(store, DAY)
    alone, together = MemorySink(), MemorySink()
    build(source, alone, SETTINGS)
    build(source, together, settings(5, workers=2), reopen=opener(url, LAYER, source.moment))
    assert alone.digest() == together.digest()


def test_the_source_says_which_transaction_it_knows_of(store: Store) -> None:
    survey(store, states(3), DAY)
    assert source_at(store, DAY).moment == Moment(DAY, 1)
