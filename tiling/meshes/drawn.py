"""What a scene of OpenSceneGraph draws: triangles with their pictures, and which files show the same more finely.

A `PagedLOD` gives way to its finer file where its sphere is seen larger than so many pixels (or nearer than so many
metres); the geometric error is chosen so that a client does so at the same place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.meshes.osgt import Node, Scene
from tiling.meshes.textured import Part, Skin, media_of

Floats = NDArray[np.float64]

_ALLOWED: Final = 16.0
"""The pixels of error that clients of 3D Tiles allow (CesiumJS's maximumScreenSpaceError)."""

_AWAY: Final = 935.0
"""How many pixels a metre is at a distance of a metre: 1,080 pixels over 60 degrees."""


@dataclass
class Level:
    """What is drawn together and gives way together: its parts, its finer files, and its error in metres."""

    parts: list[Part] = field(default_factory=list)
    finer: list[str] = field(default_factory=list)
    error: float = 0.0


def levels(scene: Scene, pictures: Path) -> list[Level]:
    """Every level that a file holds; `pictures` is the folder of the pictures it names."""
    reader = _Reader(scene, pictures)
    for root in scene.roots:
        reader.visit(root, np.eye(4), reader.outside)
    return [level for level in (reader.outside, *reader.found) if level.parts or level.finer]


class _Reader:
    """One walk through a scene."""

    def __init__(self, scene: Scene, pictures: Path) -> None:
        self.scene, self.pictures = scene, pictures
        self.outside = Level()
        self.found: list[Level] = []

    def visit(self, node: Node, matrix: Floats, level: Level) -> None:
        """Take what a node draws into a level, or into one of its own."""
        node = self.scene.whole(node)
        if node.name == "osg::PagedLOD":
            level = _level(node)
            self.found.append(level)
        if node.name == "osg::MatrixTransform":
            matrix = _matrix(node) @ matrix
        if node.name == "osg::Geometry":
            level.parts += self._parts(node, matrix)
        for part in ("Children", "Drawables"):
            for child in getattr(node.child(part), "children", ()):
                self.visit(child, matrix, level)

    def _parts(self, node: Node, matrix: Floats) -> Iterator[Part]:
        corners = self._array(node, "VertexArray", 3)
        triangles = _triangles(node, len(corners))
        if not len(triangles):
            return
        moved = corners @ matrix[:3, :3] + matrix[3, :3]
        places = self._array(node, "TexCoordArrayList", 2)
        skin = self._skin(node)
        shown = len(places) == len(corners) and skin.picture is not None
        # Pictures are written upright, and OpenGL counts from their lower left.
        yield Part(moved, triangles, skin, places * [1.0, -1.0] + [0.0, 1.0] if shown else None)

    def _array(self, node: Node, name: str, width: int) -> Floats:
        """An array of a geometry, which may be one that another geometry holds."""
        holder = node.child(name)
        if holder is None:
            return np.zeros((0, width))
        arrays = [self.scene.whole(one) for one in holder.children if one.name.startswith("osg::Vec")]
        found = arrays[0].numbers() if arrays else np.zeros(0)
        return found.reshape(-1, width)

    def _skin(self, node: Node) -> Skin:
        """The picture of a geometry, else its diffuse colour."""
        state = node.inside("StateSet", "osg::StateSet")
        if state is None:
            return Skin()
        state = self.scene.whole(state)
        for texture in state.every("osg::Texture2D"):
            picture = self._picture(self.scene.whole(texture))
            if picture is not None:
                return Skin(picture=picture)
        for material in state.every("osg::Material"):
            diffuse = self.scene.whole(material).child("Diffuse")
            if diffuse is not None:
                red, green, blue, share = (float(one) for one in re.findall(r"[-+.\de]+", diffuse.rest)[-4:])
                return Skin((red, green, blue, share))
        return Skin()

    def _picture(self, texture: Node) -> bytes | None:
        image = texture.child("Image")
        name = self.scene.whole(image).child("FileName") if image is not None else None
        if name is None:
            return None
        path = self.pictures / Path(name.rest.strip('"').replace("\\", "/")).name
        data = path.read_bytes() if path.is_file() else b""
        return data if media_of(data) else None


def _level(node: Node) -> Level:
    """The finer files of a PagedLOD, and its error."""
    files = node.child("RangeDataList")
    finer = [name for name in (files.texts() if files is not None else ()) if name]
    ranges = node.child("RangeList")
    spans = [tuple(map(float, text.split())) for text in (ranges.texts() if ranges is not None else ())]
    mode, centre = node.child("RangeMode"), node.child("UserCenter")
    radius = float(centre.rest.split()[3]) if centre is not None and len(centre.rest.split()) > 3 else 0.0
    if not finer or not spans:
        return Level(finer=finer)
    if mode is not None and mode.rest == "PIXEL_SIZE_ON_SCREEN":
        # Its sphere is seen 2 r k / d pixels wide, an error of e is seen e k / d pixels wide.
        pixels = min((low for low, _ in spans if low > 0), default=0.0)
        return Level(finer=finer, error=_ALLOWED * 2 * radius / pixels if pixels else 0.0)
    nearest = min((low for low, _ in spans if low > 0), default=0.0)
    return Level(finer=finer, error=_ALLOWED * nearest / _AWAY)


def _matrix(node: Node) -> Floats:
    """The matrix of a transform, for points as rows."""
    holder = node.child("Matrix")
    rows = [list(map(float, text.split())) for text in holder.texts()] if holder is not None else []
    return np.array(rows) if len(rows) == 4 else np.eye(4)


def _triangles(node: Node, count: int) -> NDArray[np.uint32]:
    """The triangles of a geometry, whichever way they are strung together."""
    sets = node.child("PrimitiveSetList")
    found = [_of_set(one, count) for one in (sets.children if sets is not None else ())]
    return np.concatenate(found).astype(np.uint32) if found else np.zeros((0, 3), np.uint32)


def _of_set(one: Node, count: int) -> NDArray[np.int64]:
    """The triangles of one set of primitives. `ValueError` where it names corners that are not there."""
    mode = one.child("Mode")
    if one.name == "osg::DrawArrays":
        first, length = (int(getattr(one.child(name), "rest", "0") or 0) for name in ("First", "Count"))
        corners = np.arange(first, first + length)
    else:
        corners = one.numbers().astype(np.int64)
    if len(corners) and (corners.min() < 0 or corners.max() >= count):
        raise ValueError(f"{int(corners.max())} >= {count}")
    return _strung(corners, mode.rest if mode is not None else "")


def _strung(corners: NDArray[np.int64], mode: str) -> NDArray[np.int64]:
    """Corners strung together in one of OpenGL's ways as triangles; lines and points are left out."""
    if mode == "TRIANGLES":
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if mode == "TRIANGLE_STRIP" and len(corners) > 2:
        strip = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        strip[1::2] = strip[1::2, ::-1]
        return strip
    if mode in ("TRIANGLE_FAN", "POLYGON") and len(corners) > 2:
        return np.stack([np.full(len(corners) - 2, corners[0]), corners[1:-1], corners[2:]], axis=1)
    if mode == "QUADS":
        quads = corners[: len(corners) // 4 * 4].reshape(-1, 4)
        return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.zeros((0, 3), np.int64)
