"""Wavefront OBJ as a tileset: each file a tile in a frame of its own, every corner where its system puts it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.ecef import Frame
from tiling.holdings import Order, Progress
from tiling.meshes import materials, wavefront
from tiling.meshes.finding import Found
from tiling.meshes.placing import Place
from tiling.meshes.standing import METADATA, System, system_of
from tiling.meshes.textured import Part, glb
from tiling.meshes.tileset import tile_of, write
from tiling.meshes.wavefront import Numbers, Wavefront

Floats = NDArray[np.float64]


def adopt(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Found:
    """Make a tile of each OBJ, and write the tileset that shows them."""
    system = system_of(order, paths[0].parent / METADATA, paths[0].name)
    tiles, points, triangles = [], [], 0
    for number, path in enumerate(paths):
        model = wavefront.read(path)
        if not sum(len(corners) for _, corners in model.triangles):
            raise Invalid.because("mesh.empty", name=path.name)
        frame = system.frame(model.corners, path.name)
        parts = list(_parts(model, path, system, frame))
        (folder / f"{number}.glb").write_bytes(glb(parts))
        corners = np.concatenate([part.corners for part in parts])
        tiles.append(tile_of(f"{number}.glb", corners, Place(frame, system.name)))
        points.append(frame.geocentric(corners))
        triangles += sum(len(part.triangles) for part in parts)
        tell("prepare", number + 1, len(paths))
    around = np.concatenate(points)
    write(folder, tiles, float(np.linalg.norm(np.ptp(around, axis=0))) / 16)
    return Found(around, {"crs": system.name, "models": len(paths), "triangles": triangles}, system.findings)


def _parts(model: Wavefront, path: Path, system: System, frame: Frame) -> Iterator[Part]:
    """One part for each material, its corners where the system puts them."""
    corners = frame.local(system.place(model.corners))
    looks = materials.skins(path.parent, model.libraries, [name for name, _ in model.triangles], path.name)
    for name, faces in model.triangles:
        rows, triangles = _met(faces, len(model.places))
        yield Part(
            corners[rows[:, 0]],
            triangles.reshape(-1, 3).astype(np.uint32),
            looks[name],
            _places(model, rows),
        )


def _met(faces: Numbers, places: int) -> tuple[Numbers, Numbers]:
    """Each pair of a point and a place that faces use, once, and which one each corner is of."""
    single = faces.reshape(-1, 2)
    keys, which = np.unique(single[:, 0] * (places + 1) + single[:, 1] + 1, return_inverse=True)
    return np.stack([keys // (places + 1), keys % (places + 1) - 1], axis=1), which


def _places(model: Wavefront, rows: Numbers) -> Floats | None:
    """Where corners lie on their picture, counted from its upper left; None where one of them says nothing."""
    if (rows[:, 1] < 0).any():
        return None
    return model.places[rows[:, 1]] * [1.0, -1.0] + [0.0, 1.0]
