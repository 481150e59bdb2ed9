"""Areas and lines on the ground: where they lie, how wide and high, in pieces that follow the earth, and valid."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from entities.classes import ClassTable
from entities.model import Surveyed, Version
from tests.tiling.glbs import Parts, taken_apart
from tests.tiling.made import JINAN, SETTINGS, Base, key_of, version
from tests.tiling.test_past import drawn_on_demand
from tests.tiling.test_pipes import faults
from tiling.building.build import build
from tiling.ecef import Frame, geocentric
from tiling.encoding.gltf import unpacked
from tiling.grid import Tile
from tiling.layers import LAYERS
from tiling.layers.ground import GROUND_LAYERS, content, cut, spans
from tiling.layers.ground_facts import grounds
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

ROAD, PARCEL, COUNTY, RIVER = "430501", "685001", "650100", "210101"
ROADS = replace(SETTINGS, layer=LAYERS["roads"], features=5)
PARCELS = replace(SETTINGS, layer=LAYERS["parcels"], features=5)


def at(*places: tuple[float, float]) -> list[tuple[float, float]]:
    """Places so many metres east and north of the middle of the made-up town."""
    return [(JINAN[0] + east / 89_500, JINAN[1] + north / 111_000) for east, north in places]


def thing(code: str, class_code: str, shape: shapely.Geometry, **state: object) -> Version:
    found = version(code, shape, **{"height": None, "base": 25.0, **state})
    return replace(found, state=replace(found.state, class_code=class_code))


def road(code: str, *places: tuple[float, float], **state: object) -> Version:
    return thing(code, ROAD, shapely.LineString(at(*places)), **state)


def parcel(code: str, east: float = 0.0, north: float = 0.0, side: float = 40.0, **state: object) -> Version:
    ring = at((east, north), (east + side, north), (east + side, north + side), (east, north + side))
    return thing(code, PARCEL, shapely.Polygon(ring), **state)


def drawn(settings: object, *versions: Version) -> tuple[Parts, np.ndarray]:
    """The parts of a tile, and its corners as metres east, north, up of the tile's middle."""
    glb = taken_apart(
        content(versions, Tile.holding(key_of(versions[0]), 15), settings, {1: Surveyed("survey", "lixia")}).glb
    )  # type: ignore[arg-type]
    node = glb.document["nodes"][0]
    places = glb.attributes["POSITION"] * np.array(node.get("scale", 1)) + np.array(node.get("translation", 0))
    return glb, np.column_stack([places[:, 0], -places[:, 2], places[:, 1]])


def ground_area(glb: Parts, places: np.ndarray, feature: int) -> float:
    """What a feature covers seen from above, in square metres; overlaps count twice."""
    corners = glb.indices.reshape(-1, 3)
    one, two, three = (places[corners[:, corner], :2] for corner in range(3))
    twice = (two - one)[:, 0] * (three - one)[:, 1] - (two - one)[:, 1] * (three - one)[:, 0]
    mine = glb.attributes["_FEATURE_ID_0"].ravel()[corners[:, 0]] == feature
    assert (twice[mine] >= 0).all(), "seen from above triangles go counter-clockwise"
    return float(twice[mine].sum() / 2)


def test_a_road_is_as_wide_as_the_survey_says_or_as_its_class() -> None:
    versions = [road("A", (0, 0), (100, 0)), road("B", (0, 50), (100, 50), attributes={"Width": "8.5m"})]
    glb, places = drawn(ROADS, *versions)
    assert ground_area(glb, places, 0) == pytest.approx(100 * 20, rel=0.01)
    assert ground_area(glb, places, 1) == pytest.approx(100 * 8.5, rel=0.01)
    assert glb.table["code"] == ["A", "B"] and glb.table["kind"] == ["main", "main"]
    assert np.ptp(places[:, 2]) < 0.02


def test_a_bent_road_keeps_its_width_and_a_ring_is_closed() -> None:
    bent = road("A", (0, 0), (100, 0), (100, 100))
    ring = road("B", (200, 0), (300, 0), (300, 100), (200, 100), (200, 0))
    glb, places = drawn(ROADS, bent, ring)
    assert ground_area(glb, places, 0) == pytest.approx(200 * 20, rel=0.01)
    assert ground_area(glb, places, 1) == pytest.approx(400 * 20, rel=0.01)
    mine = places[glb.attributes["_FEATURE_ID_0"].ravel() == 1]
    assert np.ptp(mine[:, :2], axis=0) == pytest.approx(
        [120, 120], rel=0.01
    )  # mitred at the corner where it closes too
    assert len(mine[np.hypot(*(mine[:, :2] - mine[:, :2].min(axis=0)).T) < 0.1]) == 2


