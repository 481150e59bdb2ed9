"""Every layer: random edits in random order, on ground that changes too, built step by step, give the bytes of one
whole build; and so they do after going back.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.model import Version
from tests.tiling.elevation import ground
from tests.tiling.made import JINAN, Base, settings, version
from tiling.building.build import build
from tiling.elevation.surface import footing_of
from tiling.layers import LAYERS
from tiling.stored.check import check
from tiling.stored.published import Published, before, hold, reachable
from tiling.stored.sink import MemorySink

# A few crowded places, a lonely one, and one 90 km away, so that leaves split, merge and vanish.
EASTS = [0.0, 1.0, 2.0, 300.0, 5_000.0, 90_000.0]
ATTRIBUTES = [{}, {"diameter": 300, "depth": 1.5}, {"height": 6.0, "crown": 3.0}, {"strata": "[]"}]


def shaped(code: str, east: float, north: float, size: float, kind: str, attributes: dict[str, object]) -> Version:
    """Something of a kind of shape, so many metres east and north of the middle of the made-up town."""
    lon, lat = round(JINAN[0] + east / 89_500, 9), round(JINAN[1] + north / 111_000, 9)
    side = round(size / 100_000, 9)
    shapes = {
        "area": shapely.box(lon, lat, round(lon + side, 9), round(lat + side, 9)),
        "line": shapely.LineString([(lon, lat, 20.0), (round(lon + side, 9), lat, 21.0)]),
        "flat line": shapely.LineString([(lon, lat), (lon, round(lat + side, 9))]),
        "point": shapely.Point(lon, lat),
        "high point": shapely.Point(lon, lat, 40.0),
    }
    return version(code, shapes[kind], attributes=attributes, base=None if kind == "point" else 25.0)


codes = st.integers(0, 20).map("E{:02d}".format)
things = st.builds(
    shaped,
    codes,
    st.sampled_from(EASTS),
    st.sampled_from([0.0, 3.0, 4_000.0]),
    st.sampled_from([5.0, 12.0, 9_000.0]),
    st.sampled_from(["area", "line", "flat line", "point", "high point"]),
    st.sampled_from(ATTRIBUTES),
)
grounds = st.lists(st.sampled_from(["wide", "old", "new", "fine"]), max_size=3, unique=True)
edits = st.lists(
    st.tuples(st.lists(things, max_size=10), st.sets(codes, max_size=6), st.booleans(), grounds), max_size=5
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Surveys of the ground of the made-up town."""
    return ground.under(tmp_path_factory.mktemp("ground"), JINAN)


@pytest.mark.parametrize("layer", LAYERS)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits)
def test_edits_built_one_by_one_give_the_bytes_of_one_build(
    shelf: Path, layer: str, made: list[tuple[list[Version], set[str], bool, list[str]]]
) -> None:
    base, sink, chosen = Base(), MemorySink(), replace(settings(3), layer=LAYERS[layer])
    for put, end, then_back, held in made:
        if chosen.layer.grounded:
            chosen = replace(chosen, ground=footing_of(ground.terrain(shelf, *held)))
        source = base.commit(put, end)
        build(source, sink, chosen, Published.now(sink))
        earlier = before(sink)
        if then_back and earlier is not None:
            hold(sink, earlier)
    source = base.commit()
    build(source, sink, chosen, Published.now(sink))
    whole = MemorySink()
    build(source, whole, chosen)
    shown = reachable(sink, "tileset.json") | {"tileset.json"}
    assert {name: sink.get(name) for name in shown} == {
        name: whole.get(name) for name in whole.names() - whole.names("m")
    }
    assert check(sink) == []
