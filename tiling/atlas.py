"""Parts of pictures gathered on a few sheets, so that a tile is drawn with few pictures however many its surfaces show.

Every part is cut out as large as it is seen, with repetition laid out, and its edge goes on for a few pixels, so that
nothing of its neighbour shines in. Where that finds no room, a picture that covers wall after wall is left to be
repeated by the client. The same parts of the same pictures give the same sheets, byte for byte.
"""

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from entities.painting import Patch
from tiling.mesh import Floats

SHEETS: Final = 2
"""How many sheets a tile has at most: 8 million pixels, 6 to 7 a metre where four hundred houses are all pictures."""

TILES: Final = 6
"""How many pictures a tile has besides at most, each repeated over so many surfaces that parts would take more room."""

SIDE: Final = 2048
"""The longest side of a sheet in pixels, which every client can show."""

FINEST: Final = 20.0
"""Pixels a metre that are kept at most: what is finer cannot be told apart where a leaf is seen from."""

_PAD: Final = 4
_QUALITY: Final = 85
_STEP: Final = 0.84  # how much smaller all parts are tried where they do not fit
_LEAST: Final = 6  # the sides of sheets, as powers of two
_BEHIND: Final = (230, 228, 223)  # between parts, and seen through a picture that is not opaque: the colour of walls

Pixels = NDArray[np.uint8]
Opened = Callable[[str], Image.Image | None]
"""Opens a picture by its SHA-256; None where it is not here."""


_Key = tuple[str, str]
"""A picture, and how it goes on beyond its edges."""


class Sheet(NamedTuple):
    """A picture as JPEG, and how it goes on beyond its edges, one of `WRAPS`."""

    data: bytes
    wrap: str


class Atlas(NamedTuple):
    """On which sheet each patch is, -1 where its picture is not here; the place of each of its corners there (n, 2)
    from the sheet's upper left, 0 to 1; and the sheets, those of gathered parts first."""

    numbers: NDArray[np.int64]
    places: Sequence[Floats]
    sheets: Sequence[Sheet]

    def places_on(self, number: int) -> Floats:
        """The places of all corners on a sheet."""
        return np.concatenate([self.places[row] for row in np.flatnonzero(self.numbers == number)])


