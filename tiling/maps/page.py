"""A page: what stands where on paper or on a tile, in paint order, before any format is chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

POINT: Final = 25.4 / 72
"""Millimetres in a point."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How shapes are painted: a fill, a line, or both; lengths in the page's unit."""

    fill: str | None = None
    line: str | None = None
    width: float = 0.0
    dash: tuple[float, ...] = ()
    cap: str = "butt"
    join: str = "round"


@dataclass(frozen=True, slots=True)
class Lettering:
    """How words are written: face name, size in points, colour, halo and space between letters in the page's unit."""

    face: str
    size: float
    color: str
    halo: str | None = None
    halo_width: float = 0.0
    spacing: float = 0.0


@dataclass(frozen=True, slots=True)
class Strokes:
    """Shapes of one ink, as WKB in the page's unit, y upwards."""

    ink: Ink
    shapes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of words, its vertical middle at `y`, its left end, middle or right end at `x` as `anchor` says."""

    text: str
    x: float
    y: float
    lettering: Lettering
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: its size in its unit (millimetres for sheets, pixels for tiles) and what is painted, in order."""

    width: float
    height: float
    title: str
    language: str
    layers: tuple[Strokes | Words, ...]
    point: float = POINT  # the length of a letter's point in the unit

    @property
    def words(self) -> list[Words]:
        """Everything written on the page."""
        return [layer for layer in self.layers if isinstance(layer, Words)]


@dataclass(slots=True)
class Draft:
    """A page while it is being composed."""

    layers: list[Strokes | Words] = field(default_factory=list)

    def paint(self, ink: Ink, shapes: BaseGeometry | Sequence[BaseGeometry]) -> None:
        """Paint shapes with an ink; empty ones leave no trace."""
        some = np.array([shapes] if isinstance(shapes, BaseGeometry) else shapes, object)
        kept = tuple(shapely.to_wkb(some[~shapely.is_empty(some)]))
        if kept:
            self.layers.append(Strokes(ink, kept))

    def write(self, words: Iterable[Words]) -> None:
        """Write words above what is painted so far."""
        self.layers.extend(words)

    def finish(self, width: float, height: float, title: str, language: str, point: float = POINT) -> Page:
        """Close the draft."""
        return Page(width, height, title, language, tuple(self.layers), point)
