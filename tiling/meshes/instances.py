"""A tile of instances of 3D Tiles 1.0 (i3dm) as a GLB: one model, and where each of its instances stands.

OGC 18-053r2, 11; EXT_mesh_gpu_instancing and EXT_instance_features.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Frame
from tiling.geometry.volumes import geodetic
from tiling.meshes import batches
from tiling.meshes.batches import Batches
from tiling.meshes.columns import Features, unit_of
from tiling.meshes.documents import Y_UP, Json, Model, matrix_of_node
from tiling.meshes.placing import ON_EARTH

Floats = NDArray[np.float64]

_FLOAT: Final = 5126
_UPRIGHT: Final = 1e-4  # how far axes may be from square to each other
_EARTHBOUND: Final = "EAST_NORTH_UP"


def instanced(model: Model, features: Features, table: Json, binary: bytes, up: Floats) -> bool:
    """Write instances into a model; False where a glTF cannot say what the tile says.

    `up` leads from the model's axes to those of the tile. `ValueError` where the table does not hold together.
    """
    positions = features.positions()
    turns = _turns(features, positions)
    if turns is None:
        return False
    centre = features.whole("RTC_CENTER", 3)
    middle = np.round((positions.min(axis=0) + positions.max(axis=0)) / 2)
    matrices = _matrices(turns * _scales(features)[:, None, :], positions - middle)
    nodes = list(_shown(model))
    placed = [_decomposed(np.linalg.inv(Y_UP) @ matrices @ up @ around) for _, around in nodes]
    if any(one is None for one in placed):
        return False
    count = int(features.table.get("BATCH_LENGTH", 0)) or features.count
    numbers = features.batches()
    numbers = np.arange(features.count, dtype=np.uint32) if numbers is None else numbers
    batches.tabulated(model, Batches(count, table, binary), "batch")
    model.document["nodes"] = [
        _node(model, mesh, one, numbers, count) for (mesh, _), one in zip(nodes, placed, strict=True) if one is not None
    ]
    model.document["scenes"] = [{"nodes": list(range(len(nodes)))}]
    model.document["scene"] = 0
    model.moved((centre + middle).tolist())
    for extension in ("EXT_instance_features", "EXT_mesh_gpu_instancing"):
        model.uses(extension)
    model.document["extensionsRequired"] = sorted(
        {*model.document.get("extensionsRequired", ()), "EXT_mesh_gpu_instancing"}
    )
    return True


Placed = tuple[Floats, Floats, Floats]
"""Translations (n, 3), rotations as quaternions (n, 4), scales (n, 3)."""


def _node(model: Model, mesh: int, placed: Placed, numbers: NDArray[np.uint32], count: int) -> Json:
    """A node that shows a mesh once for each instance."""
    kinds = {"TRANSLATION": "VEC3", "ROTATION": "VEC4", "SCALE": "VEC3"}
    attributes = {
        name: model.added(values.astype(np.float32), kind)
        for (name, kind), values in zip(kinds.items(), placed, strict=True)
    }
    attributes["_FEATURE_ID_0"] = model.added(numbers.astype(np.float32)[:, None], "SCALAR")
    feature = {"attribute": 0, "featureCount": count, "propertyTable": 0}
    return {
        "extensions": {
            "EXT_instance_features": {"featureIds": [feature]},
            "EXT_mesh_gpu_instancing": {"attributes": attributes},
        },
        "mesh": mesh,
    }


def _shown(model: Model) -> Iterator[tuple[int, Floats]]:
    """Each mesh that a model shows, and the matrix of its node."""
    nodes = model.document.get("nodes", [])
    scenes = model.document.get("scenes") or [{"nodes": list(range(len(nodes)))}]
    waiting = [(number, np.eye(4)) for number in scenes[model.document.get("scene", 0)].get("nodes", [])]
    while waiting:
        number, around = waiting.pop(0)
        matrix = around @ matrix_of_node(nodes[number])
        if "mesh" in nodes[number]:
            yield nodes[number]["mesh"], matrix
        waiting += [(child, matrix) for child in nodes[number].get("children", ())]


def _turns(features: Features, positions: Floats) -> Floats | None:
    """The axes of each instance as columns (n, 3, 3); None where they depend on where the tile is put."""
    up, right = _directions(features, "NORMAL_UP"), _directions(features, "NORMAL_RIGHT")
    if up is not None and right is not None:
        return np.stack([right, np.cross(up, right), up], axis=2)
    if not features.table.get(_EARTHBOUND):
        return np.tile(np.eye(3), (features.count, 1, 1))
    standing = positions + features.whole("RTC_CENTER", 3)
    distance = np.linalg.norm(standing, axis=1)
    if not ((distance > ON_EARTH[0]) & (distance < ON_EARTH[1])).all():
        return None
    places = geodetic(standing)
    return np.swapaxes(Frame.at(places[:, 0], places[:, 1]).axes, 1, 2)


def _directions(features: Features, name: str) -> Floats | None:
    plain = features.column(name, np.float32, 3)
    if plain is not None:
        return plain.astype(np.float64)
    octahedral = features.column(f"{name}_OCT32P", np.uint16, 2)
    return None if octahedral is None else unit_of(octahedral)


def _scales(features: Features) -> Floats:
    """How much each instance is scaled (n, 3)."""
    found = np.ones((features.count, 3))
    for name, width in (("SCALE", 1), ("SCALE_NON_UNIFORM", 3)):
        said = features.column(name, np.float32, width)
        found = found if said is None else found * said
    return found


def _matrices(axes: Floats, positions: Floats) -> Floats:
    matrices = np.tile(np.eye(4), (len(positions), 1, 1))
    matrices[:, :3, :3] = axes
    matrices[:, :3, 3] = positions
    return matrices


def _decomposed(matrices: Floats) -> Placed | None:
    """Matrices as translation, rotation and scale; None where their axes are not square to each other."""
    axes = matrices[:, :3, :3]
    scales = np.linalg.norm(axes, axis=1)
    if (scales == 0).any():
        return None
    turns = axes / scales[:, None, :]
    skew = np.abs(np.swapaxes(turns, 1, 2) @ turns - np.eye(3)).max()
    if skew > _UPRIGHT or (np.linalg.det(turns) < 0).any():
        return None
    return matrices[:, :3, 3], _quaternions(turns), scales


def _quaternions(turns: Floats) -> Floats:
    """Rotations (n, 3, 3) as unit quaternions x, y, z, w (Bar-Itzhack 2000: an eigenvector of a 4 x 4 matrix)."""
    m = turns
    k = np.zeros((len(m), 4, 4))
    k[:, 0, 0] = m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2]
    k[:, 1, 1] = m[:, 1, 1] - m[:, 0, 0] - m[:, 2, 2]
    k[:, 2, 2] = m[:, 2, 2] - m[:, 0, 0] - m[:, 1, 1]
    k[:, 3, 3] = m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]
    k[:, 0, 1] = k[:, 1, 0] = m[:, 1, 0] + m[:, 0, 1]
    k[:, 0, 2] = k[:, 2, 0] = m[:, 2, 0] + m[:, 0, 2]
    k[:, 1, 2] = k[:, 2, 1] = m[:, 2, 1] + m[:, 1, 2]
    k[:, 0, 3] = k[:, 3, 0] = m[:, 2, 1] - m[:, 1, 2]
    k[:, 1, 3] = k[:, 3, 1] = m[:, 0, 2] - m[:, 2, 0]
    k[:, 2, 3] = k[:, 3, 2] = m[:, 1, 0] - m[:, 0, 1]
    found: Floats = np.linalg.eigh(k / 3)[1][:, :, 3]
    signs: Floats = np.where(found[:, 3:] < 0, -1.0, 1.0)
    return found * signs
