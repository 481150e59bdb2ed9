"""Boreholes as tiles: where each layer stands, what it is made of; made and real ones valid, by step and by day."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from entities.model import State, Surveyed, Version
from entities.readers import open_reading
from tests.tiling.glbs import taken_apart
from tests.tiling.made import JINAN, SETTINGS, Base, key_of, version
from tests.tiling.test_past import drawn_on_demand
from tests.tiling.test_pipes import faults
from tiling.building.build import build
from tiling.grid import Tile
from tiling.layers.borehole_facts import Facts, kind_of, kinds
from tiling.layers.boreholes import BOREHOLES, content, spans
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

HOLES = replace(SETTINGS, layer=BOREHOLES, title="Boreholes", features=5)
LOG = [
    {"top": 0, "base": 2.5, "name": "杂填土"},
    {"top": 2.5, "base": 6, "description": "Grey sandy CLAY", "legend": "201"},
]


def hole(code: str, east: float = 0.0, north: float = 0.0, log: object = LOG, **told: object) -> Version:
    """A hole so many metres east and north of the middle of the made-up town."""
    attributes = {**told, "strata": json.dumps(log, ensure_ascii=False) if log else None}
    point = shapely.Point(JINAN[0] + east / 89_500, JINAN[1] + north / 111_000)
    found = version(code, point, height=None, base=25.0, name=f"ZK{code}", attributes=attributes)
    return replace(found, state=replace(found.state, class_code="320903"))


def drawn(*holes: Version) -> tuple[dict[str, list[object]], dict[int, tuple[float, float]]]:
    """The table, and from where to where each feature stands above the tile's middle."""
    glb = taken_apart(
        content(holes, Tile.holding(key_of(holes[0]), 16), HOLES, {1: Surveyed("first.ags", "lixia")}).glb
    )
    node = glb.document["nodes"][0]
    up = (glb.attributes["POSITION"] * np.array(node["scale"]) + np.array(node["translation"]))[:, 1]
    features = glb.attributes["_FEATURE_ID_0"].ravel()
    ends = {int(one): (up[features == one].min(), up[features == one].max()) for one in np.unique(features)}
    return glb.table, ends


def test_every_layer_is_a_feature_at_its_depth() -> None:
    table, ends = drawn(hole("A"))
    ground = 25.0 - 4.25
    assert ends[0] == pytest.approx((ground, ground + 2), abs=0.01)
    assert ends[1] == pytest.approx((ground - 2.5, ground), abs=0.01)
    assert ends[2] == pytest.approx((ground - 6, ground - 2.5), abs=0.01)
    assert table["code"] == ["A"] * 3 and table["name"] == ["ZKA"] * 3 and table["depth"] == [6.0] * 3
    assert table["kind"] == ["", "fill", "clay"] and table["stratum"] == ["", "杂填土", "Grey sandy CLAY"]
    assert table["top"] == [-9999.0, 0.0, 2.5] and table["bottom"] == [-9999.0, 2.5, 6.0]


def test_what_no_layer_describes_belongs_to_the_hole() -> None:
    _, ends = drawn(
        hole("A", log=LOG[1:], LOCA_FDEP=10.0), hole("B", east=30, log=None, 孔深="8 m"), hole("C", log=None)
    )
    ground = 25.0 - 4.25
    assert ends[0] == pytest.approx((ground - 10, ground + 2), abs=0.01)
    assert ends[2] == pytest.approx((ground - 8, ground + 2), abs=0.01)
    assert ends[3] == pytest.approx((ground, ground + 2), abs=0.01)


def test_the_shafts_are_closed_and_face_outward() -> None:
    glb = taken_apart(content([hole("A")], Tile.holding(key_of(hole("A")), 16), HOLES, {}).glb)
    places = glb.attributes["POSITION"].astype(np.float64)
    one, two, three = (places[glb.indices[corner::3]] for corner in range(3))
    facing = np.cross(two - one, three - one)
    normals = glb.attributes["NORMAL"].astype(np.float64)[glb.indices[::3]]
    assert (np.sum(facing * normals, axis=1) > 0).all()
    sides = [
        tuple(map(tuple, side))
        for corners in zip(one, two, three, strict=True)
        for side in pairwise([*corners, corners[0]])
    ]
    assert sorted(sides) == sorted((end, start) for start, end in sides)


