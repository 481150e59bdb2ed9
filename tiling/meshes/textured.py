"""Meshes with pictures on them as a GLB: parts in a frame of their own, one material each, the same bytes every time.

Positions are 32-bit floats, right to 0.1 mm within 1 km of the frame's zero. A part with a picture is shown in the
picture's own light (KHR_materials_unlit): photographs of the land are lit already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.encoding.gltf import Binary, packed

Floats = NDArray[np.float64]
Json = dict[str, Any]

GENERATOR: Final = "Shikong meshes 1"

_FLOAT: Final = 5126
_PICTURES: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
_NEAREST_MIPMAP: Final = {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}


@dataclass(frozen=True, slots=True)
class Skin:
    """How a part looks: a colour in linear light with its opacity, and a picture (JPEG or PNG) or none."""

    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Triangles with one skin: corners (n, 3) east, north, up; places on the picture (n, 2) from its upper left."""

    corners: Floats
    triangles: NDArray[np.uint32]  # (m, 3)
    skin: Skin
    places: Floats | None = None
    normals: Floats | None = None

    @property
    def drawn(self) -> bool:
        return len(self.triangles) > 0


def media_of(picture: bytes) -> str | None:
    """Which kind of picture it is, or None where glTF does not know it."""
    return next((media for begin, media in _PICTURES.items() if picture.startswith(begin)), None)


def glb(parts: Sequence[Part]) -> bytes:
    """The GLB of parts, in glTF's axes."""
    binary, looks = Binary(), _Looks()
    primitives = [_primitive(part, looks.of(part.skin), binary) for part in parts if part.drawn]
    document: Json = {
        "asset": {"generator": GENERATOR, "version": "2.0"},
        "materials": looks.materials,
        "meshes": [{"primitives": primitives}],
        "nodes": [{"mesh": 0}],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "accessors": binary.accessors,
        **looks.pictured(binary),
    }
    document["bufferViews"] = binary.views
    document["buffers"] = [{"byteLength": binary.length}]
    return packed(document, binary)


class _Looks:
    """The materials of a GLB as they are met, each once."""

    def __init__(self) -> None:
        self.materials: list[Json] = []
        self._numbers: dict[Skin, int] = {}
        self._pictures: dict[bytes, int] = {}

    def of(self, skin: Skin) -> int:
        """The number of a skin's material."""
        if skin not in self._numbers:
            self._numbers[skin] = len(self.materials)
            self.materials.append(self._material(skin))
        return self._numbers[skin]

    def pictured(self, binary: Binary) -> Json:
        """What the document says of the pictures; nothing where there are none."""
        if not self._pictures:
            return {}
        images = [{"bufferView": binary.view(one), "mimeType": media_of(one)} for one in self._pictures]
        textures = [{"sampler": 0, "source": number} for number in range(len(images))]
        found: Json = {"images": images, "textures": textures, "samplers": [_NEAREST_MIPMAP]}
        return {**found, "extensionsUsed": ["KHR_materials_unlit"]}

    def _material(self, skin: Skin) -> Json:
        surface: Json = {"metallicFactor": 0, "roughnessFactor": 1}
        material: Json = {"doubleSided": True, "pbrMetallicRoughness": surface}
        if skin.colour != (1.0, 1.0, 1.0, 1.0):
            surface["baseColorFactor"] = list(skin.colour)
        if skin.colour[3] < 1:
            material["alphaMode"] = "BLEND"
        if skin.picture is not None:
            number = self._pictures.setdefault(skin.picture, len(self._pictures))
            surface["baseColorTexture"] = {"index": number}
            material["extensions"] = {"KHR_materials_unlit": {}}
        return material


def _primitive(part: Part, material: int, binary: Binary) -> Json:
    corners = y_up(part.corners).astype(np.float32)
    span = {"max": corners.max(axis=0).tolist(), "min": corners.min(axis=0).tolist()}
    attributes = {"POSITION": binary.attribute(corners, _FLOAT, "VEC3", **span)}
    if part.normals is not None:
        attributes["NORMAL"] = binary.attribute(y_up(part.normals).astype(np.float32), _FLOAT, "VEC3")
    if part.places is not None and part.skin.picture is not None:
        attributes["TEXCOORD_0"] = binary.attribute(part.places.astype(np.float32), _FLOAT, "VEC2")
    return {"attributes": attributes, "indices": binary.indices(part.triangles, len(corners)), "material": material}


def y_up(vectors: Floats) -> Floats:
    """East, north, up as glTF's right, up, towards."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)
