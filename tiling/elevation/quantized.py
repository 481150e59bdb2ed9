"""Writes triangles of tiles as quantized-mesh 1.0 with vertex normals and water mask, many tiles at a time.

The form: https://github.com/CesiumGS/quantized-mesh.
"""

import gzip
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import geocentric
from tiling.elevation.facing import heads, octahedral, upright
from tiling.elevation.lattice import STEPS, Place, spacing
from tiling.elevation.triangles import NODES, SIDE, Floats, Mesh, Numbers

FULL: Final = 32767
"""What a tile's width, and its range of heights, count in a mesh."""

_NORMALS: Final = 1
_WATER: Final = 2
_WATER_SIDE: Final = 256
_GZIP: Final = 4  # a twentieth larger than the usual 6, and twice as fast


@dataclass(frozen=True, slots=True)
class Drawn:
    """Tiles of one level ready to be written.

    `heights` (n, 65, 65) are above the ellipsoid, as triangles are of them; `around` (n, 67, 67) are those measured,
    with one node more on every side, for slopes; `water` (n, 65, 65) says where water stands.
    """

    places: Sequence[Place]
    heights: Floats
    around: Floats
    water: NDArray[np.bool_]
    mesh: Mesh


def encoded(drawn: Drawn) -> list[bytes]:
    """Each tile as gzip-encoded quantized-mesh; the same tile comes out as the same bytes whatever stands beside it."""
    vertices, indices = _vertices(drawn.mesh)
    tile, node = vertices // NODES, vertices % NODES
    row, column = node // SIDE, node % SIDE
    starts = np.searchsorted(tile, np.arange(len(drawn.places) + 1))
    height = drawn.heights.reshape(-1)[vertices]
    low, high = (
        one.reduceat(height, starts[:-1]).astype(np.float32).astype(np.float64) for one in (np.minimum, np.maximum)
    )
    step = (high - low) / FULL
    scaled = np.round((height - low[tile]) / np.where(step > 0, step, 1)[tile])
    grid = np.stack([np.round(column * FULL / STEPS), np.round(row * FULL / STEPS), np.clip(scaled, 0, FULL)])
    lon, lat = _degrees(drawn.places, tile, row, column)
    heading = heads(geocentric(lon, lat, height), starts, tile, low, high)
    normals = octahedral(upright(drawn.around, tile, row, column, lat, spacing(drawn.places[0].level)), lon, lat)
    ends = np.searchsorted(drawn.mesh.tile, np.arange(len(drawn.places) + 1))
    found = []
    for number in range(len(drawn.places)):
        part = slice(starts[number], starts[number + 1])
        body = [
            heading[number],
            _packed_vertices(grid[:, part]),
            _packed_triangles(indices[ends[number] : ends[number + 1]].ravel()),
            _packed_edges(row[part], column[part]),
            _extension(_NORMALS, normals[part].tobytes()),
            _extension(_WATER, _water_mask(drawn.water[number])),
        ]
        found.append(gzip.compress(b"".join(body), _GZIP, mtime=0))
    return found


def _vertices(mesh: Mesh) -> tuple[Numbers, Numbers]:
    """Nodes by number in the batch, tile by tile in the order of their first use; and the triangles' (n, 3) of them."""
    used = (mesh.corners + mesh.tile[:, None] * NODES).ravel()
    number = np.empty(int(mesh.tile[-1] + 1) * NODES, np.int32)
    number[used[::-1]] = np.arange(len(used) - 1, -1, -1, dtype=np.int32)  # where each is used first: written last
    vertices = used[number[used] == np.arange(len(used), dtype=np.int32)]
    number[vertices] = np.arange(len(vertices), dtype=np.int32)
    starts = np.searchsorted(vertices // NODES, np.arange(mesh.tile[-1] + 1)).astype(np.int32)
    return vertices, number[used].reshape(-1, 3) - starts[mesh.tile, None]


def _degrees(places: Sequence[Place], tile: Numbers, row: Numbers, column: Numbers) -> tuple[Floats, Floats]:
    x, y = np.array([[place.x, place.y] for place in places]).T * STEPS
    step = spacing(places[0].level)
    return -180 + (x[tile] + column) * step, -90 + (y[tile] + row) * step


def _packed_vertices(grid: Floats) -> bytes:
    steps = np.diff(grid.astype(np.int64), axis=1, prepend=0)
    zigzag = (steps << 1) ^ (steps >> 63)
    return struct.pack("<I", grid.shape[1]) + zigzag.astype("<u2").tobytes()


def _packed_triangles(indices: Numbers) -> bytes:
    """The triangles' count and corners, each told by how far it is behind the next corner that was never named."""
    highest = np.maximum.accumulate(indices)
    next_new = np.concatenate([[0], highest[:-1] + 1])
    return struct.pack("<I", len(indices) // 3) + (next_new - indices).astype("<u2").tobytes()


def _packed_edges(row: Numbers, column: Numbers) -> bytes:
    """The vertices of the west, south, east and north edges, from the south northwards and the west eastwards."""
    parts = []
    for across, along, at in ((column, row, 0), (row, column, 0), (column, row, STEPS), (row, column, STEPS)):
        edge = np.flatnonzero(across == at)
        edge = edge[np.argsort(along[edge])]
        parts += [struct.pack("<I", len(edge)), edge.astype("<u2").tobytes()]
    return b"".join(parts)


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("<BI", number, len(data)) + data


def _water_mask(water: NDArray[np.bool_]) -> bytes:
    """One byte for a tile that is all land or all water, else 256 x 256 from the north southwards."""
    if water.all() or not water.any():
        return bytes([255 * int(water[0, 0])])
    place = np.round((np.arange(_WATER_SIDE) + 0.5) * STEPS / _WATER_SIDE).astype(np.int64)
    return (water[np.ix_(place[::-1], place)] * np.uint8(255)).tobytes()
