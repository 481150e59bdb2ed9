"""Points as one GLB, the same bytes every time: places on the lattice, colours, and what the survey said of each.

Properties are whole numbers as they were surveyed, as property attributes (EXT_structural_metadata), so that a client
can colour, hide and read points by them. Points that name their entity have it as a feature (EXT_mesh_features).
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.encoding.gltf import Binary, Json, packed
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
    """What each point says: in which of its words and how far up in it, and the greatest number it can be."""

    name: str
    meaning: str
    word: int
    shift: int
    most: int

    @property
    def component(self) -> int:
        return _BYTE if self.most <= 0xFF else _SHORT

    @property
    def kind(self) -> str:
        return "UINT8" if self.component == _BYTE else "UINT16"

    @property
    def attribute(self) -> str:
        return f"_{self.name.upper()}"


PROPERTIES: Final = (
    Property("classification", "Class of the point (ASPRS LAS 1.4)", 5, 0, 0xFF),
    Property("intensity", "Strength of the return as the sensor gave it", 4, 16, 0xFFFF),
    Property("number_of_returns", "How many returns the pulse had", 5, 12, 0xF),
    Property("point_source", "Number of the flight line or station", 5, 16, 0xFFFF),
    Property("return_number", "Which return of its pulse the point is", 5, 8, 0xF),
)


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
    primitive: Json = {
        "attributes": {"POSITION": place, **_said(points, look.colour_bits, binary)},
        "extensions": {"EXT_structural_metadata": {"propertyAttributes": [0]}},
        "mode": _POINTS,
    }
    metadata: Json = {"propertyAttributes": [_WHERE], "schema": {"classes": {"point": _CLASS}, "id": "point"}}
    used = ["EXT_structural_metadata", "KHR_mesh_quantization"]
    if look.codes is not None:
        used = ["EXT_mesh_features", *used]
        metadata |= _name_entities(points, look.codes, binary, primitive)
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


_WHERE: Final[Json] = {"class": "point", "properties": {one.name: {"attribute": one.attribute} for one in PROPERTIES}}
_CLASS: Final[Json] = {
    "properties": {
        one.name: {"componentType": one.kind, "description": one.meaning, "required": True, "type": "SCALAR"}
        for one in PROPERTIES
    }
}
_ENTITY: Final[Json] = {"properties": {"code": {"description": "Entity code", "noData": "", "type": "STRING"}}}


def _said(points: Words, colour_bits: int, binary: Binary) -> dict[str, int]:
    """What points say as attributes: their colours, where they have some, and their properties."""
    found = {}
    if colour_bits:
        shades = colours(points, colour_bits - 8, LIGHT)
        found["COLOR_0"] = binary.attribute(shades, _SHORT, "VEC3", normalized=True)
    for one in PROPERTIES:
        column = numbers(points, one.word, one.shift, one.most)
        found[one.attribute] = binary.attribute(column, one.component, "SCALAR")
    return found


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


def _name_entities(points: Words, codes: tuple[str, ...], binary: Binary, primitive: Json) -> Json:
    """Make points that name their entity features, and return the metadata with the table of their codes."""
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
    said: Json = {}  # a column in which no feature has a text is left out, as glTF has no empty views
    if any(texts):
        said["code"] = {"stringOffsets": binary.view(ends.tobytes()), "values": binary.view(b"".join(texts))}
    return {
        "propertyTables": [{"class": "entity", "count": len(met), "properties": said}],
        "schema": {"classes": {"entity": _ENTITY, "point": _CLASS}, "id": "point"},
    }
