"""Of which form meshes come: told by their files."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from entities.errors import Invalid


class Form(Enum):
    """The forms in which meshes come."""

    TILESET = "tileset"
    MODELS = "models"
    OBJECTS = "objects"


_FORMS: Final = {
    ".zip": Form.TILESET,
    ".3tz": Form.TILESET,
    ".glb": Form.MODELS,
    ".b3dm": Form.MODELS,
    ".obj": Form.OBJECTS,
}


def form_of(paths: Sequence[Path]) -> Form:
    """The one form of all files. `Invalid` (`mesh.forms`) where they are of several, or of a form that comes alone."""
    forms = {Form.TILESET if path.is_dir() else _FORMS[path.suffix.lower()] for path in paths}
    if len(forms) > 1 or (forms == {Form.TILESET} and len(paths) > 1):
        raise Invalid.because("mesh.forms", names=", ".join(path.name for path in paths[:3]))
    return forms.pop()
