"""Reads the materials of a Wavefront OBJ (MTL): colours, opacity, and pictures, wherever their writer's paths lead.

What a model needs is looked for in its own folder only: at the path that is written, or, where that is a path of
another machine, by its last part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from tiling.meshes.standing import METADATA
from tiling.meshes.textured import Skin, media_of
from tiling.meshes.wavefront import text_of

_NUMBERS: Final = {"-s": 3, "-o": 3, "-t": 3, "-mm": 2}
"""The options of a picture that are followed by up to so many numbers; all others by one word."""


@dataclass(frozen=True, slots=True)
class Material:
    """A material as it is written: its colour, opacity, and the path of its picture."""

    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    opacity: float = 1.0
    picture: str = ""


@dataclass
class Library:
    """The materials of one MTL, by name."""

    path: Path
    materials: dict[str, Material] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Library":
        """Read an MTL. `Invalid` (`mesh.mtl`) with what cannot be read."""
        found, name = cls(path), ""
        for word, rest in _lines(path):
            if word == "newmtl":
                name = rest
                found.materials[name] = Material()
            elif name in found.materials:
                try:
                    found.materials[name] = _changed(found.materials[name], word, rest)
                except ValueError as error:
                    raise Invalid.because("mesh.mtl", name=path.name, why=f"{word} {rest}"[:80]) from error
        return found

    def skin(self, material: Material) -> Skin:
        """How a material looks.

        `Invalid` where its picture is not there (`mesh.texture`), or neither JPEG nor PNG (`mesh.picture`).
        """
        colour = (*material.colour, material.opacity)
        if not material.picture:
            return Skin(colour)
        path = beside(self.path.parent, material.picture)
        if path is None:
            raise Invalid.because("mesh.texture", name=self.path.name, uri=material.picture)
        picture = path.read_bytes()
        if media_of(picture) is None:
            raise Invalid.because("mesh.picture", name=path.name)
        return Skin((1.0, 1.0, 1.0, material.opacity), picture)


def skins(folder: Path, libraries: Sequence[str], used: Sequence[str], name: str) -> dict[str, Skin]:
    """How the materials that are used look, by name; a name without a material is plain white.

    `Invalid` (`mesh.material`) where a library is not there.
    """
    found: dict[str, Skin] = {}
    for uri in (one for said in libraries for one in _each(folder, said)):
        path = beside(folder, uri)
        if path is None:
            raise Invalid.because("mesh.material", name=name, uri=uri)
        library = Library.read(path)
        found |= {one: library.skin(said) for one, said in library.materials.items() if one in used}
    return {one: found.get(one, Skin()) for one in used}


def companions(path: Path) -> list[Path]:
    """The materials and pictures that an OBJ needs beside it, as far as they are there, and what says its system."""
    if path.suffix.lower() != ".obj":
        return []
    with path.open("rb") as file:
        named = [text_of(line[7:]) for line in map(bytes.strip, file) if line.startswith(b"mtllib ")]
    several = (one for said in named for one in _each(path.parent, said))
    libraries = [one for one in (beside(path.parent, name) for name in several) if one]
    pictures = [
        beside(library.parent, material.picture)
        for library in libraries
        for material in Library.read(library).materials.values()
    ]
    found = [path.parent / METADATA, *libraries, *(one for one in pictures if one)]
    return [one for one in dict.fromkeys(found) if one.is_file()]


def _each(folder: Path, said: str) -> list[str]:
    """The libraries that a line names: one, whose name may have blanks, or several with blanks between them."""
    return [said] if beside(folder, said) else said.split() or [said]


def beside(folder: Path, name: str) -> Path | None:
    """The file of a folder that another names; None where it is not there."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts:
        return None
    for inside in (parts, parts[-1:]):
        if ".." not in inside and folder.joinpath(*inside).is_file():
            return folder.joinpath(*inside)
    return next((one for one in sorted(folder.iterdir()) if one.name.lower() == parts[-1].lower()), None)


def _changed(material: Material, word: str, rest: str) -> Material:
    """A material with one more line of it read."""
    if word == "kd":
        red, green, blue = (min(max(float(part), 0.0), 1.0) for part in rest.split()[:3])
        return replace(material, colour=(red, green, blue))
    if word in ("d", "tr"):
        share = min(max(float(rest.split()[-1]), 0.0), 1.0)
        return replace(material, opacity=share if word == "d" else 1 - share)
    return replace(material, picture=_picture(rest)) if word == "map_kd" else material


def _picture(rest: str) -> str:
    """The path of a picture without the options before it."""
    words = rest.split(" ")
    while words and words[0].startswith("-"):
        option = words.pop(0).lower()
        most = _NUMBERS.get(option, 1)
        while words and most and (option not in _NUMBERS or _is_number(words[0])):
            words.pop(0)
            most -= 1
    return " ".join(words).strip()


def _is_number(word: str) -> bool:
    return word.lstrip("+-").replace(".", "", 1).isdigit()


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_bytes().splitlines():
        word, _, rest = text_of(line).replace("\t", " ").partition(" ")
        if word and not word.startswith("#"):
            yield word.lower(), rest.strip()
