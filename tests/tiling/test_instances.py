"""Trees and places by instances: where and how large each is, valid, built step by step, asked for by day."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from entities.model import State, Surveyed, Version
from tests.tiling.made import JINAN, SETTINGS, Base, key_of, version
from tests.tiling.test_past import drawn_on_demand
from tests.tiling.test_pipes import faults
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.encoding.gltf import unpacked
from tiling.grid import Tile
from tiling.layers import places, trees
from tiling.layers.tree_facts import Facts, kind_of, kinds
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.check_glb import Glb
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

TREES = replace(SETTINGS, layer=trees.TREES, title="Trees", features=2)
PLACES = replace(SETTINGS, layer=places.PLACES, title="Places", features=2)


def spot(code: str, east: float = 0.0, north: float = 0.0, kind: str = "810511", **state: object) -> Version:
    """A point so many metres east and north of the middle of the made-up town."""
    point = shapely.Point(JINAN[0] + east / 89_500, JINAN[1] + north / 111_000)
    found = version(code, point, **{"height": None, "base": 25.0, **state})
    return replace(found, state=replace(found.state, class_code=kind))


def drawn(settings: Settings, *things: Version) -> Glb:
    made = settings.layer.draw(
        things, Tile.holding(key_of(things[0]), 16), settings, {1: Surveyed("trees.gpkg", "lixia")}
    )
    glb = Glb(made.glb)
    assert list(glb.faults()) == []
    return glb


def ends(glb: Glb) -> list[tuple[float, float]]:
    """From where to where each instance stands, lowest first."""
    corners = glb.extremes()
    low, high = corners[:, 2].min(), corners[:, 2].max()
    return [(float(low), float(high))]


def test_a_tree_is_as_tall_and_wide_as_the_survey_says() -> None:
    glb = drawn(TREES, spot("A", attributes={"树高": "12.5 m", "冠幅": 6, "树种": "法桐"}))
    corners = glb.extremes()
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert (low[2], high[2]) == pytest.approx((25 - 4.25, 25 - 4.25 + 12.5), abs=0.01)
    assert high[0] - low[0] == high[1] - low[1] == pytest.approx(6, abs=0.01)
    assert (
        glb.texts("kind") == ["broadleaf"]
        and glb.texts("species") == ["法桐"]
        and "assumed" not in glb.tables[0]["properties"]
    )


def test_the_shape_is_as_large_as_the_largest_of_its_tile() -> None:
    """Since a client may take the shape's own box, at each place, for the room that its instances take."""
    glb = drawn(TREES, spot("A", height=10.0), spot("B", 5, height=30.0, attributes={"crown": 2}))
    document = glb.document
    [node] = document["nodes"]
    shape = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    places = document["accessors"][node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]]
    low, high = (np.add(shape[end], places[end]) for end in ("min", "max"))
    corners = glb.extremes()[:, [0, 2, 1]] * [1, 1, -1]
    assert (corners >= low - 1e-3).all() and (corners <= high + 1e-3).all()
    assert shape["max"][1] == pytest.approx(30, abs=0.01)


def test_what_is_assumed_is_said() -> None:
    glb = drawn(TREES, spot("A"), spot("B", 20, height=10.0), spot("C", 40, attributes={"crown": 900}))
    assert glb.texts("assumed") == ["height crown", "crown", "height crown"]
    assert glb.extremes()[:, 2].max() == pytest.approx(25 - 4.25 + 10, abs=0.01)


def test_an_outline_is_that_of_the_crown() -> None:
    side = shapely.box(JINAN[0], JINAN[1], JINAN[0] + 8 / 89_500, JINAN[1] + 8 / 111_000)
    facts = Facts.of(State("810511", side, height=9.0))
    assert facts.crown == pytest.approx(8, abs=0.1) and facts.assumed == ()


@pytest.mark.parametrize(
    ("species", "kind"), [("雪松", "conifer"), ("Pinus nigra", "conifer"), ("毛白杨", "column"), ("", "broadleaf")]
)
def test_species_have_shapes(species: str, kind: str) -> None:
    assert kinds()[kind_of(species)].id == kind


