"""One to one: which feature is which entity, so that all together fit best, and which might as well be others."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_NEVER: Final = -1e6
_LARGE: Final = 40_000
"""Places in a table above which the best pairs are taken one after another; no town has so many things in one knot."""
_MOST_RIVALS: Final = 60


def assign(feature: Places, entity: Places, score: Floats) -> Places:
    """Choose pairs so that each side is in one at most and the scores, which are positive, add up to the most."""
    chosen = [np.empty(0, np.int64)]
    single, knots = _knots(feature, entity)
    chosen.append(single)
    chosen += [_best(knot, feature, entity, score) for knot in knots]
    return np.sort(np.concatenate(chosen))


def unsure(feature: Places, entity: Places, score: Floats, chosen: Places, margin: float) -> Places:
    """The chosen pairs without which the rest could be paired as well, or worse by no more than `margin`."""
    taken = np.zeros(len(feature), dtype=bool)
    taken[chosen] = True
    found = [
        pair
        for knot in _knots(feature, entity)[1]
        if taken[knot].sum() <= _MOST_RIVALS
        for pair in knot[taken[knot]].tolist()
        if _loss(knot, pair, feature, entity, score) <= margin
    ]
    return np.array(sorted(found), dtype=np.int64)


def _knots(feature: Places, entity: Places) -> tuple[Places, Iterator[Places]]:
    """The pairs that share no side with another, and those that hang together, knot by knot."""
    if not len(feature):
        return np.empty(0, np.int64), iter(())
    ours, one = np.unique(feature, return_inverse=True)
    theirs, other = np.unique(entity, return_inverse=True)
    size = len(ours) + len(theirs)
    graph = coo_array((np.ones(len(one), np.int8), (one, other + len(ours))), shape=(size, size))
    label = connected_components(graph, directed=False)[1][one]
    counts = np.bincount(label)
    order = np.argsort(label, kind="stable")
    order = order[counts[label[order]] > 1]
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    knots = iter(np.split(order, starts[1:])) if len(order) else iter(())
    return np.flatnonzero(counts[label] == 1).astype(np.int64), knots


def _best(knot: Places, feature: Places, entity: Places, score: Floats) -> Places:
    """The best choice within one knot."""
    table, place = _table(knot, feature, entity, score)
    if table.size > _LARGE:
        return _greedily(knot, feature, entity, score)
    rows, columns = linear_sum_assignment(table, maximize=True)
    picked: Places = place[rows, columns]
    chosen: Places = picked[picked >= 0]
    return chosen


def _table(knot: Places, feature: Places, entity: Places, score: Floats) -> tuple[Floats, Places]:
    """The scores of a knot as a table of features by entities, and which pair stands where (-1 for none)."""
    ours, one = np.unique(feature[knot], return_inverse=True)
    theirs, other = np.unique(entity[knot], return_inverse=True)
    table = np.zeros((len(ours), len(theirs)))
    place = np.full(table.shape, -1, dtype=np.int64)
    table[one, other] = score[knot]
    place[one, other] = knot
    return table, place


def _greedily(knot: Places, feature: Places, entity: Places, score: Floats) -> Places:
    used, taken, chosen = set[int](), set[int](), []
    for pair in knot[np.argsort(-score[knot], kind="stable")].tolist():
        if feature[pair] not in used and entity[pair] not in taken:
            used.add(int(feature[pair]))
            taken.add(int(entity[pair]))
            chosen.append(pair)
    return np.array(chosen, dtype=np.int64)


def _loss(knot: Places, pair: int, feature: Places, entity: Places, score: Floats) -> float:
    """What is lost where a chosen pair may not be: much where fewer could be paired then."""
    table, place = _table(knot, feature, entity, score)
    table[place < 0] = _NEVER
    best = _total(table)
    table[place == pair] = _NEVER
    return best - _total(table)


def _total(table: Floats) -> float:
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum())
