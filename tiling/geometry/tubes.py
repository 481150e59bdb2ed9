"""Lines as tubes: rings of corners along each line, round joints where lines meet, flat caps where they end.

A tube of a few sides looks round by its normals. At a bend the ring stands in the plane that halves it, so that the
tube keeps its width; ends that meet are covered by a ball a little thicker than the thickest of them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.geometry.mesh import STEP, Floats, Ints, Mesh, merged, normals_of

THIN: Final = 0.3
"""Below this diameter in metres a tube has 6 sides, else 8."""

_SIDES: Final = (6, 8)
_JOINT: Final = 1.2  # how much thicker than the thickest tube a joint is
_SHARPEST: Final = 0.5  # the cosine of half a bend, below which a ring is no longer widened


@dataclass(frozen=True, slots=True)
class Lines:
    """Middle lines in a tile's frame: the points of each together and in order; radius, kind, feature of each line."""

    points: Floats  # (n, 3) metres east, north, up
    line: Ints  # (n,) whose point it is, ascending
    radius: Floats  # (m,) metres
    kind: NDArray[np.uint8]  # (m,)
    feature: Ints  # (m,)

    def without_repeats(self) -> "Lines":
        """The same lines on the mesh's lattice, without points that repeat the one before, and lines left with one."""
        places = np.rint(self.points / STEP).astype(np.int64)
        moved = np.any(places[1:] != places[:-1], axis=1) | (self.line[1:] != self.line[:-1])
        kept = np.append(True, moved)[: len(places)]
        long = np.bincount(self.line[kept], minlength=len(self.radius)) > 1
        kept &= long[self.line]
        renumbered = np.cumsum(long) - 1
        points = places[kept] * STEP
        return Lines(points, renumbered[self.line[kept]], self.radius[long], self.kind[long], self.feature[long])

    def part(self, chosen: NDArray[np.bool_]) -> "Lines":
        """Some of the lines."""
        kept, renumbered = chosen[self.line], np.cumsum(chosen) - 1
        points, line = self.points[kept], renumbered[self.line[kept]]
        return Lines(points, line, self.radius[chosen], self.kind[chosen], self.feature[chosen])


def tubes(lines: Lines) -> Mesh | None:
    """The mesh of some lines, or None where no line has a length."""
    lines = lines.without_repeats()
    if not len(lines.points):
        return None
    place, alone = _places(lines)
    thin = lines.radius < THIN / 2
    pieces = [_joints(lines, place, alone)]
    for chosen, sides in zip((thin, ~thin), _SIDES, strict=True):
        if chosen.any():
            pieces.append(_tubes(lines.part(chosen), alone[chosen[lines.line]], sides))
    return merged(pieces)


def _places(lines: Lines) -> tuple[Ints, NDArray[np.bool_]]:
    """The number of the place each point stands at, and whether it is the only one there."""
    steps = np.rint(lines.points / STEP).astype(np.int64)
    _, place, count = np.unique(steps, axis=0, return_inverse=True, return_counts=True)
    return place.reshape(-1), count[place.reshape(-1)] == 1


def _tubes(lines: Lines, alone: NDArray[np.bool_], sides: int) -> Mesh:
    """Rings around every point, walls between them, and caps at the ends that stand alone."""
    first, last = _ends(lines.line)
    tangent, bend, stretch = _bends(lines, first, last)
    side = _sideways(lines, tangent, last)
    turn = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    upward = np.cross(tangent, side)
    radial = np.cos(turn)[:, None] * side[:, None] + np.sin(turn)[:, None] * upward[:, None]
    widened = radial + (stretch[:, None] * (radial * bend[:, None]).sum(axis=2))[..., None] * bend[:, None]
    rings = lines.points[:, None] + widened * lines.radius[lines.line][:, None, None]
    walls = _mesh(lines, rings, radial, np.arange(len(rings)), _quads(np.flatnonzero(~last), sides))
    caps = [
        _cap(lines, rings, np.flatnonzero(ends & alone), direction * tangent, direction)
        for ends, direction in ((first, -1), (last, 1))
    ]
    return merged([walls, *caps])


