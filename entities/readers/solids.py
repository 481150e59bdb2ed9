"""Faces of city models become what the base keeps of a building: surfaces, footprint, lowest and top height."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from entities.crs import Numbers, Projection, round_degrees
from entities.model import Scalar, Surfaces
from entities.painting import LOOKS, PLAIN, Look, looks_text

FOOTPRINT: Final = "F"
"""The kind of a face that is a footprint of level of detail 0; the others are R, W, G and O as in `Surfaces`."""

PLACE: Final = "P"
"""The kind of what has no faces and is a single point."""

MOST_SOLIDS: Final = 1000
"""Buildings taken at a time: one may have thousands of vertices, and memory is to stay flat."""

_GRID: Final = 1e-9  # degrees


@dataclass(slots=True)
class Solid:
    """The faces of one building in its file's coordinates: `points` has x, y, z of every ring, each ring closed.

    `rings` has the number of points of every ring, `faces` the number of rings of every face (the first one its outer
    ring), `kinds` a letter a face, `looks` how each face looks. One that is a place alone has a point and no face.
    """

    points: list[Numbers] = field(default_factory=list)
    rings: list[int] = field(default_factory=list)
    faces: list[int] = field(default_factory=list)
    kinds: str = ""
    looks: list[Look] = field(default_factory=list)

    @classmethod
    def at(cls, place: Numbers) -> "Solid":
        """A place alone."""
        return cls([place.reshape(1, 3)], [1], [], PLACE, [PLAIN])

    def add(self, rings: Sequence[Numbers], kind: str, look: Look = PLAIN) -> None:
        """Add one face; rings of fewer than three corners are no faces and are left out with what they belong to."""
        if not rings or len(rings[0]) < 4:
            return
        kept = [ring for ring in rings if len(ring) >= 4]
        self.points += kept
        self.rings += [len(ring) for ring in kept]
        self.faces.append(len(kept))
        self.kinds += kind
        self.looks.append(look if len(kept) == len(rings) else _without_rings(look, rings))

    def looks_text(self) -> dict[str, str | None]:
        """The looks of the faces that become surfaces, as the attributes that keep them."""
        pairs = zip(self.kinds, self.looks, strict=True)
        return looks_text([look for kind, look in pairs if kind != FOOTPRINT])

    def vertices(self) -> int:
        """How many vertices all faces have together."""
        return sum(self.rings)


def _without_rings(look: Look, rings: Sequence[Numbers]) -> Look:
    """The look of a face that loses the rings that are too short."""
    if look.patch is None:
        return look
    kept = np.concatenate([np.full(len(ring) - 1, len(ring) >= 4) for ring in rings])
    return replace(look, patch=replace(look.patch, corners=look.patch.corners[kept]))


def looks_columns(solids: Sequence[Solid]) -> dict[str, list[Scalar]]:
    """The looks of solids as columns of a chunk; those in which nothing is said are left out."""
    texts = [solid.looks_text() for solid in solids]
    columns: dict[str, list[Scalar]] = {name: [text[name] for text in texts] for name in sorted(LOOKS)}
    return {name: column for name, column in columns.items() if any(column)}


@dataclass(frozen=True, slots=True)
class Built:
    """What became of a chunk of solids: one of each a solid; None where a solid has no footprint or no surfaces."""

    footprints: Sequence[shapely.Geometry | None]
    surfaces: Sequence[Surfaces | None]
    bottoms: Sequence[float | None]
    tops: Sequence[float | None]
    finite: Sequence[bool]
    corners: Numbers  # x and y of a point of each solid in the file's coordinates


def build(solids: Sequence[Solid], projection: Projection) -> Built:
    """Take solids into the base's coordinates, all points at once, and derive what the base keeps."""
    sizes = np.array([solid.vertices() for solid in solids], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    points = np.concatenate([ring for solid in solids for ring in solid.points] or [np.empty((0, 3))])
    finite = [bool(np.isfinite(points[a:b]).all()) for a, b in pairwise(starts)]
    placed = projection.place_solid(points)
    pieces = [
        _build_one(solid, placed[a:b]) if good else (None, None, None, None)
        for solid, (a, b), good in zip(solids, pairwise(starts), finite, strict=True)
    ]
    corners = np.array([points[a, :2] if b > a else (np.nan, np.nan) for a, b in pairwise(starts)])
    footprints, surfaces, bottoms, tops = zip(*pieces, strict=True) if pieces else ((), (), (), ())
    return Built(footprints, surfaces, bottoms, tops, finite, corners.reshape(-1, 2))


_Piece = tuple[shapely.Geometry | None, Surfaces | None, float | None, float | None]


def _build_one(solid: Solid, points: Numbers) -> _Piece:
    if solid.kinds == PLACE:
        return shapely.Point(points[0, :2]), None, float(points[0, 2]) or None, None
    if not solid.faces or not np.isfinite(points).all():
        return None, None, None, None
    polygons = _polygons(points, solid.rings, solid.faces)
    kinds = np.array(list(solid.kinds))
    standing = kinds != FOOTPRINT
    footprint = _footprint(polygons, kinds)
    if not standing.any():
        return footprint, None, None, None
    faces = polygons[standing]
    ground = faces[kinds[standing] == "G"]
    bottom = _heights(ground if len(ground) else faces).min()
    surfaces = Surfaces(shapely.multipolygons(faces), "".join(kinds[standing]))
    return footprint, surfaces, float(bottom), float(_heights(faces).max())


def _polygons(points: Numbers, rings: Sequence[int], faces: Sequence[int]) -> npt.NDArray[np.object_]:
    """Polygons Z of faces, made all at once."""
    ring_ends = np.concatenate([[0], np.cumsum(rings)])
    face_ends = np.concatenate([[0], np.cumsum(faces)])
    made: npt.NDArray[np.object_] = shapely.from_ragged_array(GeometryType.POLYGON, points, (ring_ends, face_ends))
    return made


def _heights(faces: npt.NDArray[np.object_]) -> Numbers:
    heights: Numbers = shapely.get_coordinates(faces, include_z=True)[:, 2]
    return heights


def _footprint(polygons: npt.NDArray[np.object_], kinds: npt.NDArray[np.str_]) -> shapely.Geometry | None:
    """The ground a building stands on: its ground surfaces, else its LoD 0 footprint, else all faces from above."""
    for wanted in ("G", FOOTPRINT, None):
        chosen = polygons if wanted is None else polygons[kinds == wanted]
        if len(chosen) and (found := _union(shapely.force_2d(chosen))) is not None:
            return found
    return None


def _union(faces: npt.NDArray[np.object_]) -> shapely.Geometry | None:
    """The area that faces cover together, valid and on the base's grid; None where they cover none."""
    crossing = ~shapely.is_valid(faces)
    sound = np.array(faces, dtype=object)
    sound[crossing] = shapely.make_valid(faces[crossing], method="structure")
    sound = sound[shapely.area(sound) > 0]
    if len(sound) == 0:
        return None
    if len(sound) == 1 and sound[0].geom_type == "Polygon":
        return shapely.normalize(sound[0])
    joined = shapely.transform(shapely.union_all(sound, grid_size=_GRID), round_degrees)
    parts = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return shapely.normalize(whole if shapely.is_valid(whole) else shapely.make_valid(whole, method="structure"))