def test_a_row_in_the_table_is_named_by_each_of_its_instances() -> None:
    several = shapely.MultiPoint([(JINAN[0] + step * 1e-4, JINAN[1]) for step in range(3)])
    row = spot("ROW", attributes={"species": "雪松"})
    row = replace(row, state=replace(row.state, geometry=several))
    document, _ = unpacked(trees.content([spot("A"), row], Tile.holding(key_of(row), 16), TREES, {}).glb)
    nodes = [node["extensions"] for node in document["nodes"]]
    counts = [document["accessors"][node["EXT_mesh_gpu_instancing"]["attributes"]["SCALE"]]["count"] for node in nodes]
    assert sorted(counts) == [1, 3]
    assert {node["EXT_instance_features"]["featureIds"][0]["featureCount"] for node in nodes} == {2}


def test_a_place_is_coloured_by_its_class_and_as_high_as_it_is() -> None:
    some = [
        spot("A", kind="385001"),
        spot("B", 9, kind="380501", height=8.0),
        spot("C", 20, kind="450107", height=900.0),
    ]
    glb = drawn(PLACES, *some)
    assert glb.texts("kind") == ["address", "light", "traffic"]
    assert len(glb.document["meshes"]) == 3
    assert glb.extremes()[:, 2].max() == pytest.approx(25 - 4.25 + 8, abs=0.01)


@pytest.mark.parametrize("shape", [*trees.SHAPES, *places.MARKERS[:1]])
def test_shapes_are_one_metre_high_and_face_outward(shape: trees.Shape) -> None:
    assert shape.corners[:, 2].min() == pytest.approx(0) and shape.corners[:, 2].max() == pytest.approx(1)
    assert 0.9 < np.ptp(shape.corners[:, 0]) <= 1.0
    one, two, three = (shape.corners[shape.triangles[:, corner]] for corner in range(3))
    facing = np.cross(two - one, three - one)
    assert (np.sum(facing * shape.facing[shape.triangles].mean(axis=1), axis=1) > 0).all()


@pytest.mark.parametrize(("settings", "kinds"), [(TREES, ("810511", "825004")), (PLACES, ("385001", "380501"))])
def test_they_are_valid_built_step_by_step_and_asked_for_by_day(
    settings: Settings, kinds: tuple[str, str], tmp_path: Path
) -> None:
    random = np.random.default_rng(4)
    east, north = random.uniform(-2_500, 2_500, (2, 60))
    some = [
        spot(f"T{row:02d}", *place, kinds[row % 2], attributes={"species": ("雪松", "杨", "")[row % 3], "height": row})
        for row, place in enumerate(zip(east, north, strict=True))
    ]
    base, sink, whole = Base(), MemorySink(), MemorySink()
    base.commit(some)
    build(base.at(1), sink, settings)
    source = base.commit([spot("T03", 1, 1, kinds[0], height=33.0), spot("NEW", 4, 4, kinds[1])], ["T04"])
    build(source, sink, settings, Published.now(sink))
    build(source, whole, settings)
    shown = whole.names() - whole.names("m")
    assert {name: sink.get(name) for name in shown} == {name: whole.get(name) for name in shown}
    root = tileset_at(base.at(1), sink, settings, Published.now(sink))
    drawn_on_demand(base.at(1), sink, settings, root)
    assert check(sink) == [] and check(sink, root) == []
    assert faults(sink, tmp_path) == []
    assert len(Published.now(sink).leaves) > 4  # type: ignore[union-attr]


def test_the_checker_sees_a_feature_that_is_not_there() -> None:
    glb = drawn(TREES, spot("A"), spot("B", 3))
    text = json.dumps(glb.document).replace('"featureCount": 2', '"featureCount": 3')
    glb.document = json.loads(text)
    assert list(glb.faults()) == ["featureCount 3, 1, 2"]


def test_a_tile_holds_more_of_what_takes_little() -> None:
    some = [spot(f"T{row}", row) for row in range(10)]
    sink = MemorySink()
    assert build(Base().commit(some), sink, TREES).tiles == 1
    assert build(Base().commit([*some, spot("T10", 5_000)]), MemorySink(), TREES).tiles > 1
