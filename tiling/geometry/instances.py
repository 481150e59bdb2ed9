"""Many things of few shapes as one GLB: each shape once, and of each thing where it stands and how large it is.

Instances are those of EXT_mesh_gpu_instancing; each names its feature (EXT_instance_features), a row of the table of
properties. Their places are on the mesh's lattice of 1/128 m, as those of corners are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Floats
from tiling.encoding.gltf import Binary, Json, Table, metadata, packed, y_up
from tiling.geometry.mesh import STEP, Ints

_UNSIGNED_BYTE, _UNSIGNED_SHORT, _FLOAT = 5121, 5123, 5126
_WIDEST: Final = 65535
_MATT: Final = {"metallicFactor": 0, "roughnessFactor": 1}


Colours = Sequence[tuple[int, int, int]]
"""Colours in linear light, from 0 to 255."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape one metre high and wide on its foot at 0: corners, directions and colour numbers of each, triangles."""

    corners: Floats  # (n, 3) metres east, north, up
    facing: Floats  # (n, 3)
    colours: NDArray[np.uint8]  # (n,) numbers of a palette
    triangles: Ints  # (m, 3) counter-clockwise seen from outside


@dataclass(frozen=True, slots=True)
class Standing:
    """Things of one shape: where each stands in a tile's frame, its size along each axis in metres, its feature."""

    shape: Shape
    places: Floats  # (n, 3) metres east, north, up
    sizes: Floats  # (n, 3)
    features: Ints  # (n,)

    def snapped(self) -> "Standing":
        """The same on the mesh's lattice, with sizes that 32-bit floats hold exactly."""
        places, sizes = np.rint(self.places / STEP) * STEP, np.maximum(np.rint(self.sizes / STEP), 1) * STEP
        return Standing(self.shape, places, sizes, self.features)

    def enlarged(self) -> "Standing":
        """The same with the shape as large as the largest, and sizes as shares of that.

        CesiumJS takes the room of the shape itself, at every place, for the room of all, and cuts off what is larger.
        """
        large = self.sizes.max(axis=0)
        shape = Shape(self.shape.corners * large, self.shape.facing / large, self.shape.colours, self.shape.triangles)
        return Standing(shape, self.places, self.sizes / large, self.features)

    @property
    def extremes(self) -> Floats:
        """The least and the greatest corner of all, each (n, 3)."""
        ends = np.stack([self.shape.corners.min(axis=0), self.shape.corners.max(axis=0)])
        found: Floats = self.places + ends[:, None] * self.sizes
        return found


def extent(groups: Sequence[Standing]) -> NDArray[np.int32]:
    """Smallest and largest east, north, up in steps (6) of what is drawn; all 0 where nothing is."""
    corners = [group.extremes for group in map(Standing.snapped, groups) if len(group.places)]
    if not corners:
        return np.zeros(6, np.int32)
    low, high = (np.concatenate([ends[side] for ends in corners]) / STEP for side in (0, 1))
    steps: NDArray[np.int32] = np.concatenate([np.floor(low.min(axis=0)), np.ceil(high.max(axis=0))]).astype(np.int32)
    return steps


def instanced(groups: Sequence[Standing], table: Table, colours: Colours, generator: str) -> bytes:
    """Return the GLB of things whose features are the rows of the table, with `colours` in linear light."""
    binary = Binary()
    document: Json = {"asset": {"generator": generator, "version": "2.0"}, "scene": 0, "scenes": [{}]}
    shown = [group.snapped().enlarged() for group in groups if len(group.places)]
    extensions = ["EXT_structural_metadata"]
    if shown:
        extensions = ["EXT_instance_features", "EXT_mesh_gpu_instancing", "EXT_structural_metadata"]
        document["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
        document["materials"] = [{"pbrMetallicRoughness": _MATT}]
        document["meshes"] = [{"primitives": [_primitive(group.shape, colours, binary)]} for group in shown]
        document["nodes"] = [_node(number, group, table.rows, binary) for number, group in enumerate(shown)]
        document["scenes"] = [{"nodes": list(range(len(shown)))}]
        document["accessors"] = binary.accessors
    document["extensions"] = {"EXT_structural_metadata": metadata(table, binary)}
    document["extensionsUsed"] = extensions
    document["bufferViews"] = binary.views
    document["buffers"] = [{"byteLength": binary.length}]
    return packed(document, binary)


def _primitive(shape: Shape, colours: Colours, binary: Binary) -> Json:
    places = y_up(shape.corners).astype(np.float32)
    span = {"max": places.max(axis=0).tolist(), "min": places.min(axis=0).tolist()}
    shades = np.array(colours, np.uint8)[shape.colours]
    facing = y_up(shape.facing)
    attributes = {
        "COLOR_0": binary.attribute(shades, _UNSIGNED_BYTE, "VEC3", normalized=True),
        "NORMAL": binary.attribute(_unit(facing), _FLOAT, "VEC3"),
        "POSITION": binary.attribute(places, _FLOAT, "VEC3", **span),
    }
    indices = binary.indices(shape.triangles.astype(np.uint32), len(places))
    return {"attributes": attributes, "indices": indices, "material": 0}


def _node(number: int, group: Standing, rows: int, binary: Binary) -> Json:
    """The node that shows one mesh as often as its group has things."""
    places = y_up(group.places).astype(np.float32)
    span = {"max": places.max(axis=0).tolist(), "min": places.min(axis=0).tolist()}
    wide = rows > _WIDEST
    features = group.features.astype(np.float32 if wide else np.uint16)
    attributes = {
        "SCALE": binary.attribute(group.sizes[:, [0, 2, 1]].astype(np.float32), _FLOAT, "VEC3"),
        "TRANSLATION": binary.attribute(places, _FLOAT, "VEC3", **span),
        "_FEATURE_ID_0": binary.attribute(features, _FLOAT if wide else _UNSIGNED_SHORT, "SCALAR"),
    }
    named = [{"attribute": 0, "featureCount": rows, "propertyTable": 0}]
    return {
        "extensions": {
            "EXT_instance_features": {"featureIds": named},
            "EXT_mesh_gpu_instancing": {"attributes": attributes},
        },
        "mesh": number,
    }


def _unit(directions: Floats) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
    return unit
