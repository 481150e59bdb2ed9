"""Leaves and coarse tiles gathered to a tree, and the tree divided into files, each named by what is in it.

The root names one file for each cell of level 9, those one for each of level 13. Where a layer has coarse tiles, those
of level 11 stand in the files of level 9, those of level 15 in the files of level 13, and such a file begins with one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from entities.position import Keys
from tiling.building.plan import LEAF, Leaves
from tiling.building.settings import Layer
from tiling.ecef import Frame
from tiling.geometry.mesh import STEP
from tiling.grid import COARSEST, STEPS, TIERS, centres, first_keys, names

WRITER: Final = 2
"""The version of the way tilesets are written; raised whenever the same tree comes out as other bytes."""

LEAST: Final = np.array([-1, -1, -1, 1, 1, 1])
"""What makes a box one step wider than what is in it."""

_CORNERS: Final = np.array([[east, north, up] for east in (0, 3) for north in (1, 4) for up in (2, 5)])


@dataclass(frozen=True, slots=True)
class Nodes:
    """Tiles in the order of their keys, each named by the blob it shows."""

    first: Keys
    level: NDArray[np.uint8]
    extent: NDArray[np.int64]  # (n, 6) smallest and largest east, north, up in steps, in each cell's own frame
    uris: list[str]
    frames: Frame  # of each cell

    @classmethod
    def of(cls, tiles: Leaves, uris: Sequence[str]) -> Self:
        """The nodes of drawn tiles."""
        first, level = tiles["first"], tiles["level"]
        return cls(first, level, tiles["extent"].astype(np.int64), list(uris), Frame.at(*centres(first, level)))

    def part(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Nodes":
        """Some of the nodes, in the order given."""
        chosen = np.arange(len(self.first))[rows].tolist()
        uris = [self.uris[row] for row in chosen]
        return Nodes(self.first[rows], self.level[rows], self.extent[rows], uris, self.frames.some(rows))

    @classmethod
    def joined(cls, parts: "Sequence[Nodes]") -> "Nodes":
        """All nodes of some, in the order of their keys."""
        first, level, extent = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "level", "extent")
        )
        frames = Frame.joined([part.frames for part in parts])
        return cls(first, level, extent, [uri for part in parts for uri in part.uris], frames).part(np.argsort(first))


class Branch(NamedTuple):
    """A tile with others below it: its own node, the coarse content it shows until they are there, and they."""

    own: Nodes
    content: str | None
    children: Nodes


@dataclass(frozen=True, slots=True)
class Tree:
    """All files over some leaves: the nodes of the uppermost, what begins each, and the branches within files."""

    layer: Layer
    top: Nodes
    files: Mapping[str, Branch]  # by the file's name
    branches: Mapping[str, Branch]  # by the coarse content's URI

    def rows(self) -> Leaves:
        """The files as rows of a manifest."""
        found = np.zeros(len(self.files), LEAF)
        for row, (name, branch) in enumerate(self.files.items()):
            own = branch.own
            digest = PurePosixPath(name).stem.rpartition("-")[2].encode()
            found[row] = (own.first[0], own.level[0], 0, digest, tuple(own.extent[0].tolist()))
        return found


def tree(layer: Layer, leaves: Nodes, overviews: Nodes, ready: Nodes | None = None) -> Tree:
    """Gather a layer's leaves and the coarse tiles above them, drawn and named.

    `ready` are nodes of the tiers' levels, gathered before, whose files are there; what is gathered stands beside them.
    """
    made = _Making(layer)
    nodes = leaves
    for level in STEPS[::-1]:
        coarse = overviews.part(overviews.level == level)
        if level in TIERS or len(coarse.first):
            below = (nodes.level > level) | (bool(len(coarse.first)) & (level <= COARSEST))
            nodes = Nodes.joined([made.gathered(nodes.part(below), level, coarse), nodes.part(~below)])
        if ready is not None:
            nodes = Nodes.joined([nodes, ready.part(ready.level == level)])
    return Tree(layer, nodes, made.files, made.branches)


def corners_of(extents: NDArray[np.int64]) -> NDArray[np.float64]:
    """The corners (n, 8, 3) of boxes one step wider than the extents, in metres."""
    corners: NDArray[np.float64] = (extents + LEAST)[:, _CORNERS] * STEP
    return corners


def extents_over(children: Nodes, frames: Frame, starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Extents in the parents' frames around the children's boxes; parent k has the children from `starts[k]` on."""
    if not len(starts):
        return np.zeros((0, 6), np.int64)
    parents = np.repeat(np.arange(len(starts)), np.diff([*starts, len(children.first)]))
    corners = children.frames.geocentric(corners_of(children.extent))
    local = Frame(frames.origin[parents], frames.axes[parents]).local(corners) / STEP
    least = np.minimum.reduceat(np.floor(local.min(axis=1)), starts)
    most = np.maximum.reduceat(np.ceil(local.max(axis=1)), starts)
    extents: NDArray[np.int64] = np.concatenate([least, most], axis=1).astype(np.int64)
    return extents


@dataclass
class _Making:
    """The tree as it grows, from the leaves upward."""

    layer: Layer
    files: dict[str, Branch] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)

    def gathered(self, children: Nodes, level: int, coarse: Nodes) -> Nodes:
        """The nodes of `level` above some children, kept as branches; `coarse` are those with content, all or none."""
        own = first_keys(children.first, level)
        starts = np.flatnonzero(np.append(True, own[1:] != own[:-1])[: len(own)])
        first, levels = own[starts], np.full(len(starts), level, np.uint8)
        frames = Frame.at(*centres(first, levels))
        extent = extents_over(children, frames, starts)
        if len(coarse.first):
            extent[:, :3] = np.minimum(extent[:, :3], coarse.extent[:, :3])
            extent[:, 3:] = np.maximum(extent[:, 3:], coarse.extent[:, 3:])
        groups = [children.part(slice(start, end)) for start, end in pairwise([*starts.tolist(), len(own)])]
        contents: list[str | None] = [*coarse.uris] or [None] * len(groups)
        bare = Nodes(first, levels, extent, [""] * len(groups), frames)
        rows = zip(groups, contents, strict=True)
        found = [Branch(bare.part(slice(row, row + 1)), content, group) for row, (group, content) in enumerate(rows)]
        if level not in TIERS:
            self.branches |= zip(coarse.uris, found, strict=True)
            return Nodes(first, levels, extent, coarse.uris, frames)
        places = names(first, levels)
        uris = [f"t/{place}-{self.hash(branch)}.json" for place, branch in zip(places, found, strict=True)]
        self.files |= zip(uris, found, strict=True)
        return Nodes(first, levels, extent, uris, frames)

    def hash(self, branch: Branch) -> str:
        """The hash of everything in the file that begins with a branch."""
        found = blake2b(b"%d %s" % (WRITER, str(self.layer.errors).encode()), digest_size=12)
        waiting = [branch]
        while waiting:
            own, content, children = waiting.pop()
            found.update(f"{content} {len(children.uris)} {own.extent.tolist()}".encode())
            for part in (children.first, children.level, children.extent):
                found.update(np.ascontiguousarray(part).tobytes())
            found.update("\n".join(children.uris).encode())
            waiting += [self.branches[uri] for uri in children.uris if uri in self.branches]
        return found.hexdigest()
