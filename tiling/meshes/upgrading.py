"""Contents of 3D Tiles 1.0 as what 1.1 asks for: GLBs, with every batch and all that is said of it.

OGC 18-053r2: b3dm (10), i3dm (11), pnts (12), cmpt (13). What an old glTF (1.0) is in, what is compressed in a way of
its own, and instances that a glTF cannot say (sheared, or upright wherever the tile is put) stay as they are.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from entities.errors import Invalid
from tiling.meshes import batches, clouds, draco
from tiling.meshes.batches import Batches
from tiling.meshes.columns import Features
from tiling.meshes.documents import AXES, Json, Model
from tiling.meshes.fitting import fitted
from tiling.meshes.instances import instanced
from tiling.meshes.refusing import refused_as
from tiling.meshes.shining import unlit

_HEAD: Final = struct.Struct("<4sIIIIII")
_COMPOSITE: Final = struct.Struct("<4sIII")
_CLASS: Final = "batch"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of 3D Tiles 1.0 taken apart: what it says of its features and batches, and what it draws."""

    kind: str
    feature: Json
    feature_binary: bytes
    batch: Json
    batch_binary: bytes
    body: bytes
    inline: bool = True  # of an i3dm: whether its model is in it, or its body is the model's address

    @classmethod
    def read(cls, data: bytes, name: str) -> "Tile":
        """Take a tile apart. `Invalid` (`mesh.tile`) where it is cut off or damaged."""
        try:
            magic, version, length, *sizes = _HEAD.unpack_from(data)
            if version != 1 or length > len(data):
                raise ValueError(f"{len(data)} < {length}" if version == 1 else f"version {version}")
            start = _HEAD.size + (4 if magic == b"i3dm" else 0)
            ends = np.cumsum([start, *sizes]).tolist()
            if ends[-1] > length:
                raise ValueError(f"{length} < {ends[-1]}")
            parts = [data[one:other] for one, other in zip(ends, [*ends[1:], length], strict=True)]
            inline = magic != b"i3dm" or struct.unpack_from("<I", data, _HEAD.size) != (0,)
            return cls(magic.decode(), _json(parts[0]), parts[1], _json(parts[2]), parts[3], parts[4], inline)
        except (struct.error, ValueError, RecursionError) as error:
            raise Invalid.because("mesh.tile", name=name, why=str(error)) from error

    def features(self, count: str) -> Features:
        """The feature table; `count` is the semantic that says how many features there are."""
        return Features(self.feature, self.feature_binary, int(self.feature.get(count, 0)))


def upgraded(data: bytes, name: str, up: str, fetch: Callable[[str], bytes] | None = None) -> bytes | None:
    """An old tile as a GLB; None where it has to stay.

    `up` is the axis that points upward in the glTFs of its tileset; `fetch` reads a model that a tile names by address.
    """
    tile = Tile.read(data, name)
    with refused_as("mesh.tile", name):
        return _of_points(tile) if tile.kind == "pnts" else _of_model(tile, name, up, fetch)


def inner(data: bytes, name: str) -> list[bytes]:
    """The tiles of a composite (cmpt), those of composites in it too. `Invalid` (`mesh.tile`) where it is cut off."""
    if data[:4] != b"cmpt":
        return [data]
    found, place = [], _COMPOSITE.size
    try:
        *_, length, count = _COMPOSITE.unpack_from(data)
        for _ in range(count):
            (size,) = struct.unpack_from("<I", data, place + 8)
            if size < _COMPOSITE.size or place + size > min(length, len(data)):
                raise ValueError(f"{len(data)} < {place + size}")
            found += inner(data[place : place + size], name)
            place += size
    except (struct.error, ValueError) as error:
        raise Invalid.because("mesh.tile", name=name, why=str(error)) from error
    return found


def _of_points(tile: Tile) -> bytes | None:
    features = tile.features("POINTS_LENGTH")
    if not features.count or not clouds.is_plain(tile.feature):
        return None
    model = clouds.model_of(features, tile.batch, tile.batch_binary)
    return settled(model, "Y", features.whole("RTC_CENTER", 3).tolist())


def _of_model(tile: Tile, name: str, up: str, fetch: Callable[[str], bytes] | None) -> bytes | None:
    """A b3dm, or an i3dm with its model."""
    body = tile.body
    if not tile.inline:
        if fetch is None:
            return None
        body = fetch(tile.body.decode().strip(" \0"))
    if body[:8] != b"glTF" + struct.pack("<I", 2):
        return None
    model = Model.read(body, name)
    with refused_as("mesh.glb", name):
        fitted(model, name)
    if tile.kind == "i3dm":
        draco.mended(model)
        whole = instanced(model, tile.features("INSTANCES_LENGTH"), tile.batch, tile.batch_binary, AXES[up])
        return model.written() if whole else None
    features = tile.features("BATCH_LENGTH")
    batches.add(model, Batches(features.count, tile.batch, tile.batch_binary), _CLASS)
    return settled(model, up, features.whole("RTC_CENTER", 3).tolist())


def settled(model: Model, up: str, centre: list[float]) -> bytes:
    """A model in glTF's axes, around its centre, with what its writer got wrong put right."""
    draco.mended(model)
    unlit(model)
    model.turned(up)
    within = model.document.get("extensions", {}).pop("CESIUM_RTC", {}).get("center", [0.0, 0.0, 0.0])
    model.moved([float(number) + move for number, move in zip(within, centre, strict=True)])
    for part in ("extensionsUsed", "extensionsRequired"):
        named = [one for one in model.document.get(part, ()) if one != "CESIUM_RTC"]
        if named:
            model.document[part] = named
        else:
            model.document.pop(part, None)
    if not model.document.get("extensions", True):
        del model.document["extensions"]
    return model.written()


def _json(data: bytes) -> Json:
    found: Any = json.loads(data) if data.strip(b" \0") else {}
    if not isinstance(found, dict):
        raise ValueError("a table that is no object")
    return found
