"""History tiles: on every day they show what stood then, step by step as at once, and every layer has them."""

import gzip
import json
import pickle
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.classes import ClassTable
from entities.model import FOREVER, Period, State, Surveyed, Version
from entities.store import Store
from tests.bench.bench_history import cost, first_view, twenty_years
from tests.tiling.glbs import ROOT, taken_apart, validated
from tests.tiling.made import DAY, JINAN, house, key_of, settings
from tests.tiling.test_store_source import Step, demolished, mistaken, more, same, states, survey, taller
from tiling.building.build import build
from tiling.building.source import LAST_KEY
from tiling.grid import Tile
from tiling.layers import LAYERS
from tiling.moments.history import HistorySource, history_opener
from tiling.stored.check import check
from tiling.stored.check_glb import Glb
from tiling.stored.published import Published
from tiling.stored.sink import POINTER, MemorySink

LAYER = "buildings"
SETTINGS = settings(5).through_time()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/base.sqlite"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(Store.open(url, random=np.random.default_rng(1))) as opened:
        yield opened


def glbs(sink: MemorySink, folder: str = "c/") -> list[bytes]:
    return [gzip.decompress(blob) for name, blob in sorted(sink.blobs.items()) if name.startswith(folder)]


def shown(sink: MemorySink, day: int) -> list[tuple[str, float]]:
    """What a client shows on a day: the code and height of each feature whose numbers say that it is valid."""
    found = []
    for blob in glbs(sink):
        glb, table = Glb(blob), taken_apart(blob).table
        rows = zip(table["code"], table["height"], glb.numbers("valid_from"), glb.numbers("valid_to"), strict=True)
        found += [(code, height) for code, height, first, end in rows if first <= day < end]
    return sorted(found)


def standing(store: Store, day: int) -> list[tuple[str, float]]:
    return [(one.code, float(np.float32(one.state.height))) for one in store.view(valid_at=day).versions(LAYER)]


@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([taller, demolished, mistaken, more]), min_size=1, max_size=4))
def test_step_by_step_equals_at_once_and_shows_every_day(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('base')}/base.sqlite"
    with closing(Store.open(url, random=np.random.default_rng(1))) as store:
        codes = survey(store, states(60), DAY)
        sink = MemorySink()
        build(HistorySource(store, LAYER), sink, SETTINGS)
        for step in steps:
            step(store, codes)
            build(HistorySource(store, LAYER), sink, SETTINGS, Published.now(sink))
        whole = MemorySink()
        build(HistorySource(store, LAYER), whole, SETTINGS)
        assert same(sink, whole)
        assert check(sink) == []
        for day in range(DAY - 20, DAY + 120, 20):
            assert shown(whole, day) == standing(store, day)


def test_one_change_leaves_every_other_file_as_it_is(store: Store) -> None:
    codes, sink = survey(store, states(500), DAY), MemorySink()
    build(HistorySource(store, LAYER), sink, SETTINGS)
    before = dict(sink.blobs)
    (old,) = store.view(valid_at=DAY).named([codes[3]])
    with store.transaction("county", "raised", "second.gpkg") as tx:
        tx.put([replace(old, period=Period(DAY + 60), state=replace(old.state, height=99.0))])
    report = build(HistorySource(store, LAYER), sink, SETTINGS, Published.now(sink))
    assert (report.features, report.tiles_drawn) == (501, 1)
    assert report.files_written <= 9
    assert [name for name in before if before[name] != sink.blobs[name]] == [POINTER]


def test_a_day_that_passes_changes_nothing(store: Store) -> None:
    """What ever was does not depend on which day it is, nor does anything differ where a transaction touched others."""
    survey(store, states(20), DAY)
    sink = MemorySink()
    first = build(HistorySource(store, LAYER), sink, SETTINGS)
    again = build(HistorySource(store, LAYER), sink, SETTINGS, Published.now(sink))
    assert (again.files_written, again.root) == (0, first.root)


def test_an_end_that_moves_is_another_content(store: Store) -> None:
    codes = survey(store, states(1), DAY)
    digests = []
    for day in (DAY + 20, DAY + 10):
        with store.transaction("county", "demolished") as tx:
            tx.end({codes[0]: day})
        digests.append(HistorySource(store, LAYER).index().digests.tolist())
    assert digests[0] != digests[1]
    assert HistorySource(store, LAYER, 2).index().digests.tolist() == digests[0]