class _Cut(NamedTuple):
    """A part of a picture: left, top, right, bottom in pictures' sides from the upper left; its size in pixels."""

    picture: str
    wrap: str
    box: tuple[float, float, float, float]
    width: float
    height: float

    def shrunk(self, factor: float) -> "_Cut":
        return _Cut(self.picture, self.wrap, self.box, self.width * factor, self.height * factor)

    @property
    def key(self) -> _Key:
        return self.picture, self.wrap

    @property
    def sides(self) -> Floats:
        """Its width and height in pictures' sides; a part without any has a thousandth of a pixel."""
        left, top, right, bottom = self.box
        return np.maximum([right - left, bottom - top], 1e-7)

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height in whole pixels, at least one."""
        most = SIDE - 2 * _PAD
        return min(max(round(self.width), 1), most), min(max(round(self.height), 1), most)


class _Spot(NamedTuple):
    sheet: int
    x: int
    y: int


def gathered(patches: Sequence[Patch], areas: Floats, opened: Opened) -> Atlas:
    """Gather what surfaces show; `areas` are theirs in square metres."""
    sizes = _sizes({patch.picture for patch in patches}, opened)
    shown = [_downward(patch) for patch in patches]
    cuts = [_cut(*one, sizes) for one in zip(patches, shown, areas.tolist(), strict=True)]
    parts, tiles = sorted(_largest(cut for cut in cuts if cut)), dict[_Key, tuple[int, int]]()
    spots, side, heights = _packed(parts)
    if any(spots.keys() - set(parts)):  # they were made smaller
        tiles = _tiles(parts, sizes)
        spots, side, heights = _packed([cut for cut in parts if cut.key not in tiles])
    by_part = {(cut.key, cut.box): (cut, spot) for cut, spot in spots.items()}
    sheets = [np.full((height, side, 3), _BEHIND, np.uint8) for height in heights]
    for part, pixels in _pixels(sorted(spots), opened):
        _lay(sheets[spots[part].sheet], spots[part], pixels)
    numbers, places = np.full(len(patches), -1), [np.zeros_like(patch.corners) for patch in patches]
    for row, (corners, cut) in enumerate(zip(shown, cuts, strict=True)):
        if cut is not None and cut.key in tiles:
            numbers[row], places[row] = len(sheets) + list(tiles).index(cut.key), corners
        elif cut is not None:
            part, spot = by_part[cut.key, cut.box]
            numbers[row], places[row] = spot.sheet, _placed(corners, part, spot) / (side, heights[spot.sheet])
    own = [Sheet(_encoded(_tile(key[0], size, opened)), key[1]) for key, size in tiles.items()]
    return Atlas(numbers, places, [*(Sheet(_encoded(sheet), "clamp") for sheet in sheets), *own])


def _largest(cuts: Iterable[_Cut]) -> Collection[_Cut]:
    """The same parts once, as large as the largest of them."""
    found: dict[tuple[object, ...], _Cut] = {}
    for cut in cuts:
        found[cut.key, cut.box] = max(found.get((cut.key, cut.box), cut), cut)
    return found.values()


def _tiles(cuts: Sequence[_Cut], sizes: Mapping[str, tuple[int, int]]) -> dict[_Key, tuple[int, int]]:
    """Where room is scarce, the pictures that save the most of it by being repeated, and the size of each in pixels."""
    parts: dict[_Key, list[_Cut]] = {}
    for cut in cuts:
        parts.setdefault(cut.key, []).append(cut)
    saved, found = {}, {}
    for key, own in parts.items():
        factor = max(cut.width / (cut.sides[0] * sizes[key[0]][0]) for cut in own)
        size = min(max(round(sizes[key[0]][0] * factor), 1), SIDE), min(max(round(sizes[key[0]][1] * factor), 1), SIDE)
        saved[key], found[key] = sum(cut.width * cut.height for cut in own) - 2 * size[0] * size[1], size
    repeated = [
        key for key in parts if key[1] != "clamp" and saved[key] > 0 and any(max(c.box) > 1 for c in parts[key])
    ]
    return {key: found[key] for key in sorted(repeated, key=lambda key: (-saved[key], key))[:TILES]}


def _sizes(pictures: Collection[str], opened: Opened) -> dict[str, tuple[int, int]]:
    found = {}
    for name in sorted(pictures):
        image = opened(name)
        if image is not None:
            with image:
                found[name] = image.size
    return found


def _cut(patch: Patch, corners: Floats, area: float, sizes: Mapping[str, tuple[int, int]]) -> _Cut | None:
    """What a patch cuts out of its picture, as large as it is there, or as fine as it can be seen."""
    size = sizes.get(patch.picture)
    if size is None:
        return None
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    width, height = (right - left) * size[0], (bottom - top) * size[1]
    pairs = zip(corners.tolist(), corners[[*range(1, len(corners)), 0]].tolist(), strict=True)
    shown = abs(sum(x * v - y * u for (x, y), (u, v) in pairs)) / 2 * size[0] * size[1]
    factor = min(1.0, FINEST * (area / shown) ** 0.5) if shown > 0 else 1.0
    return _Cut(patch.picture, patch.wrap, (left, top, right, bottom), width * factor, height * factor)


def _downward(patch: Patch) -> Floats:
    """The corners of a patch from the picture's upper left, as near to it as its repetition allows."""
    corners = patch.corners * (1, -1) + (0, 1)
    period = {"repeat": 1, "mirror": 2}.get(patch.wrap)
    moved: Floats = corners - (np.floor(corners.min(axis=0) / period) * period if period else 0)
    return np.round(moved, 6)


def _placed(corners: Floats, cut: _Cut, spot: _Spot) -> Floats:
    """The corners of a patch on its sheet, in pixels."""
    within = (corners - cut.box[:2]) / cut.sides * cut.size
    moved: Floats = within + np.array([spot.x + _PAD, spot.y + _PAD])
    return moved


# ---- where each part lies


def _packed(cuts: Sequence[_Cut]) -> tuple[dict[_Cut, _Spot], int, list[int]]:
    """A spot for each part, all made smaller alike until they find room; and the sheets' side and heights."""
    factor = 1.0
    while cuts:
        shrunk = [cut.shrunk(factor) for cut in cuts]
        room = sum((width + 2 * _PAD) * (height + 2 * _PAD) for width, height in (cut.size for cut in shrunk))
        for side in (1 << power for power in range(_LEAST, SIDE.bit_length())):
            count = SHEETS if side == SIDE else 1
            if room <= count * side * side and (found := _shelved(shrunk, side, count)) is not None:
                return found[0], side, found[1]
        factor *= _STEP
    return {}, 0, []