@pytest.mark.parametrize(
    ("legend", "said", "kind"),
    [
        ("220", "", "clay"),
        ("801", "SANDSTONE", "mudstone"),
        ("", "Orangeish brown gravelly sandy CLAY. Sand is fine.", "clay"),
        ("", "粉砂岩，中风化", "siltstone"),
        ("", "中砂", "sand"),
        ("", "砂岩", "sandstone"),
        ("", "coal seam", "coal"),
        ("x", "???", "other"),
    ],
)
def test_what_a_layer_is_made_of(legend: str, said: str, kind: str) -> None:
    assert kinds()[kind_of(legend, said)].id == kind


@pytest.mark.parametrize(
    "strata",
    ["", "[", "7", '["x"]', '[{"top": 3, "base": 3}]', '[{"top": -1, "base": 3}]', '[{"top": 0, "base": 1e9}]', '[{}]'],
)  # fmt: skip
def test_a_list_that_is_none_gives_no_layers(strata: str) -> None:
    assert Facts.of(State("320903", shapely.Point(*JINAN), attributes={"strata": strata})) == Facts(0.0, ())


def test_other_shapes_than_points_stand_where_they_are() -> None:
    line = shapely.LineString([(JINAN[0], JINAN[1], 3.0), (JINAN[0] + 1e-4, JINAN[1], 1.0)])
    holes = [replace(hole("A"), state=replace(hole("A").state, geometry=line)), hole("B", east=5)]
    _, ends = drawn(*holes)
    assert len(ends) == 6
    assert (spans(holes, HOLES)[:, 5] - spans(holes, HOLES)[:, 2]).tolist() == pytest.approx([8.0, 8.0])


def test_made_holes_are_valid_built_step_by_step_and_asked_for_by_day(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    east, north = random.uniform(-2_000, 2_000, (2, 40))
    holes = [hole(f"H{row:02d}", *place) for row, place in enumerate(zip(east, north, strict=True))]
    holes += [hole("H40", 3, 3, None), hole("H41", 3, 3, LOG[1:], depth=900.0)]
    base, sink, whole = Base(), MemorySink(), MemorySink()
    base.commit(holes)
    build(base.at(1), sink, HOLES)
    source = base.commit([hole("H03", *(east[3], north[3]), log=LOG[:1])], ["H04", "H40"])
    build(source, sink, HOLES, Published.now(sink))
    build(source, whole, HOLES)
    shown = whole.names() - whole.names("m")
    assert {name: sink.get(name) for name in shown} == {name: whole.get(name) for name in shown}
    root = tileset_at(base.at(1), sink, HOLES, Published.now(sink))
    drawn_on_demand(base.at(1), sink, HOLES, root)
    assert check(sink) == [] and check(sink, root) == []
    assert faults(sink, tmp_path) == []


def test_real_holes_are_valid_and_every_layer_is_there(shared_data: Path, tmp_path: Path) -> None:
    with open_reading(shared_data / "boreholes/bgs_NorthKelvinsideLogs.ags") as reading:
        states = [candidate.state for batch in reading.batches() for candidate in batch]
    holes = [replace(hole(f"B{row:02d}"), state=state) for row, state in enumerate(states)]
    sink, settings = MemorySink(), replace(HOLES, features=400)
    assert build(Base().commit(holes), sink, settings).features == 25
    assert check(sink) == [] and faults(sink, tmp_path) == []
    table, ends = drawn(*holes)
    assert len(table["code"]) == len(ends) == 25 + 220
    known = {kind: table["kind"].count(kind) for kind in set(table["kind"])}
    assert known[""] == 25 and known["coal"] == 25 and "other" not in known
