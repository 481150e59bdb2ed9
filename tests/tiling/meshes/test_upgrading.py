"""Tiles of 3D Tiles 1.0 as GLBs: what they draw, where, and what every batch is called."""

import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.tiling.glbs import validated
from tests.tiling.meshes.made import b3dm, glb
from tiling.meshes.documents import Model
from tiling.meshes.draco import faces_of
from tiling.meshes.upgrading import upgraded

TABLE = {
    "name": ["甲", None],
    "floors": [3, 12],
    "height": [9.5, None],
    "用途": ["住宅", "商业"],
    "area": {"byteOffset": 0, "componentType": "FLOAT", "type": "SCALAR"},
    "more": [{"a": 1}, [2]],
    "3DTILES_batch_table_hierarchy": {"classes": []},
}


@pytest.fixture(scope="module")
def model() -> Model:
    area = np.array([10.5, 20.5], np.float32).tobytes()
    data = b3dm(glb([0, 1, 1]), {"BATCH_LENGTH": 2, "RTC_CENTER": [100.0, 200.0, 300.0]}, TABLE, area)
    return Model.read(upgraded(data, "a.b3dm", "Y") or b"", "a")


def column(model: Model, name: str) -> list[object]:
    """A property as a reader of the standard finds it."""
    said = model.document["extensions"]["EXT_structural_metadata"]
    [named] = said["schema"]["classes"].values()
    declared = named["properties"][name]
    values = said["propertyTables"][0]["properties"][name]

    def view(number: int) -> bytes:
        one = model.document["bufferViews"][number]
        return model.binary[one["byteOffset"] :][: one["byteLength"]]

    if declared["type"] == "STRING":
        ends = np.frombuffer(view(values["stringOffsets"]), np.uint32)
        text = view(values["values"])
        return [text[start:end].decode() for start, end in pairwise(ends)]
    kinds = {"INT32": np.int32, "FLOAT32": np.float32, "FLOAT64": np.float64}
    found: list[object] = np.frombuffer(view(values["values"]), kinds[declared["componentType"]]).tolist()
    return found


def test_every_batch_keeps_its_number_and_all_that_is_said_of_it(model: Model) -> None:
    [primitive] = model.primitives()
    feature = primitive["extensions"]["EXT_mesh_features"]["featureIds"]
    assert feature == [{"attribute": 0, "featureCount": 2, "propertyTable": 0}]
    assert model.column(primitive["attributes"]["_FEATURE_ID_0"])[:, 0].tolist() == [0, 1, 1]
    assert "_BATCHID" not in primitive["attributes"]
    assert column(model, "name") == ["甲", ""]
    assert column(model, "floors") == [3, 12]
    assert column(model, "height") == [9.5, -9999.0]
    assert column(model, "area") == [10.5, 20.5]
    assert column(model, "property_3") == ["住宅", "商业"]
    assert column(model, "more") == ['{"a": 1}', "[2]"]
    properties = model.document["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["batch"]["properties"]
    assert properties["property_3"]["name"] == "用途"
    assert len(properties) == 6


def test_it_stands_around_its_centre(model: Model) -> None:
    corners = model.corners()
    assert (corners.min(axis=0).tolist(), corners.max(axis=0).tolist()) == ([100, 200, 300], [110, 200, 320])


def test_the_centre_of_an_extension_counts_too() -> None:
    data = b3dm(glb(extensions={"CESIUM_RTC": {"center": [1.0, 2.0, 3.0]}}, extensionsUsed=["CESIUM_RTC"]))
    found = Model.read(upgraded(data, "a.b3dm", "Y") or b"", "a")
    assert found.corners().min(axis=0).tolist() == [1, 2, 3]
    assert not {"extensions", "extensionsUsed"} & found.document.keys()


def test_an_old_gltf_stays_as_it_is() -> None:
    assert upgraded(b3dm(b"glTF" + struct.pack("<I", 1) + bytes(20)), "a.b3dm", "Y") is None


def test_a_validator_finds_nothing_wrong(model: Model, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(model.written())
    [report] = validated([tmp_path / "a.glb"])
    assert (report["errors"], report["warnings"], report["messages"]) == (0, 0, [])


def test_what_is_no_draco_mesh_has_no_faces() -> None:
    assert faces_of(b"DRACO") is None
    assert faces_of(b"DRACO\2\2\0\1\0\0" + b"\5\5") is None
    assert faces_of(b"DRACO\2\2\1\0\0\0\xac\2\5") == 300
    assert faces_of(b"DRACO\2\2\1\1\0\0\0\5\xac\2") == 300
