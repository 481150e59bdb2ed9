"""Which ground the tiles of a layer lie on: the elevation holdings of a moment, and what each of them concerns.

What is drawn of an entity depends on the holdings that reach the terrain tiles under it. Their hashes are mixed into
the entity's digest, so a tile's name tells its ground too; a state that is published says which holdings it lies on, so
that the next build looks only where those and today's differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Floats
from tiling.heights import HeightAnomaly

_BESIDE: Final = 0.004
"""How far beside its box an entity may be drawn, in degrees: half of the widest line, up to a latitude of 55°."""

_ROWS: Final = 1 << 14  # entities that are looked at together
_DEEP: Final = 99  # a level that no holding has

LEVEL: Final = 14
"""The coarsest level on whose terrain tiles large things are laid where finer ones are: none is wider than 1.2 km."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Held(NamedTuple):
    """An elevation holding: its hash, its finest level of terrain tiles, and the box of those that it reaches there."""

    hash: str
    finest: int
    west: float
    south: float
    east: float
    north: float


def finest_for(areas: Floats) -> NDArray[np.int64]:
    """The finest level of terrain that things of some areas, in square degrees, are laid on: they take up to 870,000
    steps of its lattice, so that no forest is a tile of millions of triangles."""
    found: NDArray[np.int64] = np.floor(np.log2(2621.44 / np.sqrt(np.maximum(areas, 1e-12)))).astype(np.int64)
    return np.maximum(found, LEVEL)


def areas_of(boxes: Floats) -> Floats:
    """Four times the area of boxes (n, 4) in square degrees: what lies in them is not taken to be more."""
    areas: Floats = 4 * (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


@dataclass(frozen=True, slots=True)
class Footing:
    """The holdings that make the ground of a moment, the one that wins first; each prepared in a folder of its hash."""

    folder: Path
    anomaly: HeightAnomaly
    held: tuple[Held, ...] = ()

    def covers(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which boxes (n, 4) some holding reaches: what has no heights of its own there lies on the ground."""
        found: NDArray[np.bool_] = np.any(self._touched(_wider(boxes)), axis=1)
        return found

    def names(self, boxes: Floats) -> NDArray[np.bytes_]:
        """What names the ground under each box (n, 4): 16 bytes (S16), all 0 where there is none."""
        if not self.held or not len(boxes):
            return np.zeros(len(boxes), "S16")
        parts = [self._concerning(boxes[start : start + _ROWS]) for start in range(0, len(boxes), _ROWS)]
        packed = np.packbits(np.concatenate(parts), axis=1)
        different, which = np.unique(packed, axis=0, return_inverse=True)
        rows = np.unpackbits(different, axis=1, count=len(self.held)).astype(np.bool_)
        found = np.array([self._name(row) for row in rows], np.dtype("S16"))
        return found[which.ravel()]

    def _name(self, concerned: NDArray[np.bool_]) -> bytes:
        hashes = [one.hash for one, yes in zip(self.held, concerned.tolist(), strict=True) if yes]
        return blake2b("\0".join(hashes).encode(), digest_size=16).digest() if hashes else bytes(16)

    def _concerning(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which holdings (n, h) reach a terrain tile that may lie under each box."""
        boxes = _wider(boxes)
        finest = np.array([one.finest for one in self.held])
        coarsest = np.where(self._touched(boxes), finest, _DEEP).min(axis=1)
        side = np.ldexp(180.0, -np.minimum(coarsest, finest_for(areas_of(boxes))))[:, None]
        found: NDArray[np.bool_] = self._touched(_grown(boxes, side)) & (coarsest < _DEEP)[:, None]
        return found

    def _touched(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which holdings (n, h) have a box that touches each box."""
        west, south, east, north = np.array([one[2:] for one in self.held]).reshape(-1, 4).T
        across = (boxes[:, :1] <= east) & (boxes[:, 2:3] >= west)
        return across & (boxes[:, 1:2] <= north) & (boxes[:, 3:] >= south)


def changed(old: Sequence[Held], new: Sequence[Held]) -> list[Box]:
    """Boxes around everything whose ground may be another where the holdings are other ones, or in another order."""
    both = set(old) & set(new)
    same = [one for one in old if one in both] == [one for one in new if one in both]
    differing = sorted(set(old) ^ set(new) if same else set(old) | set(new))
    side = 180 / (1 << min(LEVEL, *(one.finest for one in (*old, *new))))
    boxes = np.array([one[2:] for one in differing]).reshape(-1, 4)
    grown = _wider(_grown(boxes, side))
    return [(west, south, east, north) for west, south, east, north in grown.tolist()]


def mixed(digests: NDArray[np.bytes_], names: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Digests of entities together with the names of the ground that each lies on; as they are where there is none."""
    halves = np.ascontiguousarray(digests).view(np.uint64) ^ np.ascontiguousarray(names).view(np.uint64)
    return halves.view("S16")


def _wider(boxes: Floats) -> Floats:
    wider: Floats = boxes + np.array([-_BESIDE, -_BESIDE, _BESIDE, _BESIDE])
    return wider


def _grown(boxes: Floats, side: Floats | float) -> Floats:
    """Boxes made of whole tiles with sides of so many degrees."""
    low, high = np.floor(boxes[:, :2] / side), np.ceil(boxes[:, 2:] / side)
    return np.concatenate([low * side, high * side], axis=1)
