"""What in a tile's GLB does not fit together: its tables, the features its corners name, the room it takes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.encoding.gltf import Json, unpacked

Floats = NDArray[np.float64]

_WIDTHS: Final[dict[str, np.dtype[Any]]] = {
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "INT32": np.dtype(np.int32),
    "FLOAT32": np.dtype(np.float32),
}
_COMPONENTS: Final = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_PARTS: Final = {"SCALAR": 1, "VEC3": 3}
_Z_UP: Final = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # from glTF's axes to those of a tile


class Glb:
    """A GLB taken apart. `ValueError`, `KeyError` or `IndexError` where it is not one of ours."""

    def __init__(self, data: bytes) -> None:
        self.document, binary = unpacked(data)
        self.views = _views(self.document, binary)
        self.metadata: Json = self.document["extensions"]["EXT_structural_metadata"]
        self.tables: list[Json] = self.metadata.get("propertyTables", [])

    def faults(self) -> Iterator[str]:
        """What in its tables and features is not consistent."""
        yield from _table_faults(self.document, self.views)
        yield from _feature_faults(self.document, self.views)
        yield from _attribute_faults(self.document)

    def texts(self, name: str) -> list[str]:
        """One column of texts of the first property table."""
        values = self.tables[0]["properties"][name]
        text = self.views[values["values"]]
        return [text[start:end].decode() for start, end in pairwise(_offsets(values, self.views).tolist())]

    @property
    def stands_for_others(self) -> bool:
        """Whether its features are blocks that stand for entities, not entities."""
        return not self.tables or bool(self.tables[0]["class"] == "block")

    @property
    def through_time(self) -> bool:
        """Whether its features are versions, one entity having several one after another."""
        return bool(self.tables) and "valid_to" in self.tables[0]["properties"]

    def numbers(self, name: str) -> NDArray[np.int64]:
        """One column of whole numbers of the first property table."""
        if not self.tables:
            return np.zeros(0, np.int64)
        kind = "<i4" if name.startswith("valid_") else "<u4"
        return np.frombuffer(self.views[self.tables[0]["properties"][name]["values"]], kind).astype(np.int64)

    @property
    def points(self) -> int | None:
        """How many points it has that say something each; None where it is not made of such points."""
        if "propertyAttributes" not in self.metadata:
            return None
        primitives = [one for mesh in self.document["meshes"] for one in mesh["primitives"]]
        return sum(int(self.document["accessors"][one["attributes"]["POSITION"]]["count"]) for one in primitives)

    def extremes(self) -> Floats:
        """The least and the greatest corner (n, 3) of each thing drawn, in the tile's own axes."""
        found = [np.zeros((0, 3))]
        for node in self.document.get("nodes", ()):
            scale, shift = self._placed(node)
            for primitive in self.document["meshes"][node["mesh"]]["primitives"]:
                positions = self.document["accessors"][primitive["attributes"]["POSITION"]]
                found += [np.array(positions[end]) * scale + shift for end in ("min", "max")]
        corners: Floats = np.concatenate(found) @ _Z_UP.T
        return corners

    def _placed(self, node: Json) -> tuple[Floats, Floats]:
        """Scale and translation (n, 3) of each time that a node shows its mesh: once, or once an instance."""
        attributes = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes")
        if attributes is None:
            return np.array([node.get("scale", [1.0] * 3)]), np.array([node.get("translation", [0.0] * 3)])
        scale, shift = (_column(self.document, self.views, attributes[name]) for name in ("SCALE", "TRANSLATION"))
        return scale.astype(np.float64), shift.astype(np.float64)


def _offsets(values: Json, views: list[bytes]) -> NDArray[Any]:
    return np.frombuffer(views[values["stringOffsets"]], _WIDTHS[values.get("stringOffsetType", "UINT32")])


