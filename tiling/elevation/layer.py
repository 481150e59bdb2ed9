"""What a client is told of the terrain before its tiles: `layer.json` as Cesium's terrain provider reads it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tiling.elevation.terrain import Terrain, Tiles, tolerance

_NAMED: Final = 5  # holdings that the map names


def layer_json(terrain: Terrain, title: str, holdings: Sequence[Mapping[str, Any]]) -> bytes:
    """The document of one state, always the same bytes.

    `available` names every tile; `meshError` says, level by level, how far in metres the drawn ground may be off from
    the lattice of heights, and each of `holdings` (with its `name`) how far the lattice is off from what was measured.
    """
    document = {
        "tilejson": "2.1.0",
        "format": "quantized-mesh-1.0",
        "version": "1.0.0",
        "name": title,
        "attribution": _attribution([str(one["name"]) for one in holdings]),
        "scheme": "tms",
        "projection": "EPSG:4326",
        "extensions": ["octvertexnormals", "watermask"],
        "tiles": [f"{terrain.state}/{{z}}/{{x}}/{{y}}.terrain"],
        "minzoom": 0,
        "maxzoom": terrain.finest,
        "bounds": _bounds(terrain),
        "available": [ranges(tiles) for tiles in terrain.available],
        "meshError": [round(tolerance(level), 4) for level in range(terrain.finest + 1)],
        "heightAnomaly": {"value": terrain.anomaly.value, "source": terrain.anomaly.source},
        "holdings": list(holdings),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _attribution(names: Sequence[str]) -> str:
    """The names of the first few holdings, and how many more there are."""
    different = list(dict.fromkeys(names))
    more = len(different) - _NAMED
    return " · ".join(different[:_NAMED]) + (f" + {more}" if more > 0 else "")


def ranges(tiles: Tiles) -> list[dict[str, int]]:
    """Tiles, given by row and then column, as the fewest rectangles of whole rows of neighbours."""
    column, row = tiles.T
    first = np.flatnonzero(np.concatenate([[True], (np.diff(column) != 1) | (np.diff(row) != 0)])[: len(tiles)])
    last = np.append(first[1:] - 1, len(tiles) - 1)[: len(first)]
    runs = np.stack([column[first], column[last], row[first]], axis=1)
    runs = runs[np.lexsort((runs[:, 2], runs[:, 1], runs[:, 0]))]
    joined = (np.diff(runs[:, 0]) == 0) & (np.diff(runs[:, 1]) == 0) & (np.diff(runs[:, 2]) == 1)
    starts = np.flatnonzero(np.concatenate([[True], ~joined])[: len(runs)])
    ends = np.append(starts[1:] - 1, len(runs) - 1)[: len(starts)]
    return [
        {"startX": west, "startY": south, "endX": east, "endY": north}
        for (west, east, south), north in zip(runs[starts].tolist(), runs[ends, 2].tolist(), strict=True)
    ]


def _bounds(terrain: Terrain) -> list[float]:
    """The box around everything that was measured, by tiles of the finest level of each holding."""
    found = []
    for pyramid in terrain.pyramids:
        tiles = pyramid.tiles(pyramid.finest)
        side = 180 / (1 << pyramid.finest)
        west, south = tiles.min(axis=0) * side
        east, north = (tiles.max(axis=0) + 1) * side
        found.append([west - 180, south - 90, east - 180, north - 90])
    if not found:
        return [-180, -90, 180, 90]
    boxes = np.array(found)
    return [round(number, 9) for number in [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]]
