"""How a survey lies beside the base: the shift of each block of it, and its own noise, both from boxes alone.

The evidence is what cannot be mistaken: a feature and an entity of like size, near each other, that are near nothing
else of that size; where there is nothing of the kind, the nearest of each other once the commonest shift is removed.
The shift of a block is the median of what such pairs are off; the noise is what is left of them then. Nothing is
removed where the evidence is thin, or where the noise alone could have done it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from entities.matching.policy import RegisterPolicy

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

_METRES_PER_DEGREE: Final = 111_000.0
_DEVIATION: Final = 1.4826  # standard deviations in a median deviation, of normal errors
_SURE: Final = 5.0  # standard errors by which a shift must be more than nothing
_COARSER: Final = 4  # blocks along the side of the next larger block
_LEAST_ERROR: Final = 0.02  # metres; a few pairs that happen to agree are no surer than that
_CHUNK: Final = 100_000
_CELL: Final = 0.1  # metres: the grid on which displacements are counted
_SMOOTH: Final = 0.4  # metres: how far a displacement counts beside its place
_PLAIN: Final = 1.3  # by how much the most common displacement is more common than any far from it


class Shift(NamedTuple):
    """Metres by which a block of a survey lies east and north of the base, and how many pairs say so."""

    east: float
    north: float
    pairs: int


_NONE: Final = Shift(0.0, 0.0, 0)


@dataclass(frozen=True)
class Registration:
    """The shift of each block, by the size of blocks and then by place; and the noise of each corner, in metres.

    `shifts` holds blocks of all sizes; for a feature the smallest that has evidence counts. Where the pairs nearest to
    it are off all the same, as where two surveys' own blocks meet within one of these, `local` says by how much more.
    """

    block: float  # degrees
    noise: float
    shifts: Mapping[tuple[int, int, int], Shift] = field(default_factory=dict)
    local: "Local | None" = None

    @classmethod
    def none(cls, policy: RegisterPolicy) -> Self:
        """The registration of a survey of which nothing is known: no shift, the least noise."""
        return cls(policy.block, policy.noise[0])

    def shift_of(self, boxes: Floats) -> Floats:
        """The shift of the survey where each box (n x 4) lies: metres east and north (n x 2)."""
        shift = self.block_shift_of(boxes)
        return shift + self.local.shift_of(boxes) if self.local and len(boxes) else shift

    def block_shift_of(self, boxes: Floats) -> Floats:
        """The shift of the block each box lies in."""
        shift = np.zeros((len(boxes), 2))
        known = np.zeros(len(boxes), dtype=bool)
        for size, _ in enumerate(_SIZES) if self.shifts else ():
            cells = _cells(boxes, self.block, size)
            different, which = np.unique(cells, axis=0, return_inverse=True)
            found = [self.shifts.get((size, x, y)) for x, y in different.tolist()]
            table = np.array([(one or _NONE)[:2] for one in found]).reshape(-1, 2)
            fresh = np.array([one is not None for one in found], dtype=bool)[which.reshape(-1)] & ~known
            shift[fresh] = table[which.reshape(-1)][fresh]
            known |= fresh
        return shift

    @property
    def typical(self) -> Shift:
        """The shift of the whole survey: the median of its blocks."""
        removed = [one for (size, *_), one in self.shifts.items() if size == 0 and (one.east or one.north)]
        removed = removed or [one for one in self.shifts.values() if one.east or one.north]
        if not removed:
            return _NONE
        east, north = np.median([one[:2] for one in removed], axis=0).tolist()
        return Shift(east, north, sum(one.pairs for one in removed))


_SIZES: Final = (1, _COARSER, 0)
"""The sizes of blocks, the smallest first, in the side of the smallest; the last is the whole survey."""


class Local:
    """What pairs are still off once their blocks' shifts are removed, asked for place by place."""

    def __init__(self, boxes: Floats, left: Floats, pairs: int) -> None:
        self._parallel = float(np.cos(np.radians(boxes[:, 1].mean())))
        self._left, self._pairs = left, pairs
        self._tree = KDTree(self._places(boxes))

    def shift_of(self, boxes: Floats) -> Floats:
        """The median of the nearest pairs, where it is surely more than nothing."""
        parts = np.array_split(boxes, len(boxes) // _CHUNK + 1)
        shifts: Floats = np.concatenate([self._shift_of(part) for part in parts])
        return shifts

    def _shift_of(self, boxes: Floats) -> Floats:
        _, nearest = self._tree.query(self._places(boxes), k=self._pairs)
        left = self._left[nearest]
        middle = np.median(left, axis=1)
        spread = _DEVIATION * np.median(np.abs(left - middle[:, None]), axis=1).max(axis=1)
        error = np.maximum(spread / np.sqrt(self._pairs), _LEAST_ERROR)
        sure = np.hypot(*middle.T) >= _SURE * error
        return np.where(sure[:, None], middle, 0.0)

    def _places(self, boxes: Floats) -> Floats:
        middles: Floats = (boxes[:, :2] + boxes[:, 2:]) / 2 * [self._parallel, 1]
        return middles


def register(features: Floats, entities: Floats, pairs: Places, policy: RegisterPolicy) -> Registration:
    """Register a survey: boxes of its features and of entities (n x 4, degrees), and pairs (2 x m) near each other."""
    one, other, off = _alike(features, entities, pairs, policy)
    sure = _alone(one, other)
    if sure.sum() < policy.pairs:
        sure = _nearest(one, other, off, policy)
    one, other = one[sure], other[sure]
    if len(one) < policy.pairs:
        return Registration.none(policy)
    boxes = features[one]
    off = _metres(boxes - entities[other], boxes)
    moved = (off[:, :2] + off[:, 2:]) / 2
    shifts: dict[tuple[int, int, int], Shift] = {}
    for size, _ in enumerate(_SIZES):
        shifts |= dict(_shifts(_cells(boxes, policy.block, size), moved, size, policy))
    blocks = Registration(policy.block, policy.noise[0], MappingProxyType(shifts))
    local = Local(boxes, moved - blocks.block_shift_of(boxes), policy.pairs)
    found = replace(blocks, local=local)
    left = off - np.tile(found.shift_of(boxes), 2)
    return replace(found, noise=float(np.clip(_DEVIATION * np.median(np.abs(left)), *policy.noise)))


def _alike(features: Floats, entities: Floats, pairs: Places, policy: RegisterPolicy) -> tuple[Places, Places, Floats]:
    """The pairs of like size and place, and by how many metres their middles are off."""
    one, other = pairs
    off = _metres(features[one] - entities[other], features[one])
    moved, grown = (off[:, :2] + off[:, 2:]) / 2, off[:, 2:] - off[:, :2]
    alike = (np.hypot(*moved.T) <= policy.shift + policy.reach) & (np.abs(grown) <= 2 * policy.reach).all(axis=1)
    return one[alike], other[alike], moved[alike]


def _alone(one: Places, other: Places) -> Mask:
    """The pairs neither of which is near another like it."""
    alone: Mask = (np.bincount(one, minlength=1)[one] == 1) & (np.bincount(other, minlength=1)[other] == 1)
    return alone


def _nearest(one: Places, other: Places, moved: Floats, policy: RegisterPolicy) -> Mask:
    """Where everything is near something like it: the nearest pairs once the shift that most pairs have is removed."""
    sure = np.zeros(len(one), dtype=bool)
    peak = _peak(moved, policy)
    if peak is not None:
        gap = np.hypot(*(moved - peak).T)
        order = np.argsort(gap, kind="stable")
        firsts = [np.unique(side[order], return_index=True)[1] for side in (one, other)]
        sure[np.intersect1d(order[firsts[0]], order[firsts[1]])] = True
    return sure


def _peak(moved: Floats, policy: RegisterPolicy) -> Floats | None:
    """The displacement that most pairs have, unless another is nearly as common."""
    edge = policy.shift + policy.reach
    cells = int(2 * edge / _CELL)
    counts, *_ = np.histogram2d(moved[:, 0], moved[:, 1], bins=cells, range=[[-edge, edge], [-edge, edge]])
    smooth = gaussian_filter(counts, _SMOOTH / _CELL)
    best = np.array(np.unravel_index(np.argmax(smooth), smooth.shape))
    around = np.hypot(*(np.indices(smooth.shape) - best[:, None, None])) * _CELL <= policy.reach
    if smooth[~around].max(initial=0.0) * _PLAIN > smooth.max() or counts[around].sum() < policy.pairs:
        return None
    peak: Floats = np.array((best + 0.5) * _CELL - edge, dtype=np.float64)
    return peak


def _metres(off: Floats, boxes: Floats) -> Floats:
    """Differences of boxes in degrees as metres, there where the boxes are."""
    parallel = np.cos(np.radians((boxes[:, 1] + boxes[:, 3]) / 2))
    scale = np.stack([parallel, np.ones_like(parallel)] * 2, axis=1)
    metres: Floats = off * scale * _METRES_PER_DEGREE
    return metres


def _cells(boxes: Floats, block: float, size: int) -> Places:
    """The block of a size that the middle of each box lies in (n x 2); all in one for the whole survey."""
    if not _SIZES[size]:
        return np.zeros((len(boxes), 2), dtype=np.int64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    cells: Places = np.floor(middles / (block * _SIZES[size])).astype(np.int64)
    return cells


def _shifts(
    cells: Places, moved: Floats, size: int, policy: RegisterPolicy
) -> Iterator[tuple[tuple[int, int, int], Shift]]:
    """The shift of each block that has evidence enough; nothing where it may be chance."""
    different, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    for cell, members in zip(different.tolist(), np.split(order, np.cumsum(counts)[:-1]), strict=True):
        if len(members) >= policy.pairs:
            found = _shift(moved[members], policy)
            if found is not None:
                yield (size, *cell), found


def _shift(moved: Floats, policy: RegisterPolicy) -> Shift | None:
    """The shift that pairs say, none where it is surely small, and nothing at all where they cannot tell."""
    middle = np.median(moved, axis=0)
    error = _DEVIATION * np.median(np.abs(moved - middle), axis=0).max() / np.sqrt(len(moved))
    length = float(np.hypot(*middle))
    if max(_SURE * error, policy.least) <= length <= policy.shift * 1.1:
        return Shift(float(middle[0]), float(middle[1]), len(moved))
    return Shift(0.0, 0.0, len(moved)) if _SURE * error <= policy.noise[0] else None
