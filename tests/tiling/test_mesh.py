"""Meshes against plain geometry: volumes and areas, what faces where, how exact, what is left out."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from entities.model import State, Surfaces
from entities.position import position_keys
from tests.tiling.made import JINAN, house, settings, steep_house, town, version
from tiling.ecef import Frame, geocentric
from tiling.geometry.mesh import ERROR, KINDS, STEP, Mesh, merged, prisms
from tiling.grid import COARSEST, Tile
from tiling.layers.buildings import drawn

TILE = Tile.holding(int(position_keys(*JINAN)[0]), 16)
SETTINGS = settings()
RING = shapely.Point(0, 0).buffer(1, quad_segs=75)  # 300 corners


def at(shape: shapely.Geometry, metres: float = 10.0) -> shapely.Geometry:
    """A shape of unit size as so many metres around the made-up town."""
    scale = np.array([metres / 89_500, metres / 111_000])
    return shapely.transform(shape, lambda points: np.round(points * scale + JINAN, 9))


def volume(mesh: Mesh) -> float:
    """The signed volume between the mesh and the ground's plane (m³): right only if all faces look outward."""
    corners = (mesh.positions - [0, 0, mesh.positions[:, 2].min()])[mesh.triangles] * STEP
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


def area(mesh: Mesh, kind: str) -> float:
    of_kind = mesh.kinds[mesh.triangles[:, 0]] == KINDS.index(kind)
    one, two, three = np.moveaxis(mesh.positions[mesh.triangles[of_kind]] * STEP, 1, 0)
    return float(np.linalg.norm(np.cross(two - one, three - one), axis=1).sum() / 2)


def footprint_area(geometry: shapely.Geometry) -> float:
    frame = Frame.at(*TILE.centre)
    flat = shapely.transform(geometry, lambda points: frame.local(geocentric(points[:, 0], points[:, 1], 20.75))[:, :2])
    return float(flat.area)


SHAPES = {
    "square": shapely.box(-1, -1, 1, 1),
    "clockwise": shapely.Polygon([(-1, -1), (-1, 1), (1, 1), (1, -1)]),
    "courtyard": shapely.Polygon(shapely.box(-2, -2, 2, 2).exterior, [shapely.box(-1, -1, 1, 1).exterior]),
    "two courtyards": shapely.Polygon(
        shapely.box(-4, -2, 4, 2).exterior,
        [shapely.box(-3, -1, -1, 1).exterior.coords, shapely.box(1, -1, 3, 1).exterior.coords[::-1]],
    ),
    "L": shapely.Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)]),
    "two parts": shapely.MultiPolygon([shapely.box(-3, -1, -1, 1), shapely.box(1, -1, 3, 1)]),
    "300 corners": RING,
    "needless corners": shapely.segmentize(shapely.box(-1, -1, 1, 1), 0.25),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_block_has_the_volume_and_the_roof_of_its_footprint(name: str) -> None:
    shape = at(SHAPES[name], 20)
    mesh = drawn([version("A", shape)], TILE, SETTINGS)
    ground = footprint_area(shape)
    assert area(mesh, "R") == pytest.approx(ground, rel=2e-3)
    assert volume(mesh) == pytest.approx(ground * 12.5, rel=2e-3)


@pytest.mark.parametrize("name", SHAPES)
def test_normals_are_those_of_the_faces(name: str) -> None:
    mesh = drawn([version("A", at(SHAPES[name], 20))], TILE, SETTINGS)
    one, two, three = np.moveaxis(mesh.positions[mesh.triangles] * STEP, 1, 0)
    faces = np.cross(two - one, three - one)
    longest = np.max([np.linalg.norm(side, axis=1) for side in (two - one, three - two, one - three)], axis=0)
    doubled = np.linalg.norm(faces, axis=1)
    wide = doubled / longest > 0.1  # the lattice turns narrower faces about
    for corner in range(3):
        normals = mesh.normals[mesh.triangles[:, corner]] / 127
        assert (np.einsum("ij,ij->i", faces, normals) / doubled)[wide].min() > 0.98
    assert wide.mean() > 0.7


