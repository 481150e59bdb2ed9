"""Volumes of any kind as boxes around them; the tileset of all holdings that holds each of theirs."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from py3dtiles.tileset import TileSet
from pyproj import Transformer

from tests.tiling.meshes.nesting import outside
from tiling.ecef import Frame, geocentric
from tiling.geometry.volumes import box_around, corners, geodetic, ground, matrix_of
from tiling.holdings.assembled import Part, Piece, assembled, scene

HERE = Frame.at(117.0, 36.6)


def box(volume: dict[str, object], matrix: np.ndarray | None = None) -> np.ndarray:
    return np.array(box_around(corners(volume, np.eye(4) if matrix is None else matrix))).reshape(4, 3)


def test_a_box_holds_a_region_with_all_its_bulge() -> None:
    """Of two degrees, the top in the middle stands a kilometre above the plane through its corners."""
    west, south, east, north = (math.radians(degrees) for degrees in (116, 36, 118, 38))
    around = box({"region": [west, south, east, north, -20.0, 900.0]})
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(116, 118, 41), np.linspace(36, 38, 41)))
    for height in (-20.0, 900.0):
        assert outside(geocentric(lon, lat, height), around) < 0.01


def test_a_region_may_cross_the_date_line() -> None:
    around = box({"region": [math.radians(179.9), 0.1, math.radians(-179.9), 0.11, 0.0, 10.0]})
    assert np.linalg.norm(around[1:], axis=1).max() < 40_000


def test_boxes_and_spheres_are_moved_and_turned() -> None:
    matrix = matrix_of({"transform": HERE.matrix()})
    sphere = box({"sphere": [0, 0, 50, 100]}, matrix)
    assert HERE.local(sphere[:1])[0] == pytest.approx([0, 0, 50], abs=0.01)
    assert np.linalg.norm(sphere[1:], axis=1) == pytest.approx([100] * 3, abs=0.01)
    turned = box({"box": [0, 0, 5, 0, 30, 0, -10, 0, 0, 0, 0, 5]}, matrix)
    assert np.linalg.norm(turned[1:], axis=1) == pytest.approx([10, 30, 5], abs=0.01)


NONE: tuple[dict[str, object], ...] = (
    {},
    {"box": [1]},
    {"sphere": [1, 2]},
    {"box": [math.nan] * 12},
    {"sphere": [1e12] * 4},
)


@pytest.mark.parametrize("volume", NONE)
def test_what_is_no_volume_is_refused(volume: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        corners(volume, np.eye(4))


def test_positions_are_those_of_pyproj_and_footprints_are_areas() -> None:
    points = geocentric([117.0, 117.1], [36.6, 36.7], [10.0, 1_000.0])
    there = Transformer.from_crs(4479, 4480, always_xy=True).transform(*points.T)
    assert geodetic(points) == pytest.approx(np.stack(there, axis=1))
    area, low, high = ground(points[:1])
    assert area.area > 0 and (low, high) == pytest.approx((10, 10))


def piece(number: int, lon: float) -> Piece:
    standing = Frame.at(lon, 36.6).geocentric(np.array([[-50.0, -50, 0], [50, 50, 30]]))
    told = (f"CODE{number}", "点云", 100, 200, None if number else 0.5)
    return Piece(*told, f"h/{number}/tileset.json", tuple(box_around(standing)), 16.0 * number)


PIECES = [piece(0, 117.0), piece(1, 118.5)]


def test_the_tileset_of_all_holds_each_and_says_what_it_is() -> None:
    document = json.loads(assembled(PIECES, "Point clouds", ["LATER"]))
    root = document["root"]
    around = np.array(root["boundingVolume"]["box"]).reshape(4, 3)
    for child in root["children"]:
        assert outside(corners(child["boundingVolume"], np.eye(4)), around) < 0.01
        assert child["geometricError"] <= root["geometricError"] <= document["geometricError"]
    told = [child["metadata"]["properties"] for child in root["children"]]
    assert told[0] == {"code": "CODE0", "name": "点云", "valid_from": 100, "valid_to": 200, "resolution": 0.5}
    assert told[1]["resolution"] == document["schema"]["classes"]["holding"]["properties"]["resolution"]["noData"]
    assert document["metadata"]["properties"] == {"title": "Point clouds", "holdings": 2, "elsewhere": "LATER"}
    for part in (document["metadata"], root["children"][0]["metadata"]):
        assert part["properties"].keys() <= document["schema"]["classes"][part["class"]]["properties"].keys()
    assert TileSet.from_dict(document).root_tile.children


def test_its_bytes_depend_on_the_holdings_and_on_nothing_else() -> None:
    first = assembled(PIECES, "Point clouds")
    assert assembled(PIECES[::-1], "Point clouds") == first
    renamed = [replace(PIECES[0], name="x"), PIECES[1]]
    others = [assembled(pieces, "Point clouds") for pieces in (PIECES[:1], renamed, [])]
    assert len({first, *others}) == 4


def test_the_scene_holds_each_layer_in_which_something_stands() -> None:
    tilesets = {"clouds": assembled(PIECES, "Point clouds"), "none": assembled([], "Nothing")}
    found = [Part.of(layer, layer, f"{layer}/tileset.json", root) for layer, root in tilesets.items()]
    assert found[1] is None
    document = json.loads(scene([part for part in found if part is not None]))
    (child,) = document["root"]["children"]
    around = np.array(document["root"]["boundingVolume"]["box"]).reshape(4, 3)
    assert outside(corners(child["boundingVolume"], np.eye(4)), around) < 0.01
    assert child["geometricError"] <= document["root"]["geometricError"] <= document["geometricError"]
    below = json.loads(tilesets["clouds"])["schema"]["classes"]
    assert document["schema"]["classes"]["holding"] == below["holding"], "CesiumJS knows the uppermost schema only"
    for part in (document["metadata"], child["metadata"]):
        assert part["properties"].keys() == document["schema"]["classes"][part["class"]]["properties"].keys()
