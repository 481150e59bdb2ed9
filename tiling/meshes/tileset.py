"""The tileset of meshes that we write ourselves: tiles in their models' own axes, and where these stand on earth."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import EARTH
from tiling.geometry.volumes import box_around, corners, matrix_of
from tiling.meshes.documents import Json
from tiling.meshes.placing import Place
from tiling.meshes.trees import text_of

Floats = NDArray[np.float64]


def box_of(points: Floats) -> list[float]:
    """The box along a model's own axes around points of it, never quite flat."""
    least, most = points.min(axis=0), points.max(axis=0)
    half = np.maximum((most - least) / 2, 0.001)
    return [*((least + most) / 2).tolist(), *np.diag(half).ravel().tolist()]


def tile_of(uri: str, points: Floats, place: Place) -> Json:
    """A tile that shows a model whose extreme points are these."""
    tile: Json = {"boundingVolume": {"box": box_of(points)}, "content": {"uri": uri}, "geometricError": 0}
    return tile if place.frame is EARTH else {**tile, "transform": place.matrix()}


def write(folder: Path, tiles: Sequence[Json], error: float) -> None:
    """Write the tileset that shows tiles side by side; `error` is how coarse the scene is without them, in metres."""
    error = round(max(error, *(tile["geometricError"] for tile in tiles)), 3)
    around = np.concatenate([corners(tile["boundingVolume"], matrix_of(tile)) for tile in tiles])
    together = {"boundingVolume": {"box": box_around(around)}, "children": tiles, "geometricError": error}
    root = {**(tiles[0] if len(tiles) == 1 else together), "refine": "ADD"}
    if "children" in tiles[0] and len(tiles) == 1:
        root["refine"] = tiles[0]["refine"]
    document = {"asset": {"version": "1.1"}, "geometricError": error, "root": root}
    (folder / "tileset.json").write_bytes(text_of(document))