def test_things_lie_on_their_ground_and_high_ones_stand_up() -> None:
    low, high = parcel("A"), parcel("B", east=60, height=12.0)
    glb, places = drawn(PARCELS, low, high)
    feature = glb.attributes["_FEATURE_ID_0"].ravel()
    ground = 25.0 - 4.25 + grounds()["parcels"].lift
    assert places[feature == 0, 2].min() == pytest.approx(ground, abs=0.06)
    assert places[feature == 0, 2].max() == pytest.approx(ground + 0.05, abs=0.06)  # its outline
    assert places[feature == 1, 2].min() == pytest.approx(ground, abs=0.06)
    assert places[feature == 1, 2].max() == pytest.approx(ground + 12.05, abs=0.06)


def test_a_line_with_heights_lies_at_them() -> None:
    points = [(*place, height) for place, height in zip(at((0, 0), (100, 0)), (30.0, 40.0), strict=True)]
    _, places = drawn(ROADS, thing("A", ROAD, shapely.LineString(points)))
    lift = grounds()["roads"].lift - 4.25
    assert (places[:, 2].min(), places[:, 2].max()) == pytest.approx((30 + lift, 40 + lift), abs=0.06)


def test_an_area_covers_what_it_covers_with_its_holes() -> None:
    ring, hole = at((0, 0), (200, 0), (200, 200), (0, 200)), at((50, 50), (150, 50), (150, 150), (50, 150))
    water = replace(SETTINGS, layer=LAYERS["water"])
    glb, places = drawn(water, thing("A", RIVER, shapely.Polygon(ring, [hole])))
    assert ground_area(glb, places, 0) == pytest.approx(30_000, rel=0.01)
    assert glb.table["kind"] == ["river"]


def test_a_large_area_follows_the_earth() -> None:
    lake = thing("A", "230101", shapely.box(117.0, 36.5, 117.3, 36.7), base=0.0)
    water = replace(SETTINGS, layer=LAYERS["water"])
    glb, places = drawn(water, lake)
    corners = glb.indices.reshape(-1, 3)
    middles = places[corners].mean(axis=1)
    frame = Frame.at(*Tile.holding(key_of(lake), 15).centre)
    points = frame.geocentric(middles)
    lon, lat, height = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*points.T)
    assert height.min() > -4.25 + 0.5 * grounds()["water"].lift - 0.02
    assert height.max() < -4.25 + grounds()["water"].lift + 0.02
    assert ((lon > 117) & (lon < 117.3) & (lat > 36.5) & (lat < 36.7)).all()


@settings(max_examples=25)
@given(st.integers(1, 2**32), st.floats(0.003, 0.2))
def test_what_is_cut_is_the_same_area_in_small_pieces(seed: int, cell: float) -> None:
    random = np.random.default_rng(seed)
    angles = np.sort(random.uniform(0, 2 * np.pi, 12))
    star = shapely.Polygon(
        np.column_stack([np.cos(angles), np.sin(angles)]) * random.uniform(0.02, 0.1, (12, 1)) + JINAN
    )
    shapes = np.array([star.buffer(0), shapely.box(117, 36, 117.05, 36.02)], dtype=object)
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    pieces, of = cut(polygons, owner, cell)
    bounds = shapely.bounds(pieces)
    assert (bounds[:, 2:] - bounds[:, :2]).max() <= cell * 1.00001
    assert (np.diff(of) >= 0).all()
    for number in (0, 1):
        assert shapely.area(pieces[of == number]).sum() == pytest.approx(shapes[number].area, rel=1e-9)
        assert shapely.union_all(pieces[of == number]).difference(shapes[number]).area < 1e-12


def test_a_division_is_an_outline() -> None:
    divisions = replace(SETTINGS, layer=LAYERS["divisions"])
    glb, places = drawn(divisions, thing("A", COUNTY, shapely.Polygon(at((0, 0), (900, 0), (900, 900), (0, 900)))))
    assert ground_area(glb, places, 0) == pytest.approx(3600 * 25, rel=0.01)


def test_what_has_no_extent_is_not_drawn() -> None:
    point = thing("A", PARCEL, shapely.Point(JINAN))
    glb = content([point], Tile.holding(key_of(point), 15), PARCELS, {})
    assert not glb.extent.any()
    assert "meshes" not in unpacked(glb.glb)[0]


