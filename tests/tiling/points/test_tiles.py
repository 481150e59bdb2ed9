"""A cloud as tiles: every point once, where pyproj puts it, with all it said; the same bytes however it was read."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from entities.codes import new_codes
from entities.errors import Invalid
from tests.tiling.glbs import validated
from tests.tiling.points.made import (
    CORNER,
    SMALL,
    ZONE,
    Tile,
    by_pyproj,
    cloud,
    digest,
    faults,
    hills,
    read_back,
    tiled,
)
from tiling.points.codes import number_of
from tiling.points.glb import LIGHT
from tiling.points.prepare import Grain

Survey = tuple[Path, dict[str, np.ndarray]]

NAMES = {
    "_CLASSIFICATION": "classification",
    "_INTENSITY": "intensity",
    "_NUMBER_OF_RETURNS": "number_of_returns",
    "_POINT_SOURCE": "point_source_id",
    "_RETURN_NUMBER": "return_number",
}


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """6,000 points in one file."""
    fields = hills(6000)
    return cloud(tmp_path_factory.mktemp("cloud") / "a.las", **fields), fields


@pytest.fixture(scope="module")
def folder(surveyed: Survey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their tiles, small ones in many rounds."""
    found = tmp_path_factory.mktemp("tiles") / "a"
    tiled(found, [surveyed[0]], SMALL)
    return found


def joined(tiles: list[Tile], name: str) -> np.ndarray:
    return np.concatenate([tile.attributes[name] for tile in tiles])