def _shelved(cuts: Sequence[_Cut], side: int, most: int) -> tuple[dict[_Cut, _Spot], list[int]] | None:
    """Parts on shelves, the highest first; None where so many sheets do not hold them."""
    spots: dict[_Cut, _Spot] = {}
    sheet, x, y, shelf, heights = 0, 0, 0, 0, [0]
    for cut in sorted(cuts, key=lambda cut: (-cut.size[1], -cut.size[0], cut)):
        width, height = (part + 2 * _PAD for part in cut.size)
        if x + width > side:
            x, y, shelf = 0, y + shelf, 0
        if width > side or y + height > side:
            sheet, x, y, shelf = sheet + 1, 0, 0, 0
            heights.append(0)
        if sheet == most or max(width, height) > side:
            return None
        spots[cut] = _Spot(sheet, x, y)
        x, shelf = x + width, max(shelf, height)
        heights[sheet] = y + shelf
    return spots, [1 << max(height - 1, 1).bit_length() for height in heights]


# ---- pixels


def _lay(sheet: Pixels, spot: _Spot, pixels: Pixels) -> None:
    """Put a part in the middle of its spot, its edge going on to all sides."""
    high, wide = (length + 2 * _PAD for length in pixels.shape[:2])
    place, inner = sheet[spot.y : spot.y + high, spot.x : spot.x + wide], slice(_PAD, -_PAD)
    place[inner, inner] = pixels
    place[:_PAD, inner], place[-_PAD:, inner] = pixels[0], pixels[-1]
    place[:, :_PAD], place[:, -_PAD:] = place[:, _PAD : _PAD + 1], place[:, -_PAD - 1 : -_PAD]


def _pixels(cuts: Sequence[_Cut], opened: Opened) -> Iterator[tuple[_Cut, Pixels]]:
    """The pixels of parts that are in the order of their pictures, each picture read once."""
    names = [cut.picture for cut in cuts]
    for name in dict.fromkeys(names):
        own = cuts[names.index(name) : names.index(name) + names.count(name)]
        image = opened(name)
        if image is None:  # it was here a moment ago
            yield from ((cut, np.full((*cut.size[::-1], 3), _BEHIND, np.uint8)) for cut in own)
            continue
        with image:
            plain = _opaque(image, np.array([np.divide(cut.size, cut.sides) for cut in own]).max(axis=0))
        yield from ((cut, _cut_out(plain, cut)) for cut in own)


def _tile(name: str, size: tuple[int, int], opened: Opened) -> Pixels:
    """A whole picture in a size."""
    image = opened(name)
    if image is None:  # it was here a moment ago
        return np.full((1, 1, 3), _BEHIND, np.uint8)
    with image:
        plain = _opaque(image, np.array(size))
    return np.asarray(plain.resize(size, Image.Resampling.BILINEAR))


def _opaque(image: Image.Image, wanted: Floats) -> Image.Image:
    """A picture in red, green and blue, decoded no smaller than is wanted, and not much larger where that is cheap."""
    image.draft("RGB", tuple(np.minimum(np.ceil(wanted), image.size).astype(int).tolist()))
    if image.mode == "RGB":
        return image.convert("RGB")
    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, _BEHIND), seen).convert("RGB")


def _cut_out(image: Image.Image, cut: _Cut) -> Pixels:
    """The pixels of a part; what is beyond the picture as its way of going on says."""
    least, most = np.array(cut.box[:2]), np.array(cut.box[:2]) + cut.sides
    if least.min() >= 0 and most.max() <= 1:
        box = np.concatenate([least, most]) * np.tile(image.size, 2)
        return np.asarray(image.resize(cut.size, Image.Resampling.BILINEAR, tuple(box.tolist())))
    whole = np.clip(np.divide(cut.size, cut.sides).round(), 1, image.size).astype(int)
    scaled = image.resize(tuple(whole.tolist()), Image.Resampling.BILINEAR)
    columns, rows = (
        _going_on(start + (np.arange(count) + 0.5) / count * side, length, cut.wrap)
        for start, side, count, length in zip(least, cut.sides, cut.size, scaled.size, strict=True)
    )
    return np.asarray(scaled)[rows[:, None], columns]


def _going_on(places: Floats, length: int, wrap: str) -> NDArray[np.int64]:
    """The pixels of a row at places in pictures' sides, as the picture goes on beyond its edges."""
    if wrap == "clamp":
        places = np.clip(places, 0, 1)
    else:
        places = places % 2 if wrap == "mirror" else places % 1
        places = np.where(places > 1, 2 - places, places)
    return np.minimum((places * length).astype(np.int64), length - 1)


def _encoded(sheet: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
