"""Triangles over tiles: within the tolerance at every node, no cracks, counter-clockwise, few where it is flat."""

from itertools import pairwise

import numpy as np
import pytest

from tiling.elevation.triangles import SIDE, Mesh, bulge, thinned

ROUGH = np.random.default_rng(2)


def rough(count: int = 3) -> np.ndarray:
    """Tiles of one piece of ground, side by side, each with the edge it shares."""
    lon, lat = np.meshgrid(np.arange(64 * count + 1), np.arange(SIDE))
    ground = 30 * np.sin(lon / 11) * np.cos(lat / 7) + ROUGH.normal(0, 0.3, lon.shape) + 0.02 * lon
    return np.stack([ground[:, 64 * k : 64 * k + SIDE] for k in range(count)])


def surface(mesh: Mesh, heights: np.ndarray, tile: int) -> np.ndarray:
    """The height of the triangles of a tile at every node, by painting each triangle."""
    found = np.full((SIDE, SIDE), np.nan)
    for corners in mesh.corners[mesh.tile == tile]:
        (x, y), z = (corners % SIDE, corners // SIDE), heights[tile].ravel()[corners]
        columns, rows = np.meshgrid(np.arange(x.min(), x.max() + 1), np.arange(y.min(), y.max() + 1))
        area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
        second = ((columns - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (rows - y[0])) / area
        third = ((x[1] - x[0]) * (rows - y[0]) - (columns - x[0]) * (y[1] - y[0])) / area
        inside = (second >= 0) & (third >= 0) & (second + third <= 1)
        found[rows[inside], columns[inside]] = (z[0] + second * (z[1] - z[0]) + third * (z[2] - z[0]))[inside]
    return found


@pytest.mark.parametrize("tolerance", [1.0, 5.0])
def test_no_node_is_off_by_more_than_the_tolerance(tolerance: float) -> None:
    ground = rough(2)
    mesh, heights = thinned(ground, 17, tolerance)
    for tile in range(len(ground)):
        assert np.abs(surface(mesh, heights, tile) - ground[tile]).max() <= tolerance


def test_what_is_off_adds_up_from_halving_to_halving() -> None:
    """Each halving of this ground (Takagi's curve) is off by 0.45 m, and all of them together by metres."""
    x = np.arange(SIDE) / 64
    curve = sum(0.9 * np.abs(x * 2**k - np.round(x * 2**k)) for k in range(6))
    ground = np.broadcast_to(curve, (1, SIDE, SIDE))
    mesh, heights = thinned(ground, 17, 1.0)
    assert curve.max() > 1.5
    assert np.abs(surface(mesh, heights, 0) - ground[0]).max() <= 1.0


def test_neighbours_have_the_same_line_where_they_meet() -> None:
    ground = rough()
    mesh, heights = thinned(ground, 17, 2.0)
    drawn = [surface(mesh, heights, tile) for tile in range(3)]
    for west, east in pairwise(drawn):
        np.testing.assert_allclose(west[:, -1], east[:, 0], atol=1e-9)


def test_triangles_fill_the_tile_and_turn_to_the_left() -> None:
    mesh, _ = thinned(rough(), 17, 1.0)
    x, y = mesh.corners % SIDE, mesh.corners // SIDE
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    assert area.min() > 0
    assert np.bincount(mesh.tile, area).tolist() == [2 * 64 * 64] * 3


def test_flat_ground_needs_few_triangles_and_the_round_earth_more() -> None:
    flat = np.zeros((1, SIDE, SIDE))
    near, far = thinned(flat, 14, 1.0)[0], thinned(flat, 2, 2000.0)[0]
    assert len(near.corners) == 2
    assert len(far.corners) > 100
    assert bulge(64, 2) > 2000 > bulge(4, 2)


def test_a_tile_is_the_same_whatever_stands_beside_it() -> None:
    ground = rough()
    together, _ = thinned(ground, 16, 1.0)
    alone, _ = thinned(ground[1:2], 16, 1.0)
    np.testing.assert_array_equal(together.corners[together.tile == 1], alone.corners)
