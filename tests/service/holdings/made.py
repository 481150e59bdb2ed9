"""A kind of holdings for tests: each file is a box of its own size, written as a tileset with one content."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from entities.errors import Invalid
from service.config import Config
from service.holdings.shelf import Shelf
from tiling.ecef import Frame
from tiling.geometry.volumes import box_around
from tiling.holdings import Kind, Order, Prepared, Progress

GLB = b"glTF" + bytes(400)
"""What the tests serve: something that packs well."""


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    """Files hold `lon lat half resolution`: a box of so many degrees around the place."""
    try:
        lon, lat, half, resolution = map(float, paths[0].read_text().split())
    except ValueError:
        raise Invalid.because("pkg.empty", name=paths[0].name) from None
    corners = Frame.at(lon, lat).geocentric(np.array([[-9.0, -9, 0], [9, 9, 9]]))
    root = {"boundingVolume": {"box": box_around(corners)}, "geometricError": 0, "content": {"uri": "c/a.glb"}}
    document = {"asset": {"version": "1.1"}, "geometricError": 16, "root": root}
    (folder / "c").mkdir()
    (folder / "c" / "a.glb").write_bytes(GLB)
    (folder / "tileset.json").write_text(json.dumps(document))
    tell("prepare", 1, 1)
    return Prepared(shapely.box(lon - half, lat - half, lon + half, lat + half), 20.0, 29.0, {"resolution": resolution})


CLOUDS = Kind("pointclouds", "900100", 1, frozenset({".cloud"}), prepare)
KINDS = {CLOUDS.name: CLOUDS}


def files(config: Config, digest: str) -> dict[str, bytes]:
    """The files of a cloud on the shelf of a service, by their names."""
    folder = Shelf.of(config).folder(CLOUDS.name, digest)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
