"""Areas spread over the ground: their triangles follow its triangles, and stand up where what they are of is high."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.building.footing import areas_of, finest_for
from tiling.ecef import Floats, Frame, ground_and_upward
from tiling.elevation.surface import Lain, Surface
from tiling.geometry.convex import Pieces, Yes, fans
from tiling.geometry.mesh import NOTHING, STEP, Ints, Mesh, merged, normals_of

_WALL: Final = np.array([0, 1, 2, 0, 2, 3], np.uint32)


@dataclass(frozen=True, slots=True)
class Sheets:
    """Triangles that are to lie on the ground, and what is said of each."""

    triangles: Floats  # (n, 3, 2) degrees
    feature: Ints  # (n,)
    kind: NDArray[np.uint8]  # (n,) the kind of surface, the same for all of a feature
    base: Floats  # (n,) the height of its ground in the 1985 datum, where nobody measured that
    anomaly: Floats  # (n,) what is added to that to reach the ellipsoid, where there is no survey at all
    above: Floats  # (n,) metres above the ground
    tall: Floats  # (n,) how high it stands up from there

    @property
    def finest(self) -> Ints:
        """The finest level of terrain (n,) that each is laid on, as large as what it is of is."""
        one, two, three = (self.triangles[:, corner] for corner in range(3))
        along, away = two - one, three - one
        doubled = np.abs(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])
        area: Floats = np.bincount(self.feature, doubled).astype(np.float64) / 2
        boxes = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(area), 1))
        np.minimum.at(boxes[:, :2], self.feature, self.triangles.min(axis=1))
        np.maximum.at(boxes[:, 2:], self.feature, self.triangles.max(axis=1))
        known = np.unique(self.feature)
        area[known] = np.minimum(area[known], areas_of(boxes[known]))
        return finest_for(area)[self.feature]


def draped(sheets: Sheets, surface: Surface, frame: Frame) -> Mesh:
    """The mesh of some sheets: what is seen from above, and walls around what is high."""
    lain = surface.laid(sheets.triangles, sheets.finest)
    pieces, there = lain.pieces, lain.pieces.there
    thing = np.repeat(pieces.thing, pieces.count)
    ground, upward = ground_and_upward(*pieces.corners[there].T)
    ground, upward = frame.local(ground), frame.turned(upward)
    height = _heights(lain, sheets)[there]
    foot = np.rint((ground + upward * height[:, None]) / STEP).astype(np.int64)
    top = np.rint((ground + upward * (height + sheets.tall[thing])[:, None]) / STEP).astype(np.int64)
    places, triangles = _welded(np.column_stack([sheets.feature[thing], top, foot, sheets.kind[thing]]), pieces)
    sheet = _Sheet(places[:, 0], places[:, 1:4], places[:, 4:7], places[:, 7], _upturned(places[:, 1:4], triangles))
    return merged([sheet.mesh(), sheet.walls() if sheets.tall.any() else NOTHING])


def _heights(lain: Lain, sheets: Sheets) -> Floats:
    """The height of each corner above the ellipsoid (n, MOST)."""
    base, anomaly, above = (part[lain.pieces.thing, None] for part in (sheets.base, sheets.anomaly, sheets.above))
    measured = lain.heights + lain.unknown * base
    found: Floats = np.where(lain.beyond[:, None], anomaly + base, measured) + above
    return found


def _welded(corners: Ints, pieces: Pieces) -> tuple[Ints, Ints]:
    """The corners of all pieces, each once, and the triangles between them."""
    low = corners[:, 1:4].min(axis=0, initial=0)
    first = corners[:, 0] << 32 | corners[:, 1] - low[0]
    second = corners[:, 2] - low[1] << 32 | corners[:, 3] - low[2]
    order = np.lexsort((second, first))
    ordered, first, second = corners[order], first[order], second[order]
    new = np.append(True, (first[1:] != first[:-1]) | (second[1:] != second[:-1]))[: len(order)]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new) - 1
    start = np.cumsum(pieces.count) - pieces.count
    piece, corner = fans(pieces)
    return ordered[new], number[start[piece, None] + corner]


def _upturned(places: Ints, triangles: Ints) -> Ints:
    """The triangles that have an area seen from above, all turned to be seen from there."""
    one, two, three = (places[triangles[:, corner], :2] for corner in range(3))
    along, away = two - one, three - one
    area = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    turned = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    kept: Ints = turned[area != 0]
    return kept


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Corners on the mesh's lattice, where they would be if nothing was high, and the triangles between them."""

    feature: Ints
    places: Ints  # (n, 3)
    feet: Ints  # (n, 3)
    kind: Ints
    triangles: Ints

    def mesh(self) -> Mesh:
        """What is seen from above; light falls on a corner as on the triangles around it together."""
        used = np.zeros(len(self.places), np.bool_)
        used[self.triangles] = True
        renumbered = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
        return Mesh(
            self.places[used].astype(np.int32),
            normals_of(self._facing()[used]),
            self.kind[used].astype(np.uint8),
            self.feature[used].astype(np.uint32),
            renumbered[self.triangles],
        )

    def _facing(self) -> Floats:
        """The direction that the triangles around each corner face together, the larger ones more."""
        one, two, three = (self.places[self.triangles[:, corner]] for corner in range(3))
        facing = np.cross(two - one, three - one)
        sums = np.zeros(self.places.shape, np.int64)
        for corner in range(3):
            np.add.at(sums, self.triangles[:, corner], facing)
        return sums.astype(np.float64)

    def walls(self) -> Mesh:
        """Walls below the outer edges, which are those of one triangle only."""
        start = self.triangles.ravel()
        end = np.roll(self.triangles, -1, axis=1).ravel()
        outer: Yes = ~np.isin(start * len(self.places) + end, end * len(self.places) + start)
        outer &= (self.places[start, 2] > self.feet[start, 2]) & np.any(
            self.places[start, :2] != self.places[end, :2], axis=1
        )
        start, end = start[outer], end[outer]
        corners = np.stack([self.feet[start], self.feet[end], self.places[end], self.places[start]], axis=1)
        along = self.places[end] - self.places[start]
        outward = np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(along), np.int64)])
        return Mesh(
            corners.reshape(-1, 3).astype(np.int32),
            np.repeat(normals_of(outward.astype(np.float64)), 4, axis=0),
            np.repeat(self.kind[start], 4).astype(np.uint8),
            np.repeat(self.feature[start], 4).astype(np.uint32),
            (4 * np.arange(len(start), dtype=np.uint32)[:, None] + _WALL).reshape(-1, 3),
        )
