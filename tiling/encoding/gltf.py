"""A mesh and a table of its features as one GLB (glTF 2.0): the same bytes every time.

Positions are integers of the mesh's lattice (KHR_mesh_quantization) with the step as the node's scale; a mesh wider
than 65,535 steps has 32-bit floats instead, exact on the same lattice. Every corner names its feature
(EXT_mesh_features), and every feature has a row in a table of properties (EXT_structural_metadata).
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from tiling.geometry.mesh import STEP, Mesh, extent_of

Json = dict[str, Any]

NO_NUMBER: Final = -9999.0
"""What stands in a column of numbers where there is none."""

_WIDEST: Final = 65535
_BYTE, _UNSIGNED_BYTE, _UNSIGNED_SHORT, _UNSIGNED_INT, _FLOAT = 5120, 5121, 5123, 5125, 5126
_ATTRIBUTES, _INDICES = 34962, 34963
_SMOOTH: Final = {"magFilter": 9729, "minFilter": 9987}  # linear, between mipmaps too
_WRAPS: Final = {"clamp": 33071, "mirror": 33648, "repeat": 10497}
_MATT: Final = {"metallicFactor": 0, "roughnessFactor": 1}
_WHOLE: Final = {"UINT32": "<u4", "INT32": "<i4"}
_NUMBERS: Final = {1: _UNSIGNED_BYTE, 2: _UNSIGNED_SHORT, 4: _UNSIGNED_INT}


@dataclass(frozen=True, slots=True)
class Column:
    """One property of all features: its name, what it means, and a text or a number for each feature (or None)."""

    name: str
    meaning: str
    kind: Literal["STRING", "FLOAT32", "UINT32", "INT32"]
    values: Sequence[str | float | None] | NDArray[np.uint32] | NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Table:
    """The features' properties; `name` is the class they are of. A text that no feature has is left out."""

    name: str
    columns: Sequence[Column]
    rows: int


@dataclass(frozen=True, slots=True)
class Look:
    """How a mesh looks: the colour of each kind in linear light, and whether faces are seen from behind too."""

    colours: Sequence[tuple[int, int, int]]
    two_sided: bool = False


@dataclass(frozen=True, slots=True)
class Skin:
    """Triangles that show a picture (JPEG): a mesh with `places`; `wrap` is one of `entities.painting.WRAPS`."""

    mesh: Mesh
    picture: bytes
    wrap: str = "clamp"


def glb(mesh: Mesh, table: Table, look: Look, generator: str, skins: Sequence[Skin] = ()) -> bytes:
    """Return the GLB of a mesh, and of what shows pictures beside it, whose features are the rows of the table."""
    binary = Binary()
    document: Json = {"asset": {"generator": generator, "version": "2.0"}, "scene": 0, "scenes": [{}]}
    extensions = ["EXT_structural_metadata"]
    skins = [skin for skin in skins if len(skin.mesh.triangles)]
    if len(mesh.triangles) or skins:
        document |= _drawn(mesh, table, look, binary, skins)
        extensions = ["EXT_mesh_features", "EXT_structural_metadata", "KHR_mesh_quantization"]
        document["extensionsRequired"] = ["KHR_mesh_quantization"]
    document["extensions"] = {"EXT_structural_metadata": metadata(table, binary)}
    document["extensionsUsed"] = extensions
    if binary.views:
        document |= {"bufferViews": binary.views, "buffers": [{"byteLength": binary.length}]}
    if binary.accessors:
        document["accessors"] = binary.accessors
    return packed(document, binary)


def unpacked(data: bytes) -> tuple[Json, bytes]:
    """Return the JSON and the binary part of a GLB; `ValueError` for anything else."""
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data.ljust(20))
    if (magic, version, length, kind) != (b"glTF", 2, len(data), b"JSON"):
        raise ValueError("not a GLB of glTF 2.0")
    document: Json = json.loads(data[20 : 20 + size])
    return document, data[28 + size :]


