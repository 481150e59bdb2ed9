"""Right triangles over the 65 x 65 nodes of tiles, as few as a tolerance allows, many tiles at a time.

A triangle is halved at the middle of its longest side wherever the surface would else be off by more than is allowed
(Evans, Kirkpatrick and Townsend 2001, "Right-triangulated irregular networks"). What a middle is off by is added to the
most that is off below it, so that the tolerance holds at every node and not only at each halving.

The edge between two tiles is thinned by a rule of its own that sees nothing but the edge, and the nodes that are left
out are put on the line between those that stay. So both tiles have the same line, whatever is inside of them: no crack.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.elevation.lattice import STEPS, spacing

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]

SIDE: Final = STEPS + 1
NODES: Final = SIDE * SIDE
_DEPTHS: Final = 2 * (STEPS.bit_length() - 1)  # how often a half of the tile can be halved
_RADIUS: Final = 6_378_137.0
_DEGREE: Final = 111_319.49


@dataclass(frozen=True, slots=True)
class Mesh:
    """The triangles of some tiles, tile by tile: nodes by their number in the tile, and which tile each is of."""

    corners: Numbers  # (n, 3), counter-clockwise seen from above
    tile: Numbers  # (n,) rising


def thinned(heights: Floats, level: int, tolerance: float) -> tuple[Mesh, Floats]:
    """The triangles of tiles (n, 65, 65) of a level, off by no more than the tolerance in metres at any node.

    Returns the heights that the triangles are of, too: those of nodes on an edge may have moved within the tolerance.
    Inside, what is off is counted from the moved edges, so the tolerance is not used up twice.
    """
    edged, kept = _edges(heights, level, tolerance)
    flat = edged.reshape(len(heights), NODES)
    wrong = _errors(flat, kept.reshape(len(heights), NODES), level)
    return _halved(wrong > tolerance), edged


def bulge(steps: float, level: int) -> float:
    """How far, in metres, the ellipsoid rises over a straight line as long as so many steps of a level's lattice."""
    return float((steps * spacing(level) * _DEGREE) ** 2 / (8 * _RADIUS))


