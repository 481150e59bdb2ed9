"""Models and tilesets of few bytes, written by hand, for tests of meshes."""

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tiling.ecef import Frame
from tiling.encoding.gltf import Binary, packed
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order, Prepared
from tiling.meshes import prepare

ORDER = Order(ConstantAnomaly(0.0, "a test"))
HERE = Frame.at(117.0, 36.6)

Json = dict[str, Any]


def glb(ids: list[int] | None = None, **more: Any) -> bytes:
    """A triangle from 0 0 0 to 10 east and 20 up (glTF's axes), its corners named by ids of batches."""
    binary = Binary()
    points = np.array([[0, 0, 0], [10, 0, 0], [0, 20, 0]], np.float32)
    attributes = {
        "POSITION": binary.attribute(points, 5126, "VEC3", min=points.min(0).tolist(), max=points.max(0).tolist())
    }
    if ids is not None:
        attributes["_BATCHID"] = binary.attribute(np.array(ids, np.uint16), 5123, "SCALAR")
    document: Json = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes}]}],
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": binary.length}],
        **more,
    }
    return packed(document, binary)


def b3dm(body: bytes, feature: Json | None = None, batch: Json | None = None, binary: bytes = b"") -> bytes:
    """A b3dm around a GLB."""
    return old(b"b3dm", feature or {}, b"", batch or {}, binary, body)


def old(
    magic: bytes, feature: Json, features: bytes, batch: Json, batches: bytes, body: bytes = b"", more: bytes = b""
) -> bytes:
    """A tile of 3D Tiles 1.0; `more` stands at the end of its head."""
    tables = [_padded(json.dumps(table).encode(), b" ") if table else b"" for table in (feature, batch)]
    parts = [tables[0], features, tables[1], batches]
    length = 28 + len(more) + sum(map(len, parts)) + len(body)
    head = struct.pack("<4sIIIIII", magic, 1, length, *map(len, parts))
    return b"".join([head, more, *parts, body])


def composite(*tiles: bytes) -> bytes:
    return struct.pack("<4sIII", b"cmpt", 1, 16 + sum(map(len, tiles)), len(tiles)) + b"".join(tiles)


def tile(uri: str | None = None, *children: Json, **more: Any) -> Json:
    """A tile of 100 m around the place of all tests."""
    box = [0.0, 0, 50, 100, 0, 0, 0, 100, 0, 0, 0, 50]
    found: Json = {"boundingVolume": {"box": box}, "geometricError": 10 if children else 0, **more}
    if uri is not None:
        found["content"] = {"uri": uri}
    return {**found, "children": list(children)} if children else found


def tileset(root: Json, **asset: Any) -> bytes:
    return json.dumps({"asset": {"version": "1.0", **asset}, "geometricError": 100, "root": root}).encode()


def city(root: Json, **asset: Any) -> bytes:
    """A tileset whose root stands on the earth."""
    return tileset({**root, "transform": HERE.matrix()}, **asset)


def filed(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def prepared(path: Path, out: Path, order: Order = ORDER) -> Prepared:
    out.mkdir()
    return prepare([path], out, order, lambda *_: None)


def names(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_bytes())
    return document


def _padded(data: bytes, filler: bytes) -> bytes:
    return data + filler * (-len(data) % 8)