def _ends(line: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which points are a line's first, and which its last."""
    other = line[1:] != line[:-1]
    return np.append(True, other), np.append(other, True)


def _bends(lines: Lines, first: NDArray[np.bool_], last: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """At every point: the direction of the line, the direction of its bend, and how much wider the ring is along it."""
    along = _unit(np.roll(lines.points, -1, axis=0) - lines.points)
    into = np.where(first[:, None], along, np.roll(along, 1, axis=0))
    onward = np.where(last[:, None], into, along)
    into = np.where(first[:, None], onward, into)
    tangent = _unit(into + onward)
    back = np.linalg.norm(into + onward, axis=1) < 1e-6  # the line turns back on itself
    tangent[back] = onward[back]
    cosine = np.clip((tangent * onward).sum(axis=1), _SHARPEST, 1)
    return tangent, _unit(onward - into), np.where(back, 0.0, 1 / cosine - 1)


def _sideways(lines: Lines, tangent: Floats, last: NDArray[np.bool_]) -> Floats:
    """A direction across every point's tangent, much the same all along a line: across the axis it follows least."""
    along = np.abs(_unit(np.roll(lines.points, -1, axis=0) - lines.points))
    most = np.zeros((len(lines.radius), 3))
    np.maximum.at(most, lines.line[~last], along[~last])
    most[:, 2] -= 0.1  # upright where there is no reason for another
    axis = np.eye(3)[np.argmin(most, axis=1)][lines.line]
    lost = np.linalg.norm(np.cross(axis, tangent), axis=1) < 1e-3
    axis[lost] = np.roll(axis[lost], 1, axis=1)
    return _unit(np.cross(axis, tangent))


def _quads(rings: Ints, sides: int) -> Ints:
    """The walls from each of these rings to the next, as triangles of corners."""
    here = np.arange(sides)
    beside = (here + 1) % sides
    quad = np.stack([here, beside, beside + sides, here, beside + sides, here + sides], axis=1)
    return (rings[:, None, None] * sides + quad).reshape(-1, 3)


def _cap(lines: Lines, rings: Floats, points: Ints, facing: Floats, direction: int) -> Mesh:
    """Flat ends at these points, turned along `facing`."""
    sides = rings.shape[1]
    spread = np.arange(1, sides - 1)
    fan = np.stack([np.zeros_like(spread), spread, spread + 1], axis=1)[:, ::direction]
    triangles = (np.arange(len(points))[:, None, None] * sides + fan).reshape(-1, 3)
    normals = np.repeat(facing[points][:, None], sides, axis=1)
    return _mesh(lines, rings[points], normals, points, triangles)


def _joints(lines: Lines, place: Ints, alone: NDArray[np.bool_]) -> Mesh:
    """A ball at every place where a line's end meets something; it belongs to the thickest line there."""
    first, last = _ends(lines.line)
    shared = np.unique(place[(first | last) & ~alone])
    order = np.lexsort((lines.line, -lines.radius[lines.line], place))
    thickest = order[np.searchsorted(place[order], shared)]
    ball = lines.radius[lines.line[thickest]][:, None, None] * _JOINT * BALL
    normals = np.broadcast_to(BALL, ball.shape)
    triangles = (np.arange(len(shared))[:, None, None] * len(BALL) + BALL_SIDES).reshape(-1, 3)
    return _mesh(lines, lines.points[thickest][:, None] + ball, normals, thickest, triangles)


def _mesh(lines: Lines, corners: Floats, normals: Floats, points: Ints, triangles: Ints) -> Mesh:
    """A mesh whose corners (n, k, 3) belong to the lines of `points` (n)."""
    owner = np.repeat(lines.line[points], corners.shape[1])
    return Mesh(
        np.rint(corners.reshape(-1, 3) / STEP).astype(np.int32),
        normals_of(normals.reshape(-1, 3)),
        lines.kind[owner],
        lines.feature[owner].astype(np.uint32),
        triangles.astype(np.uint32),
    )


def _unit(directions: Floats) -> Floats:
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    turned: Floats = directions / np.where(lengths > 0, lengths, 1)
    return turned


def _ball() -> tuple[Floats, Ints]:
    """An octahedron whose edges are halved once and pushed out to the sphere: 18 corners, 32 triangles."""
    corners = [(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    faces = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (1, 0, 5), (2, 1, 5), (3, 2, 5), (0, 3, 5)]
    points = [np.array(corner, np.float64) for corner in corners]
    halves: dict[tuple[int, int], int] = {}
    triangles = []
    for one, two, three in faces:
        sides = [(one, two), (two, three), (three, one)]
        for side in sides:
            if tuple(sorted(side)) not in halves:
                halves[min(side), max(side)] = len(points)
                points.append((points[side[0]] + points[side[1]]) / 2**0.5)
        first, second, third = (halves[min(side), max(side)] for side in sides)
        triangles += [(one, first, third), (two, second, first), (three, third, second), (first, second, third)]
    return np.array(points), np.array(triangles)


BALL, BALL_SIDES = _ball()
