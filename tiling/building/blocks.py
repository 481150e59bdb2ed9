"""Many entities as few blocks, for far views: what a block is, how blocks are merged, drawn, and read back.

A block stands for all entities of one cell. It has their ground area and their volume, lies in the middle of their box
and takes its proportions; the tallest of them, where it towers over the rest, stands there itself. Its colours are the
mean of theirs (`tinting`). All its numbers are integers whose merging (sum, least, greatest) does not depend on order,
so a block is the same however it came to be.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from deflate import gzip_decompress
from numpy.typing import NDArray

from entities.model import Version
from entities.position import position_keys
from tiling.building.settings import Content, Settings
from tiling.building.tinting import SHIFTS, SHOWN, tint, tint_columns, tinted
from tiling.ecef import Floats, Frame, ground_and_upward, metres_per_degree
from tiling.encoding.gltf import Column, Table, glb, unpacked
from tiling.encoding.validity import VALID_FROM, VALID_TO
from tiling.geometry.mesh import KINDS, STEP, Mesh, normals_of
from tiling.grid import Tile, first_keys, shifts

CELLS: Final = {11: 16, 13: 18, 15: 19}
"""The level of the cells of blocks (about 610, 150 and 76 m wide) in coarse tiles of each level, 32 x 32 at most."""

DEGREE: Final = 10_000_000
"""Positions are counted in this part of a degree, from 180° west and 90° south."""

_COLUMNS: Final = {
    "count": "how many entities it stands for",
    "west": "1e-7 degrees east of 180° W",
    "south": "1e-7 degrees north of 90° S",
    "east": "1e-7 degrees east of 180° W",
    "north": "1e-7 degrees north of 90° S",
    "area": "their ground area in dm²",
    "volume": "their volume in m³",
    "base": "the lowest ground in cm above -1000 m (1985 datum)",
    "tall": "the height of the tallest in cm",
    "tall_lon": "where the tallest stands, 1e-7 degrees east of 180° W",
    "tall_lat": "where the tallest stands, 1e-7 degrees north of 90° S",
    "tall_side": "the side of a square as large as the tallest, in cm",
    "class": "the class code of the tallest",
}
_PERIOD: Final = {"valid_from": VALID_FROM, "valid_to": VALID_TO}
BLOCK: Final = np.dtype(
    [
        ("key", "<u8"),
        *((name, "<u4") for name in (*_COLUMNS, *SHOWN)),
        *((name, "<i4") for name in (*_PERIOD, *SHIFTS)),
    ]
)
"""A block: the first key of its cell, its numbers, for history tiles from when to when it is so, and its colours."""

Blocks = NDArray[np.void]
"""Blocks in the order of their keys, of dtype `BLOCK`."""

NO_BLOCKS: Final[Blocks] = np.zeros(0, BLOCK)

_ORIGIN: Final = np.array([180.0, 90.0, 180.0, 90.0])
_MOST: Final = 2**32 - 1
_DARKEST: Final = 2**31 - 1
_LOWEST: Final = 1_000.0  # metres below the datum, where `base` counts from
_TOWERS: Final = 10.0  # metres above twice the height of the block, from which on the tallest is drawn itself


def blocks_of(versions: Sequence[Version], settings: Settings) -> Blocks:
    """A block for each version, not merged with others."""
    spread = settings.layer.spread
    if not versions or spread is None:
        return NO_BLOCKS
    bounds, area, low, height = spread(versions)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    square = area * np.prod(metres_per_degree(middle[:, 1]), axis=0)
    height = np.where(area > 0, np.maximum(height, 0), 0)
    blocks = np.zeros(len(versions), BLOCK)
    blocks["key"], blocks["count"] = position_keys(middle[:, 0], middle[:, 1]), 1
    steps = (bounds + _ORIGIN) * DEGREE
    blocks["west"], blocks["south"] = _whole(np.floor(steps[:, :2])).T
    blocks["east"], blocks["north"] = _whole(np.ceil(steps[:, 2:])).T
    blocks["area"], blocks["volume"] = _whole(square * 100), _whole(square * height)
    blocks["base"] = _whole((low + _LOWEST) * 100)
    blocks["tall"], blocks["tall_side"] = _whole(height * 100), _whole(np.sqrt(square) * 100)
    blocks["tall_lon"], blocks["tall_lat"] = _whole((middle + _ORIGIN[:2]) * DEGREE).T
    blocks["class"] = [_class_number(version.state.class_code) for version in versions]
    if settings.history:
        blocks["valid_from"] = [version.period.start for version in versions]
        blocks["valid_to"] = [version.period.end for version in versions]
    if settings.layer.tint is not None:
        tint(blocks, square, settings.layer.tint(versions, settings))
    return blocks


@lru_cache(maxsize=4_096)
def _class_number(code: str) -> int:
    return int(code) if code.isdecimal() and len(code) < 10 else 0


def merged_blocks(blocks: Blocks, level: int) -> Blocks:
    """One block for each cell of a level; order and grouping of what is merged do not matter."""
    if not len(blocks):
        return blocks
    cells = first_keys(blocks["key"], level)
    found = merged_groups(blocks, cells)
    found["key"] = np.unique(cells)
    return found


def merged_groups(blocks: Blocks, groups: NDArray[Any]) -> Blocks:
    """One block for each group, by the groups' numbers; in which cell and when it stands is left to be said."""
    ties = [blocks[name] for name in ("class", "tall_side", "tall_lat", "tall_lon")]
    order = np.lexsort((*ties, _MOST - blocks["tall"], groups))
    blocks, groups = blocks[order], groups[order]
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    found = blocks[starts]
    for name in ("count", "area", "volume", *SHOWN):
        found[name] = np.minimum(np.add.reduceat(blocks[name].astype(np.uint64), starts), _MOST)
    for name in SHIFTS:
        sums = np.add.reduceat(blocks[name].astype(np.int64), starts)
        found[name] = np.clip(sums, -_DARKEST, _DARKEST)
    for name, end in (("west", np.minimum), ("south", np.minimum), ("base", np.minimum)):
        found[name] = end.reduceat(blocks[name], starts)
    for name in ("east", "north"):
        found[name] = np.maximum.reduceat(blocks[name], starts)
    return found


