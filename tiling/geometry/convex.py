"""Flat convex pieces cut by straight lines, very many at a time: what is cut keeps its place and the way it turns."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Floats

Rows = NDArray[np.intp]
Yes = NDArray[np.bool_]

MOST: Final = 8
"""The most corners of a piece: what a triangle and a rectangle share has seven."""

_ON: Final = 1e-9
"""How far from a line a corner counts as on it, in units of its coordinates."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Convex pieces: their corners one after another, how many each has, and of which thing each is a piece."""

    corners: Floats  # (n, MOST, 2); those beyond `count` mean nothing
    count: NDArray[np.int64]  # (n,)
    thing: Rows  # (n,)

    @classmethod
    def of(cls, triangles: Floats) -> Self:
        """Triangles (n, 3, 2) as pieces, each of the thing of its number."""
        corners = np.zeros((len(triangles), MOST, 2))
        corners[:, :3] = triangles
        return cls(corners, np.full(len(triangles), 3), np.arange(len(triangles)))

    def taken(self, rows: Rows | Yes) -> "Pieces":
        """Some of the pieces."""
        return Pieces(self.corners[rows], self.count[rows], self.thing[rows])

    @property
    def there(self) -> Yes:
        """Which corners (n, MOST) mean something."""
        found: Yes = np.arange(MOST) < self.count[:, None]
        return found

    def least(self, axis: int) -> Floats:
        """The smallest coordinate of each."""
        least: Floats = np.where(self.there, self.corners[:, :, axis], np.inf).min(axis=1)
        return least

    def greatest(self, axis: int) -> Floats:
        """The greatest coordinate of each."""
        greatest: Floats = np.where(self.there, self.corners[:, :, axis], -np.inf).max(axis=1)
        return greatest

    def middles(self) -> Floats:
        """A place inside of each (n, 2)."""
        sums = np.where(self.there[:, :, None], self.corners, 0.0).sum(axis=1)
        middles: Floats = sums / self.count[:, None]
        return middles


def joined(parts: list[Pieces]) -> Pieces:
    """Several lots of pieces as one."""
    corners, count, thing = (np.concatenate([getattr(one, name) for one in parts]) for name in Pieces.__slots__)
    return Pieces(corners, count, thing)


def cut(pieces: Pieces, beside: Floats) -> tuple[Pieces, Rows, Yes]:
    """Cut each piece by a line of its own; `beside` (n, MOST) tells how far left of it each corner lies.

    Returns the pieces, the row that each comes from, and whether it lies left of the line.
    """
    beside = np.where(pieces.there & (np.abs(beside) > _ON), beside, 0.0)
    left, right = np.any(beside > 0, axis=1), np.any(beside < 0, axis=1)
    both = np.flatnonzero(left & right)
    alone = np.flatnonzero(left ^ right)
    halved = pieces.taken(both)
    halves = [_half(halved, beside[both]), _half(halved, -beside[both])]
    rows = np.concatenate([alone, both, both])
    side = np.concatenate([left[alone], np.ones(len(both), np.bool_), np.zeros(len(both), np.bool_)])
    return joined([pieces.taken(alone), *halves]), rows, side


def _half(pieces: Pieces, beside: Floats) -> Pieces:
    """What of each piece lies where `beside` is not negative; there is some of each."""
    rows = np.arange(len(pieces.count))[:, None]
    following = np.where(pieces.there, (np.arange(MOST) + 1) % pieces.count[:, None], 0)
    onward, ahead = beside[rows, following], pieces.corners[rows, following]
    crossed = pieces.there & (beside * onward < 0)
    share = np.where(crossed, beside, 0.0) / np.where(crossed, beside - onward, 1.0)
    places = pieces.corners + share[:, :, None] * (ahead - pieces.corners)
    slots = np.stack([pieces.corners, places], axis=2).reshape(len(rows), 2 * MOST, 2)
    used = np.stack([pieces.there & (beside >= 0), crossed], axis=2).reshape(len(rows), 2 * MOST)
    filled = np.cumsum(used, axis=1)
    row, slot = np.nonzero(used)
    corners = np.zeros(pieces.corners.shape)
    corners[row, filled[row, slot] - 1] = slots[row, slot]
    return Pieces(corners, filled[:, -1], pieces.thing)


def gridded(pieces: Pieces) -> Pieces:
    """The pieces cut along every whole number of both coordinates."""
    for axis in (0, 1):
        waiting, done = pieces, [pieces.taken(np.zeros(0, np.intp))]
        while len(waiting.count):
            first, last = np.floor(waiting.least(axis) + _ON), np.ceil(waiting.greatest(axis) - _ON)
            wide = last - first > 1
            done.append(waiting.taken(~wide))
            line, waiting = np.floor((first + last) / 2)[wide], waiting.taken(wide)
            waiting, _, _ = cut(waiting, waiting.corners[:, :, axis] - line[:, None])
        pieces = joined(done)
    return pieces


def fans(pieces: Pieces) -> tuple[Rows, Rows]:
    """The pieces as triangles: the piece of each, and the numbers of its three corners there (m, 3)."""
    found = [np.flatnonzero(pieces.count > corner + 1) for corner in range(1, MOST - 1)]
    corners = [np.tile([0, corner, corner + 1], (len(rows), 1)) for corner, rows in enumerate(found, 1)]
    return np.concatenate(found), np.concatenate(corners)
