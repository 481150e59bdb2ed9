"""An existing tileset, in a folder or an archive, as a holding."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from entities.crs import otherwise
from entities.errors import Invalid
from entities.rules import Finding
from tiling.geometry.volumes import corners, matrix_of
from tiling.holdings import Order, Progress
from tiling.meshes.documents import Json
from tiling.meshes.files import ENTRY, Files, FolderFiles, ZipFiles
from tiling.meshes.finding import Found
from tiling.meshes.placing import on_earth, place_of
from tiling.meshes.trees import Walk, text_of

_EARTH: Final = CRS("EPSG:4978")


def adopt_tileset(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Found:
    """Copy a tileset and all it leads to, and read the volume of the whole."""
    files = _files(paths[0])
    walk = Walk(files, folder, tell)
    walk.tileset(ENTRY)
    if not walk.contents:
        raise Invalid.because("mesh.empty", name=files.name)
    document = json.loads((folder / ENTRY).read_bytes())
    points = _standing(document, order, files.name, walk.findings)
    (folder / ENTRY).write_bytes(text_of(document))
    return Found(points, {"crs": "EPSG:4978", "contents": walk.contents}, tuple(walk.findings))


def _files(path: Path) -> Files:
    return FolderFiles(path) if path.is_dir() else ZipFiles(path)


def _standing(document: Json, order: Order, name: str, findings: list[Finding]) -> NDArray[np.float64]:
    """Geocentric points around a tileset; one that stands in no system is put where the order says."""
    root = document["root"]
    points = corners(root["boundingVolume"], matrix_of(root))
    if on_earth(points) and order.origin is None:
        findings += otherwise(name, _EARTH, order.crs, _EARTH)
        return points
    place = place_of(points, order, name)
    if "region" in root["boundingVolume"]:
        raise Invalid.because("mesh.place", name=name)
    around = np.array(place.matrix()).reshape(4, 4).T @ matrix_of(root)
    root["transform"] = around.T.ravel().tolist()
    return place.standing(points)
