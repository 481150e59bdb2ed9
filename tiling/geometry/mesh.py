"""Footprints and measured surfaces as triangles: arrays throughout, on a lattice of 1/128 m in a tile's own frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import mapbox_earcut as earcut
import numpy as np
import shapely
from numpy.typing import NDArray

from tiling.ecef import Frame, ground_and_upward, metres_per_degree

STEP: Final = 1 / 128
"""The lattice's step in metres; a power of two, so that positions are exact in 32-bit floats within 65 km."""

ERROR: Final = STEP * 3**0.5 / 2
"""How far a vertex can be moved by the lattice, in metres: half a cell's diagonal."""

KINDS: Final = "RWGO"
"""The kinds of surfaces, in the order of their numbers: roof, wall, ground, other."""

_UPRIGHT: Final = 127
_CUT: Final = np.array([2, 3, 0, 0, 1, 2])
"""How earcut cuts any convex quadrilateral that goes round counter-clockwise; half of all roofs and most walls are."""

_AXES: Final = np.array([[1, 2], [2, 0], [0, 1]])  # the two that are left when one is dropped, turning the same way

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Kinds = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles whose corners know their normal, their kind of surface and the feature they belong to."""

    positions: NDArray[np.int32]  # (n, 3) steps east, north, up
    normals: NDArray[np.int8]  # (n, 3) of length 127
    kinds: Kinds  # (n,) numbers of KINDS, or of colours of their own behind those
    features: NDArray[np.uint32]  # (n,)
    triangles: NDArray[np.uint32]  # (m, 3) counter-clockwise seen from outside
    places: NDArray[np.float32] | None = None  # (n, 2) on a picture, from its upper left, 0 to 1

    @property
    def extent(self) -> NDArray[np.int32]:
        """Smallest and largest east, north, up in steps (6); all 0 for an empty mesh."""
        if not len(self.positions):
            return np.zeros(6, np.int32)
        columns = np.ascontiguousarray(self.positions.T)  # many times faster than down the columns
        return np.concatenate([columns.min(axis=1), columns.max(axis=1)])


def extent_of(meshes: Sequence[Mesh]) -> NDArray[np.int32]:
    """Smallest and largest east, north, up in steps (6) of several meshes, all 0 where they are empty."""
    found = np.array([mesh.extent for mesh in meshes if len(mesh.positions)], np.int32).reshape(-1, 6)
    if not len(found):
        return np.zeros(6, np.int32)
    return np.concatenate([found[:, :3].min(axis=0), found[:, 3:].max(axis=0)])


def merged(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several that show no picture."""
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.positions for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.kinds for mesh in meshes]),
        np.concatenate([mesh.features for mesh in meshes]),
        np.concatenate([mesh.triangles + np.uint32(start) for mesh, start in zip(meshes, starts, strict=False)]),
    )


def prisms(polygons: Shapes, features: Ints, low: Floats, high: Floats, frame: Frame) -> Mesh:
    """Upright blocks: a roof and walls for each polygon (lon, lat) from `low` to `high` (m above the ellipsoid).

    They have no floor, and no walls where `high` is not above `low`.
    """
    polygons = shapely.orient_polygons(polygons, exterior_cw=False)
    outlines = _Outlines.of(polygons, has_z=False)
    ground, upward = ground_and_upward(outlines.points[:, 0], outlines.points[:, 1])
    ground, upward = frame.local(ground), frame.turned(upward)
    foot = _snapped(ground + upward * low[outlines.polygon, None])
    top = _snapped(ground + upward * high[outlines.polygon, None])
    walls = _walls(outlines, foot, top, features)
    return merged([_roofs(outlines, top, features), walls])


def triangulated(polygons: Shapes) -> tuple[Floats, Ints]:
    """Polygons (lon, lat), none empty, as triangles (m, 3, 2), and which polygon each is of."""
    if not len(polygons):
        return np.zeros((0, 3, 2)), np.zeros(0, np.int64)
    outlines = _Outlines.of(polygons, has_z=False)
    triangles = outlines.triangles(outlines.points)
    return outlines.points[outlines.corners][triangles], outlines.polygon[outlines.corners][triangles[:, 0]]


