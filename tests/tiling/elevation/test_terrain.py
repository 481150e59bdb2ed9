"""Tiles of land and sea together: read back by an outside reader, held against the source, incremental as whole."""

import gzip
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio

from entities.errors import NotFound
from tests.tiling.elevation import ground
from tests.tiling.elevation.ground import ANOMALY, DEGREE, LAT, LON, hills
from tiling.elevation.build import build
from tiling.elevation.lattice import STEPS, Nodes, Place
from tiling.elevation.layer import ranges
from tiling.elevation.terrain import Terrain, tolerance
from tiling.elevation.writing import write
from tiling.stored.sink import MemorySink


def floor(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A sea floor that falls away to the east."""
    return -20 - (lon - LON) * 800 + 5 * np.sin((lat - LAT) * 300)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four prepared surveys: hills, the same resurveyed 10 m higher, a finer patch in them, a sea floor beside them."""
    raw, made = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("made")
    patch = ground.model(raw / "fine.tif", lambda x, y: hills(x, y) + 3, 60, DEGREE / 4, east=20 * DEGREE)
    ground.prepared(made / "old", ground.model(raw / "old.tif"))
    ground.prepared(made / "new", ground.model(raw / "new.tif", lambda x, y: hills(x, y) + 10, 40))
    ground.prepared(made / "fine", patch)
    ground.prepared(made / "sea", ground.soundings(raw / "sea.csv", floor, east=70 * DEGREE))
    return made


def place_of(terrain: Terrain, lon: float, lat: float, level: int) -> Place:
    side = 180 / (1 << level)
    return Place(level, int((lon + 180) / side), int((lat + 90) / side))


def test_every_tile_is_read_back_and_lies_as_high_as_the_lattice_says(shelf: Path) -> None:
    terrain = ground.terrain(shelf, "fine", "old", "sea")
    for level in (9, 11, 13, terrain.finest):
        x, y = terrain.available[level][len(terrain.available[level]) // 2].tolist()
        place = Place(level, x, y)
        seen = ground.read(terrain.tiles([place])[0], place)
        lon, lat = (part.ravel()[::7] for part in np.meshgrid(place.nodes.lons(), place.nodes.lats()))
        true = np.nan_to_num(terrain.measured(place.nodes)[0].ravel()[::7], nan=0.0) + ANOMALY.metres
        step = (seen.points[:, 2].max() - seen.points[:, 2].min()) / 32767
        # The outside reader puts corners on a grid of 1/32767 of the tile: on a slope that is a height, too.
        slope = np.abs(np.diff(terrain.measured(place.nodes)[0])).max(
            initial=0, where=~np.isnan(np.diff(terrain.measured(place.nodes)[0]))
        )
        assert np.abs(seen.at(lon, lat) - true).max() <= tolerance(level) + step + slope * STEPS / 32767
        assert len(seen.raw.vLight) == len(seen.points)


def test_heights_are_those_of_the_source_within_what_is_declared(shelf: Path, tmp_path: Path) -> None:
    said = ground.prepared(tmp_path / "one", path := ground.model(tmp_path / "one.tif"))
    terrain = ground.terrain(tmp_path, "one")
    with rasterio.open(path) as dataset:
        heights = dataset.read(1)
    row, column = np.mgrid[2:78:9, 2:78:9].reshape(2, -1)
    lon, lat = LON + (column + 0.5) * DEGREE, LAT + (80 - row - 0.5) * DEGREE
    drawn = ground.drawn(terrain, lon, lat) - ANOMALY.metres
    declared = float(said.attributes["largest_error"]) + tolerance(terrain.finest) + 0.01
    assert np.abs(drawn - heights[row, column]).max() <= declared
    assert declared < 2.0


def test_neighbours_meet_without_a_crack_across_different_surveys(shelf: Path) -> None:
    terrain = ground.terrain(shelf, "fine", "new", "old", "sea")
    level = 13
    tiles = {tuple(one): Place(level, *one) for one in terrain.available[level].tolist()}
    pairs = [(place, tiles[(place.x + 1, place.y)]) for place in tiles.values() if (place.x + 1, place.y) in tiles]
    assert len(pairs) > 3
    for west, east in pairs:
        edges = [
            ground.read(blob, place) for blob, place in zip(terrain.tiles([west, east]), (west, east), strict=True)
        ]
        side = 180 / (1 << level)
        lat = np.linspace(west.y * side - 90, (west.y + 1) * side - 90, 130)
        lines = [line(seen, east.x * side - 180, lat) for seen in edges]
        coarsest = max(float(np.ptp(seen.points[:, 2])) for seen in edges) / 32767
        assert np.abs(lines[0] - lines[1]).max() <= 1.5 * coarsest + 1e-6


def line(seen: ground.Read, lon: float, lat: np.ndarray) -> np.ndarray:
    """The heights along a meridian that is an edge of a tile."""
    edge = seen.points[np.abs(seen.points[:, 0] - lon) < 1e-9]
    order = np.argsort(edge[:, 1])
    return np.interp(lat, edge[order, 1], edge[order, 2])


def test_the_first_in_order_wins_and_gaps_stay_gaps(shelf: Path) -> None:
    here = np.array([LON + 30 * DEGREE]), np.array([LAT + 10 * DEGREE])
    patch = np.array([LON + 25 * DEGREE]), np.array([LAT + 5 * DEGREE])
    away = np.array([LON + 60 * DEGREE]), np.array([LAT + 60 * DEGREE])
    sea = np.array([LON + 120 * DEGREE]), np.array([LAT + 50 * DEGREE])
    none = np.array([LON - 0.1]), np.array([LAT])
    terrain = ground.terrain(shelf, "fine", "new", "old", "sea")
    assert terrain.at(*patch)[0] == pytest.approx(hills(*patch)[0] + 3, abs=0.5)
    assert terrain.at(*away)[0] == pytest.approx(hills(*away)[0], abs=2)
    assert ground.terrain(shelf, "new", "old").at(*here)[0] == pytest.approx(hills(*here)[0] + 10, abs=2)
    assert ground.terrain(shelf, "old", "new").at(*here)[0] == pytest.approx(hills(*here)[0], abs=2)
    assert terrain.at(*sea)[0] == pytest.approx(floor(*sea)[0], abs=1)
    assert np.isnan(terrain.at(*none)[0])


def test_water_stands_over_the_sea_floor_and_nowhere_else(shelf: Path) -> None:
    terrain = ground.terrain(shelf, "old", "sea")
    sea = place_of(terrain, LON + 140 * DEGREE, LAT + 60 * DEGREE, terrain.pyramids[1].finest)
    land = place_of(terrain, LON + 40 * DEGREE, LAT + 40 * DEGREE, terrain.pyramids[0].finest)
    coast = place_of(terrain, LON + 80 * DEGREE, LAT + 40 * DEGREE, 11)
    masks = [np.array(ground.read(terrain.tiles([place])[0], place).raw.watermask) for place in (sea, land, coast)]
    assert masks[0].tolist() == [[255]]
    assert masks[1].tolist() == [[0]]
    assert masks[2].shape == (256, 256)
    assert 0 < masks[2].mean() < 255


def test_what_is_available_has_parents_and_data(shelf: Path) -> None:
    terrain = ground.terrain(shelf, "fine", "old", "sea")
    assert terrain.available[0].tolist() == [[0, 0], [1, 0]]
    for above, below in pairwise(terrain.available):
        assert {(x // 2, y // 2) for x, y in below.tolist()} <= {tuple(one) for one in above.tolist()}
    for x, y in terrain.available[terrain.finest].tolist():
        assert np.isfinite(terrain.measured(Place(terrain.finest, x, y).nodes)[0]).any()
    assert not terrain.has(Place(terrain.finest, 0, 0))
    with pytest.raises(NotFound):
        Place(3, 16, 0)


def test_ranges_hold_every_tile_and_no_other() -> None:
    some = np.unique(np.random.default_rng(4).integers(0, 9, (50, 2)), axis=0)
    tiles = some[np.lexsort((some[:, 0], some[:, 1]))]
    held = [
        (x, y)
        for one in ranges(tiles)
        for x in range(one["startX"], one["endX"] + 1)
        for y in range(one["startY"], one["endY"] + 1)
    ]
    assert sorted(held) == sorted(map(tuple, tiles.tolist()))
    assert len(ranges(np.array([[x, y] for y in range(4) for x in range(3, 9)]))) == 1
    assert ranges(np.zeros((0, 2), np.int64)) == []


def test_without_any_holding_the_ground_is_flat(shelf: Path) -> None:
    terrain = ground.terrain(shelf)
    seen = ground.read(terrain.tiles([Place(0, 1, 0)])[0], Place(0, 1, 0))
    assert np.unique(np.round(seen.points[:, 2], 3)).tolist() == [ANOMALY.metres]
    assert terrain.finest == 0


def test_adding_and_removing_in_any_order_gives_the_same_bytes_as_a_whole_build(shelf: Path) -> None:
    chance, order = random.Random(7), ["fine", "new", "old", "sea"]
    standing: list[str] = []
    sink, before = MemorySink(), ground.terrain(shelf)
    build(before, sink)
    for _ in range(5):
        standing = [name for name in order if (name in standing) != (name == chance.choice(order))]
        after = ground.terrain(shelf, *standing)
        cut = build(after, sink, before)
        whole = MemorySink()
        assert cut <= build(after, whole)
        assert {name: sink.blobs[name] for name in whole.blobs} == whole.blobs
        before = after


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two holdings straight on the lattice: one of some tiles, and one that begins a node east of a tile's edge."""
    folder = tmp_path_factory.mktemp("beside")
    extent = Nodes(12, 6830 * STEPS, 2870 * STEPS, 3 * STEPS + 1, STEPS + 1)
    for name, first, lift in (("all", 0, 0.0), ("east", extent.column + STEPS + 1, 40.0)):

        def fill(nodes: Nodes, first: int = first, lift: float = lift) -> np.ndarray:
            columns = nodes.column + np.arange(nodes.width)
            line = np.where(columns >= first, 100 + lift + 5 * np.sin(columns / 9), np.nan)
            return np.broadcast_to(line, nodes.shape).astype(np.float32)

        (folder / name).mkdir()
        write(folder / name, extent, fill, False, lambda *_: None, workers=2)
    return folder


def test_a_survey_that_ends_beside_a_tile_turns_the_slope_at_its_edge(beside: Path) -> None:
    before, after = ground.terrain(beside, "all"), ground.terrain(beside, "east", "all")
    west, sink, whole = Place(12, 6830, 2870), MemorySink(), MemorySink()
    assert (6830, 2870) not in {tuple(one) for one in after.pyramids[0].tiles(12).tolist()}
    assert before.name(west) != after.name(west)
    assert before.tiles([west]) != after.tiles([west])
    build(before, sink)
    build(after, sink, before)
    build(after, whole)
    assert {name: sink.blobs[name] for name in whole.blobs if name in sink.blobs} == whole.blobs


def test_a_new_holding_makes_only_the_tiles_it_reaches(shelf: Path) -> None:
    sink, before, after = MemorySink(), ground.terrain(shelf, "old", "sea"), ground.terrain(shelf, "fine", "old", "sea")
    build(before, sink)
    kept, fine = dict(sink.blobs), after.pyramids[0]
    made = build(after, sink, before)
    reached = sum(len(fine.tiles(level, near=True)) for level in fine.levels)
    assert 0 < made <= reached < len(kept)
    assert {name: sink.blobs[name] for name in kept} == kept


def test_processes_cut_the_same_bytes(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terrain, one, two = ground.terrain(shelf, "new"), MemorySink(), MemorySink()
    build(terrain, one)
    monkeypatch.setattr("tiling.elevation.build.WORTH", 0)
    seen: list[tuple[int, int]] = []
    assert build(terrain, two, workers=2, tell=lambda done, total: seen.append((done, total))) == len(one.blobs)
    assert two.digest() == one.digest()
    assert seen[-1] == (len(one.blobs), len(one.blobs))


def test_a_tile_cut_alone_is_the_tile_cut_with_its_neighbours(shelf: Path) -> None:
    terrain, sink = ground.terrain(shelf, "new", "old"), MemorySink()
    build(terrain, sink)
    for x, y in terrain.available[14][:3].tolist():
        place = Place(14, x, y)
        assert terrain.tiles([place])[0] == sink.blobs[terrain.name(place)]
    assert gzip.decompress(terrain.tiles([Place(0, 0, 0)])[0])


def test_heights_at_a_level_finer_than_the_survey_lie_between_its_own(shelf: Path) -> None:
    pyramid = ground.terrain(shelf, "old").pyramids[0]
    place = place_of(ground.terrain(shelf, "old"), LON + 40 * DEGREE, LAT + 40 * DEGREE, pyramid.finest)
    coarse = pyramid.heights(place.nodes)
    finer = pyramid.heights(Nodes(place.level + 1, place.x * 2 * STEPS, place.y * 2 * STEPS, 129, 129))
    np.testing.assert_array_equal(finer[::2, ::2], coarse)
    np.testing.assert_allclose(finer[::2, 1::2], (coarse[:, 1:] + coarse[:, :-1]) / 2, atol=1e-4)
