"""A block of oblique photogrammetry as it is written: its levels in one frame, and the tileset that leads to them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.ecef import Frame
from tiling.geometry.volumes import corners
from tiling.meshes.documents import Json
from tiling.meshes.drawn import Level
from tiling.meshes.files import FolderFiles, led_to
from tiling.meshes.placing import Place
from tiling.meshes.standing import System
from tiling.meshes.textured import Part, glb
from tiling.meshes.tileset import box_of
from tiling.meshes.trees import text_of

Floats = NDArray[np.float64]


@dataclass
class Read:
    """One file as read: what it draws."""

    levels: list[Level]
    name: str


@dataclass
class Drawn:
    """One level as written: its content, the extreme points of that (2, 3), its finer files, and its error."""

    uri: str | None
    points: Floats
    finer: list[str]
    error: float


@dataclass
class Block:
    """One uppermost file and all that it leads to, in a frame of its own."""

    files: FolderFiles
    system: System
    frame: Frame
    folder: Path
    written: dict[str, list[Drawn]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    triangles: int = 0

    def take(self, read: Read) -> list[str]:
        """Write what a file draws, and return the files that it leads to."""
        self.written[read.name] = []
        found = []
        for number, level in enumerate(read.levels):
            finer = [led_to(read.name, one) for one in level.finer]
            there = [one for one in finer if self.files.has(one)]
            self.missing += [one for one in finer if one not in there]
            found += there
            error = level.error if there else 0.0
            self.written[read.name].append(self._drawn(f"{read.name}.{number}.glb", level, there, error))
        circle = next((one for one in found if one in self.written), None)
        if circle is not None:
            raise Invalid.because("mesh.loop", name=read.name, uri=circle)
        return found

    def _drawn(self, uri: str, level: Level, finer: list[str], error: float) -> Drawn:
        parts = [self._placed(part) for part in level.parts]
        if not parts:
            return Drawn(None, np.zeros((0, 3)), finer, error)
        self.triangles += sum(len(part.triangles) for part in parts)
        path = self.folder / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(glb(parts))
        points = np.concatenate([part.corners for part in parts])
        return Drawn(uri, np.stack([points.min(axis=0), points.max(axis=0)]), finer, error)

    def _placed(self, part: Part) -> Part:
        corners = self.frame.local(self.system.place(part.corners))
        return Part(corners, part.triangles, part.skin, part.places)

    def tiles(self, name: str) -> list[Json]:
        """The levels of a file as tiles, each with those that replace it."""
        return [tile for drawn in self.written[name] if (tile := self._tile(drawn)) is not None]

    def _tile(self, drawn: Drawn) -> Json | None:
        children = [child for name in drawn.finer for child in self.tiles(name)]
        boxes = [corners(child["boundingVolume"], np.eye(4)) for child in children]
        around = [*([drawn.points] if drawn.uri else []), *boxes]
        if not around:
            return None
        error = max([drawn.error, *(child["geometricError"] for child in children)])
        tile: Json = {"boundingVolume": {"box": box_of(np.concatenate(around))}, "geometricError": round(error, 3)}
        if drawn.uri:
            tile["content"] = {"uri": drawn.uri}
        return {**tile, "children": children, "refine": "REPLACE"} if children else tile

    def root(self, name: str) -> Json:
        """The tile of the whole block, in its frame. `Invalid` (`mesh.empty`) where nothing is drawn."""
        tiles = self.tiles(name)
        if not tiles:
            raise Invalid.because("mesh.empty", name=name)
        around = np.concatenate([corners(tile["boundingVolume"], np.eye(4)) for tile in tiles])
        error = max(tile["geometricError"] for tile in tiles)
        together = {"boundingVolume": {"box": box_of(around)}, "children": tiles, "geometricError": error}
        root = tiles[0] if len(tiles) == 1 else {**together, "refine": "ADD"}
        return {"refine": "REPLACE", **root, "transform": Place(self.frame, self.system.name).matrix()}

    def write(self, name: str) -> None:
        """Write the block's tileset."""
        root = self.root(name)
        document = {"asset": {"version": "1.1"}, "geometricError": root["geometricError"], "root": root}
        (self.folder / "tileset.json").write_bytes(text_of(document))
