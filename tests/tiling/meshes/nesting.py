"""Whether each tile of a folder holds what is below it and what it shows, and whether errors fall on the way down."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tiling.geometry.volumes import corners, matrix_of
from tiling.meshes.documents import Model

TOLERANCE = 0.01  # metres


def check_nesting(folder: Path) -> int:
    """Walk from `tileset.json` through all it leads to; returns how many tiles there are."""
    return _file(folder, "tileset.json", None)


def _file(folder: Path, name: str, above: "tuple[np.ndarray, float] | None") -> int:
    document = json.loads((folder / name).read_bytes())
    assert document["geometricError"] >= document["root"]["geometricError"]
    return _tile(folder / Path(name).parent, document["root"], np.eye(4), above)


def _tile(folder: Path, tile: dict[str, Any], around: np.ndarray, above: "tuple[np.ndarray, float] | None") -> int:
    matrix = around @ matrix_of(tile)
    box = np.array(tile["boundingVolume"]["box"]).reshape(4, 3)
    placed = np.vstack([box[0] @ matrix[:3, :3].T + matrix[:3, 3], box[1:] @ matrix[:3, :3].T])
    if above is not None:
        assert outside(corners(tile["boundingVolume"], matrix), above[0]) < TOLERANCE
        assert tile["geometricError"] <= above[1]
    here = (placed, float(tile["geometricError"]))
    count = 1 + sum(_tile(folder, child, matrix, here) for child in tile.get("children", ()))
    uri = tile.get("content", {}).get("uri", "")
    if uri.endswith(".json"):
        return count + _file(folder, uri, here)
    if uri:
        shown = Model.read((folder / uri).read_bytes(), uri).corners()
        assert outside(shown @ matrix[:3, :3].T + matrix[:3, 3], placed) < TOLERANCE
    return count


def outside(points: np.ndarray, box: np.ndarray) -> float:
    """How far points stand out of a box at most, in metres."""
    lengths = np.linalg.norm(box[1:], axis=1)
    along = np.abs((points - box[0]) @ (box[1:] / lengths[:, None]).T)
    return float((along - lengths).max())