def draw_blocks(blocks: Blocks, tile: Tile, settings: Settings) -> Content:
    """The content of a tile made of blocks, one for each of its cells."""
    frame = Frame.at(*tile.centre)
    mesh = _boxes(*_rooms(blocks, settings), frame)
    first, bits = np.uint64(tile.keys[0]), shifts(CELLS[tile.level])
    cells = (blocks["key"] - first) >> bits
    columns = [Column("cell", "which cell of the tile, along the Morton curve", "UINT32", cells.astype(np.uint32))]
    columns += [Column(name, meaning, "UINT32", blocks[name]) for name, meaning in _COLUMNS.items()]
    if settings.history:
        columns += [Column(name, meaning, "INT32", blocks[name]) for name, meaning in _PERIOD.items()]
    columns += tint_columns(blocks)
    mesh, look = tinted(mesh, blocks, settings.layer.palette)
    return Content(glb(mesh, Table("block", columns, len(blocks)), look, settings.layer.generator), mesh.extent)


def stored_blocks(stored: bytes, tile: Tile) -> Blocks:
    """The blocks of a stored content that `draw_blocks` made for this tile."""
    document, binary = unpacked(bytes(gzip_decompress(stored)))
    table = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    blocks = np.zeros(table["count"], BLOCK)
    for name in [name for name in BLOCK.names or () if name in table["properties"]]:
        blocks[name] = _numbers(document, binary, table["properties"][name]["values"], BLOCK[name])
    cells = _numbers(document, binary, table["properties"]["cell"]["values"], np.dtype("<u4")).astype(np.uint64)
    blocks["key"] = np.uint64(tile.keys[0]) + (cells << shifts(CELLS[tile.level]))
    return blocks


