"""How far off anything is in the published tiles, measured as a client sees them, against PROJ.

Positions of the base go through PROJ to geocentric coordinates; vertices of the tiles go there by the matrices that
stand in the tilesets. The two differ by no more than a tileset declares: `vertex_error` and `position_error`.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from scipy.spatial import KDTree

from entities.classes import ClassTable
from entities.model import Version
from tests.tiling import real
from tests.tiling.glbs import taken_apart
from tests.tiling.made import JINAN, SETTINGS, Base, house, steep_house, town, version
from tests.tiling.test_pipes import ky4
from tiling.building.build import build
from tiling.ecef import ACCURACY, Frame, geocentric
from tiling.encoding.gltf import unpacked
from tiling.geometry.mesh import ERROR
from tiling.grid import COARSEST
from tiling.layers import LAYERS
from tiling.stored.published import blob_of
from tiling.stored.sink import POINTER, MemorySink

TO_GEOCENTRIC = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)  # CGCS2000, 3D geographic to geocentric
LIFT = -4.25  # of the made-up settings
CORNERS = [(73.0, 3.8), (73.0, 54.0), (135.5, 3.8), (135.5, 54.0), (104.0, 0.0), (180.0, 0.0), (-180.0, 89.9)]


class Seen(NamedTuple):
    """What a client sees of one entity: its vertices in geocentric metres."""

    code: str
    vertices: np.ndarray


def proj(lon: object, lat: object, height: object) -> np.ndarray:
    """Geocentric coordinates by PROJ; heights of the 1985 datum, raised by the anomaly of the made-up settings."""
    lon, lat, height = np.broadcast_arrays(lon, lat, np.asarray(height, np.float64) + LIFT)
    return np.column_stack(TO_GEOCENTRIC.transform(lon.ravel().tolist(), lat.ravel().tolist(), height.ravel().tolist()))


def published(layer: str, versions: Sequence[Version]) -> tuple[MemorySink, float]:
    """The tiles of some versions, and how far off they say that they may be."""
    base, sink = Base(), MemorySink()
    build(base.commit(versions), sink, replace(SETTINGS, layer=LAYERS[layer], features=40))
    told = json.loads(sink.get(POINTER))["metadata"]["properties"]
    assert (told["vertex_error"], told["position_error"]) == (ERROR, ACCURACY)
    return sink, told["vertex_error"] + told["position_error"]


def leaves(
    sink: MemorySink, name: str = POINTER, around: np.ndarray | None = None
) -> Iterator[tuple[bytes, np.ndarray]]:
    """Every leaf's content and the matrix to geocentric coordinates, down from the root as a client goes."""
    around = np.eye(4) if around is None else around
    yield from _below(sink, json.loads(sink.get(name))["root"], around)


def _below(sink: MemorySink, tile: dict[str, Any], around: np.ndarray) -> Iterator[tuple[bytes, np.ndarray]]:
    matrix = around @ np.array(tile.get("transform", np.eye(4).ravel())).reshape(4, 4).T
    blob = blob_of(tile["content"]["uri"]) if "content" in tile else ""
    if blob.endswith(".json"):
        yield from leaves(sink, blob, matrix)
    elif blob.startswith("c/"):
        yield gzip.decompress(sink.get(blob)), matrix
    for child in tile.get("children", ()):
        yield from _below(sink, child, matrix)


