"""What a Draco bitstream says of itself at its beginning: how many faces it holds.

Some writers give the faces as the count of the indices, which is three times as many. Draco bitstream specification
2.2, sections 3 and 4.
"""

import struct
from collections.abc import Iterator

from tiling.meshes.documents import Json, Model

_EDGEBREAKER = 1
_TRIANGLES = 4


def mended(model: Model) -> None:
    """Set the count of the indices of compressed primitives to what their bitstreams hold."""
    for primitive, compressed in _compressed(model):
        view = model.document["bufferViews"][compressed["bufferView"]]
        start = view.get("byteOffset", 0)
        faces = faces_of(model.binary[start : start + min(view["byteLength"], 64)])
        if faces is not None and primitive.get("mode", _TRIANGLES) == _TRIANGLES and "indices" in primitive:
            model.document["accessors"][primitive["indices"]]["count"] = 3 * faces


def faces_of(data: bytes) -> int | None:
    """How many faces a bitstream holds; None where it is of another version or holds no mesh."""
    try:
        magic, major, minor, kind, method, flags = struct.unpack_from("<5sBBBBH", data)
        if magic != b"DRACO" or (major, minor) != (2, 2) or kind != 1 or flags:
            return None
        numbers = _varints(data[12 if method == _EDGEBREAKER else 11 :])
        return next(numbers) if method != _EDGEBREAKER else (next(numbers), next(numbers))[1]
    except (struct.error, StopIteration):
        return None


def _compressed(model: Model) -> Iterator[tuple[Json, Json]]:
    for primitive in model.primitives():
        found = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
        if found is not None:
            yield primitive, found


def _varints(data: bytes) -> Iterator[int]:
    """Whole numbers of seven bits a byte, the lowest first (LEB128)."""
    number, shift = 0, 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number, shift = 0, 0