def test_the_root_says_how_a_day_is_shown(store: Store) -> None:
    survey(store, states(3), DAY)
    sink = MemorySink()
    build(HistorySource(store, LAYER), sink, SETTINGS)
    document = json.loads(sink.get(POINTER))
    assert document["asset"]["tilesetVersion"] == "history.1"
    said = document["metadata"]["properties"]
    assert said["valid_style"] == "${valid_from} <= d && ${valid_to} > d"
    assert said["features"] == 3 and "valid_day" not in said


def test_cesium_takes_the_style_that_the_root_tells(store: Store) -> None:
    if not shutil.which("node") or not (ROOT / "node_modules/@cesium/engine").is_dir():
        pytest.skip("left out: Node or the npm package @cesium/engine is not here")
    survey(store, states(1), DAY)
    sink = MemorySink()
    build(HistorySource(store, LAYER), sink, SETTINGS)
    told = json.loads(sink.get(POINTER))["metadata"]["properties"]["valid_style"].replace(" d", " 20000")
    periods = [(1, 20_000), (1, 20_001), (20_000, FOREVER), (20_001, FOREVER)]
    script = f"""
        import {{ Cesium3DTileStyle }} from '@cesium/engine';
        const style = new Cesium3DTileStyle({{ show: {json.dumps(told)} }});
        const told = ([valid_from, valid_to]) => ({{ valid_from, valid_to }});
        const feature = (period) => ({{ getPropertyInherited: (name) => told(period)[name] }});
        console.log(JSON.stringify({json.dumps(periods)}.map((period) => style.show.evaluate(feature(period)))));
    """
    command = ["node", "--input-type=module", "--eval", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [False, True, True, False]


def test_another_process_opens_the_same_history(store: Store, url: str) -> None:
    taller(store, survey(store, states(20), DAY))
    source = HistorySource(store, LAYER)
    other = pickle.loads(pickle.dumps(history_opener(url, LAYER, source.moment.known_at)))()
    assert other.moment == source.moment
    assert other.index().digests.tolist() == source.index().digests.tolist()
    assert len(other.versions(0, LAST_KEY)) == len(source.index().keys) > 20


def test_twenty_years_cost_little_more_than_one_state() -> None:
    history, one, snapshots = cost(twenty_years(1_200), years=2)
    assert sum(history.values()) <= 1.6 * sum(one.values())
    assert snapshots > 1.8 * sum(one.values())
    assert first_view(history) <= 1.6 * first_view(one)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_tells_its_days_as_numbers(layer: str, tmp_path: Path) -> None:
    chosen = replace(SETTINGS, layer=LAYERS[layer])
    kind = next(one.code for one in ClassTable.load().leaves if one.layer == layer)
    lon, lat = JINAN
    shapes = [
        shapely.Point(lon, lat),
        shapely.LineString([(lon, lat), (lon + 1e-4, lat)]),
        shapely.box(lon, lat, lon + 1e-4, lat + 1e-4),
    ]
    ends = (DAY, FOREVER)
    versions = [
        Version(f"A{row}", Period(-400 + row, ends[row % 2]), State(kind, shape, base=20.0, height=5.0), 1)
        for row, shape in enumerate(shapes)
    ]
    made = LAYERS[layer].draw(versions, Tile.holding(key_of(house("A")), 16), chosen, {1: Surveyed("survey", "lixia")})
    glb = Glb(made.glb)
    assert list(glb.faults()) == []
    told = glb.document["extensions"]["EXT_structural_metadata"]["schema"]["classes"][glb.tables[0]["class"]]
    for name in ("valid_from", "valid_to"):
        assert (told["properties"][name]["type"], told["properties"][name]["componentType"]) == ("SCALAR", "INT32")
    assert set(glb.numbers("valid_from").tolist()) == {-400, -399, -398}
    assert set(glb.numbers("valid_to").tolist()) == set(ends)
    file = tmp_path / "tile.glb"
    file.write_bytes(made.glb)
    assert [report["messages"] for report in validated([file])] == [[]]
