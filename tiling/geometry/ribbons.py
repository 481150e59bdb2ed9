"""Lines as flat ribbons on the ground: as wide as they are, mitred at bends, closed where they end in themselves."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.geometry.mesh import STEP, Floats, Ints, Mesh, normals_of

_SHARPEST: Final = 0.5  # the cosine of half a bend, below which a ribbon is no longer widened


@dataclass(frozen=True, slots=True)
class Tracks:
    """Middle lines in a tile's frame: the points of each together and in order, and upward at each; of each line its
    width in metres, its kind and its feature."""

    points: Floats  # (n, 3) metres east, north, up
    upward: Floats  # (n, 3) of length 1
    line: Ints  # (n,) whose point it is, ascending
    width: Floats  # (m,)
    kind: NDArray[np.uint8]  # (m,)
    feature: Ints  # (m,)

    def without_repeats(self) -> "Tracks":
        """The same lines without points that repeat the one before on the mesh's lattice, and lines left with one."""
        places = np.rint(self.points / STEP).astype(np.int64)
        kept = differs(self.line) | np.append(True, np.any(places[1:] != places[:-1], axis=1))[: len(places)]
        long = np.bincount(self.line[kept], minlength=len(self.width)) > 1
        kept &= long[self.line]
        renumbered = np.cumsum(long) - 1
        parts = self.points[kept], self.upward[kept], renumbered[self.line[kept]]
        return Tracks(*parts, self.width[long], self.kind[long], self.feature[long])


@dataclass(frozen=True, slots=True)
class Banks:
    """Both sides of ribbons: two corners for each point of a line, left and right, and triangles between them."""

    tracks: Tracks
    corners: Floats  # (2n, 3)
    triangles: Ints  # (m, 3)


def banks(tracks: Tracks) -> Banks:
    """The ribbons of some lines; those without a length have none."""
    tracks = tracks.without_repeats()
    tangent, stretch = _bends(tracks)
    across: Floats = np.cross(tracks.upward, tangent).astype(np.float64)
    beside = _unit(across) * (stretch * tracks.width[tracks.line] / 2)[:, None]
    corners = np.stack([tracks.points + beside, tracks.points - beside], axis=1).reshape(-1, 3)
    onward = np.flatnonzero(~_last(tracks.line))
    quad = np.array([1, 3, 2, 1, 2, 0])  # right, right ahead, left ahead; right, left ahead, left
    return Banks(tracks, corners, (2 * onward[:, None] + quad).reshape(-1, 3))


def ribbons(tracks: Tracks) -> Mesh | None:
    """The mesh of some lines, two corners for each of their points; None where no line has a length."""
    made = banks(tracks)
    if not len(made.corners):
        return None
    owner = np.repeat(made.tracks.line, 2)
    return Mesh(
        np.rint(made.corners / STEP).astype(np.int32),
        np.repeat(normals_of(made.tracks.upward), 2, axis=0),
        made.tracks.kind[owner],
        made.tracks.feature[owner].astype(np.uint32),
        made.triangles.astype(np.uint32),
    )


def _bends(tracks: Tracks) -> tuple[Floats, Floats]:
    """At every point the direction of its line, and how much wider the ribbon is there to keep its width."""
    starts = np.flatnonzero(differs(tracks.line))
    ends = np.flatnonzero(_last(tracks.line))
    onward = _unit(np.roll(tracks.points, -1, axis=0) - tracks.points)
    closed = np.all(tracks.points[starts] == tracks.points[ends], axis=1)[:, None]
    onward[ends] = np.where(closed, onward[starts], onward[ends - 1])
    into = np.roll(onward, 1, axis=0)
    into[starts] = np.where(closed, onward[ends - 1], onward[starts])
    tangent = _unit(into + onward)
    back = np.linalg.norm(into + onward, axis=1) < 1e-6  # the line turns back on itself
    tangent[back] = onward[back]
    return tangent, 1 / np.clip((tangent * onward).sum(axis=1), _SHARPEST, 1)


def differs(values: Ints) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _last(line: Ints) -> NDArray[np.bool_]:
    return np.append(line[1:] != line[:-1], True)[: len(line)]


def _unit(directions: Floats) -> Floats:
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    turned: Floats = directions / np.where(lengths > 0, lengths, 1)
    return turned
