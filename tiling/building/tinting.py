"""The colours of blocks where what they stand for has looks of its own: what is merged, and how they are drawn.

A block counts how far its entities' looks are from the layer's colours, each by its ground. So without looks all is 0,
and is left out of what is stored.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.building.settings import Palette, Tints
from tiling.ecef import Floats
from tiling.encoding.gltf import Column, Look
from tiling.geometry.mesh import KINDS, Mesh

SHOWN: Final = {"shown": "the ground in m² of those that show pictures"}
"""What is counted of those that show pictures."""

SHIFTS: Final = {
    f"{part}_{colour}": f"255ths of linear {colour} that their {part}s have more than the layer's, each by its m²"
    for part in ("roof", "wall")
    for colour in ("red", "green", "blue")
}
"""What is summed of how their looks differ."""

_TINTED: Final = [KINDS.index("R"), KINDS.index("W")]


def tint(blocks: NDArray[np.void], square: Floats, tints: Tints | None) -> None:
    """Give blocks, one an entity with so many square metres of ground, the looks of these."""
    if tints is None:
        return
    blocks["shown"] = np.where(tints.shown, np.rint(square), 0)
    for name, shifts in zip(SHIFTS, tints.shifts.T, strict=True):
        blocks[name] = np.clip(np.rint(shifts * square), -(2**31), 2**31 - 1)


def tint_columns(blocks: NDArray[np.void]) -> Iterator[Column]:
    """What is told of the colours of blocks; nothing where none has any of its own."""
    if not _has_looks(blocks).any():
        return
    yield Column("shown", SHOWN["shown"], "UINT32", blocks["shown"])
    yield from (Column(name, meaning, "INT32", blocks[name]) for name, meaning in SHIFTS.items())
    mostly = 200 * blocks["shown"].astype(np.int64) > blocks["area"]
    yield Column("pictured", "1 where most of it shows pictures", "UINT32", mostly.astype(np.uint32))


def tinted(mesh: Mesh, blocks: NDArray[np.void], palette: Palette) -> tuple[Mesh, Look]:
    """The mesh of blocks, and its look, with the colours of its own that each has."""
    plain = palette.linear()
    if not _has_looks(blocks).any():
        return mesh, Look(plain)
    shifts = np.stack([blocks[name] for name in SHIFTS], axis=1).reshape(-1, 2, 3)
    square = np.maximum(blocks["area"] / 100, 1)
    colours = np.rint(np.clip(np.array(plain)[_TINTED] + shifts / square[:, None, None], 0, 255)).astype(np.int64)
    known, numbers = np.unique(colours.reshape(-1, 3), axis=0, return_inverse=True)
    kinds = numbers.reshape(-1, 2)[mesh.features, np.searchsorted(_TINTED, mesh.kinds)]
    return replace(mesh, kinds=kinds.astype(np.uint32)), Look([tuple(one) for one in known.tolist()])


def like(blocks: NDArray[np.void], after: NDArray[np.void], parts: int) -> NDArray[np.bool_]:
    """Which blocks have about the colours of others: no part of any differs by more than one in so many."""
    limit = after["area"].astype(np.int64) * 255
    pairs = ((blocks[name].astype(np.int64), after[name].astype(np.int64)) for name in SHIFTS)
    found: NDArray[np.bool_] = np.all([np.abs(one - other) * 100 * parts <= limit for one, other in pairs], axis=0)
    return found


def _has_looks(blocks: NDArray[np.void]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.any([blocks[name] != 0 for name in (*SHOWN, *SHIFTS)], axis=0)
    return found
