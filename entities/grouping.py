"""Groups of features that may be decided apart from each other: those that touch a common entity stay together."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Places = NDArray[np.int64]


class Group(NamedTuple):
    """The places of some features, and of every entity near any of them."""

    features: list[int]
    entities: list[int]


def groups(features: int, entities: int, pairs: Places, size: int) -> Iterator[Group]:
    """Yield groups of about `size` features; `pairs` (2 x n) are the places of features and entities near each other.

    A group is never cut: one that is connected throughout is yielded whole, however large.
    """
    label = _labels(features, entities, pairs)
    order = np.argsort(label[:features], kind="stable")
    entity_of_pair, label_of_pair = pairs[1], label[pairs[0]]
    sorted_labels = label[:features][order]
    start = 0
    while start < features:
        end = int(np.searchsorted(sorted_labels, sorted_labels[min(start + size, features) - 1], side="right"))
        inside = (label_of_pair >= sorted_labels[start]) & (label_of_pair <= sorted_labels[end - 1])
        yield Group(np.sort(order[start:end]).tolist(), np.unique(entity_of_pair[inside]).tolist())
        start = end


def _labels(features: int, entities: int, pairs: Places) -> Places:
    """The number of the connected part that each feature, and after them each entity, belongs to."""
    ones = np.ones(pairs.shape[1], dtype=np.int8)
    graph = coo_array((ones, (pairs[0], pairs[1] + features)), shape=(features + entities, features + entities))
    label: Places = connected_components(graph, directed=False)[1].astype(np.int64)
    return label
