"""The ground as all holdings of a moment show it together: which wins where, and the tiles that are cut from it.

Of the holdings at a node the first in order wins that was measured there. Between them nothing is smoothed: an edge is
one step of the lattice wide, and stands where the survey ended. Where none was measured the ground is drawn flat at
height 0 of the 1985 datum, and no tile finer than what others need is said to be available there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.elevation.lattice import STEPS, Heights, Nodes, Place
from tiling.elevation.lifting import lifted
from tiling.elevation.pyramid import Pyramid
from tiling.elevation.quantized import Drawn, encoded
from tiling.elevation.triangles import thinned
from tiling.heights import HeightAnomaly

VERSION: Final = 2
"""Raised whenever the same holdings come out as other bytes."""

SIDE: Final = 8
"""How many tiles to the side are cut at a time."""

_COARSEST: Final = 77_067.0  # metres: Cesium's geometric error of level 0, half of it at each further level
_FINER: Final = 8  # times finer than what Cesium takes for the error of a tile

Floats = NDArray[np.float64]
Tiles = NDArray[np.int64]
"""Tiles of a level (n, 2): column from the west, row from the south."""


def tolerance(level: int) -> float:
    """How far, in metres, a tile of a level may be off at any node of the lattice."""
    return _COARSEST / (1 << level) / _FINER


@dataclass(frozen=True)
class Terrain:
    """The holdings that stand at a moment, by hash, the one that wins first; each prepared in a folder of its name."""

    folder: Path
    hashes: tuple[str, ...]
    anomaly: HeightAnomaly

    @cached_property
    def pyramids(self) -> tuple[Pyramid, ...]:
        """The holdings' prepared heights."""
        return tuple(Pyramid.open(self.folder / name) for name in self.hashes)

    @cached_property
    def state(self) -> str:
        """What names the whole: 24 hexadecimal digits over everything its tiles are made of."""
        return self._hashed("", self.hashes)

    @property
    def finest(self) -> int:
        """The deepest level that has tiles."""
        return max((pyramid.finest for pyramid in self.pyramids), default=0)

    def name(self, place: Place) -> str:
        """The name of a tile's file: it says the place, and the hash of what the tile is made of."""
        return self.names([place])[0]

    def names(self, places: Sequence[Place]) -> list[str]:
        """The names of tiles of one level that stand close together."""
        near, found = self._near(_around(places)), []
        for place in places:
            reaching = [self.hashes[number] for number in near if self.pyramids[number].reaches(place)]
            where = f"{place.level}-{place.x}-{place.y}"
            found.append(f"{place.level}/{where}-{self._hashed(where, reaching)}.terrain")
        return found

    def _hashed(self, where: str, hashes: Sequence[str]) -> str:
        whole = "\0".join([str(VERSION), self.anomaly.value, self.anomaly.source, where, *hashes])
        return blake2b(whole.encode(), digest_size=12).hexdigest()

    @cached_property
    def available(self) -> tuple[Tiles, ...]:
        """The tiles of each level, those included that stand above others; by row, then column."""
        found = [np.zeros((0, 2), np.int64)]
        for level in range(self.finest, -1, -1):
            parts = [pyramid.tiles(level) for pyramid in self.pyramids] + [found[-1] // 2]
            found.append(_unique(np.concatenate(parts)))
        found[-1] = np.array([[0, 0], [1, 0]])
        return tuple(reversed(found[1:]))

    def has(self, place: Place) -> bool:
        """Whether a tile is available."""
        if place.level > self.finest:
            return False
        keys, key = self._keys[place.level], _keys(np.array([[place.x, place.y]]))
        number = np.searchsorted(keys, key[0])
        return bool(number < len(keys) and keys[number] == key[0])

    @cached_property
    def _keys(self) -> tuple[NDArray[np.int64], ...]:
        return tuple(_keys(tiles) for tiles in self.available)

    def tiles(self, places: Sequence[Place]) -> list[bytes]:
        """Tiles of one level that stand close together, as gzip-encoded quantized-mesh; each as if made alone."""
        block = _around(places)
        measured, water = self.measured(block.grown(1))
        ground = np.where(np.isfinite(measured), measured, 0) + lifted(self.anomaly, block)
        starts = [(place.y * STEPS - block.row, place.x * STEPS - block.column) for place in places]
        around = np.stack([ground[row : row + STEPS + 3, column : column + STEPS + 3] for row, column in starts])
        wet = np.stack([water[row + 1 : row + STEPS + 2, column + 1 : column + STEPS + 2] for row, column in starts])
        mesh, heights = thinned(around[:, 1:-1, 1:-1], block.level, tolerance(block.level))
        return encoded(Drawn(places, heights, around, wet, mesh))

    def measured(self, nodes: Nodes) -> tuple[Heights, NDArray[np.bool_]]:
        """The heights of nodes, NaN where none was measured; and where water stands over a sea floor."""
        heights, water = np.full(nodes.shape, np.nan, np.float32), np.zeros(nodes.shape, np.bool_)
        for pyramid in (self.pyramids[number] for number in self._near(nodes)):
            free = np.isnan(heights)
            if free.any():
                own = pyramid.heights(nodes)
                heights = np.where(free, own, heights)
                water |= free & (own < 0) & pyramid.sea
        return heights, water

    def _near(self, nodes: Nodes) -> list[int]:
        """The numbers of the holdings whose tiles, or those around them, share nodes with a block; in their order."""
        west, south, east, north = self._extents(nodes.level).T
        columns = (west <= nodes.column + nodes.width) & (east >= nodes.column)
        rows = (south <= nodes.row + nodes.height) & (north >= nodes.row)
        return [int(number) for number in np.flatnonzero(columns & rows)]

    def _extents(self, level: int) -> NDArray[np.int64]:
        """West, south, east and north (n, 4) of each holding in nodes of a level, with a tile more on every side."""
        if level not in self._known_extents:
            found = [pyramid.extent(level) for pyramid in self.pyramids]
            self._known_extents[level] = np.array(found, np.int64).reshape(-1, 4)
        return self._known_extents[level]

    @cached_property
    def _known_extents(self) -> dict[int, NDArray[np.int64]]:
        return {}

    def at(self, lon: Floats, lat: Floats) -> Floats:
        """The heights of the ground at places, in metres of the 1985 datum; NaN where none was measured."""
        found = np.full(lon.shape, np.nan)
        for pyramid in self.pyramids:
            free = np.flatnonzero(np.isnan(found))
            if len(free):
                found[free] = pyramid.at(lon[free], lat[free])
        return found


def _around(places: Sequence[Place]) -> Nodes:
    """The nodes of some tiles of one level, and of those between them."""
    columns, rows = [place.x for place in places], [place.y for place in places]
    width, height = max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
    return Nodes(places[0].level, min(columns) * STEPS, min(rows) * STEPS, width * STEPS + 1, height * STEPS + 1)


def _keys(tiles: Tiles) -> NDArray[np.int64]:
    """One number for each tile, rising by row and then column."""
    keys: NDArray[np.int64] = tiles[:, 1] << 32 | tiles[:, 0]
    return keys


def _unique(tiles: Tiles) -> Tiles:
    keys = np.unique(_keys(tiles))
    return np.stack([keys & 0xFFFFFFFF, keys >> 32], axis=1)
