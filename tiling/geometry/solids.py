"""The simple solids that shapes of instances are put together of: round ones turned about the vertical, and balls."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from tiling.geometry.instances import Shape
from tiling.geometry.mesh import Ints
from tiling.geometry.tubes import BALL, BALL_SIDES

_SIDES: Final = 6


def ball(radius: tuple[float, float], middle: float, colour: int) -> Shape:
    """A ball pressed to a radius across and one upward, its middle at a height."""
    corners = BALL * [radius[0], radius[0], radius[1]] + [0, 0, middle]
    facing = BALL / [radius[0], radius[0], radius[1]]
    return Shape(corners, facing, np.full(len(BALL), colour, np.uint8), BALL_SIDES)


def turned(outline: Sequence[tuple[float, float]], colour: int) -> Shape:
    """What an outline of (radius, height), from the foot up, sweeps out; ends that are no point stay open."""
    turn = 2 * np.pi * np.arange(_SIDES) / _SIDES
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    pieces = []
    for (wide, low), (narrow, high) in pairwise(outline):
        rings = ((wide, low), (narrow, high))
        ends = [np.column_stack([around * radius, np.full(_SIDES, height)]) for radius, height in rings]
        slope = (wide - narrow) / max(high - low, 1e-9)
        facing = np.column_stack([around, np.full(_SIDES, slope)])
        colours = np.full(2 * _SIDES, colour, np.uint8)
        pieces.append(Shape(np.concatenate(ends), np.tile(facing, (2, 1)), colours, _WALLS))
    return together(pieces)


def together(shapes: Sequence[Shape]) -> Shape:
    """One shape of several, without triangles that have no area."""
    starts = np.cumsum([0, *(len(shape.corners) for shape in shapes)])
    corners = np.concatenate([shape.corners for shape in shapes])
    triangles = np.concatenate([shape.triangles + start for shape, start in zip(shapes, starts, strict=False)])
    one, two, three = (corners[triangles[:, corner]] for corner in range(3))
    area = np.linalg.norm(np.cross(two - one, three - one), axis=1)
    facing, colours = (np.concatenate([getattr(shape, part) for shape in shapes]) for part in ("facing", "colours"))
    return Shape(corners, facing, colours, triangles[area > 1e-9])


def _walls() -> Ints:
    here = np.arange(_SIDES)
    beside = (here + 1) % _SIDES
    halves = [(here, beside, beside + _SIDES), (here, beside + _SIDES, here + _SIDES)]
    return np.concatenate([np.stack(corners, axis=1) for corners in halves])


_WALLS: Final = _walls()
