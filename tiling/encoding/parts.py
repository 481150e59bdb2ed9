"""Parts of pictures: which one a surface shows, how large it is seen, and its pixels."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from entities.painting import Patch
from tiling.geometry.mesh import Floats

FINEST: Final = 20.0
"""Pixels a metre that are kept at most: what is finer cannot be told apart where a leaf is seen from."""


SIDE: Final = 2048
"""The longest side of a picture in pixels, which every client can show."""

PAD: Final = 4
"""How many pixels the edge of a part goes on for."""

BEHIND: Final = (230, 228, 223)  # between parts, and seen through a picture that is not opaque: the colour of walls

Pixels = NDArray[np.uint8]
Opened = Callable[[str], Image.Image | None]
"""Opens a picture by its SHA-256; None where it is not here."""


Key = tuple[str, str]
"""A picture, and how it goes on beyond its edges."""


class Part(NamedTuple):
    """A part of a picture: left, top, right, bottom in pictures' sides from the upper left; its size in pixels."""

    picture: str
    wrap: str
    box: tuple[float, float, float, float]
    width: float
    height: float

    def shrunk(self, factor: float) -> "Part":
        return Part(self.picture, self.wrap, self.box, self.width * factor, self.height * factor)

    @property
    def key(self) -> Key:
        return self.picture, self.wrap

    @property
    def sides(self) -> Floats:
        """Its width and height in pictures' sides; a part without any has a thousandth of a pixel."""
        left, top, right, bottom = self.box
        return np.maximum([right - left, bottom - top], 1e-7)

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height in whole pixels, at least one."""
        most = SIDE - 2 * PAD
        return min(max(round(self.width), 1), most), min(max(round(self.height), 1), most)


def part_of(patch: Patch, corners: Floats, area: float, sizes: Mapping[str, tuple[int, int]]) -> Part | None:
    """What a patch cuts out of its picture, as large as it is there, or as fine as it can be seen."""
    size = sizes.get(patch.picture)
    if size is None:
        return None
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    width, height = (right - left) * size[0], (bottom - top) * size[1]
    pairs = zip(corners.tolist(), corners[[*range(1, len(corners)), 0]].tolist(), strict=True)
    shown = abs(sum(x * v - y * u for (x, y), (u, v) in pairs)) / 2 * size[0] * size[1]
    factor = min(1.0, FINEST * (area / shown) ** 0.5) if shown > 0 else 1.0
    return Part(patch.picture, patch.wrap, (left, top, right, bottom), width * factor, height * factor)


def downward(patch: Patch) -> Floats:
    """The corners of a patch from the picture's upper left, as near to it as its repetition allows."""
    corners = patch.corners * (1, -1) + (0, 1)
    period = {"repeat": 1, "mirror": 2}.get(patch.wrap)
    moved: Floats = corners - (np.floor(corners.min(axis=0) / period) * period if period else 0)
    return np.round(moved, 6)


def pixels_of(parts: Sequence[Part], opened: Opened) -> Iterator[tuple[Part, Pixels]]:
    """The pixels of parts that are in the order of their pictures, each picture read once."""
    names = [part.picture for part in parts]
    for name in dict.fromkeys(names):
        own = parts[names.index(name) : names.index(name) + names.count(name)]
        image = opened(name)
        if image is None:  # it was here a moment ago
            yield from ((part, np.full((*part.size[::-1], 3), BEHIND, np.uint8)) for part in own)
            continue
        with image:
            plain = opaque(image, np.array([np.divide(part.size, part.sides) for part in own]).max(axis=0))
        yield from ((part, _cut_out(plain, part)) for part in own)


def whole(name: str, size: tuple[int, int], opened: Opened) -> Pixels:
    """A whole picture in a size."""
    image = opened(name)
    if image is None:  # it was here a moment ago
        return np.full((1, 1, 3), BEHIND, np.uint8)
    with image:
        plain = opaque(image, np.array(size))
    return np.asarray(plain.resize(size, Image.Resampling.BILINEAR))


def opaque(image: Image.Image, wanted: Floats) -> Image.Image:
    """A picture in red, green and blue, decoded no smaller than is wanted, and not much larger where that is cheap."""
    image.draft("RGB", tuple(np.minimum(np.ceil(wanted), image.size).astype(int).tolist()))
    if image.mode.startswith("I;16"):  # Pillow parts off what is brighter than 255 of 65,535
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "RGB":
        return image.convert("RGB")
    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, BEHIND), seen).convert("RGB")


def _cut_out(image: Image.Image, part: Part) -> Pixels:
    """The pixels of a part; what is beyond the picture as its way of going on says."""
    least, most = np.array(part.box[:2]), np.array(part.box[:2]) + part.sides
    if least.min() >= 0 and most.max() <= 1:
        box = np.concatenate([least, most]) * np.tile(image.size, 2)
        return np.asarray(image.resize(part.size, Image.Resampling.BILINEAR, tuple(box.tolist())))
    whole = np.clip(np.divide(part.size, part.sides).round(), 1, image.size).astype(int)
    scaled = image.resize(tuple(whole.tolist()), Image.Resampling.BILINEAR)
    columns, rows = (
        going_on(start + (np.arange(count) + 0.5) / count * side, length, part.wrap)
        for start, side, count, length in zip(least, part.sides, part.size, scaled.size, strict=True)
    )
    return np.asarray(scaled)[rows[:, None], columns]


def going_on(places: Floats, length: int, wrap: str) -> NDArray[np.int64]:
    """The pixels of a row at places in pictures' sides, as the picture goes on beyond its edges."""
    if wrap == "clamp":
        places = np.clip(places, 0, 1)
    else:
        places = places % 2 if wrap == "mirror" else places % 1
        places = np.where(places > 1, 2 - places, places)
    return np.minimum((places * length).astype(np.int64), length - 1)