def _table_faults(document: Json, views: list[bytes]) -> Iterator[str]:
    """What in the property tables of a GLB does not fit together."""
    extension = document["extensions"]["EXT_structural_metadata"]
    for table in extension.get("propertyTables", ()):
        declared = extension["schema"]["classes"][table["class"]]["properties"]
        for name, values in table["properties"].items():
            if name not in declared:
                yield f"{name}: schema"
            elif declared[name]["type"] == "STRING":
                yield from _text_faults(name, table["count"], values, views)
            elif len(views[values["values"]]) != table["count"] * _WIDTHS[declared[name]["componentType"]].itemsize:
                yield f"{name}: values"


def _text_faults(name: str, count: int, values: Json, views: list[bytes]) -> Iterator[str]:
    offsets = _offsets(values, views)
    falls = np.any(offsets[1:] < offsets[:-1])
    if len(offsets) != count + 1 or falls or offsets[-1] != len(views[values["values"]]):
        yield f"{name}: stringOffsets"


def _feature_faults(document: Json, views: list[bytes]) -> Iterator[str]:
    """Where corners or instances name features that the property table does not have."""
    tables = document["extensions"]["EXT_structural_metadata"].get("propertyTables", ())
    for features, attributes in _naming(document):
        rows = tables[features["propertyTable"]]["count"]
        numbers = _column(document, views, attributes[f"_FEATURE_ID_{features['attribute']}"])
        if features["featureCount"] != rows or numbers.max() >= rows:
            yield f"featureCount {features['featureCount']}, {int(numbers.max())}, {rows}"


def _naming(document: Json) -> Iterator[tuple[Json, Json]]:
    """What names features, with the attributes in which it does: meshes by their corners, nodes by their instances."""
    for node in document.get("nodes", ()):
        extensions = node.get("extensions", {})
        if "EXT_mesh_gpu_instancing" in extensions:
            attributes = extensions["EXT_mesh_gpu_instancing"]["attributes"]
            yield from ((features, attributes) for features in extensions["EXT_instance_features"]["featureIds"])
            continue
        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            named = primitive.get("extensions", {}).get("EXT_mesh_features", {"featureIds": ()})["featureIds"]
            yield from ((features, primitive["attributes"]) for features in named)


def _attribute_faults(document: Json) -> Iterator[str]:
    """Where what is said of each point is not there, is not of the type it is said to be, or is not of every point."""
    extension = document["extensions"]["EXT_structural_metadata"]
    for primitive in (one for mesh in document.get("meshes", ()) for one in mesh["primitives"]):
        attributes = primitive["attributes"]
        count = document["accessors"][attributes["POSITION"]]["count"]
        for number in primitive.get("extensions", {}).get("EXT_structural_metadata", {}).get("propertyAttributes", ()):
            said = extension["propertyAttributes"][number]
            declared = extension["schema"]["classes"][said["class"]]["properties"]
            for name, where in said["properties"].items():
                accessor = document["accessors"][attributes[where["attribute"]]]
                kind = np.dtype(_COMPONENTS[accessor["componentType"]])
                if _WIDTHS[declared[name]["componentType"]] != kind or accessor["count"] != count:
                    yield f"{name}: {where['attribute']}"


def _views(document: Json, binary: bytes) -> list[bytes]:
    found = []
    for view in document.get("bufferViews", ()):
        start = view.get("byteOffset", 0)
        if start + view["byteLength"] > len(binary):
            raise ValueError("a buffer view reaches beyond the buffer")
        found.append(binary[start : start + view["byteLength"]])
    return found


def _column(document: Json, views: list[bytes], accessor: int) -> NDArray[Any]:
    """The values of an attribute: (n,) of numbers, (n, 3) of vectors."""
    described = document["accessors"][accessor]
    kind, width = np.dtype(_COMPONENTS[described["componentType"]]), _PARTS[described["type"]]
    stride = document["bufferViews"][described["bufferView"]].get("byteStride", kind.itemsize * width)
    values = np.frombuffer(views[described["bufferView"]], kind).reshape(-1, stride // kind.itemsize)
    column = values[: described["count"], :width]
    return column[:, 0] if width == 1 else column
