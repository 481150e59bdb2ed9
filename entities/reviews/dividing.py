"""Dividing an outline: by what a survey shows of it, or along a line that a person drew."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from entities.errors import Invalid

LEAST: Final = 0.1
"""The share of the whole below which what is left over is no part, but the noise of two surveys."""

_AGREED: Final = 0.85  # both covers from which a piece is what the survey shows (as matching accepts)
_BEYOND: Final = 0.02  # degrees by which a line of two places is made longer at either end: it cuts, however short


class Piece(NamedTuple):
    """One part of a divided outline: its shape, its share of the whole, and which of the surveyed shapes it is."""

    shape: BaseGeometry
    share: float
    surveyed: int | None = None


def pieces_of(whole: BaseGeometry, surveyed: Sequence[BaseGeometry], cut: shapely.LineString | None) -> list[Piece]:
    """Divide an outline: along the cut, or into the surveyed shapes and what they leave of it.

    `Invalid` (`review.cut`) for a cut that does not cut it, (`review.parts`) where only one part would come of it.
    """
    return _along(whole, surveyed, cut) if cut is not None else _by_survey(whole, surveyed)


def _by_survey(whole: BaseGeometry, surveyed: Sequence[BaseGeometry]) -> list[Piece]:
    parts = [Piece(shape, share(whole, shape), place) for place, shape in enumerate(surveyed)]
    taken = shapely.union_all([_covering(whole, shape) for shape in surveyed])
    left = _of_dimension(shapely.difference(whole, taken), shapely.get_dimensions(whole))
    if measure(left) >= LEAST * measure(whole):
        parts.append(Piece(left, measure(left) / measure(whole)))
    if len(parts) < 2:
        raise Invalid.because("review.parts", count=len(parts))
    return parts


def _along(whole: BaseGeometry, surveyed: Sequence[BaseGeometry], cut: shapely.LineString) -> list[Piece]:
    """The pieces on either side of a cut, the largest first; one that agrees with a surveyed shape becomes it."""
    shapes = [part for half in shapely.get_parts(whole) for part in split(half, _longer(cut)).geoms]
    shapes = sorted((one for one in shapes if measure(one) > 0), key=measure, reverse=True)
    if len(shapes) < 2 or len(shapes) == len(shapely.get_parts(whole)):
        raise Invalid.because("review.cut")
    return [_surveyed(Piece(shape, measure(shape) / measure(whole)), surveyed) for shape in shapes]


def _surveyed(piece: Piece, surveyed: Sequence[BaseGeometry]) -> Piece:
    for place, shape in enumerate(surveyed):
        if min(share(piece.shape, shape), share(shape, piece.shape)) >= _AGREED:
            return Piece(shape, piece.share, place)
    return piece


def _longer(cut: shapely.LineString) -> shapely.LineString:
    """A straight cut, made so long that it crosses whatever it points through; a bent one stays as drawn."""
    places = shapely.get_coordinates(cut)
    if len(places) != 2:
        return cut
    along = (places[1] - places[0]) / np.hypot(*(places[1] - places[0])) * _BEYOND
    return shapely.LineString([places[0] - along, places[1] + along])


def share(whole: BaseGeometry, part: BaseGeometry) -> float:
    """The share of an outline that lies on another: of its area, or of a line's length."""
    size = measure(whole)
    return min(measure(shapely.intersection(whole, _covering(whole, part))) / size, 1.0) if size else 0.0


def measure(shape: BaseGeometry) -> float:
    """The area of a shape, or a line's length, in squared or plain degrees of latitude at its place."""
    if shape.is_empty:
        return 0.0
    squeeze = float(np.cos(np.radians(shapely.get_coordinates(shape)[0, 1])))
    even = shapely.transform(shapely.force_2d(shape), lambda places: places * [squeeze, 1.0])
    return float(even.area if shapely.get_dimensions(shape) == 2 else even.length)


def _covering(whole: BaseGeometry, part: BaseGeometry) -> BaseGeometry:
    """What a part takes up of a whole: itself, or the ground beside it where the whole is a line."""
    flat = shapely.force_2d(part)
    return flat if shapely.get_dimensions(whole) == 2 else shapely.buffer(flat, _BESIDE, cap_style="flat")


_BESIDE: Final = 1 / 111_000  # a metre


def _of_dimension(shape: BaseGeometry, dimension: int) -> BaseGeometry:
    """The parts of a shape that are areas, or lines; slivers that touch in a point fall away."""
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == dimension]
    largest = max((measure(part) for part in parts), default=0.0)
    kept = [part for part in parts if measure(part) > largest / 100]
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)
