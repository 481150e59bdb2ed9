"""Single models (GLB, b3dm) as a tileset: each stays what it is, and its tile says where it stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from tiling.holdings import Order, Progress
from tiling.meshes.documents import Model
from tiling.meshes.draco import mended
from tiling.meshes.finding import Found
from tiling.meshes.fitting import fitted
from tiling.meshes.placing import check_on_earth, place_of
from tiling.meshes.refusing import refused_as
from tiling.meshes.tileset import tile_of, write
from tiling.meshes.upgrading import upgraded

Floats = NDArray[np.float64]

_TRIANGLES: Final = 4


def adopt(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Found:
    """Copy models, and write the tileset that shows them."""
    tiles, points, triangles, system = [], [], 0, ""
    for number, path in enumerate(paths):
        with refused_as("mesh.glb", path.name):
            model = _model(path)
            extremes = _extremes(model, path.name)
            place = place_of(extremes, order, path.name)
            standing = place.standing(extremes)
            check_on_earth(standing, path.name)
            (folder / f"{number}.glb").write_bytes(model.written())
            triangles, system = triangles + _triangles(model), place.system
        tiles.append(tile_of(f"{number}.glb", extremes, place))
        points.append(standing)
        tell("prepare", number + 1, len(paths))
    around = np.concatenate(points)
    write(folder, tiles, float(np.linalg.norm(around.max(axis=0) - around.min(axis=0))) / 16)
    return Found(around, {"crs": system, "models": len(paths), "triangles": triangles})


def _model(path: Path) -> Model:
    """A model of a file. `Invalid` (`mesh.external`) where it refers to others."""
    data = path.read_bytes()
    if data[:4] == b"b3dm":
        newer = upgraded(data, path.name, "Y")
        if newer is None:
            raise Invalid.because("mesh.glb", name=path.name, why="glTF 1.0")
        data = newer
    model = Model.read(data, path.name)
    outside = next(model.references(), None)
    if outside is not None:
        raise Invalid.because("mesh.external", name=path.name, uri=str(outside["uri"])[:200])
    mended(model)
    fitted(model, path.name)
    return model


def _extremes(model: Model, name: str) -> Floats:
    """Points around everything a model shows. `Invalid` (`mesh.empty`) where there is nothing."""
    points = model.corners()
    if not len(points):
        raise Invalid.because("mesh.empty", name=name)
    return points


def _triangles(model: Model) -> int:
    """How many triangles a model has."""
    found = 0
    for primitive in model.primitives():
        if primitive.get("mode", _TRIANGLES) == _TRIANGLES:
            number = primitive.get("indices", primitive["attributes"]["POSITION"])
            found += int(model.document["accessors"][number]["count"]) // 3
    return found