def test_a_block_has_no_floor() -> None:
    mesh = drawn([house("A")], TILE, SETTINGS)
    assert (len(mesh.triangles), len(mesh.positions)) == (2 + 8, 4 + 16)


@pytest.mark.parametrize("state", [{"height": None}, {"height": 0.0}, {"height": -3.0}])
def test_without_height_only_the_roof_is_drawn(state: dict[str, float | None]) -> None:
    mesh = drawn([house("A", **state)], TILE, SETTINGS)
    assert set(mesh.kinds.tolist()) == {KINDS.index("R")}
    assert mesh.positions[:, 2] * STEP == pytest.approx(25.0 - 4.25, abs=0.05)


@pytest.mark.parametrize("shape", [shapely.Point(*JINAN), shapely.LineString([JINAN, (117.03, 36.66)])])
def test_what_has_no_polygon_is_not_drawn(shape: shapely.Geometry) -> None:
    assert len(drawn([version("A", shape)], TILE, SETTINGS).triangles) == 0
    assert len(drawn([version("A", shape), house("B")], TILE, SETTINGS).triangles) == 10


def test_a_footprint_smaller_than_the_lattice_is_left_out() -> None:
    assert len(drawn([house("A", side=0.001)], TILE, SETTINGS).triangles) == 0


def test_corners_of_the_lattice_that_fall_together_make_no_faces() -> None:
    shape = at(shapely.Polygon([(0, 0), (1, 0), (1, 1e-5), (1, 1), (1e-5, 1), (0, 1)]))
    mesh = drawn([version("A", shape)], TILE, SETTINGS)
    one, two, three = np.moveaxis(mesh.positions[mesh.triangles].astype(np.int64), 1, 0)
    assert np.any(np.cross(two - one, three - one) != 0, axis=1).all()
    assert area(mesh, "R") == pytest.approx(100, rel=5e-3)


def test_faces_without_area_are_dropped() -> None:
    crossing = [(3, 0), (2, 2), (2, 3), (0, 3), (1, 1), (1, 3), (3, 2), (1, 2)]  # earcut cuts a flat ear of it
    mesh = drawn([version("A", at(shapely.Polygon(crossing)), height=None)], TILE, SETTINGS)
    one, two, three = np.moveaxis(mesh.positions[mesh.triangles][:, :, :2].astype(np.int64), 1, 0)
    assert (np.abs(np.linalg.det(np.stack([two - one, three - one], axis=1))) > 0.5).all()


@dataclass(frozen=True)
class Sloping:
    """An anomaly that differs from place to place: 1,000 m for each degree of longitude."""

    source: str = "made up"
    value: str = "sloping"

    def at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return (lon - JINAN[0]) * 1_000


def test_each_building_has_the_anomaly_of_its_own_place() -> None:
    versions = [house("A", 0), steep_house("B"), house("C", 895), version("D", shapely.Point(*JINAN)), house("E", 1790)]
    moved = replace(steep_house("F"), state=shifted(steep_house().state, 0.03))
    mesh = drawn([*versions, moved], TILE, replace(SETTINGS, anomaly=Sloping()))
    lowest = [mesh.positions[mesh.features == row, 2].min() * STEP for row in (0, 1, 2, 4, 5)]
    middle = shapely.box(*steep_house().state.geometry.bounds).centroid.x - JINAN[0]
    sag = np.array([0, 0, 895, 1790, 0.03 * 89_500]) ** 2 / (2 * 6_378_137)
    assert np.allclose(lowest + sag, 25 + np.array([0, middle * 1_000, 10, 20, 30 + middle * 1_000]), atol=0.3)


