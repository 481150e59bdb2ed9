"""One tile of several orthophotos: at each pixel the first that shows something there is seen."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from affine import Affine
from PIL import Image
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from entities.store import Box
from tiling.imagery.prepare import TILE, Picture
from tiling.imagery.sources import Pixels
from tiling.mercator import Square

FORMATS: Final = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
"""The formats of tiles; jpg shows gaps white."""

FINEST: Final = 23
"""The last zoom that is answered: pixels of about 1.5 cm."""

Placed = tuple[Path, Picture]
"""A prepared picture and its holding's folder."""

VERSION: Final = 1
"""Raised whenever the same pictures come out as other bytes."""

_QUALITY: Final = 85
_SEEN: Final = 128  # from which presence on a pixel is seen: half of it is covered


def covering(pictures: Iterable[Placed], square: Square) -> list[Placed]:
    """Those of some pictures that may show something of a tile, in their order."""
    return [(folder, picture) for folder, picture in pictures if _touch(picture.bounds, square.metres)]


def drawn(pictures: Iterable[Placed], square: Square) -> Pixels:
    """Red, green, blue and presence of a tile (4, 256, 256); gaps are 0 in all."""
    tile = np.zeros((4, TILE, TILE), np.uint8)
    for folder, picture in pictures:
        missing = tile[3] == 0
        if not missing.any():
            break
        read = _read(folder / picture.file, picture.smooth, square)
        seen = missing & (read[3] >= _SEEN)
        tile[:3, seen], tile[3, seen] = read[:3, seen], 255
    return tile


def encoded(tile: Pixels, form: str) -> bytes:
    """A tile as a file of one of `FORMATS`."""
    picture = Image.fromarray(np.ascontiguousarray(tile.transpose(1, 2, 0)), "RGBA")
    file = io.BytesIO()
    if form == "jpg":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        ground.save(file, "JPEG", quality=_QUALITY)
    elif form == "webp":
        picture.save(file, "WEBP", quality=_QUALITY, method=2)
    else:
        picture.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _read(path: Path, smooth: bool, square: Square) -> Pixels:
    """The part of a picture on a tile, from the overview that fits."""
    how = {"resampling": Resampling.bilinear if smooth else Resampling.nearest}
    pixel, (west, _, _, north) = square.side / TILE, square.metres
    grid = Affine(pixel, 0, west, 0, -pixel, north)
    place = {"crs": "EPSG:3857", "transform": grid, "width": TILE, "height": TILE}
    with rasterio.open(path) as dataset, WarpedVRT(dataset, **place, **how) as warped:
        read: Pixels = warped.read()
        return read


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
