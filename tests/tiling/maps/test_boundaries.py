"""Boundaries are drawn once, by their highest rank, and are no coast where land lies on both sides."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from tiling.maps.boundaries import Outlines, shared_lines, stretches_of
from tiling.maps.tinting import tints

EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)


def cells(side: int) -> list[shapely.Geometry]:
    return [shapely.box(x, y, x + 1, y + 1) for y in range(side) for x in range(side)]


def test_the_highest_rank_wins_and_the_outer_edge_is_coast() -> None:
    counties = cells(4)
    cities = [shapely.box(x, y, x + 2, y + 2) for y in (0, 2) for x in (0, 2)]
    cities = [shapely.union_all([cell for cell in counties if city.contains(cell)]) for city in cities]
    land = shapely.union_all(counties)
    found = stretches_of([Outlines(1, cities), Outlines(2, counties)], land, EVERYWHERE)
    assert found.border(1, own=True).length == pytest.approx(8)
    assert found.border(2, own=True).length == pytest.approx(2 * 3 * 4 - 8)
    assert found.lines(found.coast).length == pytest.approx(16)
    total = found.lines(np.ones(len(found.rank), np.bool_)).length
    assert total == pytest.approx(2 * 5 * 4)  # every stretch once


def test_a_border_to_land_outside_is_no_coast_even_across_a_crack() -> None:
    home, beyond = shapely.box(0, 0, 1, 1), shapely.box(1.001, 0, 2, 1)
    found = stretches_of([Outlines(0, [home])], shapely.union_all([home, beyond]), EVERYWHERE)
    assert found.border(0, own=True).length == pytest.approx(1)


def test_lines_shared_by_neighbours_leave_the_outer_edge_out() -> None:
    assert shared_lines(cells(3)).length == pytest.approx(2 * 2 * 3)


@given(st.integers(2, 6), st.integers(4, 6))
@given_settings(deadline=None, max_examples=15)
def test_neighbours_differ_in_tint_and_all_tints_are_used(side: int, most: int) -> None:
    chosen = tints(cells(side), most)
    for n in range(side * side):
        for m in range(n):
            across, up = abs(n % side - m % side), abs(n // side - m // side)
            if max(across, up) == 1:
                assert chosen[n] != chosen[m]
    assert set(chosen) == set(range(min(most, len(chosen))))