def _numbers(document: dict[str, Any], binary: bytes, view: int, kind: np.dtype[Any]) -> NDArray[Any]:
    described = document["bufferViews"][view]
    return np.frombuffer(binary, kind, described["byteLength"] // 4, described["byteOffset"])


def _rooms(blocks: Blocks, settings: Settings) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Boxes in degrees (n, 4), from where to where above the ellipsoid (m), and whose block each is."""
    drawn = np.flatnonzero(blocks["area"] > 0)
    seen = blocks[drawn]
    corners = np.stack([seen[name] for name in ("west", "south", "east", "north")], axis=1) / DEGREE - _ORIGIN
    middle, half = (corners[:, :2] + corners[:, 2:]) / 2, (corners[:, 2:] - corners[:, :2]) / 2
    square = np.prod(2 * half * np.stack(metres_per_degree(middle[:, 1]), axis=1), axis=1)
    area, tall = seen["area"] / 100, seen["tall"] / 100
    half *= np.sqrt(np.minimum(area / np.maximum(square, 1e-9), 1))[:, None]
    low = seen["base"] / 100 - _LOWEST + settings.anomaly.at(middle[:, 0], middle[:, 1])
    mean = np.minimum(seen["volume"] / area, tall)
    towers = np.flatnonzero((tall > 2 * mean + _TOWERS) & (seen["tall_side"] > 0))
    place = np.stack([seen["tall_lon"], seen["tall_lat"]], axis=1)[towers] / DEGREE - _ORIGIN[:2]
    beside = (seen["tall_side"][towers] / 200)[:, None] / np.stack(metres_per_degree(place[:, 1]), axis=1)
    boxes = np.concatenate([np.hstack([middle - half, middle + half]), np.hstack([place - beside, place + beside])])
    return (
        boxes,
        np.concatenate([low, low[towers]]),
        np.concatenate([low + mean, (low + tall)[towers]]),
        np.concatenate([drawn, drawn[towers]]),
    )


def _boxes(boxes: Floats, low: Floats, high: Floats, owner: NDArray[np.intp], frame: Frame) -> Mesh:
    """Upright boxes without floors, their sides along meridians and parallels; a wall without height is left out."""
    ground, upward = ground_and_upward(boxes[:, [0, 2, 2, 0]].ravel(), boxes[:, [1, 1, 3, 3]].ravel())
    ground, upward = frame.local(ground), frame.turned(upward)
    foot, top = (
        np.rint((ground + upward * np.repeat(end, 4)[:, None]) / STEP).reshape(-1, 4, 3) for end in (low, high)
    )
    following = [1, 2, 3, 0]
    walls = np.stack([foot, foot[:, following], top[:, following], top], axis=2)  # (n, wall, corner, 3)
    along = foot[:, following] - foot
    outward = np.stack([along[..., 1], -along[..., 0], np.zeros(along.shape[:2])], axis=-1)
    facing = np.concatenate([np.broadcast_to([0.0, 0.0, 1.0], (len(boxes), 1, 3)), outward], axis=1)
    quads = np.concatenate([top[:, None], walls], axis=1)  # (n, 5, 4, 3), the roof first
    upright = np.any(along[..., :2] != 0, axis=-1) & (top[..., 2] > foot[..., 2])
    kept = np.concatenate([np.any(along[:, :2, :2] != 0, axis=-1).all(axis=1, keepdims=True), upright], axis=1)
    kind = np.broadcast_to(np.array([KINDS.index(letter) for letter in "RWWWW"], np.uint8), kept.shape)
    starts = 4 * np.arange(kept.sum(), dtype=np.uint32)[:, None]
    return Mesh(
        quads[kept].reshape(-1, 3).astype(np.int32),
        np.repeat(normals_of(facing[kept]), 4, axis=0),
        np.repeat(kind[kept], 4),
        np.repeat(np.broadcast_to(owner[:, None], kept.shape)[kept], 4).astype(np.uint32),
        (starts + np.array([0, 1, 2, 0, 2, 3], np.uint32)).reshape(-1, 3),
    )


def _whole(numbers: Floats) -> NDArray[np.uint32]:
    return np.clip(np.rint(numbers), 0, _MOST).astype(np.uint32)
