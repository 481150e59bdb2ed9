"""A point cloud tile of 3D Tiles 1.0 (pnts) as a GLB: positions, colours, normals, and all that is said of them.

OGC 18-053r2, 12.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.encoding.gltf import Binary, packed
from tiling.encoding.light import linear
from tiling.meshes import batches
from tiling.meshes.batches import Batches
from tiling.meshes.columns import Features, unit_of
from tiling.meshes.documents import Json, Model
from tiling.meshes.textured import y_up

_FLOAT, _BYTE, _SHORT = 5126, 5121, 5123
_POINTS: Final = 0
_COMPRESSED: Final = "3DTILES_draco_point_compression"


def is_plain(table: Json) -> bool:
    """Tell whether points are written as numbers, not compressed in a way of their own."""
    return _COMPRESSED not in table.get("extensions", {})


def model_of(features: Features, table: Json, binary_part: bytes) -> Model:
    """The GLB of a point cloud, around the middle of its points. `ValueError` where its table is not sound."""
    positions = features.positions()
    middle = np.round((positions.min(axis=0) + positions.max(axis=0)) / 2) if len(positions) else np.zeros(3)
    binary = Binary()
    attributes = _attributes(features, positions - middle, binary)
    primitive = {"attributes": attributes, "mode": _POINTS, "material": 0}
    document: Json = {
        "accessors": binary.accessors,
        "asset": {"generator": "Shikong meshes 1", "version": "2.0"},
        "bufferViews": binary.views,
        "buffers": [{"byteLength": binary.length}],
        "extensionsUsed": ["KHR_materials_unlit"],
        "materials": [{"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {}}],
        "meshes": [{"primitives": [primitive]}],
        "nodes": [{"mesh": 0}],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
    }
    model = Model.read(packed(document, binary), "pnts")
    by_batch = "_BATCHID" in attributes
    count = int(features.table.get("BATCH_LENGTH", 0)) if by_batch else features.count
    if table or by_batch:
        batches.add(model, Batches(count, table, binary_part), "batch" if by_batch else "point", by_batch)
    model.moved(middle.tolist())
    return model


def _attributes(features: Features, positions: NDArray[np.float64], binary: Binary) -> dict[str, int]:
    turned = y_up(positions).astype(np.float32)
    span = {"max": turned.max(axis=0).tolist(), "min": turned.min(axis=0).tolist()}
    found = {"POSITION": binary.attribute(turned, _FLOAT, "VEC3", **span)}
    colours = _colours(features)
    if colours is not None:
        kind = f"VEC{colours.shape[1]}"
        found["COLOR_0"] = binary.attribute(colours, _BYTE, kind, normalized=True)
    normals = _normals(features)
    if normals is not None:
        found["NORMAL"] = binary.attribute(y_up(normals).astype(np.float32), _FLOAT, "VEC3")
    numbers = features.batches()
    if numbers is not None:
        found["_BATCHID"] = binary.attribute(numbers.astype(np.float32), _FLOAT, "SCALAR")
    return found


def _colours(features: Features) -> NDArray[np.uint8] | None:
    """Colours in linear light, as glTF wants them: those of points, or the one of all."""
    for name, width in (("RGBA", 4), ("RGB", 3)):
        found = features.column(name, np.uint8, width)
        if found is not None:
            return np.column_stack([_LINEAR[found[:, :3]], found[:, 3:]])
    packed_ones = features.column("RGB565", np.uint16, 1)
    if packed_ones is not None:
        parts = [(packed_ones[:, 0] >> shift & most) * 255 // most for shift, most in ((11, 31), (5, 63), (0, 31))]
        return _LINEAR[np.stack(parts, axis=1)]
    constant = features.table.get("CONSTANT_RGBA")
    if isinstance(constant, list):
        one = np.array([*_LINEAR[constant[:3]].tolist(), constant[3]], np.uint8)
        return np.tile(one, (features.count, 1))
    return None


def _normals(features: Features) -> NDArray[np.float64] | None:
    plain: NDArray[Any] | None = features.column("NORMAL", np.float32, 3)
    if plain is not None:
        return plain.astype(np.float64)
    octahedral = features.column("NORMAL_OCT16P", np.uint8, 2)
    return None if octahedral is None else unit_of(octahedral)


_LINEAR: Final = np.round(255 * linear(np.arange(256) / 255)).astype(np.uint8)
