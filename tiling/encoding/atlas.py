"""Parts of pictures gathered on a few sheets, so that a tile is drawn with few pictures however many its surfaces show.

Every part is cut out as large as it is seen, with repetition laid out, and its edge goes on for a few pixels, so that
nothing of its neighbour shines in. Where that finds no room, a picture that covers wall after wall is left to be
repeated by the client. The same parts of the same pictures give the same sheets, byte for byte.
"""

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from entities.painting import Patch
from tiling.encoding.parts import BEHIND, PAD, SIDE, Key, Opened, Part, Pixels, downward, part_of, pixels_of, whole
from tiling.geometry.mesh import Floats

SHEETS: Final = 2
"""How many sheets a tile has at most: 8 million pixels, 6 to 7 a metre where four hundred houses are all pictures."""

TILES: Final = 6
"""How many pictures a tile has besides at most, each repeated over so many surfaces that parts would take more room."""

_QUALITY: Final = 85
_STEP: Final = 0.84  # how much smaller all parts are tried where they do not fit
_TURNS: Final = 24  # how often that is tried before there are more sheets: to a 65th
_LEAST: Final = 6  # the sides of sheets, as powers of two


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


class _Spot(NamedTuple):
    sheet: int
    x: int
    y: int


def gathered(patches: Sequence[Patch], areas: Floats, opened: Opened) -> Atlas:
    """Gather what surfaces show; `areas` are theirs in square metres."""
    sizes = _sizes({patch.picture for patch in patches}, opened)
    shown = [downward(patch) for patch in patches]
    cuts = [part_of(*one, sizes) for one in zip(patches, shown, areas.tolist(), strict=True)]
    parts, tiles = sorted(_largest(cut for cut in cuts if cut)), dict[Key, tuple[int, int]]()
    spots, side, heights = _packed(parts)
    if spots.keys() - set(parts):  # they were made smaller
        tiles = _tiles(parts, sizes)
        spots, side, heights = _packed([cut for cut in parts if cut.key not in tiles])
    by_part = {(cut.key, cut.box): (cut, spot) for cut, spot in spots.items()}
    sheets = [np.full((height, side, 3), BEHIND, np.uint8) for height in heights]
    for part, pixels in pixels_of(sorted(spots), opened):
        _lay(sheets[spots[part].sheet], spots[part], pixels)
    numbers, places = np.full(len(patches), -1), [np.zeros_like(patch.corners) for patch in patches]
    for row, (corners, cut) in enumerate(zip(shown, cuts, strict=True)):
        if cut is not None and cut.key in tiles:
            numbers[row], places[row] = len(sheets) + list(tiles).index(cut.key), corners
        elif cut is not None:
            part, spot = by_part[cut.key, cut.box]
            numbers[row], places[row] = spot.sheet, _placed(corners, part, spot) / (side, heights[spot.sheet])
    own = [Sheet(_encoded(whole(key[0], size, opened)), key[1]) for key, size in tiles.items()]
    return Atlas(numbers, places, [*(Sheet(_encoded(sheet), "clamp") for sheet in sheets), *own])


def _largest(cuts: Iterable[Part]) -> Collection[Part]:
    """The same parts once, as large as the largest of them."""
    found: dict[tuple[object, ...], Part] = {}
    for cut in cuts:
        found[cut.key, cut.box] = max(found.get((cut.key, cut.box), cut), cut)
    return found.values()


def _tiles(cuts: Sequence[Part], sizes: Mapping[str, tuple[int, int]]) -> dict[Key, tuple[int, int]]:
    """Where room is scarce, the pictures that save the most of it by being repeated, and the size of each in pixels."""
    parts: dict[Key, list[Part]] = {}
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


def _placed(corners: Floats, part: Part, spot: _Spot) -> Floats:
    """The corners of a patch on its sheet, in pixels."""
    within = (corners - part.box[:2]) / part.sides * part.size
    moved: Floats = within + np.array([spot.x + PAD, spot.y + PAD])
    return moved


# ---- where each part lies


def _packed(cuts: Sequence[Part]) -> tuple[dict[Part, _Spot], int, list[int]]:
    """A spot for each part, all made smaller alike until they find room; and the sheets' side and heights.

    Parts that are too many even as single pixels have more sheets.
    """
    for turn in count():
        if not cuts:
            break
        shrunk = [cut.shrunk(_STEP**turn) for cut in cuts]
        room = sum((width + 2 * PAD) * (height + 2 * PAD) for width, height in (cut.size for cut in shrunk))
        for side in (1 << power for power in range(_LEAST, SIDE.bit_length())):
            most = SHEETS << max(turn - _TURNS, 0) if side == SIDE else 1
            if room <= most * side * side and (found := _shelved(shrunk, side, most)) is not None:
                return found[0], side, found[1]
    return {}, 0, []


def _shelved(cuts: Sequence[Part], side: int, most: int) -> tuple[dict[Part, _Spot], list[int]] | None:
    """Parts on shelves, the highest first; None where so many sheets do not hold them."""
    spots: dict[Part, _Spot] = {}
    sheet, x, y, shelf, heights = 0, 0, 0, 0, [0]
    for cut in sorted(cuts, key=lambda cut: (-cut.size[1], -cut.size[0], cut)):
        width, height = (part + 2 * PAD for part in cut.size)
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
    high, wide = (length + 2 * PAD for length in pixels.shape[:2])
    place, inner = sheet[spot.y : spot.y + high, spot.x : spot.x + wide], slice(PAD, -PAD)
    place[inner, inner] = pixels
    place[:PAD, inner], place[-PAD:, inner] = pixels[0], pixels[-1]
    place[:, :PAD], place[:, -PAD:] = place[:, PAD : PAD + 1], place[:, -PAD - 1 : -PAD]


def _encoded(sheet: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