def shifted(state: State, degrees: float) -> State:
    def moved(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(
            shape, lambda points: points + [degrees, 0, 0][: points.shape[1]], include_z=shape.has_z
        )

    assert state.surfaces is not None
    surfaces = Surfaces(moved(state.surfaces.polygons), state.surfaces.kinds)
    return replace(state, geometry=moved(state.geometry), surfaces=surfaces)


def test_measured_surfaces_keep_their_areas_and_kinds() -> None:
    mesh = drawn([steep_house()], TILE, SETTINGS)
    assert volume(mesh) > 0
    assert area(mesh, "G") == pytest.approx(10 * 16, rel=2e-3)
    assert area(mesh, "W") == pytest.approx(10 * (7 + 8) + 8 * (7 + 12) + 8 * (8 + 12), rel=2e-3)
    slopes = 10 * (np.hypot(8, 5) + np.hypot(8, 4) * (1 - 0.3 * 0.2))
    assert area(mesh, "R") == pytest.approx(slopes, rel=2e-3)


def test_measured_surfaces_face_outward() -> None:
    mesh = drawn([steep_house()], TILE, SETTINGS)
    middle = (mesh.extent[:3] + mesh.extent[3:]) / 2
    outward = mesh.positions[mesh.triangles].mean(axis=1) - middle
    assert (np.einsum("ij,ij->i", outward, mesh.normals[mesh.triangles[:, 0]]) > 0).all()


def test_features_number_the_versions() -> None:
    versions = [house("A"), steep_house("B"), house("C", 50), version("D", shapely.Point(*JINAN)), house("E", 90)]
    mesh = drawn(versions, TILE, SETTINGS)
    assert sorted(set(mesh.features.tolist())) == [0, 1, 2, 4]
    assert (mesh.features[mesh.triangles] == mesh.features[mesh.triangles[:, :1]]).all()


@given(st.integers(0, 2**16))
def test_vertices_are_where_proj_puts_them_within_the_error_that_is_told(seed: int) -> None:
    random = np.random.default_rng(seed)
    tile = Tile.holding(int(position_keys(random.uniform(-180, 180), random.uniform(-85, 85))[0]), COARSEST)
    west, south, east, north = tile.bounds
    lon, lat = random.uniform(west, east, 5).round(9), random.uniform(south, north, 5).round(9)
    low, high = random.uniform(-200, 4000), random.uniform(4001, 4500)
    polygon = shapely.convex_hull(shapely.MultiPoint(np.column_stack([lon, lat])))
    frame = Frame.at(*tile.centre)
    mesh = prisms(np.array([polygon]), np.array([0]), np.array([low]), np.array([high]), frame)
    found = frame.geocentric(mesh.positions * STEP)
    corners = shapely.get_coordinates(polygon)[:-1]
    to_geocentric = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)
    truth = np.concatenate(
        [np.column_stack(to_geocentric.transform(*corners.T, [h] * len(corners))) for h in (low, high)]
    )
    distances = np.linalg.norm(found[:, None] - truth[None], axis=2)
    assert distances.min(axis=1).max() <= ERROR + 1e-5
    assert distances.min(axis=0).max() <= ERROR + 1e-5
    assert ERROR < 0.01


def test_merging_nothing_to_a_mesh_changes_nothing() -> None:
    mesh = drawn(town(20), TILE, SETTINGS)
    again = merged([mesh, drawn([version("D", shapely.Point(*JINAN))], TILE, SETTINGS)])
    assert np.array_equal(mesh.positions, again.positions) and np.array_equal(mesh.triangles, again.triangles)


def test_the_cut_that_is_known_is_that_of_earcut(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    turns = np.sort(random.uniform(0, 2 * np.pi, (300, 4)), axis=1)
    sides = random.choice([3e-5, 1e-4, 1e-4], (300, 4, 1))  # some are not convex
    corners = np.stack([np.cos(turns), np.sin(turns)], axis=-1) * sides + JINAN
    shapes = np.concatenate([shapely.polygons(corners[:150]), shapely.reverse(shapely.polygons(corners[150:]))])
    shapes = np.concatenate([shapes[shapely.is_valid(shapes)], [house("A").state.geometry.buffer(1e-6)]])
    count = len(shapes)
    asked = shapes, np.arange(count), np.zeros(count), np.full(count, 9.0), Frame.at(*JINAN)
    known = prisms(*asked)
    monkeypatch.setattr("tiling.geometry.mesh._plain", lambda _, starts, quads: np.zeros(len(starts), np.bool_))
    cut = prisms(*asked)
    assert np.array_equal(known.triangles, cut.triangles) and np.array_equal(known.positions, cut.positions)
