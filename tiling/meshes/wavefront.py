"""Reads Wavefront OBJ: corners, places on pictures, and faces by material.

Faces of more than three corners are fanned from their first. Normals are left out, since a projection turns them, and
so is what has no faces (lines, points, curves).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

_PLAIN: Final = re.compile(rb"[0-9/ ]+")
_WIDTHS: Final = {b"v": 3, b"vt": 2}


@dataclass
class Faces:
    """Faces that follow one another with one material, and how many corners and places came before them."""

    material: str
    counts: tuple[int, int]
    lines: list[bytes] = field(default_factory=list)


@dataclass
class Wavefront:
    """An OBJ as read: its arrays, and its faces as triangles, each corner the numbers of a point and of a place."""

    corners: Floats
    places: Floats
    triangles: list[tuple[str, Numbers]]  # material, (m, 3, 2) with -1 where a corner has no place
    libraries: list[str]


def read(path: Path) -> Wavefront:
    """Read an OBJ. `Invalid` (`mesh.obj`) with the line that cannot be read."""
    rows: dict[bytes, list[bytes]] = {word: [] for word in _WIDTHS}
    faces: list[Faces] = []
    libraries: list[str] = []
    material = ""
    with path.open("rb") as file:
        for line in _joined(file):
            word, _, rest = line.partition(b" ")
            if word in rows:
                rows[word].append(rest)
            elif word == b"f":
                counts = (len(rows[b"v"]), len(rows[b"vt"]))
                if not faces or (faces[-1].material, faces[-1].counts) != (material, counts):
                    faces.append(Faces(material, counts))
                faces[-1].lines.append(rest)
            elif word == b"usemtl":
                material = text_of(rest)
            elif word == b"mtllib":
                libraries.append(text_of(rest))
    corners, places = (_array(rows[word], width, path.name) for word, width in _WIDTHS.items())
    triangles = _triangles(faces, (len(corners), len(places)), path.name)
    return Wavefront(corners, places, triangles, libraries)


def _joined(file: Iterator[bytes]) -> Iterator[bytes]:
    """Lines without white space at their ends; one that ends with a backslash goes on with the next."""
    before = b""
    for line in file:
        text = before + line.strip().replace(b"\t", b" ")
        before = b""
        if text.endswith(b"\\"):
            before = text[:-1] + b" "
        elif text:
            yield text


def _array(rows: Sequence[bytes], width: int, name: str) -> Floats:
    """The first numbers of each row as an array."""
    try:
        found = np.array([row.split()[:width] for row in rows], dtype=np.bytes_).astype(np.float64)
        found = found.reshape(len(rows), width)
    except ValueError as error:
        raise Invalid.because("mesh.obj", name=name, why=str(error)[:80]) from error
    if not np.isfinite(found).all():
        raise Invalid.because("mesh.obj", name=name, why="nan")
    return found


def _triangles(faces: Sequence[Faces], lengths: Sequence[int], name: str) -> list[tuple[str, Numbers]]:
    """Triangles by material, in the order in which materials are first used."""
    found: dict[str, list[Numbers]] = {}
    for block in faces:
        found.setdefault(block.material, []).append(_block(block, name))
    joined = [(material, np.concatenate(blocks)) for material, blocks in found.items()]
    for _, corners in joined:
        if (corners[..., 0] < 0).any() or (corners >= np.array(lengths)).any() or (corners < -1).any():
            raise Invalid.because("mesh.obj", name=name, why="f")
    return joined


def _block(block: Faces, name: str) -> Numbers:
    """The triangles of a block of faces, numbered from 0."""
    plain = _plain_triangles(block)
    if plain is not None:
        return plain
    try:
        polygons = [[_corner(word, block.counts) for word in line.split()] for line in block.lines]
    except ValueError as error:
        raise Invalid.because("mesh.obj", name=name, why=str(error)[:80]) from error
    fans = [(one[0], one[k], one[k + 1]) for one in polygons for k in range(1, len(one) - 1)]
    return np.array(fans, np.int64).reshape(-1, 3, 2)


def _corner(word: bytes, counts: tuple[int, int]) -> tuple[int, int]:
    """`7`, `7/2`, `7//3` or `7/2/3`, counted from 1 or back from the last, as numbers from 0; -1 for none."""
    point, place, *_ = [int(part) if part else 0 for part in word.split(b"/")] + [0]
    return _from_0(point, counts[0]), _from_0(place, counts[1])


def _from_0(number: int, count: int) -> int:
    return number - 1 if number >= 0 else max(count + number, -2)


def _plain_triangles(block: Faces) -> Numbers | None:
    """The triangles of a block that is all triangles of one form, counted from 1; None where it is not, or not plainly.

    It is what nearly every file holds, and read ten times as fast.
    """
    text = b" ".join(block.lines)
    form = [place for place, part in enumerate(block.lines[0].split(maxsplit=1)[0].split(b"/")) if part]
    words = text.replace(b"//", b" ").replace(b"/", b" ").split()
    slashes = block.lines[0].split(maxsplit=1)[0].count(b"/")
    if not _PLAIN.fullmatch(text) or any(len(line.split()) != 3 for line in block.lines):
        return None
    if len(words) != 3 * len(block.lines) * len(form) or text.count(b"/") != 3 * len(block.lines) * slashes:
        return None
    found = np.zeros((len(block.lines) * 3, 3), np.int64)
    found[:, form] = np.array(words).astype(np.int64).reshape(-1, len(form))
    return found[:, :2].reshape(-1, 3, 2) - 1


def text_of(data: bytes) -> str:
    """A name as UTF-8, or as GBK, which Chinese Windows writes."""
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace").strip()
