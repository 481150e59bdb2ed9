"""Of which form meshes come: told by their files."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from tiling.meshes.files import ENTRY
from tiling.meshes.oblique import is_folder as is_oblique


class Form(Enum):
    """The forms in which meshes come."""

    TILESET = "tileset"
    MODELS = "models"
    OBJECTS = "objects"
    OBLIQUE = "oblique"


_FORMS: Final = {
    ".zip": Form.TILESET,
    ".3tz": Form.TILESET,
    ".glb": Form.MODELS,
    ".b3dm": Form.MODELS,
    ".obj": Form.OBJECTS,
    ".osgb": Form.OBLIQUE,
}


def form_of(paths: Sequence[Path]) -> Form:
    """The one form of all files. `Invalid` (`mesh.forms`) where they are of several, or of a form that comes alone."""
    forms = {_form(path) for path in paths}
    if len(forms) > 1 or (forms == {Form.TILESET} and len(paths) > 1):
        raise Invalid.because("mesh.forms", names=", ".join(path.name for path in paths[:3]))
    return forms.pop()


def is_whole(folder: Path) -> bool:
    """Tell whether a folder is one thing: a tileset, or OSGB."""
    return (folder / ENTRY).is_file() or is_oblique(folder)


def _form(path: Path) -> Form:
    if not path.is_dir():
        return _FORMS[path.suffix.lower()]
    return Form.OBLIQUE if is_oblique(path) and not (path / ENTRY).is_file() else Form.TILESET
