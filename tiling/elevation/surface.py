"""The one surface that everything without heights of its own lies on: the triangles of the finest tiles of a terrain.

At each place it is the finest tile that is available there, thinned by the same rule as the tiles that are served, at
most a little coarser. Both are made of halves of the same cells, so that what the one is off from the other is greatest
at a node, where both are bounded.
"""

from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.building.footing import LEVEL, Footing, Held, areas_of, finest_for
from tiling.ecef import Floats
from tiling.elevation.lattice import DEEPEST, STEPS, Nodes, spacing
from tiling.elevation.lifting import lifted
from tiling.elevation.measured import HIGHEST, LOWEST
from tiling.elevation.pyramid import Pyramid
from tiling.elevation.terrain import SIDE, Terrain, Tiles, tolerance
from tiling.elevation.triangles import NODES, thinned
from tiling.geometry.convex import MOST, Pieces, Rows, Yes, cut, gridded, joined

COARSER: Final = 0.2
"""How far, in metres, the surface may be off from the lattice of heights where terrain is finer than that."""

ABOVE: Final = COARSER + 0.15
"""How far, in metres, what lies on the surface is raised, so that the finest tiles of terrain hide nothing of it."""

_KEPT: Final = 4096
_WIDE: Final = 0.01  # degrees
_LAST: Final = NODES - 1
_DEPTHS: Final = 2 * (STEPS.bit_length() - 1)  # how often a half of a tile can be halved


class Lain(NamedTuple):
    """Pieces as they lie: corners in degrees, heights above the ellipsoid at each (n, MOST), how much of it is not
    measured there but 0 of the 1985 datum (from 0 to 1), and which pieces lie where there is no survey at all."""

    pieces: Pieces
    heights: Floats
    unknown: Floats
    beyond: Yes


class _Tile(NamedTuple):
    """One tile of the surface: its nodes' heights, which were not measured, and at which its triangles are halved."""

    heights: Floats
    unknown: Yes
    split: Yes


_NO_TILE: Final = _Tile(np.zeros(NODES), np.zeros(NODES, np.bool_), np.zeros(NODES, np.bool_))


