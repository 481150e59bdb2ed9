"""Right triangles over the 65 x 65 nodes of tiles, as few as a tolerance allows, many tiles at a time.

A triangle is halved at the middle of its longest side wherever the surface would else be off by more than is allowed
(Evans, Kirkpatrick and Townsend 2001, "Right-triangulated irregular networks"). What a middle is off by is added to the
most that is off below it, so that the tolerance holds at every node and not only at each halving.

The edge between two tiles is thinned by a rule of its own that sees nothing but the edge, and the nodes that are left
out are put on the line between those that stay. So both tiles have the same line, whatever is inside of them: no crack.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tiling.elevation.lattice import STEPS, spacing

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]
Kind = TypeVar("Kind", bound=np.generic)

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
    wrong = _errors(_by_node(edged), _by_node(kept), level)
    return _halved(wrong > tolerance), edged


def _by_node(tiles: NDArray[Kind]) -> NDArray[Kind]:
    """What tiles (n, 65, 65) say, node by node (4225, n), so that what all of them say of a node lies together."""
    return np.ascontiguousarray(tiles.reshape(len(tiles), NODES).T)


def bulge(steps: float, level: int) -> float:
    """How far, in metres, the ellipsoid rises over a straight line as long as so many steps of a level's lattice."""
    return float((steps * spacing(level) * _DEGREE) ** 2 / (8 * _RADIUS))


def _edges(heights: Floats, level: int, tolerance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """The heights with thinned edges, and the nodes that stay on the edges (n, 65, 65)."""
    edged, kept = heights.copy(), np.zeros(heights.shape, np.bool_)
    lines, stays = _thinned_lines(np.concatenate([heights[edge] for edge in _EDGES]), level, tolerance)
    for edge, line, stay in zip(_EDGES, np.split(lines, 4), np.split(stays, 4), strict=True):
        edged[edge] = line
        kept[edge] |= stay
    return edged, kept


def _thinned_lines(lines: Floats, level: int, tolerance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Lines (n, 65) of which some nodes stay and the others are put between those, and which stay."""
    wrong = np.zeros_like(lines)
    for step in _STEPS:
        middle, low, high = _line_parts(step)
        off = np.abs((lines[:, low] + lines[:, high]) / 2 - lines[:, middle]) + bulge(2 * step, level)
        if step > 1:
            off += np.maximum(wrong[:, step // 2 :: 2 * step], wrong[:, 3 * step // 2 :: 2 * step])
        wrong[:, middle] = off
    stays, out = wrong > tolerance, lines.copy()
    for step in reversed(_STEPS):
        middle, low, high = _line_parts(step)
        out[:, middle] = np.where(stays[:, middle], lines[:, middle], (out[:, low] + out[:, high]) / 2)
    stays[:, [0, -1]] = True
    return out, stays


_EDGES: Final[tuple[tuple[slice | int, ...], ...]] = (np.s_[:, 0, :], np.s_[:, -1, :], np.s_[:, :, 0], np.s_[:, :, -1])
_STEPS: Final = tuple(1 << power for power in range(STEPS.bit_length() - 1))


def _line_parts(step: int) -> tuple[slice, slice, slice]:
    """The middles of the parts of a line that are two steps long, and both their ends."""
    return slice(step, None, 2 * step), slice(0, -1, 2 * step), slice(2 * step, None, 2 * step)


@dataclass(frozen=True, slots=True)
class _Halving:
    """The middles of all longest sides of one depth, the ends of those sides, and the middles one depth below."""

    middle: Numbers  # (m,)
    ends: Numbers  # (2, m)
    below: Numbers  # (4, m); a middle on an edge has two, named twice
    steps: float  # how long the side is


@cache
def _triangles() -> tuple[Numbers, ...]:
    """All triangles (n, 3) of every depth, the two halves of a tile first: the ends of the longest side, and the right
    angle; counter-clockwise. The halves of triangle k are 2k and 2k + 1 of the next depth."""
    last = NODES - 1
    found = [np.array([[0, last, STEPS * SIDE], [last, 0, STEPS]], np.int32)]
    for _ in range(_DEPTHS):
        first, second, corner = found[-1].T
        middle = (first + second) // 2
        halves = np.stack([np.stack([corner, first, middle], 1), np.stack([second, corner, middle], 1)], axis=1)
        found.append(halves.reshape(-1, 3))
    return tuple(found)


@cache
def _middles() -> tuple[Numbers, ...]:
    """The middle of the longest side of every triangle of each depth."""
    return tuple((triangles[:, 0] + triangles[:, 1]) // 2 for triangles in _triangles())


@cache
def _halvings() -> tuple[_Halving, ...]:
    """Every depth of halving, the deepest first."""
    return tuple(_halving(depth) for depth in reversed(range(_DEPTHS)))


def _halving(depth: int) -> _Halving:
    middle, triangles = _middles()[depth], _triangles()[depth]
    unique, first, inverse = np.unique(middle, return_index=True, return_inverse=True)
    other = np.zeros(len(unique), np.int32)
    other[inverse] = np.arange(len(middle))  # the last triangle with this middle; the first is in `first`
    if depth + 1 == _DEPTHS:
        below = np.zeros((0, len(unique)), np.int32)
    else:
        under = _middles()[depth + 1].reshape(-1, 2)
        below = np.concatenate([under[first], under[other]], axis=1).T
    return _Halving(unique, triangles[first, :2].T, below, STEPS * 2 ** ((1 - depth) / 2))


def _errors(nodes: Floats, kept: NDArray[np.bool_], level: int) -> Floats:
    """How far off the surface can be at most below each node (4225, n) where it is no corner of any triangle."""
    wrong = np.zeros_like(nodes)
    wrong[kept] = np.inf
    for halving in _halvings():
        first, second = halving.ends
        own: Floats = np.abs((nodes[first] + nodes[second]) / 2 - nodes[halving.middle])
        own += bulge(halving.steps, level)
        most = wrong[halving.middle]  # infinite where the node has to stay
        for below in halving.below:
            np.maximum(most, wrong[below], out=most)
        wrong[halving.middle] = own + most
    return wrong


def _halved(split: NDArray[np.bool_]) -> Mesh:
    """Halve the halves of tiles wherever a middle (4225, n) is to be a corner; in the order of the curve through them.

    A triangle is told by its tile and its number in its depth, as one number; the curve goes as those of the last
    depth.
    """
    flags, count = split.ravel(), split.shape[1]
    depths = np.zeros(2 * count << _DEPTHS, np.int8)
    here = np.arange(2 * count, dtype=np.int32)
    for depth, middles in enumerate(_middles()):
        ready = here
        if depth < _DEPTHS:
            halve = flags[middles[here & (2 << depth) - 1] * count + (here >> depth + 1)]
            ready, here = here[~halve], here[halve]
            here = (here[:, None] * 2 + np.array([0, 1], np.int32)).ravel()
        depths[ready << (_DEPTHS - depth)] = depth + 1
    place = np.flatnonzero(depths).astype(np.int32)
    depth_of = depths[place].astype(np.int32) - 1
    number = (2 << depth_of) - 2 + ((place & (2 << _DEPTHS) - 1) >> _DEPTHS - depth_of)
    return Mesh(_every()[number], place >> _DEPTHS + 1)


@cache
def _every() -> Numbers:
    """The triangles of all depths, one depth after the other."""
    return np.concatenate(_triangles())
