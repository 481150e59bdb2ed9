"""A glTF document and its binary part, taken from a GLB and put back into one, whoever wrote it.

glTF 2.0, 4.4 (Khronos, ISO/IEC 12113). What is read here was written by others, so everything is looked at twice.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.encoding.gltf import Binary, packed
from tiling.meshes.refusing import refused_as

Floats = NDArray[np.float64]
Json = dict[str, Any]

_HEAD: Final = struct.Struct("<4sII")
_CHUNK: Final = struct.Struct("<I4s")
_TURNS: Final[dict[str, list[float]]] = {
    "Y": [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    "Z": [1.0, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    "X": [0.0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
}
"""From a model's axes to those of glTF, column by column, by the axis that points upward in the model."""

Y_UP: Final = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""From glTF's axes to those of a tile (z upward): OGC 22-025r4, 6.6.3."""

AXES: Final = {axis: Y_UP @ np.array(turn).reshape(4, 4).T for axis, turn in _TURNS.items()}
"""From a model's axes to those of a tile, by the axis that points upward in the model."""


@dataclass
class Model:
    """One glTF: its document, and its binary part as it stands and as it grows."""

    document: Json
    binary: bytes

    @classmethod
    def read(cls, data: bytes, name: str) -> Self:
        """Take a GLB apart. `Invalid` (`mesh.glb`) where it is cut off, damaged, or of another glTF than 2.0."""
        with refused_as("mesh.glb", name):
            if len(data) < _HEAD.size:
                raise ValueError(f"{len(data)} < {_HEAD.size}")
            magic, version, length = _HEAD.unpack_from(data)
            if (magic, version) != (b"glTF", 2):
                raise Invalid.because("mesh.glb", name=name, why=f"glTF {version}")
            if length > len(data):
                raise Invalid.because("mesh.glb", name=name, why=f"{len(data)} < {length}")
            chunks = dict(reversed(list(_chunks(data[:length]))))
            model = cls(_checked(json.loads(chunks[b"JSON"])), chunks.get(b"BIN\0", b""))
            model.check_fit()
            return model

    def written(self) -> bytes:
        """The model as a GLB."""
        binary = Binary([self.binary + bytes(-len(self.binary) % 8)])
        binary.length = len(binary.parts[0])
        if self.binary:
            first = self.document.setdefault("buffers", [{}])[0]
            first["byteLength"] = binary.length
        return packed(self.document, binary)

    def check_fit(self) -> None:
        """Refuse (`ValueError`) views that reach beyond the binary part, and accessors that reach beyond their view."""
        views, buffers = self.document.get("bufferViews", []), self.document.get("buffers", [])
        own = bool(buffers) and "uri" not in buffers[0]
        for number, view in enumerate(views):
            if own and view["buffer"] == 0 and view.get("byteOffset", 0) + view["byteLength"] > len(self.binary):
                raise ValueError(f"bufferViews/{number}")
        for number, accessor in enumerate(self.document.get("accessors", [])):
            known = accessor["componentType"] in _COMPONENTS and accessor["type"] in _WIDTHS
            if known and "bufferView" in accessor and _reach(accessor, views) > 0:
                raise ValueError(f"accessors/{number}")

    def grown(self, data: bytes, **more: int) -> int:
        """Add bytes to the binary part and return the number of their buffer view."""
        buffers = self.document.setdefault("buffers", [])
        if not self.binary and (not buffers or "uri" in buffers[0]):
            raise ValueError("a model without a binary part of its own")
        start = len(self.binary) + -len(self.binary) % 8
        self.binary = self.binary.ljust(start, b"\0") + data
        views: list[Json] = self.document.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": start, "byteLength": len(data), **more})
        return len(views) - 1

    def added(self, values: NDArray[np.float32], kind: str) -> int:
        """Add rows of numbers and return their accessor."""
        view = self.grown(values.tobytes())
        accessors: list[Json] = self.document.setdefault("accessors", [])
        accessors.append({"bufferView": view, "componentType": 5126, "count": len(values), "type": kind})
        return len(accessors) - 1

    def column(self, accessor: int) -> NDArray[Any]:
        """The values of an accessor of plain numbers, one row an element."""
        return column_of(self.document, self.binary, accessor)

    def below(self, matrix: list[float]) -> None:
        """Put everything that is shown below one node with a matrix (column by column)."""
        nodes: list[Json] = self.document.setdefault("nodes", [])
        for scene in self.document.get("scenes", ()):
            if scene.get("nodes"):
                nodes.append({"children": scene["nodes"], "matrix": matrix})
                scene["nodes"] = [len(nodes) - 1]

    def turned(self, axis: str) -> None:
        """Turn a model whose axis of this name points upward to glTF's axes."""
        if axis != "Y":
            self.below(_TURNS[axis])

    def moved(self, centre: list[float]) -> None:
        """Move a model to a centre that is given in a tile's axes."""
        x, y, z = centre
        if any(centre):
            self.below([1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, z, -y, 1])

    def uses(self, extension: str) -> None:
        """Say that an extension is used."""
        self.document["extensionsUsed"] = sorted({*self.document.get("extensionsUsed", ()), extension})

    def primitives(self) -> Iterator[Json]:
        """Every primitive of every mesh."""
        for mesh in self.document.get("meshes", ()):
            yield from mesh["primitives"]

    def references(self) -> Iterator[Json]:
        """The buffers and images that are files of their own."""
        for part in ("buffers", "images"):
            for one in self.document.get(part, ()):
                if "uri" in one and not one["uri"].startswith("data:"):
                    yield one

    def corners(self) -> Floats:
        """Points (n, 3) in a tile's axes whose hull holds everything that is shown."""
        nodes = self.document.get("nodes", [])
        scenes = self.document.get("scenes") or [{"nodes": list(range(len(nodes)))}]
        roots = scenes[self.document.get("scene", 0)].get("nodes", [])
        found = [corner for root in roots for corner in self._corners(root, Y_UP, 0)]
        return np.concatenate(found) if found else np.zeros((0, 3))

    def _corners(self, number: int, around: Floats, depth: int) -> Iterator[Floats]:
        node = self.document["nodes"][number]
        matrix = around @ matrix_of_node(node)
        if depth > _DEEPEST:
            raise ValueError("nodes in a circle")
        if "mesh" in node:
            for primitive in self.document["meshes"][node["mesh"]]["primitives"]:
                yield _moved(_span(self.document["accessors"][primitive["attributes"]["POSITION"]]), matrix)
        for child in node.get("children", ()):
            yield from self._corners(child, matrix, depth + 1)


