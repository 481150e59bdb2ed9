"""Meshes as holdings: tilesets adopted as they are, and models of several formats made into tilesets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from tiling.holdings import FOLDER, Kind, Order, Prepared, Progress
from tiling.meshes import materials, models, objects, oblique
from tiling.meshes.adopting import adopt_tileset
from tiling.meshes.finding import Found
from tiling.meshes.placing import footprint
from tiling.meshes.sorting import Form, form_of

MAKERS: Final = {
    Form.TILESET: adopt_tileset,
    Form.MODELS: models.adopt,
    Form.OBJECTS: objects.adopt,
    Form.OBLIQUE: oblique.adopt,
}
"""How each form of mesh is prepared."""


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    """Prepare meshes of one form: a tileset, or models side by side."""
    found: Found = MAKERS[form_of(paths)](paths, folder, order, tell)
    if not len(found.points):
        raise Invalid.because("mesh.empty", name=paths[0].name)
    area, low, high = footprint(found.points, order.anomaly)
    return Prepared(area, low, high, found.attributes, found.warnings)


def companions(path: Path) -> list[Path]:
    """The files that a model needs beside it: materials and pictures of an OBJ, finer levels of an OSGB."""
    return [*materials.companions(path), *oblique.companions(path)]


SUFFIXES: Final = frozenset({FOLDER, ".zip", ".3tz", ".glb", ".b3dm", ".obj", ".osgb"})
"""The files that meshes come in."""

MESHES: Final = Kind("meshes", "900200", 2, SUFFIXES, prepare, companions=companions)
