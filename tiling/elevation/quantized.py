"""Writes triangles of tiles as quantized-mesh 1.0 with vertex normals and water mask, many tiles at a time.

The form: https://github.com/CesiumGS/quantized-mesh.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from tiling.elevation.facing import Spots, heads, octahedral, upright
from tiling.elevation.lattice import STEPS, Place
from tiling.elevation.triangles import NODES, SIDE, Floats, Mesh, Numbers

FULL: Final = 32767
"""What a tile's width, and its range of heights, count in a mesh."""

_NORMALS: Final = 1
_WATER: Final = 2
_WATER_SIDE: Final = 256
_WET: Final = np.uint8(255)
_LEVEL: Final = 3  # of ISA-L's gzip: a twentieth larger than zlib's fourth level, and four times as fast
_GZIP: Final = 31  # window bits that ask for gzip's own header, which has no time in it
_ALONG: Final = np.round(np.arange(SIDE) * FULL / STEPS).astype(np.int32)  # what a column or row counts in a mesh


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
    numbers = np.arange(len(drawn.places) + 1)
    starts, ends = np.searchsorted(tile, numbers), np.searchsorted(drawn.mesh.tile, numbers)
    height = drawn.heights.reshape(-1)[vertices]
    low, high = (
        one.reduceat(height, starts[:-1]).astype(np.float32).astype(np.float64) for one in (np.minimum, np.maximum)
    )
    step = (high - low) / FULL
    scaled = np.clip(np.round((height - low[tile]) / np.where(step > 0, step, 1)[tile]), 0, FULL)
    spots = Spots.of(drawn.places, tile, row, column)
    parts = (
        heads(spots.geocentric(height), starts, tile, low, high),
        _packed_vertices(np.stack([_ALONG[column], _ALONG[row], scaled.astype(np.int32)]), starts),
        _packed_triangles(indices, ends),
        _packed_edges(spots, starts),
        _normals(octahedral(upright(drawn.around, spots), spots), starts),
        _water_masks(drawn.water),
    )
    return [isal_zlib.compress(b"".join(body), _LEVEL, _GZIP) for body in zip(*parts, strict=True)]


def _vertices(mesh: Mesh) -> tuple[Numbers, Numbers]:
    """Nodes by number in the batch, tile by tile in the order of their first use; and the triangles' corners (3n) of
    them."""
    used = (mesh.corners + mesh.tile[:, None] * NODES).ravel()
    number = np.empty(int(mesh.tile[-1] + 1) * NODES, np.int32)
    count = np.arange(len(used), dtype=np.int32)
    number[used[::-1]] = count[::-1]  # where each is used first: written last
    vertices = used[number[used] == count]
    number[vertices] = count[: len(vertices)]
    return vertices, number[used]


def _packed_vertices(grid: Numbers, starts: NDArray[np.intp]) -> Iterator[bytes]:
    """How many vertices each tile has, and their columns, rows and heights (3, n), each told from the one before."""
    steps = np.diff(grid, axis=1, prepend=0)
    steps[:, starts[:-1]] = grid[:, starts[:-1]]
    zigzag = ((steps << 1) ^ (steps >> 31)).astype("<u2")
    for start, end in pairwise(starts.tolist()):
        yield struct.pack("<I", end - start) + zigzag[:, start:end].tobytes()


def _packed_triangles(indices: Numbers, ends: NDArray[np.intp]) -> Iterator[bytes]:
    """The triangles' count and corners, each told by how far it is behind the next corner that was never named.

    That is the same where the vertices of all tiles are numbered on: a tile names all of its own.
    """
    behind = -indices
    behind[1:] += np.maximum.accumulate(indices)[:-1] + 1
    packed = behind.astype("<u2")
    for start, end in pairwise(ends.tolist()):
        yield struct.pack("<I", end - start) + packed[3 * start : 3 * end].tobytes()


def _packed_edges(spots: Spots, starts: NDArray[np.intp]) -> Iterator[bytes]:
    """The vertices of the west, south, east and north edges, from the south northwards and the west eastwards."""
    row, column, edges = spots.row, spots.column, []
    for across, along, at in ((column, row, 0), (row, column, 0), (column, row, STEPS), (row, column, STEPS)):
        edge = np.flatnonzero(across == at)
        edge = edge[np.argsort(spots.tile[edge] * SIDE + along[edge])]
        tile = spots.tile[edge]
        cuts = np.searchsorted(tile, np.arange(len(starts))).tolist()
        edges.append(((edge - starts[tile]).astype("<u2"), cuts))
    for number in range(len(starts) - 1):
        parts = [numbers[cuts[number] : cuts[number + 1]].tobytes() for numbers, cuts in edges]
        yield b"".join(struct.pack("<I", len(part) // 2) + part for part in parts)


def _normals(normals: NDArray[np.uint8], starts: NDArray[np.intp]) -> Iterator[bytes]:
    for start, end in pairwise(starts.tolist()):
        yield _extension(_NORMALS, normals[start:end].tobytes())


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("<BI", number, len(data)) + data


def _water_masks(water: NDArray[np.bool_]) -> Iterator[bytes]:
    """One byte for a tile that is all land or all water, else 256 x 256 from the north southwards."""
    place = np.round((np.arange(_WATER_SIDE) + 0.5) * STEPS / _WATER_SIDE).astype(np.int64)
    for wet, count in zip(water, np.count_nonzero(water, axis=(1, 2)), strict=True):
        mask = wet[:1, :1] if count in (0, NODES) else wet[np.ix_(place[::-1], place)]
        yield _extension(_WATER, (mask * _WET).tobytes())