@dataclass
class Binary:
    """The binary part as it grows: buffer views aligned to 8 bytes, and accessors on them."""

    parts: list[bytes] = field(default_factory=list)
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    length: int = 0

    def view(self, data: bytes, **more: int) -> int:
        """Add bytes and return the number of their buffer view."""
        self.views.append({"buffer": 0, "byteLength": len(data), "byteOffset": self.length, **more})
        padding = -len(data) % 8
        self.parts += [data, bytes(padding)]
        self.length += len(data) + padding
        return len(self.views) - 1

    def attribute(self, values: NDArray[Any], component: int, kind: str, **more: object) -> int:
        """Add one vertex attribute, each element padded to 4 bytes, and return the number of its accessor."""
        values = values.reshape(len(values), -1)
        if lacking := -values.shape[1] * values.itemsize % 4:
            values = np.pad(values, ((0, 0), (0, lacking // values.itemsize)))
        stride = values.shape[1] * values.itemsize
        view = self.view(values.tobytes(), byteStride=stride, target=_ATTRIBUTES)
        return self._accessor(view, component, len(values), kind, more)

    def indices(self, triangles: NDArray[np.uint32], corners: int) -> int:
        """Add triangles and return the number of their accessor."""
        numbers = triangles.ravel().astype(np.uint16 if corners <= _WIDEST else np.uint32)
        view = self.view(numbers.tobytes(), target=_INDICES)
        return self._accessor(view, _NUMBERS[numbers.itemsize], len(numbers), "SCALAR", {})

    def _accessor(self, view: int, component: int, count: int, kind: str, more: Mapping[str, object]) -> int:
        self.accessors.append({"bufferView": view, "componentType": component, "count": count, "type": kind, **more})
        return len(self.accessors) - 1


def _drawn(mesh: Mesh, table: Table, look: Look, binary: Binary, skins: Sequence[Skin]) -> Json:
    """The scene: one node with a primitive for the mesh and one for each picture, drawn in as many calls."""
    bare = [mesh] if len(mesh.triangles) else []
    lattice = _Lattice.around([*bare, *(skin.mesh for skin in skins)])
    shades = [np.array(look.colours, np.uint8)[one.kinds] for one in bare]
    colours = [{"COLOR_0": binary.attribute(one, _UNSIGNED_BYTE, "VEC3", normalized=True)} for one in shades]
    primitives = [_primitive(mesh, table, lattice, binary, said) for said in colours]
    primitives += [_primitive(skin.mesh, table, lattice, binary, {}) for skin in skins]
    matt = {"doubleSided": look.two_sided, "pbrMetallicRoughness": _MATT}
    shown = [{**matt, "pbrMetallicRoughness": {**_MATT, "baseColorTexture": {"index": n}}} for n in range(len(skins))]
    return {
        "materials": [*(matt for _ in bare), *shown],
        "meshes": [{"primitives": [{**one, "material": number} for number, one in enumerate(primitives)]}],
        "nodes": [{"mesh": 0, **lattice.node}],
        "scenes": [{"nodes": [0]}],
        **_pictured(skins, binary),
    }


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Where the corners of a GLB are counted from, in glTF's axes and steps, and how far the furthest is."""

    least: NDArray[np.int32]
    most: NDArray[np.int32]

    @classmethod
    def around(cls, meshes: Sequence[Mesh]) -> Self:
        return cls(*_turned(extent_of(meshes)))

    @property
    def is_narrow(self) -> bool:
        """Whether 16 bits are enough for every corner."""
        return bool((self.most - self.least).max() <= _WIDEST)

    @property
    def node(self) -> Json:
        return {"scale": [STEP] * 3, "translation": (self.least * STEP).tolist()} if self.is_narrow else {}

    def positions(self, mesh: Mesh, binary: Binary) -> int:
        """Add the corners of a mesh and return the number of their accessor."""
        turned, (least, most) = y_up(mesh.positions), _turned(mesh.extent)
        if self.is_narrow:
            span = {"max": (most - self.least).tolist(), "min": (least - self.least).tolist()}
            return binary.attribute((turned - self.least).astype(np.uint16), _UNSIGNED_SHORT, "VEC3", **span)
        span = {"max": (most * STEP).tolist(), "min": (least * STEP).tolist()}
        return binary.attribute((turned * STEP).astype(np.float32), _FLOAT, "VEC3", **span)


def _turned(extent: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The least and the greatest corner of an extent in glTF's axes."""
    west, south, bottom, east, north, top = extent
    return np.array([west, bottom, -north]), np.array([east, top, -south])


def _primitive(mesh: Mesh, table: Table, lattice: _Lattice, binary: Binary, attributes: Mapping[str, int]) -> Json:
    """What is drawn of a mesh in one call: `attributes` are those that are not the same for every mesh."""
    wide = table.rows > _WIDEST
    numbers = mesh.features.astype(np.float32 if wide else np.uint16)
    features = {"attribute": 0, "featureCount": table.rows, "propertyTable": 0}
    named = {
        **attributes,
        "NORMAL": binary.attribute(y_up(mesh.normals), _BYTE, "VEC3", normalized=True),
        "POSITION": lattice.positions(mesh, binary),
        "_FEATURE_ID_0": binary.attribute(numbers, _FLOAT if wide else _UNSIGNED_SHORT, "SCALAR"),
    }
    if mesh.places is not None:
        named["TEXCOORD_0"] = _places(mesh.places, binary)
    return {
        "attributes": named,
        "extensions": {"EXT_mesh_features": {"featureIds": [features]}},
        "indices": binary.indices(mesh.triangles, len(mesh.positions)),
    }


def _places(places: NDArray[np.float32], binary: Binary) -> int:
    """Add places on a picture: to a 65,535th of its side, or as they are where the picture is repeated."""
    if places.max() > 1:
        return binary.attribute(places, _FLOAT, "VEC2")
    whole = np.rint(np.clip(places, 0, 1) * _WIDEST).astype(np.uint16)
    return binary.attribute(whole, _UNSIGNED_SHORT, "VEC2", normalized=True)


def _pictured(skins: Sequence[Skin], binary: Binary) -> Json:
    """What the document says of pictures; nothing where there are none."""
    if not skins:
        return {}
    images = [{"bufferView": binary.view(skin.picture), "mimeType": "image/jpeg"} for skin in skins]
    wraps = sorted({skin.wrap for skin in skins})
    samplers = [{**_SMOOTH, "wrapS": _WRAPS[wrap], "wrapT": _WRAPS[wrap]} for wrap in wraps]
    textures = [{"sampler": wraps.index(skin.wrap), "source": number} for number, skin in enumerate(skins)]
    return {"images": images, "samplers": samplers, "textures": textures}


def y_up(vectors: NDArray[Any]) -> NDArray[Any]:
    """East, north, up as glTF's axes: x, y up, z towards the south."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def metadata(table: Table, binary: Binary) -> Json:
    """Return the EXT_structural_metadata of a document: the table with its schema, its values in the binary part.

    A table without rows is left out, since it would be no valid one.
    """
    properties = {column.name: _schema(column) for column in table.columns}
    told = [column for column in table.columns if table.rows and (column.kind != "STRING" or any(column.values))]
    values = {column.name: _values(column, binary) for column in told}
    schema = {"schema": {"classes": {table.name: {"properties": properties}}, "id": table.name}}
    tables = [{"class": table.name, "count": table.rows, "properties": values}] if table.rows else []
    return {"propertyTables": tables, **schema} if tables else schema


def _schema(column: Column) -> Json:
    if column.kind == "STRING":
        return {"description": column.meaning, "noData": "", "type": "STRING"}
    number = {"componentType": column.kind, "description": column.meaning, "type": "SCALAR"}
    return {**number, "noData": NO_NUMBER} if column.kind == "FLOAT32" else number


def _values(column: Column, binary: Binary) -> Json:
    if column.kind in _WHOLE:
        return {"values": binary.view(np.asarray(column.values, _WHOLE[column.kind]).tobytes())}
    if column.kind == "FLOAT32":
        numbers = np.array([NO_NUMBER if value is None else value for value in column.values], np.float32)
        return {"values": binary.view(numbers.tobytes())}
    texts = [str(value or "") for value in column.values]
    joined = "".join(texts)
    sizes = map(len, texts) if joined.isascii() else (len(text.encode()) for text in texts)
    ends = np.cumsum([0, *sizes])
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32) if ends[-1] <= np.iinfo(kind).max)
    offsets = ends.astype(kind)
    found: Json = {"stringOffsets": binary.view(offsets.tobytes()), "values": binary.view(joined.encode())}
    return found if kind is np.uint32 else {**found, "stringOffsetType": f"UINT{8 * offsets.itemsize}"}


def packed(document: Json, binary: Binary) -> bytes:
    """Return the GLB of a document and its binary part."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * ((4 - len(text)) % 8)  # so that the binary part begins at a multiple of 8 bytes in the file
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + binary.length)
    chunks = struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", binary.length, b"BIN\0")
    return b"".join([head, *chunks, *binary.parts])
