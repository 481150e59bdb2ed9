"""The leaf set against the plainest way to divide a tree, whole and for the part that changed."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entities.position import LEVELS
from tests.tiling.made import Listed, settings
from tiling.building.plan import (
    Leaves,
    cells,
    content_names,
    identities,
    parts,
    plan,
    replanned,
    wide_cells,
    with_extents,
)
from tiling.grid import COARSEST, Tile, shifts
from tiling.heights import ConstantAnomaly

FEW = 3
SETTINGS = settings(FEW)

# Keys that crowd: a few wide cells, and within them a few places.
clustered = st.builds(
    lambda wide, place, rest: (wide << 14) + (place << 6) + rest,
    st.integers(1_000_000, 1_000_002),
    st.sampled_from([0, 1, 2, 100, 255]),
    st.integers(0, 63),
)
entities = st.lists(st.tuples(clustered, st.binary(min_size=16, max_size=16)), max_size=40)


def listed(pairs: list[tuple[int, bytes]]) -> Listed:
    ordered = sorted(pairs)
    keys = np.array([key for key, _ in ordered], np.uint64)
    return Listed(keys, np.array([digest for _, digest in ordered], "S16"))


def halved(keys: list[int], tile: Tile) -> list[tuple[Tile, int]]:
    """The plainest truth: a cell that holds too much is divided in four."""
    first, last = tile.keys
    within = [key for key in keys if first <= key <= last]
    if not within:
        return []
    if tile.level >= COARSEST and (len(within) <= FEW or tile.level == LEVELS):
        return [(tile, len(within))]
    if tile.level < COARSEST:
        wide = sorted({Tile.holding(key, COARSEST) for key in within}, key=lambda cell: cell.keys)
        return [leaf for cell in wide for leaf in halved(within, cell)]
    return [leaf for child in tile.children for leaf in halved(within, child)]


def places(leaves: Leaves) -> list[tuple[Tile, int]]:
    pairs = zip(leaves["first"].tolist(), leaves["level"].tolist(), leaves["count"].tolist(), strict=True)
    return [(Tile.holding(first, level), count) for first, level, count in pairs]


@given(entities)
def test_leaves_are_those_of_dividing_in_four(pairs: list[tuple[int, bytes]]) -> None:
    index = listed(pairs)
    leaves = plan(index, SETTINGS)
    assert places(leaves) == halved(index.keys.tolist(), Tile(0, 0, 0))
    assert leaves["first"].tolist() == [tile.keys[0] for tile, _ in places(leaves)]


@given(entities, entities)
def test_planning_the_changed_cells_anew_equals_planning_all(
    before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]
) -> None:
    old, new = listed(before), listed(after)
    changes = Counter(before)
    changes.subtract(Counter(after))
    dirty = np.array([key for (key, _), count in changes.items() if count], np.uint64)
    changed = wide_cells(dirty)
    reach = 1 << int(shifts(COARSEST))
    spans = [(first, first + reach) for first in changed.tolist()]
    anew = [plan(listed([pair for pair in after if first <= pair[0] < end]), SETTINGS) for first, end in spans]
    found = replanned(plan(old, SETTINGS), changed, np.concatenate([plan(listed([]), SETTINGS), *anew]))
    assert found.tobytes() == plan(new, SETTINGS).tobytes()


@given(entities, entities)
def test_what_lies_beside_the_parts_of_a_change_stays(
    before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]
) -> None:
    old, new = plan(listed(before), SETTINGS), plan(listed(after), SETTINGS)
    changes = Counter(before)
    changes.subtract(Counter(after))
    dirty = np.array(sorted({key for (key, _), count in changes.items() if count}), np.uint64)
    found = [(first, first + (1 << int(shifts(level))), level) for first, level in parts(old, dirty)]
    assert all(end <= following for (_, end, _), (following, _, _) in pairwise(found))
    assert all(any(first <= key < end for first, end, _ in found) for key in dirty.tolist())
    full = [sum(first <= key < end for key, _ in after) > FEW for first, end, _ in found]
    if all(yes or level == COARSEST for yes, (_, _, level) in zip(full, found, strict=True)):
        beside = [
            [not any(a <= one < b for a, b, _ in found) for one in tiles["first"].tolist()] for tiles in (old, new)
        ]
        assert old[beside[0]].tobytes() == new[beside[1]].tobytes()
        within = [leaf for leaf, out in zip(places(new), beside[1], strict=True) if not out]
        index = [listed([pair for pair in after if first <= pair[0] < end]) for first, end, _ in found]
        assert [leaf for one in index for leaf in places(plan(one, SETTINGS))] == within


@given(entities, st.randoms(use_true_random=False))
def test_the_order_of_digests_at_one_place_does_not_matter(pairs: list[tuple[int, bytes]], random: object) -> None:
    index = listed(pairs)
    leaves = plan(index, SETTINGS)
    mixed = index.digests.copy()
    levels, starts, counts = cells(index.keys, FEW)
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        mixed[start : start + count] = mixed[start : start + count][::-1]
    assert plan(Listed(index.keys, mixed), SETTINGS).tobytes() == leaves.tobytes()
    assert len(levels) == len(leaves)


def test_a_name_changes_with_any_entity_any_setting_and_any_place() -> None:
    key = 1_000_000 << 14
    one, two = (listed([(key, digest * 16)]) for digest in (b"a", b"b"))
    moved = listed([(key + (1 << 14), b"a" * 16)])
    other = replace(SETTINGS, anomaly=ConstantAnomaly(1.0, "another"))
    found = [content_names(plan(index, SETTINGS)) for index in (one, two, moved)] + [content_names(plan(one, other))]
    assert len({names[0] for names in found}) == 4


def test_a_digest_may_hold_noughts() -> None:
    key = 1_000_000 << 14
    ends = [
        content_names(plan(listed([(key, digest)]), SETTINGS)) for digest in (b"a" + bytes(15), b"a" + bytes(14) + b"b")
    ]
    assert ends[0] != ends[1]


def test_extents_are_taken_over_only_for_the_same_content() -> None:
    index = listed([(key << 14, bytes([65 + key % 7]) * 16) for key in range(1_000_000, 1_000_010)])
    drawn = plan(index, SETTINGS)
    drawn["extent"] = np.arange(60).reshape(10, 6)
    drawn["digest"][3] = b"other"
    found = with_extents(plan(index, SETTINGS), drawn)["extent"]
    assert np.array_equal(found[[0, 1, 2, 4]], drawn["extent"][[0, 1, 2, 4]])
    assert not found[3].any()
    assert len(set(identities(drawn))) == 10


def test_nothing_has_no_leaves() -> None:
    assert len(plan(listed([]), SETTINGS)) == 0
    assert len(wide_cells(np.zeros(0, np.uint64))) == 0
