"""The tiles of a cloud as tileset files: explicit, additive, with tight boxes; far-down parts in files of their own."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.points.choosing import Plan
from tiling.points.lattice import Lattice
from tiling.points.octree import Tile, path_of
from tiling.points.runs import Cube

Json = dict[str, Any]
Whole = NDArray[np.int64]

GENERATOR: Final = "Shikong points 1"

APART: Final = 4
"""A client that allows 16 pixels of error, as most do, sees points no further than 4 pixels apart: so many times the
distance of a tile's points is its geometric error."""

_FILE: Final = 5  # halvings from one file to those below it


@dataclass
class _Branch:
    """A cube with all below it: what it shows, and the extent of the whole."""

    cube: Cube
    shown: Tile | None = None
    below: dict[int, "_Branch"] = field(default_factory=dict)

    @cached_property
    def extent(self) -> Whole:
        """Of a tree that is whole."""
        extents = [branch.extent for branch in self.below.values()]
        extents += [self.shown.extent] if self.shown else []
        return np.stack([np.min([one[0] for one in extents], axis=0), np.max([one[1] for one in extents], axis=0)])


@dataclass(frozen=True, slots=True)
class Said:
    """What a tileset says of itself: name, meaning, value and how it is written."""

    name: str
    meaning: str
    value: str | int | float

    @property
    def kind(self) -> Json:
        if isinstance(self.value, str):
            return {"type": "STRING"}
        return {"componentType": "UINT64" if isinstance(self.value, int) else "FLOAT64", "type": "SCALAR"}


def files(tiles: Iterable[Tile], lattice: Lattice, plan: Plan, said: Iterable[Said]) -> Iterator[tuple[str, bytes]]:
    """Each tileset file's name and bytes; the first is `tileset.json`, which says what the whole is."""
    writer = _Writer(lattice, plan)
    top = _tree(tiles)
    root = {**writer.tile(top, ""), "refine": "ADD", "transform": lattice.frame.matrix()}
    told = list(said)
    properties = {one.name: {"description": one.meaning, **one.kind} for one in told}
    document = {
        "asset": {"generator": GENERATOR, "version": "1.1"},
        "geometricError": max(writer.error(top), lattice.side),
        "metadata": {"class": "tileset", "properties": {one.name: one.value for one in told}},
        "root": root,
        "schema": {"classes": {"tileset": {"properties": properties}}, "id": "points"},
    }
    yield "tileset.json", _text(document)
    while writer.apart:
        branch = writer.apart.pop()
        tile = {**writer.tile(branch, "../", named=True), "refine": "ADD"}
        document = {"asset": {"version": "1.1"}, "geometricError": tile["geometricError"], "root": tile}
        yield f"s/{path_of(branch.cube)}.json", _text(document)


@dataclass
class _Writer:
    """Writes tiles; `apart` are branches that are to have a file of their own."""

    lattice: Lattice
    plan: Plan
    apart: list[_Branch] = field(default_factory=list)

    def tile(self, branch: _Branch, upward: str, named: bool = False) -> Json:
        """One tile with those below it; `named` is the first of its file, to which `upward` leads from the whole's."""
        found: Json = {"boundingVolume": {"box": self.box(branch.extent)}, "geometricError": self.error(branch)}
        if branch.below and branch.cube.level and branch.cube.level % _FILE == 0 and not named:
            self.apart.append(branch)
            return {**found, "content": {"uri": f"{upward}s/{path_of(branch.cube)}.json"}}
        if branch.shown:
            found["content"] = {"uri": f"{upward}c/{branch.shown.name}.glb"}
        if branch.below:
            found["children"] = [self.tile(branch.below[octant], upward) for octant in sorted(branch.below)]
        return found

    def error(self, branch: _Branch) -> float:
        """How far a tile's points are apart, so often as it pleases the eye; nothing where all are shown."""
        cell: float = self.lattice.side / 2 ** (branch.cube.level + self.plan.across)
        return round(APART * cell, 6) if branch.below else 0.0

    def box(self, extent: Whole) -> list[float]:
        """The box around an extent, half a step wider, which is as far as rounding moves a point."""
        low, high = self.lattice.metres(extent - [[0.5], [-0.5]])
        middle, half = np.round((low + high) / 2, 6), np.round((high - low) / 2, 6)
        return [*(middle + 0.0).tolist(), *np.diag(half).ravel().tolist()]


def _tree(tiles: Iterable[Tile]) -> _Branch:
    """The tiles by their cubes, with cubes between that show nothing."""
    top = _Branch(Cube(0, 0))
    for tile in tiles:
        branch = top
        for level in range(1, tile.cube.level + 1):
            number = tile.cube.number >> 3 * (tile.cube.level - level)
            branch = branch.below.setdefault(number & 7, _Branch(Cube(level, number)))
        branch.shown = tile
    return top


def _text(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
