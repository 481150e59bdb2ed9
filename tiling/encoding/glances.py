"""The mean colour of what surfaces show of pictures, as it is seen from afar: taken from small copies of these."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from entities.painting import Patch
from entities.pictures import Pictures
from tiling.encoding.light import linear
from tiling.encoding.parts import Pixels, going_on, opaque
from tiling.geometry.mesh import Floats, Ints

_SIDE: Final = 64  # pixels of a small copy
_CUTS: Final = 6  # the side of a triangle is cut into so many, and each of the 36 little ones looked at
_KEPT: Final = 1024  # small copies that a process keeps: 12 MB


def _middles() -> Floats:
    """The middles of the little triangles that one is cut into, as shares of its corners (36, 3)."""
    steps = [(i, j) for i in range(_CUTS) for j in range(_CUTS - i)]
    upward = [(i + 1 / 3, j + 1 / 3) for i, j in steps]
    downward = [(i + 2 / 3, j + 2 / 3) for i, j in steps if i + j < _CUTS - 1]
    shares = np.array(upward + downward) / _CUTS
    return np.column_stack([1 - shares.sum(axis=1), shares])


_MIDDLES: Final = _middles()


def means(patches: Sequence[Patch], rings: Sequence[Sequence[int]], pictures: Pictures) -> Floats:
    """The mean colour of each patch (n, 3) in linear light from 0 to 255; not a number where its picture is not here.

    `rings` are the counts of corners of each patch's rings. A ring is a fan of triangles about its middle; those that
    turn the other way, as holes and bays do, are taken off.
    """
    owners, places, weights = _fans(patches, rings)
    names = np.array([patch.picture for patch in patches])
    wraps = np.array([patch.wrap for patch in patches])
    seen = np.full((*places.shape[:2], 3), np.nan)
    for name, wrap in sorted({(patch.picture, patch.wrap) for patch in patches}):
        rows = np.flatnonzero(((names == name) & (wraps == wrap))[owners])
        if pictures.has(name):
            seen[rows] = _looked_up(_small(pictures, name), places[rows], wrap)
    return 255 * linear(_weighed(seen.mean(axis=1), owners, weights, len(patches)) / 255)


def _fans(patches: Sequence[Patch], rings: Sequence[Sequence[int]]) -> tuple[Ints, Floats, Floats]:
    """Whose each triangle is, the places looked at in each (n, 36, 2), and its area on the picture with its sign."""
    counts = np.array([count for one in rings for count in one])
    ring = np.repeat(np.arange(len(counts)), counts)
    owner = np.repeat(np.arange(len(patches)), [len(one) for one in rings])[ring]
    corners = np.concatenate([patch.corners for patch in patches])
    starts = np.cumsum(counts) - counts
    following = np.arange(1, len(corners) + 1)
    following[starts + counts - 1] = starts
    middles = np.stack([np.bincount(ring, corners[:, axis]) / counts for axis in range(2)], axis=1)[ring]
    one, two = corners - middles, corners[following] - middles
    fans = np.stack([middles, corners, corners[following]], axis=1)
    places: Floats = np.einsum("kc,ncd->nkd", _MIDDLES, fans)
    return owner, places, one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]


def _looked_up(pixels: Pixels, places: Floats, wrap: str) -> Floats:
    """The colours at places on a picture, u to the right and v upward."""
    columns = going_on(places[..., 0].ravel(), _SIDE, wrap)
    rows = going_on(1 - places[..., 1].ravel(), _SIDE, wrap)
    found: Floats = pixels[rows, columns].reshape(*places.shape[:2], 3).astype(np.float64)
    return found


def _weighed(colours: Floats, owners: Ints, weights: Floats, count: int) -> Floats:
    """The mean of each owner's colours; one whose patch has no area on its picture shows them alike."""
    whole, sizes = (np.bincount(owners, some, count) for some in (weights, np.abs(weights)))
    flat = np.abs(whole) <= 1e-6 * sizes
    weights = np.where(flat[owners], 1, weights)
    whole = np.where(flat, np.bincount(owners, minlength=count), whole)
    sums = np.stack([np.bincount(owners, weights * colours[:, part], count) for part in range(3)], axis=1)
    return np.clip(sums / whole[:, None], 0, 255)


@lru_cache(_KEPT)
def _small(pictures: Pictures, name: str) -> NDArray[np.uint8]:
    """A small copy of a picture. Means are taken of its values as they are, as clients do for far views."""
    with Image.open(pictures.path(name)) as image:
        plain = opaque(image, np.array([_SIDE, _SIDE]))
    return np.asarray(plain.resize((_SIDE, _SIDE), Image.Resampling.BOX))