@pytest.mark.parametrize("layer", [one.name for one in GROUND_LAYERS])
def test_what_is_drawn_stays_within_what_is_said_of_it(layer: str) -> None:
    chosen = replace(SETTINGS, layer=LAYERS[layer])
    kind = next(one.code for one in ClassTable.load().leaves if one.layer == layer)
    bent = shapely.LineString([(*place, 20.0 + row) for row, place in enumerate(at((0, 0), (90, 10), (0, 20)))])
    shapes = [shapely.box(*at((0, 0))[0], *at((70, 50))[0]), shapely.force_2d(bent), bent]
    versions = [thing(f"A{row}", kind, shape, height=row * 3.0 or None) for row, shape in enumerate(shapes)]
    glb, places = drawn(chosen, *versions)
    feature = glb.attributes["_FEATURE_ID_0"].ravel()
    frame = Frame.at(*Tile.holding(key_of(versions[0]), 15).centre)
    for row, (west, south, low, east, north, high) in enumerate(spans(versions, chosen).tolist()):
        sides = [
            geocentric(lon, lat, height) for lon in (west, east) for lat in (south, north) for height in (low, high)
        ]
        box = frame.local(np.array(sides))
        mine = places[feature == row]
        assert len(mine)
        assert (mine >= box.min(axis=0) - 0.02).all() and (mine <= box.max(axis=0) + 0.02).all()


def test_kinds_are_of_classes_that_there_are() -> None:
    leaves = ClassTable.load().leaves
    for ground in grounds().values():
        own = [one.code for one in leaves if one.layer == ground.name]
        for kind in ground.kinds:
            assert all(any(code.startswith(start) for code in own) for start in kind.classes), (ground.name, kind.id)


def test_built_step_by_step_and_for_past_days_they_are_the_same(tmp_path: Path) -> None:
    base, sink = Base(), MemorySink()
    first = base.commit([parcel(f"P{row:02}", east=50 * (row % 6), north=50 * (row // 6)) for row in range(24)])
    build(first, sink, PARCELS)
    after = base.commit([parcel("P03", east=150, side=30), parcel("NEW", east=-90)], ["P11"])
    build(after, sink, PARCELS, Published.now(sink))
    whole = MemorySink()
    build(after, whole, PARCELS)
    same = {name for name in whole.names() if not name.startswith("m/")}  # a manifest names the state before it
    assert {name: sink.blobs[name] for name in same} == {name: whole.blobs[name] for name in same}
    assert check(sink) == []
    root = tileset_at(base.at(1), sink, PARCELS, Published.now(sink))
    drawn_on_demand(base.at(1), sink, PARCELS, root)
    assert check(sink, root) == []
    assert faults(sink, tmp_path) == []


@settings(max_examples=6)
@given(st.sampled_from([one.name for one in GROUND_LAYERS]), st.lists(st.tuples(*[st.integers(0, 9)] * 3), max_size=12))
def test_whatever_is_edited_the_tiles_are_those_of_a_whole_build(layer: str, edits: list[tuple[int, int, int]]) -> None:
    chosen = replace(SETTINGS, layer=LAYERS[layer], features=3)
    base, sink = Base(), MemorySink()
    source = base.commit([parcel(f"P{number}", east=90 * number) for number in range(6)])
    build(source, sink, chosen)
    for number, east, kind in edits:
        places = at((90 * east, 0), (90 * east + 30 + kind, 40), (90 * east, 70))
        shape = shapely.LineString(places) if kind % 2 else shapely.Polygon(places)
        gone = [f"P{number}"] if kind == 9 else []
        put = [] if gone else [thing(f"P{number}", PARCEL, shape, height=kind if kind > 6 else None)]
        source = base.commit(put, gone)
        build(source, sink, chosen, Published.now(sink))
    whole = MemorySink()
    build(source, whole, chosen)
    same = {name for name in whole.names() if not name.startswith("m/")}
    assert {name: sink.blobs[name] for name in same} == {name: whole.blobs[name] for name in same}
    assert check(sink) == []


def test_real_parcels(shared_data: Path, tmp_path: Path) -> None:
    versions = []
    for path in sorted((shared_data / "parcels").glob("nl_*.gpkg")):
        info, _, shapes, _ = pyogrio.raw.read(path, columns=[])
        turn = Transformer.from_crs(info["crs"], "EPSG:4326", always_xy=True).transform
        for row, shape in enumerate(shapely.from_wkb(shapes)):
            lonlat = shapely.transform(shapely.force_2d(shape), lambda c, turn=turn: np.column_stack(turn(*c.T)))
            versions.append(thing(f"{path.stem}-{row:03}", "685010", lonlat, base=2.0))
    assert len(versions) >= 100
    base, sink = Base(), MemorySink()
    build(base.commit(versions), sink, replace(PARCELS, features=60))
    assert check(sink) == []
    assert faults(sink, tmp_path) == []