def surfaces(
    polygons: Shapes,
    kinds: Kinds,
    features: Ints,
    lift: Floats,
    frame: Frame,
    shown: Floats | None = None,
) -> Mesh:
    """Measured surfaces: flat polygons (lon, lat, height), each of one kind, raised by `lift` (m).

    `shown` says for every corner, without the repetition at a ring's end, where on a picture it is.
    """
    outlines = _Outlines.of(polygons, has_z=True)
    ground, upward = ground_and_upward(outlines.points[:, 0], outlines.points[:, 1])
    heights = outlines.points[:, 2] + lift[outlines.polygon]
    places = _snapped(frame.local(ground) + frame.turned(upward) * heights[:, None])
    facing = _newell(outlines, places)
    dropped = np.argmax(np.abs(facing), axis=1)
    flat = np.take_along_axis(places, _AXES[dropped][outlines.polygon], axis=1)
    front = np.sign(np.take_along_axis(facing, dropped[:, None], axis=1))[:, 0]
    positions, owners = places[outlines.corners], outlines.polygon[outlines.corners]
    triangles = _facing(flat[outlines.corners], outlines.triangles(flat), front[owners])
    return _compact(positions, normals_of(facing)[owners], kinds[owners], features[owners], triangles, shown)


def areas(polygons: Shapes) -> Floats:
    """How large flat polygons (lon, lat, height) are, in square metres, near enough."""
    found: Floats = np.linalg.norm(facings(polygons), axis=1)
    return found


def facings(polygons: Shapes) -> Floats:
    """Where flat polygons (lon, lat, height) face, east, north and up, each vector as long as its area in m²."""
    outlines = _Outlines.of(polygons, has_z=True)
    across, along = metres_per_degree(outlines.points[:, 1])
    metres = outlines.points * np.stack([across, along, np.ones(len(across))], axis=1)
    found: Floats = _newell(outlines, metres) / 2
    return found


@dataclass(frozen=True, slots=True)
class _Outlines:
    """The rings of polygons, none empty, as points in one array; each ring's first point comes again at its end."""

    points: Floats  # (n, 2 or 3)
    polygon: Ints  # (n,) whose point it is
    corners: NDArray[np.bool_]  # (n,) not the repetition at a ring's end
    ring_ends: NDArray[np.uint32]  # for each ring, the number of its polygon's corners up to its end
    ring_counts: Ints  # how many rings each polygon has

    @classmethod
    def of(cls, polygons: Shapes, has_z: bool) -> "_Outlines":
        rings, owner = shapely.get_rings(polygons, return_index=True)
        points, ring = shapely.get_coordinates(rings, include_z=has_z, return_index=True)
        corners = np.append(ring[1:] == ring[:-1], False)
        first = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
        ends = np.cumsum(np.bincount(ring[corners], minlength=len(rings)))
        starts = np.append(0, ends)[np.flatnonzero(first)]
        counts = np.bincount(owner, minlength=len(polygons))
        relative = (ends - np.repeat(starts, counts)).astype(np.uint32)
        return cls(points, owner[ring], corners, relative, counts)

    def triangles(self, flat: NDArray[np.int64] | Floats) -> NDArray[np.int64]:
        """The polygons cut into triangles of corners; `flat` are all points' coordinates in each polygon's plane."""
        coordinates = np.ascontiguousarray(flat[self.corners], np.float64)
        last = np.cumsum(self.ring_counts)
        sizes = self.ring_ends[last - 1].astype(np.int64)
        ends = np.cumsum(sizes)
        plain = _plain(coordinates, ends - sizes, (self.ring_counts == 1) & (sizes == 4))
        spans = np.stack([ends - sizes, ends, last - self.ring_counts, last], axis=1)[~plain].tolist()
        cut = earcut.triangulate_float64
        pieces = [cut(coordinates[start:end], self.ring_ends[one:two]) for start, end, one, two in spans]
        counts = np.full(len(sizes), _CUT.size)
        counts[~plain] = [len(piece) for piece in pieces]
        corners, owner = np.repeat(ends - sizes, counts), np.repeat(plain, counts)
        corners[owner] += np.tile(_CUT, int(plain.sum()))
        corners[~owner] += np.concatenate([np.zeros(0, np.int64), *pieces])
        return corners.reshape(-1, 3)


