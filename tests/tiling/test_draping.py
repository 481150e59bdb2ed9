"""Areas and lines on the terrain: never hidden by the tiles that are served, however they were surveyed, and no higher
above it than is said; what no survey reaches, and what has heights of its own, stays where it was.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.model import Version
from tests.tiling.elevation import ground
from tests.tiling.made import JINAN, SETTINGS, Base, key_of, version
from tests.tiling.test_ground import PARCEL, PARCELS, ROAD, ROADS, at, drawn, ground_area, parcel, road, thing
from tests.tiling.test_past import drawn_on_demand
from tiling.building.build import build
from tiling.building.footing import Footing, changed, finest_for
from tiling.building.settings import Settings
from tiling.ecef import Frame, degrees, geocentric
from tiling.elevation.surface import ABOVE, COARSER, footing_of
from tiling.elevation.terrain import Terrain, tolerance
from tiling.geometry.convex import MOST, Pieces, fans, gridded
from tiling.geometry.spots import feet
from tiling.grid import Tile
from tiling.layers import LAYERS
from tiling.layers.ground import content, spans
from tiling.layers.ground_facts import grounds
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

SNAPPED = 0.02  # metres: what the lattices of a mesh and of a terrain tile move a corner by


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Surveys of the ground of the made-up town."""
    return ground.under(tmp_path_factory.mktemp("ground"), JINAN)


def on(chosen: Settings, terrain: Terrain) -> Settings:
    return replace(chosen, ground=footing_of(terrain))


