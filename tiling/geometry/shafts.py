"""Upright round shafts: what was found below a place, from height to height, as arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Floats, Frame, ground_and_upward
from tiling.geometry.mesh import NOTHING, STEP, Ints, Mesh, normals_of

SIDES: Final = 8


@dataclass(frozen=True, slots=True)
class Shafts:
    """Shafts, each at a place (lon, lat), between heights above the ellipsoid, of a radius, a kind and a feature."""

    places: Floats  # (n, 2) degrees
    low: Floats  # (n,) metres
    high: Floats
    radius: Floats
    kinds: NDArray[np.uint8]
    features: Ints


def shafts(some: Shafts, frame: Frame) -> Mesh:
    """The mesh of some shafts: walls that look round by their normals, and flat ends."""
    if not len(some.places):
        return NOTHING
    ground, upward = ground_and_upward(some.places[:, 0], some.places[:, 1])
    ground, upward = frame.local(ground), frame.turned(upward)
    ends = np.stack([ground + upward * height[:, None] for height in (some.low, some.high)], axis=1)  # (n, 2, 3)
    corners = np.rint((ends[:, :, None] + some.radius[:, None, None, None] * _ROUND) / STEP)  # (n, 2, sides, 3)
    corners = np.concatenate([corners, corners], axis=1).astype(np.int32)  # walls, then the ends once more
    count = len(some.places)
    shape = (count, *_NORMALS.shape)
    return Mesh(
        corners.reshape(-1, 3),
        np.broadcast_to(normals_of(_NORMALS.reshape(-1, 3)).reshape(_NORMALS.shape), shape).reshape(-1, 3),
        np.repeat(some.kinds, 4 * SIDES),
        np.repeat(some.features, 4 * SIDES).astype(np.uint32),
        (np.arange(count)[:, None, None] * 4 * SIDES + _TRIANGLES).reshape(-1, 3).astype(np.uint32),
    )


def _triangles() -> Ints:
    """The corners of one shaft's triangles: its foot, its head, and both once more as ends."""
    here = np.arange(SIDES)
    beside = (here + 1) % SIDES
    walls = [(here, beside, beside + SIDES), (here, beside + SIDES, here + SIDES)]
    spread = np.arange(1, SIDES - 1)
    first = np.zeros_like(spread)
    foot, head = 2 * SIDES, 3 * SIDES
    ends = [(first + foot, spread + 1 + foot, spread + foot), (first + head, spread + head, spread + 1 + head)]
    return np.concatenate([np.stack(corners, axis=1) for corners in [*walls, *ends]])


_TURN: Final = 2 * np.pi * np.arange(SIDES) / SIDES
_ROUND: Final = np.stack([np.cos(_TURN), np.sin(_TURN), np.zeros(SIDES)], axis=1)
_UP: Final = np.broadcast_to([0.0, 0.0, 1.0], _ROUND.shape)
_NORMALS: Final = np.stack([_ROUND, _ROUND, -_UP, _UP])
_TRIANGLES: Final = _triangles()
