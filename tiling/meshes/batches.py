"""A batch table of 3D Tiles 1.0 as the property table of a GLB: a batch keeps its number and all that is said of it.

OGC 18-053r2 (3D Tiles 1.0), 9 and 10; EXT_mesh_features and EXT_structural_metadata (Khronos, 3D Tiles 1.1).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.encoding.gltf import NO_NUMBER
from tiling.meshes.documents import Json, Model

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMPONENTS: Final[Mapping[str, tuple[str, type[np.generic]]]] = {
    "BYTE": ("INT8", np.int8),
    "UNSIGNED_BYTE": ("UINT8", np.uint8),
    "SHORT": ("INT16", np.int16),
    "UNSIGNED_SHORT": ("UINT16", np.uint16),
    "INT": ("INT32", np.int32),
    "UNSIGNED_INT": ("UINT32", np.uint32),
    "FLOAT": ("FLOAT32", np.float32),
    "DOUBLE": ("FLOAT64", np.float64),
}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_MOST_SHORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Batches:
    """What is said of the batches of a tile: how many there are, and the table's JSON and binary parts."""

    count: int
    table: Json
    binary: bytes

    def columns(self) -> Iterator[tuple[str, Json, list[bytes]]]:
        """Each property: its name, its schema, and its buffers (values, and where they are texts, offsets)."""
        for name, said in self.table.items():
            if isinstance(said, list) and len(said) == self.count:
                yield name, *_listed(said)
            elif isinstance(said, dict) and said.get("componentType") in _COMPONENTS and "byteOffset" in said:
                yield name, *self._packed(said)

    def _packed(self, said: Json) -> tuple[Json, list[bytes]]:
        """A property that stands in the binary part."""
        component, kind = _COMPONENTS[said["componentType"]]
        count = self.count * _WIDTHS[said["type"]]
        values = np.frombuffer(self.binary, kind, count, said["byteOffset"])
        return {"componentType": component, "type": said["type"]}, [values.tobytes()]


def add(model: Model, batches: Batches, class_name: str, by_number: bool = True) -> None:
    """Write the batches into a model whose vertices carry `_BATCHID`, or, if not `by_number`, are a batch each."""
    if not batches.count:
        return
    for primitive in model.primitives():
        if by_number:
            _number(model, primitive, batches.count)
        else:
            _named(primitive, {"featureCount": batches.count, "propertyTable": 0})
    tabulated(model, batches, class_name)
    model.uses("EXT_mesh_features")


def tabulated(model: Model, batches: Batches, class_name: str) -> None:
    """Write what is said of the batches into a model as its property table."""
    properties, values = {}, {}
    for place, (name, schema, buffers) in enumerate(batches.columns()):
        key = name if _NAME.fullmatch(name) else f"property_{place}"
        properties[key] = {"name": name, **schema}
        views = [model.grown(data) for data in buffers]
        values[key] = dict(zip(("values", "stringOffsets"), views, strict=False))
    classes = {class_name: {"properties": properties}} if properties else {class_name: {}}
    table: Json = {"class": class_name, "count": batches.count}
    if values:
        table["properties"] = values
    said = {"schema": {"id": "batches", "classes": classes}, "propertyTables": [table]}
    model.document.setdefault("extensions", {})["EXT_structural_metadata"] = said
    model.uses("EXT_structural_metadata")


def _named(primitive: Json, feature: Json) -> None:
    """Say of a primitive how its vertices name features."""
    primitive.setdefault("extensions", {})["EXT_mesh_features"] = {"featureIds": [feature]}


def _number(model: Model, primitive: Json, count: int) -> None:
    """Let a primitive's vertices name their batches as the extension says, whichever way they did before."""
    attributes = primitive["attributes"]
    old = attributes.pop("_BATCHID", attributes.pop("BATCHID", None))
    if old is None:
        return
    packed = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
    if packed is None:
        attributes["_FEATURE_ID_0"] = _numbers(model, model.column(old)[:, 0])
    else:
        attributes["_FEATURE_ID_0"] = old
        packed["attributes"]["_FEATURE_ID_0"] = packed["attributes"].pop("_BATCHID")
    _named(primitive, {"attribute": 0, "featureCount": count, "propertyTable": 0})


def _numbers(model: Model, numbers: NDArray[Any]) -> int:
    """Add the batches' numbers as an attribute of four bytes a vertex, and return its accessor."""
    wide = len(numbers) > 0 and numbers.max() > _MOST_SHORT
    padded = np.zeros((len(numbers), 1 if wide else 2), np.float32 if wide else np.uint16)
    padded[:, 0] = numbers
    view = model.grown(padded.tobytes(), byteStride=4, target=34962)
    accessors: list[Json] = model.document["accessors"]
    accessors.append(
        {"bufferView": view, "componentType": 5126 if wide else 5123, "count": len(numbers), "type": "SCALAR"}
    )
    return len(accessors) - 1


def _listed(values: Sequence[Any]) -> tuple[Json, list[bytes]]:
    """A property that stands in the JSON part: whole numbers, numbers, or texts."""
    told = [value for value in values if value is not None]
    if all(isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 for value in values):
        return {"componentType": "INT32", "type": "SCALAR"}, [np.array(values, "<i4").tobytes()]
    if told and all(isinstance(value, int | float) and not isinstance(value, bool) for value in told):
        numbers = np.array([NO_NUMBER if value is None else value for value in values], "<f8")
        return {"componentType": "FLOAT64", "noData": NO_NUMBER, "type": "SCALAR"}, [numbers.tobytes()]
    texts = [_text(value).encode() for value in values]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    return {"noData": "", "type": "STRING"}, [b"".join(texts), offsets.tobytes()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
