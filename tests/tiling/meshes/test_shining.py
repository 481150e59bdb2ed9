"""A material that only shines is drawn without light; any other stays as it is."""

from typing import Any

import pytest

from tiling.meshes.documents import Model
from tiling.meshes.shining import unlit

SHINING = {
    "doubleSided": True,
    "emissiveFactor": [1, 1, 1],
    "emissiveTexture": {"index": 0},
    "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 0]},
}


def test_what_only_shines_is_its_picture() -> None:
    model = Model({"asset": {"version": "2.0"}, "materials": [{**SHINING}]}, b"")
    unlit(model)
    assert model.document["extensionsUsed"] == ["KHR_materials_unlit"]
    assert model.document["materials"] == [
        {
            "doubleSided": True,
            "extensions": {"KHR_materials_unlit": {}},
            "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 1], "baseColorTexture": {"index": 0}},
        }
    ]


@pytest.mark.parametrize(
    "other",
    [
        {**SHINING, "pbrMetallicRoughness": {}},
        {**SHINING, "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1], "baseColorTexture": {"index": 1}}},
        {**SHINING, "alphaMode": "BLEND"},
        {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]}},
    ],
)
def test_what_is_lit_stays_lit(other: dict[str, Any]) -> None:
    model = Model({"asset": {"version": "2.0"}, "materials": [{**other}]}, b"")
    unlit(model)
    assert model.document["materials"] == [other]
    assert "extensionsUsed" not in model.document