class Surface:
    """The surface of one terrain; the tiles that were looked at last are kept."""

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self._tiles: OrderedDict[tuple[int, int, int], _Tile] = OrderedDict()
        tiles = [(one.finest, level, one.tiles(level)) for one in terrain.pyramids for level in range(one.finest + 1)]
        levels = range(terrain.finest + 1)
        self._own = [_together(part for own, level, part in tiles if own == level == at) for at in levels]
        self._coarser = [_together(part for own, level, part in tiles if own > level == at) for at in levels]
        self._available = [_keys(tiles) for tiles in terrain.available]
        self._above = [np.unique(_keys(tiles // 2)) for tiles in terrain.available[1:]]

    def laid(self, triangles: Floats, finest: NDArray[np.int64] | int = DEEPEST) -> Lain:
        """Triangles (n, 3, 2) in degrees cut along those of the surface, of no finer a level than is said of each."""
        unit = 180 / (1 << LEVEL)
        finest = np.broadcast_to(np.clip(finest, LEVEL, max(self._terrain.finest, LEVEL)), len(triangles))
        pieces = gridded(Pieces.of((triangles - [-180.0, -90.0]) / unit))
        pieces, level, tile = self._parted(pieces, finest)
        beyond = self._beyond(level, tile, level == finest[pieces.thing])
        over = np.flatnonzero(~beyond)
        ready, *found = self._folded(pieces.taken(over), level[over], tile[over])
        pieces = joined([ready, pieces.taken(beyond)])
        heights, unknown = (np.concatenate([part, np.zeros((beyond.sum(), MOST))]) for part in found)
        degrees = Pieces(pieces.corners * unit + [-180.0, -90.0], pieces.count, pieces.thing)
        return Lain(degrees, heights, unknown, np.arange(len(pieces.count)) >= len(ready.count))

    def between(self, boxes: Floats) -> tuple[Floats, Floats]:
        """The lowest and the highest the surface is in boxes (n, 4), above the ellipsoid, whatever level things there
        are laid on; of wide boxes a safe guess."""
        low, high = np.full(len(boxes), LOWEST), np.full(len(boxes), HIGHEST)
        small = np.flatnonzero((boxes[:, 2:] - boxes[:, :2]).max(axis=1) < _WIDE)
        low[small], high[small] = np.inf, -np.inf
        west, south, east, north = boxes[small].T
        corners = np.stack([west, south, east, south, east, north, west, south, east, north, west, north], axis=1)
        coarsest = min(finest_for(areas_of(boxes[small])), default=LEVEL)
        for level in range(min(coarsest, self._terrain.finest), self._terrain.finest + 1):
            lain = self.laid(corners.reshape(-1, 3, 2), level)
            box, there = small[lain.pieces.thing // 2], lain.pieces.there & ~lain.beyond[:, None]
            np.minimum.at(low, box, np.where(there, lain.heights, np.inf).min(axis=1))
            np.maximum.at(high, box, np.where(there, lain.heights, -np.inf).max(axis=1))
        return low, high

    def _parted(self, pieces: Pieces, finest: NDArray[np.int64]) -> tuple[Pieces, Rows, Tiles]:
        """Pieces, each within the finest tile that is available at its place, or as fine as its thing is laid on; the
        level and the place of that."""
        done, levels, tiles = [], [], []
        tile = np.floor(pieces.middles()).astype(np.int64)
        for level in range(LEVEL, max(self._terrain.finest, LEVEL)):
            above = _has(self._above[level], tile) & (finest[pieces.thing] > level)
            finer, below, there = self._quartered(pieces.taken(above), tile[above], level)
            done += [pieces.taken(~above), finer.taken(~there)]
            tiles += [tile[~above], below[~there] // 2]
            levels.append(np.full(len(tiles[-2]) + len(tiles[-1]), level))
            pieces, tile = finer.taken(there), below[there]
        levels.append(np.full(len(tile), max(self._terrain.finest, LEVEL)))
        return joined([*done, pieces]), *self._raised(np.concatenate(levels), np.concatenate([*tiles, tile]))

    def _quartered(self, pieces: Pieces, tile: Tiles, level: int) -> tuple[Pieces, Tiles, Yes]:
        """Pieces cut along the middles of their tiles; the finer tile of each, and whether that is available."""
        scale = float(1 << level - LEVEL)
        for axis in (0, 1):
            line = (tile[:, axis] + 0.5) / scale
            pieces, rows, _ = cut(pieces, pieces.corners[:, :, axis] - line[:, None])
            tile = tile[rows]
        finer = np.floor(pieces.middles() * 2 * scale).astype(np.int64)
        return pieces, finer, _has(self._available[level + 1], finer)

    def _raised(self, levels: Rows, tiles: Tiles) -> tuple[Rows, Tiles]:
        """The same places, those whose tile is not available in the finest that is."""
        for level in range(LEVEL, 0, -1):
            here = np.flatnonzero(levels == level)
            known = self._available[level] if level <= self._terrain.finest else np.zeros(0, np.int64)
            up = here[~_has(known, tiles[here])]
            levels[up] -= 1
            tiles[up] //= 2
        return levels, tiles

    def _beyond(self, levels: Rows, tiles: Tiles, ends: Yes) -> Yes:
        """Which tiles hold nothing of any survey as fine as that survey is, or where the finest `ends`, as fine."""
        beyond = np.ones(len(levels), np.bool_)
        for level, (own, coarser) in enumerate(zip(self._own, self._coarser, strict=True)):
            rows = np.flatnonzero(beyond & (levels >= level))
            beyond[rows] = ~_has(own, tiles[rows] >> (levels[rows] - level)[:, None])
            rows = np.flatnonzero(beyond & ends & (levels == level))
            beyond[rows] = ~_has(coarser, tiles[rows])
        return beyond

    def _folded(self, pieces: Pieces, levels: Rows, tiles: Tiles) -> tuple[Pieces, Floats, Floats]:
        """Pieces within tiles cut along the triangles of those; heights, and what is unknown, at their corners."""
        used, which = np.unique(np.column_stack([levels, tiles]), axis=0, return_inverse=True)
        known = self._known([(level, x, y) for level, x, y in used.tolist()])
        heights, unknown, split = (np.stack(part) for part in zip(_NO_TILE, *known, strict=True))
        which = which.ravel() + 1
        scale = np.ldexp(1.0, levels - LEVEL)[:, None, None]
        local = Pieces((pieces.corners * scale - tiles[:, None]) * STEPS, pieces.count, np.arange(len(which)))
        local, around = _halved(local, which, split)
        row = local.thing
        above, share = (_between(local.corners, around, part[which[row, None], around]) for part in (heights, unknown))
        whole = (local.corners / STEPS + tiles[row, None]) / scale[row]
        return Pieces(whole, local.count, pieces.thing[row]), above, share

    def _known(self, places: list[tuple[int, int, int]]) -> list[_Tile]:
        """Tiles by level, column and row; those not at hand are made block by block."""
        blocks: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
        found = {}
        for place in places:
            if place in self._tiles:
                self._tiles.move_to_end(place)
                found[place] = self._tiles[place]
            else:
                level, x, y = place
                blocks.setdefault((level, x // SIDE, y // SIDE), []).append(place)
        for block in blocks.values():
            found |= zip(block, self._made(block), strict=True)
        self._tiles |= found
        while len(self._tiles) > _KEPT:
            self._tiles.popitem(last=False)
        return [found[place] for place in places]

    def _made(self, places: list[tuple[int, int, int]]) -> list[_Tile]:
        """Tiles of one level that stand close together; their edges are those of the tiles beside them."""
        level = places[0][0]
        west, south = min(x for _, x, _ in places), min(y for _, _, y in places)
        east, north = max(x for _, x, _ in places) + 1, max(y for _, _, y in places) + 1
        block = Nodes(level, west * STEPS, south * STEPS, (east - west) * STEPS + 1, (north - south) * STEPS + 1)
        measured, _ = self._terrain.measured(block)
        ground = np.where(np.isfinite(measured), measured, 0) + lifted(self._terrain.anomaly, block)[1:-1, 1:-1]
        parts = [np.s_[(y - south) * STEPS :, (x - west) * STEPS :] for _, x, y in places]
        nodes = np.stack([ground[part][: STEPS + 1, : STEPS + 1] for part in parts])
        mesh, heights = thinned(nodes, level, max(tolerance(level), COARSER))
        split = np.zeros((len(places), NODES), np.bool_)
        split[mesh.tile[:, None], mesh.corners] = True
        unknown = [np.isnan(measured[part][: STEPS + 1, : STEPS + 1]).ravel() for part in parts]
        rows = zip(heights.reshape(len(places), NODES), unknown, split, strict=True)
        return [_Tile(*row) for row in rows]


@lru_cache(maxsize=8)
def surface_of(footing: Footing) -> Surface:
    """The surface of some holdings together, kept for the next tile."""
    return Surface(terrain_of(footing))


@lru_cache(maxsize=8)
def terrain_of(footing: Footing) -> Terrain:
    """The terrain of some holdings together."""
    return Terrain(footing.folder, tuple(one.hash for one in footing.held), footing.anomaly)


def footing_of(terrain: Terrain) -> Footing:
    """The holdings of a terrain, and where each of them lies."""
    pairs = zip(terrain.hashes, terrain.pyramids, strict=True)
    return Footing(terrain.folder, terrain.anomaly, tuple(_held(name, pyramid) for name, pyramid in pairs))


def _held(name: str, pyramid: Pyramid) -> Held:
    """Where a holding lies: its finest tiles, and around them a node of the coarsest that things are laid on there."""
    tiles, side = pyramid.tiles(pyramid.finest), 180 / (1 << pyramid.finest)
    beside = spacing(min(pyramid.finest, LEVEL))
    west, south = tiles.min(axis=0) * side - [180 + beside, 90 + beside]
    east, north = (tiles.max(axis=0) + 1) * side - [180 - beside, 90 - beside]
    return Held(name, pyramid.finest, float(west), float(south), float(east), float(north))


def _halved(pieces: Pieces, tile: Rows, split: Yes) -> tuple[Pieces, Rows]:
    """Pieces in tiles (0 to STEPS) cut along the triangles there; the three nodes (m, 3) of the triangle around each.

    `split` (t, NODES) says at which nodes the triangles of each tile are halved. A node that is a corner of any is.
    """
    pieces, _, north = cut(pieces, pieces.corners[:, :, 1] - pieces.corners[:, :, 0])
    around = np.where(north[:, None], [0, _LAST, STEPS * (STEPS + 1)], [_LAST, 0, STEPS])
    done, triangles = [], []
    for _ in range(_DEPTHS):
        middle = (around[:, 0] + around[:, 1]) // 2
        halve = split[tile[pieces.thing], middle]
        done.append(pieces.taken(~halve))
        triangles.append(around[~halve])
        pieces, around, middle = pieces.taken(halve), around[halve], middle[halve]
        pieces, rows, second = cut(pieces, _beside(pieces.corners, around[:, 2], middle))
        (one, two, corner), middle = around[rows].T, middle[rows]
        around = np.column_stack([np.where(second, two, corner), np.where(second, corner, one), middle])
    return joined([*done, pieces]), np.concatenate([*triangles, around])


def _at(nodes: Rows) -> tuple[Floats, Floats]:
    """Where nodes (n) of a tile lie in it: from the west and from the south (n, 1)."""
    south, west = np.divmod(nodes[:, None], STEPS + 1)
    return west.astype(np.float64), south.astype(np.float64)


def _beside(corners: Floats, start: Rows, end: Rows) -> Floats:
    """How far left of the line from one node to another corners lie, times its length."""
    (x, y), (east, north) = _at(start), _at(end)
    found: Floats = (east - x) * (corners[..., 1] - y) - (north - y) * (corners[..., 0] - x)
    return found


def _between(corners: Floats, nodes: Rows, values: NDArray[Any]) -> Floats:
    """Values at corners in the plane through those (m, 3) of the nodes of the triangles around them."""
    area = _beside(np.stack(_at(nodes[:, 2]), axis=-1), nodes[:, 0], nodes[:, 1])
    shares = [_beside(corners, nodes[:, one], nodes[:, two]) / area for one, two in ((1, 2), (2, 0), (0, 1))]
    first, second, third = (share * values[:, corner, None] for corner, share in enumerate(shares))
    found: Floats = first + second + third
    return found


def _together(tiles: Iterable[Tiles]) -> NDArray[np.int64]:
    """The sorted keys of several lots of tiles of one level."""
    return np.unique(_keys(np.concatenate([np.zeros((0, 2), np.int64), *tiles])))


def _keys(tiles: Tiles) -> NDArray[np.int64]:
    """One number for each tile, rising by row and then column."""
    keys: NDArray[np.int64] = tiles[:, 1] << 32 | tiles[:, 0]
    return keys


def _has(keys: NDArray[np.int64], tiles: Tiles) -> Yes:
    """Which tiles are among those with these sorted keys."""
    if not len(keys):
        return np.zeros(len(tiles), np.bool_)
    own = _keys(tiles)
    found: Yes = keys[np.minimum(np.searchsorted(keys, own), len(keys) - 1)] == own
    return found
