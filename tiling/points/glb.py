"""Points as one GLB, the same bytes every time: places on the lattice, colours, and what the survey said of each.

Properties are whole numbers as they were surveyed, as property attributes (EXT_structural_metadata), so that a client
can colour, hide and read points by them. Points that name their entity have it as a feature (EXT_mesh_features).
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.gltf import Binary, Json, packed
from tiling.points.lattice import Lattice
from tiling.points.layout import Words
from tiling.points.packing import colours, extent_of, long_places, numbers, short_places

Whole = NDArray[np.int64]

_WIDEST: Final = 65535
_BYTE, _SHORT, _FLOAT = 5121, 5123, 5126
_POINTS = 0
_BRIGHT: Final = np.arange(256) / 255
LIGHT: Final = np.round(
    65535 * np.where(_BRIGHT <= 0.04045, _BRIGHT / 12.92, ((_BRIGHT + 0.055) / 1.055) ** 2.4)
).astype(np.uint16)
"""Linear light of each of the 256 values of sRGB (IEC 61966-2-1): glTF's colours of vertices are linear."""


class Property(NamedTuple):
    """What each point says: where it stands among the words, and how it is told."""

    name: str
    meaning: str
    word: int
    shift: int
    component: int

    @property
    def kind(self) -> str:
        return "UINT8" if self.component == _BYTE else "UINT16"

    @property
    def most(self) -> int:
        return 0xFF if self.component == _BYTE else 0xFFFF


PROPERTIES: Final = (
    Property("classification", "Class of the point (ASPRS LAS 1.4)", 5, 0, _BYTE),
    Property("intensity", "Strength of the return as the sensor gave it", 4, 16, _SHORT),
    Property("number_of_returns", "How many returns the pulse had", 5, 12, _BYTE),
    Property("point_source", "Number of the flight line or station", 5, 16, _SHORT),
    Property("return_number", "Which return of its pulse the point is", 5, 8, _BYTE),
)
_HALVES: Final = {"number_of_returns": 15, "return_number": 15}  # two numbers share a byte aside


@dataclass(frozen=True, slots=True)
class Look:
    """What the points of a cloud have beside their places: colours of so many bits, and names of entities."""

    lattice: Lattice
    colour_bits: int
    codes: tuple[str, ...] | None
    generator: str


def glb(points: Words, look: Look) -> tuple[bytes, Whole]:
    """Return the GLB of some points, at least one, and their extent in steps (2 x 3)."""
    binary, extent = Binary(), extent_of(points)
    place, node = _places(points, extent, look.lattice, binary)
    attributes = {"POSITION": place}
    if look.colour_bits:
        shades = colours(points, look.colour_bits - 8, LIGHT)
        attributes["COLOR_0"] = binary.attribute(shades, _SHORT, "VEC3", normalized=True)
    for one in PROPERTIES:
        column = numbers(points, one.word, one.shift, _HALVES.get(one.name, one.most))
        attributes[f"_{one.name.upper()}"] = binary.attribute(column, one.component, "SCALAR")
    metadata = {
        "propertyAttributes": [
            {"class": "point", "properties": {one.name: {"attribute": f"_{one.name.upper()}"} for one in PROPERTIES}}
        ],
        "schema": {"classes": {"point": {"properties": _SAID}}, "id": "point"},
    }
    primitive: Json = {
        "attributes": attributes,
        "extensions": {"EXT_structural_metadata": {"propertyAttributes": [0]}},
        "mode": _POINTS,
    }
    used = ["EXT_structural_metadata", "KHR_mesh_quantization"]
    if look.codes is not None:
        used.insert(0, "EXT_mesh_features")
        _name_entities(points, look.codes, binary, primitive, metadata)
    document: Json = {
        "accessors": binary.accessors,
        "asset": {"generator": look.generator, "version": "2.0"},
        "bufferViews": binary.views,
        "buffers": [{"byteLength": binary.length}],
        "extensions": {"EXT_structural_metadata": metadata},
        "extensionsRequired": ["KHR_mesh_quantization"],
        "extensionsUsed": used,
        "meshes": [{"primitives": [primitive]}],
        "nodes": [{"mesh": 0, **node}],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
    }
    return packed(document, binary), extent


_SAID: Final[Json] = {
    one.name: {"componentType": one.kind, "description": one.meaning, "required": True, "type": "SCALAR"}
    for one in PROPERTIES
}


def _places(points: Words, extent: Whole, lattice: Lattice, binary: Binary) -> tuple[int, Json]:
    """The places as an attribute, and the node that leads from there to the frame."""
    (west, south, bottom), (east, north, top) = extent.tolist()
    low, high = np.array([west, bottom, -north]), np.array([east, top, -south])
    if (high - low).max() <= _WIDEST:
        origin = low
        place = partial(binary.attribute, short_places(points, origin), _SHORT)
    else:
        origin = (low + high) // 2
        place = partial(binary.attribute, long_places(points, origin), _FLOAT)
    span = {"max": (high - origin).tolist(), "min": (low - origin).tolist()}
    corner = lattice.corner[[0, 2, 1]] * [1, 1, -1]
    shift = np.round(corner + origin * lattice.step, 6) + 0.0
    return place("VEC3", **span), {
        "scale": [lattice.step] * 3,
        "translation": shift.tolist(),
    }


def _name_entities(points: Words, codes: tuple[str, ...], binary: Binary, primitive: Json, metadata: Json) -> None:
    """Give each point that names its entity the row of a table of codes; row 0 is of those that name none."""
    met, rows = np.unique(points[:, 6], return_inverse=True)
    order = sorted(range(len(met)), key=lambda row: codes[met[row]])
    place = np.argsort(order)
    texts = [codes[met[row]].encode() for row in order]
    numbered = place[rows].astype(np.float32 if len(met) > _WIDEST else np.uint32)
    component = _FLOAT if len(met) > _WIDEST else _SHORT
    primitive["attributes"]["_FEATURE_ID_0"] = binary.attribute(numbered, component, "SCALAR")
    primitive["extensions"]["EXT_mesh_features"] = {
        "featureIds": [{"attribute": 0, "featureCount": len(met), "propertyTable": 0}]
    }
    ends = np.cumsum([0, *map(len, texts)]).astype(np.uint32)
    metadata["schema"]["classes"]["entity"] = {
        "properties": {"code": {"description": "Entity code", "noData": "", "type": "STRING"}}
    }
    values = {"stringOffsets": binary.view(ends.tobytes()), "values": binary.view(b"".join(texts) or b"\0")}
    metadata["propertyTables"] = [{"class": "entity", "count": len(met), "properties": {"code": values}}]
