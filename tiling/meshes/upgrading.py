"""Contents of 3D Tiles 1.0 as what 1.1 asks for: GLBs, with every batch and all that is said of it.

OGC 18-053r2: b3dm (10), i3dm (11), pnts (12). What an old glTF (1.0) is in, or what is compressed in a way of its own,
stays as it is.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from entities.errors import Invalid
from tiling.meshes import batches, draco
from tiling.meshes.batches import Batches
from tiling.meshes.documents import Json, Model

_HEAD: Final = struct.Struct("<4sIIIIII")
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
            return cls(magic.decode(), _json(parts[0]), parts[1], _json(parts[2]), parts[3], parts[4])
        except (struct.error, ValueError) as error:
            raise Invalid.because("mesh.tile", name=name, why=str(error)) from error

    @property
    def centre(self) -> list[float]:
        """The centre that everything is drawn around, in the tile's axes."""
        said = self.feature.get("RTC_CENTER", [0.0, 0.0, 0.0])
        if isinstance(said, dict):
            said = np.frombuffer(self.feature_binary, np.float32, 3, said["byteOffset"]).tolist()
        return [float(number) for number in said]


def upgraded(data: bytes, name: str, up: str) -> bytes | None:
    """A b3dm as a GLB; `up` is the axis that points upward in the glTFs of its tileset. None where it has to stay."""
    tile = Tile.read(data, name)
    if tile.kind != "b3dm" or tile.body[4:8] != struct.pack("<I", 2):
        return None
    model = Model.read(tile.body, name)
    count = int(tile.feature.get("BATCH_LENGTH", 0))
    batches.add(model, Batches(count, tile.batch, tile.batch_binary), _CLASS)
    return settled(model, up, tile.centre)


def settled(model: Model, up: str, centre: list[float]) -> bytes:
    """A model in glTF's axes, around its centre, with what its writer got wrong put right."""
    draco.mended(model)
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
