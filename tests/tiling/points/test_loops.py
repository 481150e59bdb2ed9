"""The compiled loops against the plainest truth: levels by looking at every cell, order by sorting."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from tiling.points.choosing import chance, levels_of
from tiling.points.lattice import DEPTH
from tiling.points.loops import keys_of, sorted_by

small = some.lists(some.integers(0, 7), min_size=3, max_size=3)
wide = some.lists(some.integers(0, 2**25 - 1), min_size=3, max_size=3)
PLACES = some.lists(some.one_of(small, wide), min_size=1, max_size=60)


def plain_key(place: list[int], bits: int) -> int:
    key = 0
    for level in range(DEPTH):
        for value in place:
            key = key << 1 | (value << max(0, DEPTH - bits) >> max(0, bits - DEPTH) >> DEPTH - 1 - level & 1)
    return key


@given(PLACES, some.sampled_from([25, 26]))
@settings(max_examples=60, deadline=None)
def test_keys_and_order_are_those_of_a_plain_sort(places: list[list[int]], bits: int) -> None:
    keys = keys_of(np.array(places, np.uint32), bits)
    assert keys.tolist() == [plain_key(place, bits) for place in places]
    order, ordered = sorted_by(keys)
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert ordered.tolist() == np.sort(keys).tolist()


@given(PLACES)
@settings(max_examples=60, deadline=None)
def test_one_point_stands_for_each_cell_of_every_level(places: list[list[int]]) -> None:
    keys = np.sort(keys_of(np.array(places, np.uint32), 25))
    levels = levels_of(keys)
    for level in range(DEPTH + 1):
        cells: dict[int, list[int]] = {}
        for row, key in enumerate(keys.tolist()):
            cells.setdefault(key >> 3 * (DEPTH - level), []).append(row)
        standing = [row for row in range(len(keys)) if levels[row] <= level]
        least = [min(rows, key=lambda row: (int(chance(keys[row])), row)) for rows in cells.values()]
        assert standing == sorted(least)


def test_a_kept_loop_is_loaded_without_what_would_compile_others() -> None:
    keys_of(np.zeros((1, 6), np.uint32), 21)  # compiles and keeps it where that was not done before
    program = (
        "import sys, numpy; from tiling.points.loops import keys_of; "
        "print(keys_of(numpy.ones((1, 6), numpy.uint32), 21), 'numba.np.linalg' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[7] False\n"
