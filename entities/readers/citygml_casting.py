"""Pictures that a CityGML lays on by projection: from where a corner is to where on the picture it is seen.

OGC 12-019, 9.4: TexCoordGen takes x, y, z to homogeneous places by a matrix; GeoreferencedTexture is an orthophoto
whose pixels lie on the ground as a world file says, or the same numbers in the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from entities.crs import Numbers
from entities.readers.album import wrapping
from entities.readers.citygml_parsing import Element, children, local_name

_WORLD: Final = 6  # numbers of a world file


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """A picture by its name in the model, how it goes on beyond its edges, and the matrix (3, 4) by which it is cast.

    A `photo` is an orthophoto, whose matrix leads to pixels; without one a world file beside the picture says it.
    """

    picture: str
    wrap: str
    matrix: Numbers | None
    photo: bool = False

    def places(self, points: Numbers, path: Path) -> Numbers | None:
        """The places of points (n, 3) on the picture in a file; None where it cannot be told, or lies behind it."""
        matrix = _of_world_file(path) if self.matrix is None else self.matrix
        if matrix is None:
            return None
        seen = np.column_stack([points, np.ones(len(points))]) @ matrix.T
        if not (np.isfinite(seen).all() and (seen[:, 2] > 0).all()):
            return None
        places: Numbers = seen[:, :2] / seen[:, 2:]
        if self.photo:
            with Image.open(path) as image:
                places = ((places + 0.5) / image.size) * (1, -1) + (0, 1)
        return places


def casts_of(texture: Element) -> Iterator[tuple[str, Cast | None]]:
    """What a texture lays on by projection: the reference to each geometry, and how; None where that cannot be read."""
    name, wrap = _text(texture, "imageURI"), wrapping(_text(texture, "wrapMode"))
    if local_name(texture) == "GeoreferencedTexture":
        matrix = _of_photo(texture)
        cast = None if matrix is None and _text(texture, "referencePoint") else Cast(name, "clamp", matrix, True)
        for target in children(texture, "target"):
            yield str(target.text or target.get("uri") or "").strip(), cast
    for one in texture.iter("{*}TexCoordGen"):
        words = _text(one, "worldToTexture").split()
        numbers = _numbers(words, 12)
        yield _target(one), None if numbers is None else Cast(name, wrap, numbers.reshape(3, 4))


def _of_photo(texture: Element) -> Numbers | None:
    """The matrix to pixels, of the middle of the upper left one and the steps to its neighbours if both are told."""
    place = _numbers([word for one in texture.iter("{*}pos") for word in str(one.text or "").split()][:2], 2)
    steps = _numbers(_text(texture, "orientation").split(), 4)
    return None if place is None or steps is None else _to_pixels(steps.reshape(2, 2), place)


def _of_world_file(path: Path) -> Numbers | None:
    """The same of a world file beside a picture, `.jgw` of a `.jpg` or `.wld`: A, D, B, E, C, F, each in a line."""
    endings = (f".{path.suffix[1:2]}{path.suffix[-1:]}w", f"{path.suffix}w", ".wld")
    for one in (path.with_suffix(ending.lower()) for ending in endings):
        if one.is_file() and one.resolve().parent == path.resolve().parent and one.stat().st_size < 4096:
            numbers = _numbers(one.read_text("latin-1").split(), _WORLD)
            return None if numbers is None else _to_pixels(numbers[:4].reshape(2, 2).T, numbers[4:])
    return None


def _to_pixels(steps: Numbers, place: Numbers) -> Numbers | None:
    if abs(np.linalg.det(steps)) < 1e-18:
        return None
    back = np.linalg.inv(steps)
    found = np.zeros((3, 4))
    found[:2, :2], found[:2, 3], found[2, 3] = back, -back @ place, 1
    return found


def _target(generated: Element) -> str:
    """What a TexCoordGen is for: CityGML 3 says it beside it, earlier ones around it."""
    for around in generated.iterancestors():
        if around.get("uri"):
            return str(around.get("uri"))
        if local_name(around) == "TextureAssociation":
            return _text(around, "target")
    return ""


def _text(element: Element, name: str) -> str:
    return next(("".join(one.itertext()).strip() for one in children(element, name)), "")


def _numbers(words: list[str], count: int) -> Numbers | None:
    try:
        found: Numbers = np.array(words, dtype=np.float64)
    except ValueError:
        return None
    return found if len(found) == count and np.isfinite(found).all() else None
