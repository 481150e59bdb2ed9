"""GLBs of ours looked at from outside: by Khronos' validator, and taken apart to arrays."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tiling.encoding.gltf import unpacked

ROOT = Path(__file__).parents[2]
KINDS = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}


def validated(files: list[Path]) -> list[dict[str, Any]]:
    """What gltf-validator says of each file; the test is left out where Node or the package is absent."""
    if not shutil.which("node") or not (ROOT / "node_modules/gltf-validator").is_dir():
        pytest.skip("left out: Node or the npm package gltf-validator is not here")
    runner = Path(__file__).with_name("validate.mjs")
    listed = "\n".join(str(file) for file in files)
    done = subprocess.run(["node", str(runner)], input=listed, capture_output=True, text=True, check=True)
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(reports) == len(files)
    return reports


@dataclass(frozen=True)
class Parts:
    """A GLB's JSON, its vertex attributes and indices as arrays, and its property table as lists."""

    document: dict[str, Any]
    attributes: dict[str, np.ndarray]
    indices: np.ndarray
    table: dict[str, list[Any]]


def taken_apart(data: bytes, number: int = 0) -> Parts:
    """Read a primitive of a GLB as the standards say, sharing nothing with the writer but the split into chunks."""
    document, binary = unpacked(data)

    def view(number: int) -> bytes:
        described = document["bufferViews"][number]
        return binary[described["byteOffset"] :][: described["byteLength"]]

    def accessor(number: int) -> np.ndarray:
        described = document["accessors"][number]
        kind, width = np.dtype(KINDS[described["componentType"]]), WIDTHS[described["type"]]
        stride = document["bufferViews"][described["bufferView"]].get("byteStride", kind.itemsize * width)
        rows = np.frombuffer(view(described["bufferView"]), np.uint8).reshape(-1, stride)[: described["count"]]
        return np.ascontiguousarray(rows[:, : kind.itemsize * width]).view(kind)

    primitive = document["meshes"][0]["primitives"][number]
    extension = document["extensions"]["EXT_structural_metadata"]
    table = extension["propertyTables"][0]
    columns = {}
    for name, values in table["properties"].items():
        if "stringOffsets" in values:
            width = np.dtype(values.get("stringOffsetType", "UINT32").lower())
            ends = np.frombuffer(view(values["stringOffsets"]), width)
            text = view(values["values"])
            columns[name] = [text[ends[row] : ends[row + 1]].decode() for row in range(table["count"])]
        else:
            columns[name] = np.frombuffer(view(values["values"]), np.float32).tolist()
    attributes = {name: accessor(number) for name, number in primitive["attributes"].items()}
    return Parts(document, attributes, accessor(primitive["indices"]).ravel(), columns)