def clearances(terrain: Terrain, chosen: Settings, *versions: Version) -> np.ndarray:
    """How high above the terrain that is served each corner and each middle of a triangle is drawn, in metres."""
    glb, places = drawn(replace(chosen, anomaly=terrain.anomaly), *versions)
    corners = glb.indices.reshape(-1, 3)
    local = np.concatenate([places, places[corners].mean(axis=1)])[:: max(len(places) // 400, 1)]
    points = Frame.at(*Tile.holding(key_of(versions[0]), 15).centre).geocentric(local)
    lon, lat = degrees(points).T
    high = np.linalg.norm(points - geocentric(lon, lat), axis=1) * np.sign(
        ((points - geocentric(lon, lat)) * points).sum(axis=1)
    )
    return np.asarray(high - ground.shown(terrain, lon, lat))


def most(terrain: Terrain, level: int) -> float:
    """How far above the terrain a thing may be drawn, besides its layer's own lift."""
    return ABOVE + max(COARSER, tolerance(level)) + tolerance(level) + SNAPPED


@settings(max_examples=20)
@given(st.integers(1, 2**32), st.floats(0.2, 20))
def test_what_is_cut_along_the_grid_is_the_same_area_in_its_cells(seed: int, size: float) -> None:
    triangles = np.random.default_rng(seed).uniform(-size, size, (6, 3, 2))
    pieces = gridded(Pieces.of(triangles))
    one, three = (pieces.corners[fans(pieces)[0], fans(pieces)[1][:, corner]] for corner in (0, 2))
    two = pieces.corners[fans(pieces)[0], fans(pieces)[1][:, 1]]
    areas = np.bincount(pieces.thing[fans(pieces)[0]], _turn(one, two, three) / 2, 6)
    np.testing.assert_allclose(areas, _turn(*triangles.transpose(1, 0, 2)) / 2, atol=1e-7)
    for axis in (0, 1):
        assert (np.ceil(pieces.greatest(axis) - 1e-6) - np.floor(pieces.least(axis) + 1e-6) <= 1).all()
    assert pieces.count.max() <= MOST


def _turn(one: np.ndarray, two: np.ndarray, three: np.ndarray) -> np.ndarray:
    along, away = two - one, three - one
    return np.asarray(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])


@pytest.mark.parametrize("held", [["old"], ["wide"], ["fine", "old"], ["new", "wide", "fine"]])
def test_nothing_is_hidden_by_the_terrain_nor_high_above_it(shelf: Path, held: list[str]) -> None:
    terrain = ground.terrain(shelf, *held)
    for chosen, versions in (
        (PARCELS, [parcel("A", -60, -60, 150), parcel("B", 150, 80, 60)]),
        (ROADS, [road("A", (-90, -40), (20, 60), (200, 90)), road("B", (0, 0), (0, 220))]),
    ):
        found = clearances(terrain, on(chosen, terrain), *versions) - grounds()[chosen.layer.name].lift
        assert np.isfinite(found).all()
        assert found.min() >= -SNAPPED, held
        assert found.max() <= most(terrain, terrain.pyramids[0].finest) + 0.05, held  # with the outline
        assert np.median(found) == pytest.approx(ABOVE, abs=0.1)


def test_the_ground_bends_what_lies_on_it_and_takes_nothing_of_it(shelf: Path) -> None:
    settings = on(PARCELS, ground.terrain(shelf, "old"))
    versions = [parcel("A", 0, 0, 200), thing("B", PARCEL, shapely.LineString(at((0, 300), (200, 300))))]
    glb, places = drawn(settings, *versions)
    assert ground_area(glb, places, 0) == pytest.approx(200 * 200 + 4 * 200 * 0.5, rel=0.02)
    assert ground_area(glb, places, 1) == pytest.approx(200 * 0.4, rel=0.05)
    mine = places[glb.attributes["_FEATURE_ID_0"].ravel() == 0]
    assert np.ptp(mine[:, 2]) > 10 and glb.attributes["NORMAL"].std(axis=0).max() > 0


def test_what_is_high_stands_up_from_the_ground_under_it(shelf: Path) -> None:
    settings = on(PARCELS, ground.terrain(shelf, "old"))
    low, high = (drawn(settings, parcel("A", height=tall))[1] for tall in (None, 30.0))
    assert high[:, 2].max() - low[:, 2].max() == pytest.approx(30, abs=0.05)
    assert high[:, 2].min() == pytest.approx(low[:, 2].min(), abs=0.06)  # its walls begin on the ground


def test_a_line_with_heights_stays_at_them(shelf: Path) -> None:
    bridge = thing("A", ROAD, shapely.LineString([(*place, 300.0) for place in at((0, 0), (90, 0))]))
    _, places = drawn(on(ROADS, ground.terrain(shelf, "old")), bridge)
    assert places[:, 2].min() == pytest.approx(300 + grounds()["roads"].lift - 4.25, abs=0.02)


def test_a_large_thing_is_laid_on_coarser_terrain(shelf: Path) -> None:
    settings = on(PARCELS, ground.terrain(shelf, "fine", "wide"))
    small, large = ([parcel("A", 0, 0, side)] for side in (200, 20_000))
    assert [int(finest_for(np.array([(side / 1e5) ** 2]))[0]) for side in (200, 2_000, 20_000)] == [20, 17, 14]
    corners = [len(drawn(settings, *one)[1]) for one in (small, large)]
    assert corners[1] < 40 * corners[0]
    low, high = drawn(settings, *large)[1][:, 2].min(), spans(large, settings)[0, 5]
    assert spans(large, settings)[0, 2] <= low + 40 and high > 150  # the frame is flat, the earth is not


def test_what_no_survey_reaches_is_the_same_with_and_without_one(shelf: Path) -> None:
    far, tile = parcel("A", 20_000), Tile.holding(key_of(parcel("A", 20_000)), 15)
    settings = on(PARCELS, ground.terrain(shelf, "old", "fine"))
    surveys = Base().at(0).surveys([1])
    assert content([far], tile, settings, surveys).glb == content([far], tile, PARCELS, surveys).glb


def test_a_thing_half_beyond_the_survey_lies_at_its_own_base_there(shelf: Path) -> None:
    long = road("A", (0, 0), (9_000, 0), base=60.0)
    _, places = drawn(on(ROADS, ground.terrain(shelf, "old")), long)
    east = places[:, 0] - places[:, 0].min()
    beyond = places[east > 5_000]
    down = beyond[:, 2] + (beyond[:, :2] ** 2).sum(axis=1) / (2 * 6_371_000)  # the frame is flat, the earth is not
    assert down == pytest.approx(60 - 4.25 + grounds()["roads"].lift + ABOVE, abs=0.06)


def test_what_is_drawn_stays_within_what_is_said_of_it(shelf: Path) -> None:
    for chosen in (PARCELS, ROADS):
        settings = on(chosen, ground.terrain(shelf, "new", "fine"))
        versions = [parcel("A", height=9.0), road("B", (0, 100), (90, 180)), road("C", (0, 0), (5_000, 10))]
        glb, places = drawn(settings, *versions)
        frame = Frame.at(*Tile.holding(key_of(versions[0]), 15).centre)
        feature = glb.attributes["_FEATURE_ID_0"].ravel()
        for row, (west, south, low, east, north, high) in enumerate(spans(versions, settings).tolist()):
            sides = [geocentric(x, y, z) for x in (west, east) for y in (south, north) for z in (low, high)]
            box, mine = frame.local(np.array(sides)), places[feature == row]
            assert (mine >= box.min(axis=0) - 0.02).all() and (mine <= box.max(axis=0) + 2.1).all()


@pytest.mark.parametrize("layer", ["trees", "points", "boreholes"])
def test_what_stands_and_has_no_ground_of_its_own_stands_on_the_terrain(shelf: Path, layer: str) -> None:
    terrain = ground.terrain(shelf, "old")
    settings = on(replace(SETTINGS, layer=LAYERS[layer], anomaly=terrain.anomaly), terrain)
    here, far = shapely.Point(JINAN), shapely.Point(JINAN[0] + 0.5, JINAN[1])
    versions = [version("A", here, base=None), version("B", here, base=7.0), version("C", far, base=None)]
    shown = ground.shown(terrain, *np.array([JINAN]).T)[0]
    assert feet(versions, settings) == pytest.approx([shown, 7 - 4.25, -4.25], abs=tolerance(terrain.finest) + 0.01)
    low = settings.layer.spans(versions, settings)[:, 2]
    assert (low <= feet(versions, settings)).all() and low[0] > low[2] + 10


def test_only_what_a_survey_reaches_is_told_apart_by_it(shelf: Path) -> None:
    old, both = (footing_of(ground.terrain(shelf, *held)) for held in (("old",), ("fine", "old")))
    turned = Footing(both.folder, both.anomaly, both.held[::-1])
    west, south, east, north = both.held[0][2:]
    inside, outside = [west, south, east, north], [west - 0.009, north + 0.03, west - 0.008, north + 0.04]
    names = [footing.names(np.array([inside, outside])) for footing in (old, both, turned)]
    assert len({one[0] for one in names}) == 3 and len({one[1] for one in names}) == 1
    (box,) = changed(old.held, both.held)
    assert box[0] < west and box[1] < south and box[2] > east and box[3] > north
    assert len(changed(both.held, turned.held)) == 2 and not changed(both.held, both.held)
    assert not footing_of(ground.terrain(shelf)).names(np.array([inside])).tolist()[0]


def test_a_past_day_lies_on_the_ground_of_that_day(shelf: Path) -> None:
    base, sink = Base(), MemorySink()
    then, now = (on(PARCELS, ground.terrain(shelf, name)) for name in ("new", "old"))
    first = base.commit([parcel(f"P{row:02}", east=50 * (row % 6), north=50 * (row // 6)) for row in range(24)])
    build(first, sink, now)
    whole = MemorySink()
    build(first, whole, then)
    said = json.loads(sink.get("tileset.json"))["metadata"]["properties"]
    assert (said["ground_lift"], said["ground_error"]) == (grounds()["parcels"].lift + ABOVE, COARSER)
    root = tileset_at(first, sink, then, Published.now(sink))
    drawn_on_demand(first, sink, then, root)
    assert check(sink, root) == []
    assert whole.names("c") <= sink.names("c")
    assert {name: whole.get(name) for name in whole.names("c")} == {name: sink.get(name) for name in whole.names("c")}


@pytest.mark.parametrize("files", [["opengeos_dtm"], ["opengeos_dsm"], ["opengeos_dtm", "opengeos_dsm"], ["ky4"]])
def test_on_real_ground(shared_data: Path, tmp_path: Path, files: list[str]) -> None:
    paths = {"ky4": shared_data / "pipelines/ky4_elevation.tif"}
    said = [ground.prepared(tmp_path / name, paths.get(name, shared_data / f"terrain/{name}.tif")) for name in files]
    terrain = ground.terrain(tmp_path, *files)
    place, step = said[0].footprint.representative_point(), 0.0008
    boxes = [shapely.box(place.x + x * step, place.y, place.x + (x + 0.9) * step, place.y + step) for x in range(3)]
    versions = [thing(f"P{row}", PARCEL, box, base=None) for row, box in enumerate(boxes)]
    found = clearances(terrain, on(replace(PARCELS, anomaly=terrain.anomaly), terrain), *versions)
    found -= grounds()["parcels"].lift
    assert found.min() >= -SNAPPED and found.max() <= most(terrain, terrain.finest) + 0.05
