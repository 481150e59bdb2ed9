"""The measured surfaces of the buildings in a tile, one after another, and what each shows of a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from entities.painting import COLOURS, TEXTURES, Patch, colours_of, textures_of
from entities.pictures import Pictures
from tiling.ecef import Frame
from tiling.encoding.atlas import Atlas, gathered
from tiling.geometry.mesh import KINDS, NOTHING, Floats, Ints, Kinds, Mesh, Shapes, areas, surfaces

_NOWHERE: Final = np.zeros((0, 2))


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Surfaces (n): polygons Z, the number of each one's kind, whose each is, and what it shows of a picture."""

    polygons: Shapes
    kinds: Kinds
    owners: Ints  # places in the versions of a tile
    patches: Sequence[Patch | None]

    @classmethod
    def of(cls, versions: Sequence[Version], paints: Sequence[str] = ()) -> Self:
        """The surfaces of versions; one with one of the `paints` is of a kind of its own, after those of `KINDS`."""
        measured = [(row, version.state) for row, version in enumerate(versions) if version.state.surfaces is not None]
        whole = [state.surfaces.polygons for _, state in measured if state.surfaces is not None]
        polygons, part = shapely.get_parts(np.array(whole, dtype=object), return_index=True)
        rows = np.array([row for row, _ in measured], np.int64)[part]
        kinds = _kinds([versions[row] for row, _ in measured], paints)
        patches = [patch for row, _ in measured for patch in _patches(versions[row])]
        present = ~shapely.is_empty(polygons)
        shown = [patch for patch, there in zip(patches, present.tolist(), strict=True) if there]
        return cls(polygons[present], kinds[present], rows[present], shown)

    def mesh(self, chosen: NDArray[np.bool_], lift: Floats, frame: Frame, places: Floats | None = None) -> Mesh:
        """Those chosen as a mesh, each raised by the `lift` of its owner; `places` are those of all their corners."""
        owners = self.owners[chosen]
        if not len(owners):
            return NOTHING
        return surfaces(self.polygons[chosen], self.kinds[chosen], owners, lift[owners], frame, places)


def shown(faces: Faces, pictures: Pictures | None) -> Atlas:
    """What surfaces show, gathered on sheets; nothing is shown where pictures are not kept."""
    rows = [row for row, patch in enumerate(faces.patches) if patch is not None and pictures is not None]
    numbers = np.full(len(faces.owners), -1)
    if not rows or pictures is None:
        return Atlas(numbers, [], [])
    patches = [patch for patch in faces.patches if patch is not None]
    found = gathered(patches, areas(faces.polygons[rows]), pictures.open)
    numbers[rows] = found.numbers
    places = dict(zip(rows, found.places, strict=True))
    return Atlas(numbers, [places.get(row, _NOWHERE) for row in range(len(numbers))], found.sheets)


def paints_of(version: Version) -> list[str]:
    """The colour that a survey gives to each surface of a building, empty where it gives none."""
    surfaces = version.state.surfaces
    return colours_of(version.state.attributes.get(COLOURS), len(surfaces.kinds) if surfaces else 0)


def _kinds(versions: Sequence[Version], paints: Sequence[str]) -> Kinds:
    """The number of the kind of every surface, or of its paint."""
    letters = "".join(version.state.surfaces.kinds for version in versions if version.state.surfaces)
    table = np.array([KINDS.find(chr(letter)) for letter in range(256)]).astype(np.uint8)
    kinds = table[np.frombuffer(letters.encode(), np.uint8)]
    if not paints:
        return kinds
    numbers = {paint: len(KINDS) + number for number, paint in enumerate(paints)}
    found = np.array([numbers.get(colour, -1) for version in versions for colour in paints_of(version)], np.int64)
    return np.where(found < 0, kinds, found).astype(np.uint16)


def _patches(version: Version) -> list[Patch | None]:
    parts = shapely.get_parts(version.state.surfaces.polygons) if version.state.surfaces else []
    text = version.state.attributes.get(TEXTURES)
    if text is None:
        return [None] * len(parts)
    corners = shapely.get_num_coordinates(parts) - shapely.get_num_interior_rings(parts) - 1
    return textures_of(text, np.maximum(corners, 0).tolist())