_DEEPEST: Final = 100

FARTHEST: Final = 1e9
"""No coordinate of anything on the earth is as large, in metres."""
_ENDS: Final = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
_COMPONENTS: Final = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_GREATEST: Final = {5120: 127.0, 5121: 255.0, 5122: 32_767.0, 5123: 65_535.0}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def matrix_of_node(node: Json) -> Floats:
    """The 4 x 4 matrix of a node."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def column_of(document: Json, binary: bytes, accessor: int) -> NDArray[Any]:
    """The values of an accessor in a binary part, one row an element."""
    described = document["accessors"][accessor]
    view = document["bufferViews"][described["bufferView"]]
    kind, width = np.dtype(_COMPONENTS[described["componentType"]]), _WIDTHS[described["type"]]
    stride = view.get("byteStride", kind.itemsize * width)
    start, count = view.get("byteOffset", 0) + described.get("byteOffset", 0), described["count"]
    length = stride * (count - 1) + kind.itemsize * width
    return np.ndarray((count, width), kind, binary[start : start + length], strides=(stride, kind.itemsize))


def _reach(accessor: Json, views: list[Json]) -> int:
    """By how many bytes an accessor reaches beyond its view; below zero where there is room."""
    view = views[accessor["bufferView"]]
    size = np.dtype(_COMPONENTS[accessor["componentType"]]).itemsize * _WIDTHS[accessor["type"]]
    stride = view.get("byteStride", size)
    end = accessor.get("byteOffset", 0) + stride * (accessor["count"] - 1) + size
    return int(end - view["byteLength"])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = _HEAD.size
    while place < len(data):
        if place + _CHUNK.size > len(data):
            raise ValueError("a chunk without a head")
        length, kind = _CHUNK.unpack_from(data, place)
        start = place + _CHUNK.size
        if start + length > len(data):
            raise ValueError("a chunk reaches beyond the file")
        yield kind, data[start : start + length]
        place = start + length


def _checked(document: Any) -> Json:
    """A document of which the parts that are read here have the shape they must have."""
    if not isinstance(document, dict) or not str(document["asset"]["version"]).startswith("2"):
        raise ValueError("asset.version")
    return document


def _span(accessor: Json) -> Floats:
    """The corners of the box of an accessor of positions, as they are scaled if they are normalised."""
    least, most = (np.array(accessor[end], np.float64).reshape(3) for end in ("min", "max"))
    if not (np.abs([least, most]) < FARTHEST).all():
        raise ValueError("min, max")
    if accessor.get("normalized"):
        greatest = _GREATEST[accessor["componentType"]]
        least, most = np.maximum(least / greatest, -1), np.maximum(most / greatest, -1)
    return least + _ENDS * (most - least)


def _moved(points: Floats, matrix: Floats) -> Floats:
    moved: Floats = points @ matrix[:3, :3].T + matrix[:3, 3]
    return moved
