"""Tiles of another moment: shared where nothing differs, drawn on demand where something does."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.errors import NotFound
from entities.model import Moment, Version
from tests.tiling.made import DAY, Base, MemorySource, house, settings, steep_house, town
from tests.tiling.test_build import codes, houses
from tiling.building.build import build
from tiling.building.plan import content_hash, content_names
from tiling.building.settings import Settings
from tiling.grid import Tile
from tiling.moments.past import content, overview, tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published, blob_of, content_uris
from tiling.stored.sink import POINTER, MemorySink


def leaf_uris(sink: MemorySink, root: str) -> list[str]:
    found: list[str] = []
    waiting = [root]
    while waiting:
        for uri in content_uris(json.loads(sink.get(waiting.pop()))["root"]):
            (waiting if ".json" in uri else found).append(blob_of(uri) if ".json" in uri else uri)
    return sorted(found)


def drawn_on_demand(source: MemorySource, sink: MemorySink, chosen: Settings, root: str) -> None:
    """What a server does: draw each content that is asked for and not there."""
    for uri in leaf_uris(sink, root):
        name = blob_of(uri)
        if not sink.has(name):
            assert "?datetime=" in uri
            place, _, expected = name[2:].removesuffix(".glb").rpartition("-")
            drawn = {"c": content, "o": partial(overview, stored=partial(stored, sink))}[name[0]]
            sink.put(name, drawn(source, chosen, Tile.named(place), expected))


def stored(sink: MemorySink, name: str) -> bytes | None:
    return sink.blobs.get(name)


def surveyed_twice() -> tuple[Base, MemorySink, Settings]:
    base, sink, chosen = Base(), MemorySink(), settings(20)
    base.commit([*town(500), steep_house()])
    source = base.commit([house("T000003", 3.0, height=200.0), house("NEW", 100.0)], ["T000004", "S1"])
    build(source, sink, chosen)
    return base, sink, chosen


def test_only_what_differs_is_asked_for_by_day() -> None:
    base, sink, chosen = surveyed_twice()
    root = tileset_at(base.at(1), sink, chosen, Published.now(sink))
    uris = leaf_uris(sink, root)
    dated = [uri for uri in uris if "?" in uri]
    assert 0 < len(dated) < 20 < len(uris)
    assert all(uri.endswith("?datetime=2024-10-04&known-at=1") for uri in dated)
    assert all(sink.has(blob_of(uri)) for uri in uris if "?" not in uri)
    assert not any(sink.has(blob_of(uri)) for uri in dated)


def test_a_day_as_known_now_is_asked_for_by_day_alone() -> None:
    base, sink, chosen = surveyed_twice()
    now = base.at(2)
    earlier = MemorySource(Moment(DAY - 365, 2), (*now.states[:2], now.states[1]))
    root = tileset_at(earlier, sink, chosen, Published.now(sink))
    assert {uri.partition("?")[2] for uri in leaf_uris(sink, root)} <= {"", "datetime=2023-10-05"}


def test_the_contents_are_those_of_a_build_of_that_moment() -> None:
    base, sink, chosen = surveyed_twice()
    root = tileset_at(base.at(1), sink, chosen, Published.now(sink))
    drawn_on_demand(base.at(1), sink, chosen, root)
    whole = MemorySink()
    build(base.at(1), whole, chosen)
    names = {blob_of(uri) for uri in leaf_uris(sink, root)}
    assert names == {name for name in whole.names() if name.startswith(("c/", "o/"))}
    assert all(sink.get(name) == whole.get(name) for name in names)


def test_nothing_is_published_by_it() -> None:
    base, sink, chosen = surveyed_twice()
    before = sink.get(POINTER)
    root = tileset_at(base.at(1), sink, chosen, Published.now(sink))
    assert sink.get(POINTER) == before and root != POINTER
    assert check(sink) == []


def test_the_same_moment_makes_the_same_tilesets() -> None:
    base, sink, chosen = surveyed_twice()
    roots = {tileset_at(base.at(1), sink, chosen, Published.now(sink)) for _ in range(2)}
    assert len(roots) == 1


@pytest.mark.parametrize("anew", [True, False])
def test_without_a_published_state_of_these_settings_all_is_on_demand(anew: bool) -> None:
    base, sink, _ = surveyed_twice()
    other = settings(20) if anew else settings(21)
    root = tileset_at(base.at(1), sink, other, None if anew else Published.now(sink))
    assert all("?datetime=2024-10-04" in uri for uri in leaf_uris(sink, root))
    drawn_on_demand(base.at(1), sink, other, root)
    assert check(sink, root) == []


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.lists(houses, max_size=25), st.lists(houses, max_size=25), st.sets(codes, max_size=20))
def test_volumes_hold_what_is_drawn_on_demand(first: list[Version], second: list[Version], end: set[str]) -> None:
    base, sink, chosen = Base(), MemorySink(), settings(3)
    base.commit(first)
    build(base.commit(second, end), sink, chosen)
    past = base.at(1)
    root = tileset_at(past, sink, chosen, Published.now(sink))
    assert check(sink, root, on_demand=True) == []
    drawn_on_demand(past, sink, chosen, root)
    assert check(sink, root) == []


def test_volumes_hold_measured_towers_that_are_gone() -> None:
    base, sink, chosen = Base(), MemorySink(), settings(3)
    base.commit([steep_house(), house("A", 1_000, side=900, height=500.0), house("B", 1_000, height=2.0)])
    build(base.commit(end=["S1", "A"]), sink, chosen)
    past = base.at(1)
    root = tileset_at(past, sink, chosen, Published.now(sink))
    drawn_on_demand(past, sink, chosen, root)
    assert check(sink, root) == []


def test_volumes_hold_the_bulge_of_the_earth() -> None:
    base, sink = Base(), MemorySink()
    wide = house("A", side=10_000.0)
    rounded = replace(wide.state, geometry=shapely.segmentize(wide.state.geometry, 0.01))
    source = base.commit([replace(wide, state=rounded)])
    root = tileset_at(source, sink, settings())
    drawn_on_demand(source, sink, settings(), root)
    assert check(sink, root) == []


def test_a_hash_of_another_moment_is_refused() -> None:
    base, sink, chosen = surveyed_twice()
    state: Any = Published.now(sink)
    place, _, expected = content_names(state.leaves)[0].removeprefix("c/").removesuffix(".glb").rpartition("-")
    tile = Tile.named(place)
    assert content(base.at(2), chosen, tile, expected) == sink.get(f"c/{place}-{expected}.glb")
    with pytest.raises(NotFound, match=r"tiles\.stale"):
        content(base.at(2), chosen, tile, "0" * 24)
    (top,) = (name for name in sink.names() if name.startswith("o/11"))
    where, _, drawn = top[2:].removesuffix(".glb").rpartition("-")
    wide = Tile.named(where)
    assert overview(base.at(2), chosen, wide, drawn, partial(stored, MemorySink())) == sink.get(top)
    with pytest.raises(NotFound, match=r"tiles\.stale"):
        overview(base.at(1), chosen, wide, drawn, partial(stored, sink))
    nothing = content_hash(base.at(0).index().digests, chosen).decode()
    for wanted in (expected, nothing):
        with pytest.raises(NotFound, match=r"tiles\.stale"):
            content(base.at(0), chosen, tile, wanted)
