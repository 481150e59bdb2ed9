"""What viewers take a model's word for and fail on where it is wrong: corners of triangles, bounds, extensions.

glTF 2.0, 3.6.2 and 3.7.2.1 (Khronos): an index is less than the count of corners, all attributes of a primitive have
as many elements, and an accessor of positions says its true bounds.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.meshes.documents import Json, Model

_DRAWN: Final = frozenset({
    "AGI_articulations", "CESIUM_primitive_outline", "CESIUM_RTC", "EXT_feature_metadata", "EXT_instance_features",
    "EXT_mesh_features", "EXT_mesh_gpu_instancing", "EXT_meshopt_compression", "EXT_structural_metadata",
    "EXT_texture_webp", "KHR_blend", "KHR_draco_mesh_compression", "KHR_gaussian_splatting",
    "KHR_gaussian_splatting_compression_spz_2", "KHR_materials_anisotropy", "KHR_materials_clearcoat",
    "KHR_materials_common", "KHR_materials_pbrSpecularGlossiness", "KHR_materials_specular", "KHR_materials_unlit",
    "KHR_mesh_quantization", "KHR_techniques_webgl", "KHR_texture_basisu", "KHR_texture_transform",
    "WEB3D_quantized_attributes",
})  # fmt: skip
"""The extensions that CesiumJS (24.0 of its engine) draws where they are required; it refuses all others."""

_DRACO: Final = "KHR_draco_mesh_compression"


def fitted(model: Model, name: str) -> bool:
    """Put the bounds of positions right; tell whether any were wrong.

    `ValueError` where a primitive does not hold together, `Invalid` (`mesh.extension`) where viewers cannot draw it.
    """
    check_extensions(model.document, name)
    wrong = False
    for primitive in model.primitives():
        if _DRACO not in primitive.get("extensions", {}):
            _check(model, primitive)
            wrong |= _bounded(model, primitive["attributes"].get("POSITION"))
    return wrong


def check_extensions(document: Json, name: str) -> None:
    """Refuse a document that requires an extension which viewers do not draw (`mesh.extension`)."""
    lacking = sorted({str(one) for one in document.get("extensionsRequired", ())} - _DRAWN)
    if lacking:
        raise Invalid.because("mesh.extension", name=name, extension=", ".join(lacking)[:200])


def _check(model: Model, primitive: Json) -> None:
    """Refuse attributes of unlike counts, and triangles of corners that are not there."""
    accessors = model.document.get("accessors", [])
    counts = {int(accessors[number]["count"]) for number in primitive["attributes"].values()}
    if len(counts) > 1:
        raise ValueError(f"attributes of {' / '.join(map(str, sorted(counts)))} corners")
    for number in _plain(model, primitive.get("indices")):
        highest = int(model.column(number).max(initial=0))
        if highest >= min(counts, default=0):
            raise ValueError(f"accessors/{number}: corner {highest} of {min(counts, default=0)}")


def _bounded(model: Model, position: int | None) -> bool:
    """Set the bounds of an accessor to what is in it; tell whether they were other. NaN does not count."""
    for number in _plain(model, position):
        accessor, values = model.document["accessors"][number], model.column(number)
        values = values[np.isfinite(values).all(axis=1)]
        if not len(values):
            raise ValueError(f"accessors/{number}: NaN")
        ends = {"min": values.min(axis=0), "max": values.max(axis=0)}
        wrong = {end: found.tolist() for end, found in ends.items() if not _says(accessor.get(end), found)}
        accessor.update(wrong)
        return bool(wrong)
    return False


def _says(told: Any, found: NDArray[Any]) -> bool:
    """Tell whether numbers of a document are those that were found, as far as their type keeps them apart."""
    with np.errstate(all="ignore"):
        return told is not None and np.array_equal(np.array(told, np.float64).astype(found.dtype), found)


def _plain(model: Model, number: int | None) -> Iterator[int]:
    """The accessor's number where its values stand in the binary part as they are, neither sparse nor packed."""
    if number is None:
        return
    accessor = model.document["accessors"][number]
    views, buffers = model.document.get("bufferViews", []), model.document.get("buffers", [])
    if "sparse" in accessor or "bufferView" not in accessor:
        return
    view = views[accessor["bufferView"]]
    if view["buffer"] == 0 and "uri" not in buffers[0] and not view.get("extensions"):
        yield number
