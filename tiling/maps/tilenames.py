"""The names on the base map: placed once for each zoom over the whole base, so that tiles agree at their edges."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.backdrop import Backdrop
from tiling.maps.divisions import LEVELS
from tiling.maps.fonts import Fonts
from tiling.maps.labels import Placer, Wish
from tiling.maps.layout import cut
from tiling.maps.naming import label
from tiling.maps.page import Lettering
from tiling.maps.romanise import short
from tiling.maps.settings import MapSettings
from tiling.maps.sight import TILE, world_pixels
from tiling.maps.style import page_of


@dataclass(frozen=True)
class TileName:
    """A name in its place: the lon, lat (1, 2) of its middle, and its width in pixels of its zoom."""

    text: str
    place: NDArray[np.float64]
    width: float
    lettering: Lettering

    def enlarged(self, factor: float) -> Lettering:
        """Its lettering for a picture whose letters stand larger or smaller; sizes go in quarter points."""
        if factor == 1.0:
            return self.lettering
        letters = self.lettering
        size, spacing = round(letters.size * factor * 4) / 4, letters.spacing * factor
        return replace(letters, size=size, halo_width=letters.halo_width * factor, spacing=spacing)


@dataclass(frozen=True, eq=False)
class TileNames:
    """The names of one backdrop in one language."""

    backdrop: Backdrop
    settings: MapSettings
    language: str

    def at(self, zoom: int) -> tuple[TileName, ...]:
        """The names at a zoom."""
        if zoom not in self._placed:
            self._placed[zoom] = _names(self, zoom)
        return self._placed[zoom]

    @cached_property
    def _placed(self) -> dict[int, tuple[TileName, ...]]:
        return {}

    def _wishes(self, zoom: int) -> Iterator[Wish]:
        uses = page_of("tiles")["names"]
        for rank, level in enumerate(LEVELS):
            if uses[level]["from"] <= zoom <= uses[level]["to"]:
                for each in self.backdrop.divisions.of_level(level):
                    text = label(each, self.language)
                    yield Wish(text, _letters(uses[level]), _paper(each.shape, zoom), needed=False, rank=rank)
        if uses["beyond"]["from"] <= zoom <= uses["beyond"]["to"]:
            for place in self.backdrop.beyond:
                text = place.name if self.language == "zh" else short(place.name)
                yield Wish(text, _letters(uses["beyond"]), _paper(place.shape, zoom), needed=False)
        if uses["sea"]["from"] <= zoom <= uses["sea"]["to"]:
            yield from self._seas(zoom, _letters(uses["sea"]))

    def _seas(self, zoom: int, letters: tuple[Lettering, ...]) -> Iterator[Wish]:
        for entry in page_of("places")["seas"]:
            area = shapely.Polygon(entry["area"])
            sea = area.difference(cut(self.backdrop.whole_land, area).buffer(0.05))
            widest = max(shapely.get_parts(sea), key=lambda part: part.area, default=None)
            if widest is not None:
                yield Wish(entry["name"][self.language], letters, _paper(widest, zoom), needed=False, rank=len(LEVELS))


def _names(names: TileNames, zoom: int) -> tuple[TileName, ...]:
    half = TILE * 2**zoom / 2
    fonts = Fonts(names.settings.fonts)
    placer = Placer((-half, -half, half, half), fonts, point=1.0)
    return tuple(
        TileName(
            found.words.text,
            _place(found.words.x, found.words.y, zoom),
            fonts.width(found.words.text, found.words.lettering, 1.0),
            found.words.lettering,
        )
        for found in placer.place(list(names._wishes(zoom)))
    )


def _letters(use: dict[str, Any]) -> tuple[Lettering, ...]:
    face = page_of("styles")["faces"][use["face"]]["name"]
    about = {key: value for key, value in use.items() if key not in ("from", "to", "face", "size")}
    return tuple(Lettering(face, float(size), **about) for size in use["size"])


def _paper(shape: BaseGeometry, zoom: int) -> BaseGeometry:
    """A shape of lon, lat in pixels of the whole map, without detail finer than a pixel."""
    return shapely.simplify(shapely.transform(shape, lambda places: world_pixels(places, zoom)), 2.0)


def _place(x: float, y: float, zoom: int) -> NDArray[np.float64]:
    """The lon, lat of a point in pixels of the whole map."""
    side = TILE * 2**zoom
    return np.array([[x / side * 360, np.degrees(np.arctan(np.sinh(2 * np.pi * y / side)))]])
