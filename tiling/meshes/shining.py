"""Materials that only shine, as photogrammetry writes them, said as what they are: pictures without light (unlit).

A black base colour with the picture as what shines comes to the picture itself, whatever the light. Viewers that leave
out what shines where a mesh has no normals, as CesiumJS does, would draw it black. KHR_materials_unlit (Khronos) says
the same and is drawn everywhere.
"""

from typing import Final

from tiling.meshes.documents import Json, Model

_UNLIT: Final = "KHR_materials_unlit"
_SHINE: Final = ("emissiveTexture", "emissiveFactor")


def unlit(model: Model) -> None:
    """Say of every material that is nothing but its own shine that it is drawn without light."""
    for material in model.document.get("materials", ()):
        if _only_shines(material):
            picture = material["emissiveTexture"]
            factor = [float(part) for part in material.get("emissiveFactor", (0.0, 0.0, 0.0))]
            for part in _SHINE:
                material.pop(part, None)
            material["pbrMetallicRoughness"] = {"baseColorTexture": picture, "baseColorFactor": [*factor, 1.0]}
            material["extensions"] = {**material.get("extensions", {}), _UNLIT: {}}
            model.uses(_UNLIT)


def _only_shines(material: Json) -> bool:
    """Tell whether nothing of a material is seen but what shines."""
    base = material.get("pbrMetallicRoughness", {})
    black = not any(base.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))[:3]) and "baseColorTexture" not in base
    opaque = material.get("alphaMode", "OPAQUE") == "OPAQUE"
    return black and opaque and "emissiveTexture" in material and _UNLIT not in material.get("extensions", {})