def placed(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points in glTF's axes (y up) as geocentric ones."""
    east_north_up = np.column_stack([points[:, 0], -points[:, 2], points[:, 1], np.ones(len(points))])
    return (east_north_up @ matrix.T)[:, :3]


def seen(sink: MemorySink) -> Iterator[Seen]:
    """Every entity of the tiles, whose vertices are those of a mesh."""
    for data, matrix in leaves(sink):
        glb = taken_apart(data)
        (node,) = glb.document["nodes"]
        local = glb.attributes["POSITION"] * np.array(node.get("scale", 1.0)) + np.array(node.get("translation", 0.0))
        vertices, features = placed(local, matrix), glb.attributes["_FEATURE_ID_0"].ravel().astype(int)
        for row, code in enumerate(glb.table["code"]):
            yield Seen(code, vertices[features == row])


def apart(points: np.ndarray, targets: np.ndarray) -> float:
    """How far the farthest of the points is from the nearest target, in metres."""
    return float(KDTree(targets).query(points)[0].max())


def test_positions_all_over_china_and_at_its_edges_agree_with_proj() -> None:
    """From the deepest sea to the highest mountain, to a micrometre: a thousandth of what is declared."""
    random = np.random.default_rng(1)
    lon, lat = random.uniform(73, 136, 200_000), random.uniform(3, 54, 200_000)
    edges = np.array([(*corner, height) for corner in CORNERS for height in (-11_000.0, 0.0, 9_000.0)])
    rows = np.concatenate([np.column_stack([lon, lat, random.uniform(-11_000, 9_000, len(lon))]), edges])
    ours, theirs = geocentric(*rows.T), np.column_stack(TO_GEOCENTRIC.transform(*rows.T))
    assert np.abs(ours - theirs).max() < 1e-6 < ACCURACY


def test_the_frames_of_tiles_lose_less_than_is_declared() -> None:
    """There and back through the rounded numbers of a frame, at the rim of the widest tile with entities in it."""
    random = np.random.default_rng(2)
    for lon, lat in [*CORNERS[:5], *random.uniform((73, 3), (136, 54), (200, 2)).tolist()]:
        frame = Frame.at(lon, lat)
        side = 360 / 2**COARSEST
        places = geocentric(
            *random.uniform((lon - side, lat - side, -11_000), (lon + side, lat + side, 9_000), (50, 3)).T
        )
        again = (frame.local(places) @ np.array(frame.matrix()).reshape(4, 4)[:3, :3]) + frame.matrix()[12:15]
        assert np.linalg.norm(again - places, axis=1).max() < ACCURACY / 10


def buildings_at(found: Sequence[Version]) -> dict[str, np.ndarray]:
    """Where the corners of each building are, by PROJ."""
    expected = {}
    for one in found:
        state = one.state
        if state.surfaces is not None:
            expected[one.code] = proj(*shapely.get_coordinates(state.surfaces.polygons, include_z=True).T)
        else:
            lon, lat = shapely.get_coordinates(state.geometry).T
            low, high = state.base or 0.0, (state.base or 0.0) + max(state.height or 0.0, 0.0)
            expected[one.code] = np.concatenate([proj(lon, lat, low), proj(lon, lat, high)])
    return expected


def check_buildings(found: Sequence[Version]) -> None:
    sink, declared = published("buildings", found)
    expected, met = buildings_at(found), 0
    for code, vertices in seen(sink):
        if len(vertices):
            met += 1
            assert apart(vertices, expected[code]) <= declared
    assert met > 0.9 * len(found)


def test_buildings_stand_where_they_were_surveyed() -> None:
    check_buildings([*town(120), steep_house(), house("FAR", 40_000.0, 9_000.0, height=300.0)])


def test_every_corner_of_a_roof_is_drawn() -> None:
    found = town(60)
    sink, declared = published("buildings", found)
    vertices = {one.code: one.vertices for one in seen(sink)}
    for one in found:
        lon, lat = shapely.get_coordinates(one.state.geometry).T
        assert apart(proj(lon, lat, one.state.base + one.state.height), vertices[one.code]) <= declared


@pytest.mark.parametrize("read", [real.rotterdam, real.three_d_bag, real.footprints])
def test_real_buildings_stand_where_they_were_surveyed(read: Any, shared_data: Path) -> None:
    check_buildings(read(shared_data)[:150])


def across(vertices: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far vertices are along an axis (m), and their way from it (n, 3)."""
    along = (end - start) / np.linalg.norm(end - start)
    way = (vertices - start) @ along
    return way, vertices - start - way[:, None] * along


def test_pipes_lie_round_their_surveyed_axes() -> None:
    kind = "543002"
    lon, lat = JINAN
    ends = [[(lon + 1e-3 * row, lat, 20.0 + row), (lon + 1e-3 * row + 4e-4, lat + 3e-4, 21.5)] for row in range(12)]
    found = [
        replace(one, state=replace(one.state, class_code=kind, attributes={"DIAMETER": 800}))
        for one in (version(f"P{row:02d}", shapely.LineString(line)) for row, line in enumerate(ends))
    ]
    check_pipes(found, 0.4)


def test_real_pipes_lie_round_their_surveyed_axes(shared_data: Path) -> None:
    straight = [one for one in ky4(shared_data) if len(one.state.geometry.coords) == 2 and one.state.geometry.has_z]
    check_pipes(straight[:100], None) if straight else pytest.skip("left out: none of the pipes has heights")


def check_pipes(found: Sequence[Version], radius: float | None) -> None:
    sink, declared = published("pipes", found)
    lines = {one.code: proj(*np.array(one.state.geometry.coords).T) for one in found}
    for code, vertices in seen(sink):
        start, end = lines[code]
        _, off = across(np.unique(np.round(vertices, 3), axis=0), start, end)
        assert np.linalg.norm(off.mean(axis=0)) <= declared  # rings, whose middle is the axis
        if radius is not None:
            assert np.linalg.norm(off, axis=1).min() <= radius + declared


def test_holes_go_straight_down_from_where_they_were_bored() -> None:
    kind = next(one.code for one in ClassTable.load().leaves if one.layer == "boreholes")
    places = [(JINAN[0] + 1e-3 * row, JINAN[1] + 2e-3 * row, 20.0 + row) for row in range(12)]
    found = [
        replace(one, state=replace(one.state, class_code=kind, base=low))
        for row, (lon, lat, low) in enumerate(places)
        for one in [version(f"H{row:02d}", shapely.Point(lon, lat))]
    ]
    sink, declared = published("boreholes", found)
    axes = {
        one.code: np.concatenate([proj(lon, lat, 0.0), proj(lon, lat, 100.0)])
        for one, (lon, lat, _) in zip(found, places, strict=True)
    }
    for code, vertices in seen(sink):
        _, off = across(np.unique(np.round(vertices, 3), axis=0), *axes[code])
        middle = off.mean(axis=0)
        assert np.linalg.norm(middle) <= declared


@pytest.mark.parametrize("layer", ["trees", "points"])
def test_what_stands_often_stands_where_it_was_surveyed(layer: str) -> None:
    kind = next(one.code for one in ClassTable.load().leaves if one.layer == layer)
    places = [(JINAN[0] + 1e-3 * row, JINAN[1] + 2e-3 * row, 20.0 + row) for row in range(30)]
    found = [version(f"T{row:02d}", shapely.Point(lon, lat), base=low) for row, (lon, lat, low) in enumerate(places)]
    found = [replace(one, state=replace(one.state, class_code=kind)) for one in found]
    sink, declared = published(layer, found)
    spots = np.concatenate([instances(data, matrix) for data, matrix in leaves(sink)])
    assert len(spots) == len(found)
    expected = proj(*np.array(places).T)
    assert apart(spots, expected) <= declared and apart(expected, spots) <= declared


def instances(data: bytes, matrix: np.ndarray) -> np.ndarray:
    """Where the instances of a GLB stand."""
    document, binary = unpacked(data)
    found = []
    for node in document["nodes"]:
        accessor = document["accessors"][node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]]
        view = document["bufferViews"][accessor["bufferView"]]
        numbers = np.frombuffer(binary, np.float32, 3 * accessor["count"], view.get("byteOffset", 0)).reshape(-1, 3)
        found.append(placed(numbers.astype(np.float64), matrix))
    return np.concatenate(found)


@pytest.mark.parametrize("layer", ["parcels", "vegetation", "water"])
def test_areas_have_their_surveyed_corners(layer: str) -> None:
    if layer not in LAYERS:
        pytest.skip(f"left out: there is no layer {layer}")
    kind = next(one.code for one in ClassTable.load().leaves if one.layer == layer)
    found = [replace(one, state=replace(one.state, class_code=kind, height=None)) for one in town(60)]
    sink, declared = published(layer, found)
    vertices = {one.code: one.vertices for one in seen(sink)}
    for one in found:
        lon, lat = shapely.get_coordinates(one.state.geometry).T
        low, up = proj(lon, lat, one.state.base), proj(lon, lat, one.state.base + 100.0)
        for start, end in zip(low, up, strict=True):
            _, off = across(vertices[one.code], start, end)
            assert np.linalg.norm(off, axis=1).min() <= declared


def test_the_declared_error_is_half_a_cells_diagonal() -> None:
    """Nothing finer could be promised: somewhere in a thousand corners rounding does move one by nearly so much."""
    found = town(250)
    sink, _ = published("buildings", found)
    expected = buildings_at(found)
    worst = max(apart(one.vertices, expected[one.code]) for one in seen(sink))
    assert 0.8 * ERROR < worst <= ERROR + ACCURACY