def _plain(coordinates: Floats, starts: Ints, quads: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the polygons, of those that have four corners, are convex and counter-clockwise: their cut is known."""
    corners = coordinates[starts[quads, None] + np.arange(4)]
    along = np.roll(corners, -1, axis=1) - corners
    on = np.roll(along, -1, axis=1)
    found = quads.copy()
    found[quads] = np.all(along[..., 0] * on[..., 1] > along[..., 1] * on[..., 0], axis=1)
    return found


def _roofs(outlines: _Outlines, top: Ints, features: Ints) -> Mesh:
    positions, owners = top[outlines.corners], features[outlines.polygon[outlines.corners]]
    flat = top[:, :2]
    triangles = _facing(flat[outlines.corners], outlines.triangles(flat), np.ones(len(positions)))
    upright = np.broadcast_to(np.array([0, 0, _UPRIGHT], np.int8), positions.shape)
    return _compact(positions, upright, np.zeros(len(positions), np.uint8), owners, triangles)


def _walls(outlines: _Outlines, foot: Ints, top: Ints, features: Ints) -> Mesh:
    """Four corners of its own for each wall, since neighbouring walls have other normals."""
    start = np.flatnonzero(outlines.corners)
    along = foot[start + 1] - foot[start]
    kept = np.any(along[:, :2] != 0, axis=1) & (top[start, 2] > foot[start, 2])
    start, along = start[kept], along[kept]
    corners = np.stack([foot[start], foot[start + 1], top[start + 1], top[start]], axis=1).reshape(-1, 3)
    outward = np.stack([along[:, 1], -along[:, 0], np.zeros(len(along), np.int64)], axis=1)
    quads = 4 * np.arange(len(start), dtype=np.uint32)[:, None] + np.array([0, 1, 2, 0, 2, 3], np.uint32)
    return Mesh(
        corners.astype(np.int32),
        np.repeat(normals_of(outward.astype(np.float64)), 4, axis=0),
        np.full(len(corners), KINDS.index("W"), np.uint8),
        np.repeat(features[outlines.polygon[start]], 4).astype(np.uint32),
        quads.reshape(-1, 3),
    )


def _newell(outlines: _Outlines, places: Ints | Floats) -> Floats:
    """The direction each polygon faces (Newell's method); holes, being smaller, cannot turn it."""
    start = np.flatnonzero(outlines.corners)
    owner = outlines.polygon[start]
    count = len(outlines.ring_counts)
    first = np.searchsorted(owner, np.arange(count))
    origin = places[start[first]][owner]
    turned = np.cross(places[start] - origin, places[start + 1] - origin).astype(np.float64)
    return np.stack([np.bincount(owner, turned[:, axis], count) for axis in range(3)], axis=1)


def _facing(flat: Ints, triangles: Ints, front: Floats) -> Ints:
    """The triangles that have an area, turned so that each goes round as its polygon does (`front`, a corner each)."""
    one, two, three = (flat[triangles[:, corner]] for corner in range(3))
    area = (two[:, 0] - one[:, 0]) * (three[:, 1] - one[:, 1]) - (two[:, 1] - one[:, 1]) * (three[:, 0] - one[:, 0])
    area = area * front[triangles[:, 0]]
    triangles = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    kept: Ints = triangles[area != 0]
    return kept


def _compact(
    positions: Ints,
    normals: NDArray[np.int8],
    kinds: Kinds,
    owners: Ints,
    used: Ints,
    shown: Floats | None = None,
) -> Mesh:
    """A mesh without the corners that no triangle uses."""
    needed = np.zeros(len(positions), np.bool_)
    needed[used] = True
    renumbered = np.cumsum(needed, dtype=np.uint32) - np.uint32(1)
    return Mesh(
        positions[needed].astype(np.int32),
        normals[needed],
        kinds[needed],
        owners[needed].astype(np.uint32),
        renumbered[used],
        None if shown is None else shown[needed].astype(np.float32),
    )


def _snapped(metres: Floats) -> Ints:
    return np.rint(metres / STEP).astype(np.int64)


def normals_of(directions: Floats) -> NDArray[np.int8]:
    """Directions as vectors of length 127; one without length stays 0."""
    lengths = np.sqrt((directions * directions).sum(axis=1, keepdims=True))
    normals: NDArray[np.int8] = np.rint(directions / np.where(lengths > 0, lengths, 1) * _UPRIGHT).astype(np.int8)
    return normals


NOTHING: Final = Mesh(
    np.zeros((0, 3), np.int32),
    np.zeros((0, 3), np.int8),
    np.zeros(0, np.uint8),
    np.zeros(0, np.uint32),
    np.zeros((0, 3), np.uint32),
)
"""A mesh without anything."""
