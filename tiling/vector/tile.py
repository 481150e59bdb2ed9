"""One vector tile of a layer: what is seen of its entities, and how many stand where that are too small to be seen."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
import shapely

from entities.model import day_text
from entities.store.outlines import Listing, Outline
from tiling.mercator import Floats, Square
from tiling.vector.protobuf import EXTENT, Features, Value, layer
from tiling.vector.shapes import PIXEL, Drawing, Ints, drawing, sizes
from tiling.vector.zooms import FINEST

VERSION: Final = 1
"""Raised whenever the same entities come out as other bytes."""

MOST: Final = 20_000
"""How many entities a tile shows one by one: the largest; the others are counted."""

FEW: Final = 5_000
"""Up to how many entities are read even where they may be too small to be seen."""

SMALL: Final = "small"
"""The layer of a tile that counts what is too small to be seen, one point for each of 16 x 16 cells."""

FIELDS: Final = {"code": "String", "class": "String", "name": "String", "valid_from": "String", "height": "Number"}
"""The properties of an entity in a tile, as TileJSON names their types."""

_CELLS: Final = 16


def name_of(listing: Listing, square: Square) -> str:
    """What names a tile's content before it is drawn: a hash of everything it is made of."""
    found = blake2b(f"{VERSION} {square.zoom}/{square.x}/{square.y}\0".encode(), digest_size=12)
    found.update(np.sort(listing.digests).tobytes())
    return found.hexdigest()


def chosen(listing: Listing, square: Square) -> Ints:
    """The rows of a listing that are read: all where they are few, else the large ones, and never more than `MOST`."""
    places = np.arange(len(listing.ids))
    wide = (listing.boxes[:, 2:] - listing.boxes[:, :2]).max(axis=1, initial=0)
    if len(places) > FEW and square.zoom < FINEST:
        pixel = 360 / (1 << square.zoom) * PIXEL / EXTENT
        places = places[wide >= pixel / 4]  # on the map a degree of latitude is longer than one of longitude
    if len(places) > MOST:
        places = np.sort(places[np.argsort(-wide[places], kind="stable")[:MOST]])
    return places


def draw(name: str, outlines: Sequence[Outline], unseen: Floats, square: Square) -> bytes:
    """The tile of some entities, by code; `unseen` are the places (n, 2: lon, lat) of those that are only counted."""
    if outlines:
        shapes = np.array([outline.shape for outline in outlines], dtype=object)
        finest = square.zoom >= FINEST
        seen = np.flatnonzero((sizes(shapes, square) >= PIXEL) | (shapely.get_dimensions(shapes) == 0) | finest)
        made = drawing(shapes[seen], square, whole=finest)
        shown = seen[made.rows]
        bounds = np.delete(shapely.bounds(shapes), shown, axis=0)
        unseen = np.concatenate([unseen, (bounds[:, :2] + bounds[:, 2:]) / 2])
        main = layer(name, _features([outlines[row] for row in shown.tolist()], made))
    else:
        main = b""
    return main + layer(SMALL, _counted(unseen, square))


def _features(outlines: Sequence[Outline], made: Drawing) -> Features:
    days = {start: day_text(start) for start in {one.start for one in outlines}}
    properties: dict[str, Sequence[Value]] = {
        "code": [one.code for one in outlines],
        "class": [one.class_code for one in outlines],
        "name": [one.name for one in outlines],
        "valid_from": [days[one.start] for one in outlines],
        "height": [one.height for one in outlines],
    }
    ids = [feature_id(one.code) for one in outlines]
    return Features(ids, made.kinds.tolist(), made.commands, made.ends, properties)


def feature_id(code: str) -> int:
    """The number of an entity in every tile: 52 bits of a hash of its code, which JavaScript keeps exactly."""
    return int.from_bytes(blake2b(code.encode(), digest_size=7).digest()) >> 4


def _counted(places: Floats, square: Square) -> Features:
    """How many of these places lie in each cell of a tile, as points in the middles of the cells."""
    cells = np.floor(square.within(places, _CELLS)).astype(np.int64)
    inside = ((cells >= 0) & (cells < _CELLS)).all(axis=1)
    numbers, counts = np.unique(cells[inside, 1] * _CELLS + cells[inside, 0], return_counts=True)
    middles = (np.column_stack([numbers % _CELLS, numbers // _CELLS]) * 2 + 1) * (EXTENT // _CELLS // 2)
    commands = np.column_stack([np.full(len(numbers), 9), 2 * middles]).astype(np.uint32).ravel()
    ends = 3 * np.arange(1, len(numbers) + 1)
    return Features((numbers + 1).tolist(), [1] * len(numbers), commands, ends, {"count": counts.tolist()})