def _edges(heights: Floats, level: int, tolerance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """The heights with thinned edges, and the nodes that stay on the edges (n, 65, 65)."""
    edged, kept = heights.copy(), np.zeros(heights.shape, np.bool_)
    for edge in (np.s_[:, 0, :], np.s_[:, -1, :], np.s_[:, :, 0], np.s_[:, :, -1]):
        line, stays = _thinned_line(heights[edge], level, tolerance)
        edged[edge] = line
        kept[edge] |= stays
    return edged, kept


def _thinned_line(line: Floats, level: int, tolerance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Lines (n, 65) of which some nodes stay and the others are put between those, and which stay."""
    wrong = np.zeros_like(line)
    for step in _STEPS:
        middle, low, high = _line_parts(step)
        own = np.abs((line[:, low] + line[:, high]) / 2 - line[:, middle]) + bulge(2 * step, level)
        below = np.maximum(wrong[:, middle - step // 2], wrong[:, middle + step // 2]) if step > 1 else 0.0
        wrong[:, middle] = own + below
    stays, out = wrong > tolerance, line.copy()
    for step in reversed(_STEPS):
        middle, low, high = _line_parts(step)
        out[:, middle] = np.where(stays[:, middle], line[:, middle], (out[:, low] + out[:, high]) / 2)
    stays[:, [0, -1]] = True
    return out, stays


_STEPS: Final = tuple(1 << power for power in range(STEPS.bit_length() - 1))


@cache
def _line_parts(step: int) -> tuple[Numbers, Numbers, Numbers]:
    middle = np.arange(step, STEPS, 2 * step, dtype=np.int32)
    return middle, middle - step, middle + step


@dataclass(frozen=True, slots=True)
class _Halving:
    """The middles of all longest sides of one depth, the ends of those sides, and the middles one depth below."""

    middle: Numbers  # (m,)
    ends: Numbers  # (2, m)
    below: Numbers  # (4, m); a middle on an edge has two, named twice
    steps: float  # how long the side is


@cache
def _roots() -> Numbers:
    """The two halves of a tile (2, 3): the ends of the longest side, and the right angle; counter-clockwise."""
    last = NODES - 1
    return np.array([[0, last, STEPS * SIDE], [last, 0, STEPS]], np.int32)


@cache
def _halvings() -> tuple[_Halving, ...]:
    """Every depth of halving, the deepest first."""
    found: list[_Halving] = []
    triangles = _roots()
    for depth in range(_DEPTHS):
        middle = (triangles[:, 0] + triangles[:, 1]) // 2
        children = _children(triangles)
        found.append(_halving(middle, triangles, children if depth + 1 < _DEPTHS else None, depth))
        triangles = children
    return tuple(reversed(found))


def _children(triangles: Numbers) -> Numbers:
    """Both halves of each triangle, one after the other (2n, 3)."""
    first, second, corner = triangles.T
    middle = (first + second) // 2
    halves = np.stack([np.stack([corner, first, middle], 1), np.stack([second, corner, middle], 1)], axis=1)
    return halves.reshape(-1, 3)


def _halving(middle: Numbers, triangles: Numbers, children: Numbers | None, depth: int) -> _Halving:
    unique, first, inverse = np.unique(middle, return_index=True, return_inverse=True)
    other = np.zeros(len(unique), np.int32)
    other[inverse] = np.arange(len(middle))  # the last triangle with this middle; the first is in `first`
    if children is None:
        below = np.zeros((0, len(unique)), np.int32)
    else:
        under = ((children[:, 0] + children[:, 1]) // 2).reshape(-1, 2)
        below = np.concatenate([under[first], under[other]], axis=1).T
    return _Halving(unique, triangles[first, :2].T, below, STEPS * 2 ** ((1 - depth) / 2))


def _errors(flat: Floats, kept: NDArray[np.bool_], level: int) -> Floats:
    """How far off the surface can be at most below each node (n, 4225) where it is no corner of any triangle."""
    wrong = np.zeros_like(flat)
    wrong[kept] = np.inf
    for halving in _halvings():
        first, second = halving.ends
        own: Floats = np.abs((flat[:, first] + flat[:, second]) / 2 - flat[:, halving.middle])
        own += bulge(halving.steps, level)
        most = wrong[:, halving.middle]  # infinite where the node has to stay
        for below in halving.below:
            np.maximum(most, wrong[:, below], out=most)
        wrong[:, halving.middle] = own + most
    return wrong


def _halved(split: NDArray[np.bool_]) -> Mesh:
    """Halve the halves of the tiles wherever a middle is to be a corner; in the order of the curve through them."""
    flags, count = split.ravel(), len(split)
    triangles = (np.arange(count, dtype=np.int32)[:, None, None] * NODES + _roots()).reshape(-1, 3)
    order = np.tile(np.array([0, 1], np.int32), count)
    ready, orders = [], []
    for depth in range(_DEPTHS + 1):
        halve = flags[(triangles[:, 0] + triangles[:, 1]) // 2] if depth < _DEPTHS else np.zeros(len(triangles), bool)
        ready.append(triangles[~halve])
        orders.append(order[~halve] << (_DEPTHS - depth))
        triangles = _children(triangles[halve])
        order = (order[halve][:, None] * 2 + np.array([0, 1], np.int32)).ravel()
    corners, place = np.concatenate(ready), np.concatenate(orders)
    tile = corners[:, 0] // NODES
    sorting = np.argsort(tile << _DEPTHS + 1 | place, kind="stable")  # which merges: each depth is in order already
    tile = tile[sorting]
    return Mesh(corners[sorting] - tile[:, None] * NODES, tile)
