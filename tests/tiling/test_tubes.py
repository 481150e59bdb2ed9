"""Tubes: closed, turned outward, as thick as asked, round at bends, joined where they meet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tiling.geometry.mesh import STEP, Mesh
from tiling.geometry.tubes import Lines, tubes

Places = list[tuple[float, float, float]]


def lines(*several: Places, radius: float = 0.5) -> Lines:
    return Lines(
        np.array([place for line in several for place in line], np.float64).reshape(-1, 3),
        np.repeat(np.arange(len(several)), [len(line) for line in several]),
        np.full(len(several), radius),
        np.arange(len(several), dtype=np.uint8) % 8,
        np.arange(len(several)) + 10,
    )


def made(*several: Places, radius: float = 0.5) -> Mesh:
    mesh = tubes(lines(*several, radius=radius))
    assert mesh is not None
    return mesh


def volume(mesh: Mesh) -> float:
    """What a closed mesh holds, in cubic metres; below 0 when it is turned inside out."""
    one, two, three = (mesh.positions[mesh.triangles[:, corner]] * STEP for corner in range(3))
    return float((np.cross(one, two) * three).sum() / 6)


def is_closed(mesh: Mesh) -> bool:
    """Every edge, by the places of its ends, is gone along once in each direction."""
    _, place = np.unique(mesh.positions, axis=0, return_inverse=True)
    corners = place.reshape(-1)[mesh.triangles]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return sorted(map(tuple, edges.tolist())) == sorted(map(tuple, edges[:, ::-1].tolist()))


OCTAGON = 8 / 2 * np.sin(2 * np.pi / 8) * 0.5**2


@pytest.mark.parametrize("end", [(20, 0, 0), (0, 20, 0), (0, 0, 20), (-12, 16, 0), (12, 0, -16)])
def test_a_straight_tube_is_closed_and_as_thick_as_asked(end: tuple[float, float, float]) -> None:
    mesh = made([(0, 0, 0), end])
    assert is_closed(mesh)
    assert volume(mesh) == pytest.approx(OCTAGON * 20, rel=0.01)
    assert len(mesh.triangles) == 2 * 8 + 2 * 6


def test_a_thin_tube_has_fewer_sides() -> None:
    assert len(made([(0, 0, 0), (20, 0, 0)], radius=0.1).triangles) == 2 * 6 + 2 * 4


def test_a_bend_keeps_the_width_of_the_tube() -> None:
    mesh = made([(0, 0, 0), (10, 0, 0), (10, 10, 0)])
    assert is_closed(mesh)
    assert volume(mesh) == pytest.approx(OCTAGON * 20, rel=0.02)


places = st.tuples(*[st.integers(-30, 30).map(float)] * 3)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.lists(places, min_size=2, max_size=7, unique=True))
def test_any_single_line_is_closed_near_its_line_and_has_normals(line: Places) -> None:
    mesh = made(line, radius=0.2)
    assert is_closed(mesh)
    starts, ends = np.array(line[:-1]), np.array(line[1:])
    points = mesh.positions * STEP
    along = ((points[:, None] - starts) * (ends - starts)).sum(axis=2) / ((ends - starts) ** 2).sum(axis=1)
    nearest = starts + np.clip(along, 0, 1)[..., None] * (ends - starts)
    distance = np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)
    assert distance.max() <= 0.2 * 3 + 0.01
    assert np.abs(np.linalg.norm(mesh.normals.astype(float), axis=1) - 127).max() < 2
    assert set(mesh.features.tolist()) == {10}


def test_where_ends_meet_there_is_a_joint_and_no_cap() -> None:
    apart = made([(0, 0, 0), (10, 0, 0)], [(10.5, 0, 0), (20, 5, 0)])
    joined = made([(0, 0, 0), (10, 0, 0)], [(10, 0, 0), (20, 5, 0)])
    assert len(joined.triangles) - len(apart.triangles) == 32 - 2 * 6
    assert np.linalg.norm(joined.positions * STEP - [10, 0, 0], axis=1).min() == pytest.approx(0.5, abs=0.05)


def test_a_joint_belongs_to_the_thickest_and_covers_a_branch_from_the_side() -> None:
    given = lines([(0, 0, 0), (10, 0, 0), (20, 0, 0)], [(10, 10, 0), (10, 0, 0)])
    given.radius[1] = 0.2
    mesh = tubes(given)
    assert mesh is not None
    joint = np.linalg.norm(mesh.positions * STEP - [10, 0, 0], axis=1)
    assert set(mesh.features[np.abs(joint - 0.6) < 0.02].tolist()) == {10}


def test_what_has_no_length_is_left_out() -> None:
    assert tubes(lines([(1, 1, 1), (1, 1, 1)])) is None
    assert tubes(lines()) is None
    repeated = made([(0, 0, 0), (0, 0, 0), (20, 0, 0), (20, 0, 0)], [(5, 5, 5), (5, 5, 5.001)])
    assert np.array_equal(repeated.positions, made([(0, 0, 0), (20, 0, 0)]).positions)