def nearest(known: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The row of the known place that lies nearest to each found one."""
    tree = shapely.STRtree(shapely.points(known[:, 0], known[:, 1]))
    rows = []
    for place in found:
        near = tree.query(shapely.Point(place[0], place[1]).buffer(0.01))
        rows.append(near[np.argmin(np.linalg.norm(known[near] - place, axis=1))])
    return np.array(rows)


def test_every_point_is_in_one_tile_where_pyproj_puts_it_with_all_it_said(folder: Path, surveyed: Survey) -> None:
    tiles, fields = read_back(folder), surveyed[1]
    known = by_pyproj(np.round(fields["places"], 3) + CORNER, "EPSG:4528")
    found = np.concatenate([tile.places for tile in tiles])
    rows = nearest(known, found)
    assert sorted(rows) == list(range(len(known)))
    assert np.linalg.norm(known[rows] - found, axis=1).max() <= 0.000866 + 0.0001
    for name, field in NAMES.items():
        assert joined(tiles, name).tolist() == fields[field][rows].tolist()
    for column, name in enumerate(("red", "green", "blue")):
        assert joined(tiles, "COLOR_0")[:, column].tolist() == LIGHT[fields[name][rows] >> 8].tolist()


def test_light_keeps_all_of_eight_bits_apart() -> None:
    assert len(set(LIGHT.tolist())) == 256
    assert (LIGHT[0], LIGHT[128], LIGHT[255]) == (0, 14146, 65535)


def test_what_is_loaded_first_is_spread_over_the_whole(folder: Path) -> None:
    tiles = read_back(folder)
    top = next(tile for tile in tiles if tile.depth == 0)
    assert 0 < len(top.places) < 600
    everything = np.concatenate([tile.places for tile in tiles])
    assert top.places.min(axis=0) == pytest.approx(everything.min(axis=0), abs=12)
    assert top.places.max(axis=0) == pytest.approx(everything.max(axis=0), abs=12)
    assert max(tile.depth for tile in tiles) >= 3
    assert all(tile.error in (0.0, pytest.approx(top.error / 2**tile.depth)) for tile in tiles)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    "grain",
    [
        pytest.param(Grain(700, 1024, 3, 60, 6), id="parts"),
        pytest.param(Grain(700, 1024, 3, 60, 6, held=0), id="on disk"),
        pytest.param(Grain(700, 1024, 3, 60, 6, held=3000), id="half on disk"),
        pytest.param(Grain(10_000, 100_000, 3, 60, 6), id="all at once"),
        pytest.param(Grain(1000, 600, 3, 60, 6), id="cubes"),
    ],
)
def test_bytes_do_not_depend_on_how_it_was_read(
    surveyed: Survey, folder: Path, tmp_path: Path, grain: Grain, workers: int
) -> None:
    tiled(tmp_path / "again", [surveyed[0]], grain, workers=workers)
    assert digest(tmp_path / "again") == digest(folder)


def test_bytes_do_not_depend_on_the_order_of_files_and_compression(tmp_path: Path) -> None:
    one, other = hills(900, 2), hills(800, 3)
    las = [cloud(tmp_path / "a.las", **one), cloud(tmp_path / "b.las", **other)]
    laz = [cloud(tmp_path / "b.laz", **other), cloud(tmp_path / "a.laz", **one)]
    for name, files in (("las", las), ("reversed", las[::-1]), ("laz", laz)):
        assert tiled(tmp_path / name, files, SMALL).attributes["points"] == 1700
    assert digest(tmp_path / "las") == digest(tmp_path / "reversed") == digest(tmp_path / "laz")


def test_tiles_are_valid(folder: Path) -> None:
    assert faults(folder) == []
    for report in validated(sorted(folder.glob("c/*.glb"))):
        assert (report["errors"], report["warnings"]) == (0, 0), report


def test_deep_parts_have_files_of_their_own(tmp_path: Path) -> None:
    tiled(tmp_path / "a", [cloud(tmp_path / "a.las", **hills(4000))], Grain(10_000, 100_000, 1, 4, 1))
    assert len(list((tmp_path / "a/s").iterdir())) > 10
    assert faults(tmp_path / "a") == []
    assert sum(len(tile.places) for tile in read_back(tmp_path / "a")) == 4000


def test_the_checker_misses_lost_points(surveyed: Survey, tmp_path: Path) -> None:
    tiled(tmp_path / "a", [surveyed[0]])
    document = (tmp_path / "a/tileset.json").read_text()
    (tmp_path / "a/tileset.json").write_text(document.replace('"points":6000', '"points":6001'))
    assert [finding.rule for finding in faults(tmp_path / "a")] == ["tiles.table"]


def test_points_that_name_their_entity_are_features(tmp_path: Path) -> None:
    one, other = new_codes(2, np.random.default_rng(1))
    named = np.array([0, number_of(one), number_of(other)], np.uint64)[np.arange(500) % 3]
    tiled(tmp_path / "tiles", [cloud(tmp_path / "a.laz", **hills(500), entity_code=named)], SMALL)
    assert faults(tmp_path / "tiles") == []
    counts = {"": 0, one: 0, other: 0}
    for tile in read_back(tmp_path / "tiles"):
        for number in tile.attributes["_FEATURE_ID_0"].tolist():
            counts[tile.codes[number]] += 1
    assert counts == {"": 167, one: 167, other: 166}
    assert all(report["errors"] == 0 for report in validated(sorted((tmp_path / "tiles/c").iterdir())))


def test_tiles_in_which_no_point_names_an_entity_are_valid_too(tmp_path: Path) -> None:
    fields, code = hills(500), new_codes(1, np.random.default_rng(1))[0]
    named = np.where(fields["places"][:, :2].max(axis=1) < 15, number_of(code), 0).astype(np.uint64)
    tiled(tmp_path / "tiles", [cloud(tmp_path / "a.las", **fields, entity_code=named)], SMALL)
    assert faults(tmp_path / "tiles") == []
    assert {len(tile.codes) for tile in read_back(tmp_path / "tiles")} == {0, 1, 2}


def test_a_number_that_is_no_code_is_refused(tmp_path: Path) -> None:
    code = number_of(new_codes(1, np.random.default_rng(1))[0])
    path = cloud(tmp_path / "a.laz", **hills(50), entity_code=np.full(50, code + 1, np.uint64))
    with pytest.raises(Invalid, match=r"code\.form"):
        tiled(tmp_path / "tiles", [path])


def test_a_cloud_in_one_place_is_one_tile(tmp_path: Path) -> None:
    prepared = tiled(tmp_path / "tiles", [cloud(tmp_path / "a.las", np.zeros((40_000, 3)))])
    assert sorted(len(tile.places) for tile in read_back(tmp_path / "tiles")) == [1, 39_999]
    assert prepared.footprint.is_valid
    assert prepared.footprint.area > 0
    assert faults(tmp_path / "tiles") == []


def test_it_says_where_and_how_dense_it_is(tmp_path: Path) -> None:
    places = hills(6000)["places"]
    hollow = places[np.abs(places[:, :2] - 30).max(axis=1) > 15]
    prepared = tiled(tmp_path / "tiles", [cloud(tmp_path / "a.las", hollow)])
    assert (prepared.attributes["crs"], prepared.attributes["colours"]) == (ZONE, False)
    assert prepared.attributes["resolution"] == pytest.approx((60 * 60 / 6000) ** 0.5, rel=0.15)
    assert (prepared.low, prepared.high) == pytest.approx((hollow[:, 2].min() + 50, hollow[:, 2].max() + 50), abs=0.001)
    middle = shapely.get_coordinates(prepared.footprint.envelope).mean(axis=0)
    assert not prepared.footprint.contains(shapely.Point(middle)), "a gap is no part of it"
    assert prepared.footprint.geom_type == "Polygon"


def test_files_of_several_systems_stand_in_one_frame(tmp_path: Path) -> None:
    east = np.column_stack([119.999 + np.arange(500) * 1e-6, np.full(500, 35.23), np.full(500, 60.0)])
    degrees = cloud(tmp_path / "degrees.las", east, "EPSG:4490")
    zone = cloud(tmp_path / "zone.las", hills(500)["places"])
    prepared = tiled(tmp_path / "tiles", [degrees, zone], SMALL)
    assert prepared.attributes["crs"] == f"EPSG:4490, {ZONE}"
    found = np.concatenate([tile.places for tile in read_back(tmp_path / "tiles")])
    known = np.concatenate(
        [by_pyproj(east, "EPSG:4490"), by_pyproj(np.round(hills(500)["places"], 3) + CORNER, "EPSG:4528")]
    )
    rows = nearest(known, found)
    assert sorted(rows) == list(range(1000))
    assert np.linalg.norm(known[rows] - found, axis=1).max() <= 0.0015


def test_a_crowd_far_from_a_single_point_is_divided_again_and_again(tmp_path: Path) -> None:
    places = np.vstack([hills(3000, wide=4.0)["places"], [[1900.0, 1900, 0]]])
    path = cloud(tmp_path / "a.las", places)
    tiled(tmp_path / "small", [path], Grain(700, 600, 3, 60, 6))
    tiled(tmp_path / "whole", [path], Grain(10_000, 100_000, 3, 60, 6))
    assert digest(tmp_path / "small") == digest(tmp_path / "whole")
    assert faults(tmp_path / "small") == []
    assert sum(len(tile.places) for tile in read_back(tmp_path / "small")) == 3001
