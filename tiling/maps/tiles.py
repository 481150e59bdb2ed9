"""The base map under the 3D scene: XYZ tiles, and the still picture that stands in for the globe until it is ready."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tiling.maps.backdrop import Backdrop, tile_ink
from tiling.maps.jobs import Job
from tiling.maps.page import Draft, Ink, Page, Words
from tiling.maps.settings import MapSettings
from tiling.maps.sight import CameraSight, Shapes, Sight, look
from tiling.maps.style import page_of, style_digest
from tiling.maps.tilenames import TileNames

VERSION: Final = 1
"""Raised whenever the same things come out as another picture."""

STILL_BYTES: Final = 60_000
"""The most a still picture weighs."""

Standing = Mapping[str, Shapes]
"""The shapes of lon, lat of each layer that are seen."""

NOTHING: Final[Standing] = MappingProxyType({})


DRAWN: Final = ("divisions", *page_of("tiles")["layers"])
"""Every layer of the base that is on the base map."""


def layers_at(zoom: int) -> list[str]:
    """The layers that are drawn at a zoom besides the divisions, in paint order."""
    return [layer for layer, first in page_of("tiles")["layers"].items() if zoom >= first]


def name_of(sight: Sight, language: str, settings: MapSettings, digests: Iterable[NDArray[np.bytes_]]) -> str:
    """What names a picture before it is drawn: a hash of its look and of what it shows, the digests layer by layer."""
    found = blake2b(f"{VERSION} {sight} {language}\0".encode(), digest_size=12)
    found.update(style_digest() + settings.digest())
    for some in digests:
        found.update(b"%d\0" % len(some) + np.sort(some).tobytes())
    return found.hexdigest()


@dataclass(frozen=True)
class BaseMap:
    """The base map of one state of the divisions; what all its pictures share is worked out once and kept."""

    backdrop: Backdrop
    language: str = "zh"

    def job(self, sight: Sight, standing: Standing = NOTHING) -> Job:
        """What is to be drawn of a sight: of a tile a PNG, of what a camera sees a JPG of at most 60 kB."""
        page = self.picture(sight, standing)
        return Job(page, "jpg", most_bytes=STILL_BYTES) if isinstance(sight, CameraSight) else Job(page, "png")

    def picture(self, sight: Sight, standing: Standing = NOTHING) -> Page:
        """Compose what a sight shows."""
        draft = Draft()
        draft.paint(tile_ink("sea"), _whole(sight))
        land = self.backdrop.land(sight)
        draft.paint(tile_ink("land"), land)
        draft.paint(tile_ink("home"), self.backdrop.home(sight))
        draft.paint(tile_ink("coast"), [shapely.boundary(part) for part in land])
        for layer in layers_at(sight.zoom):
            _draw_layer(draft, sight, layer, standing)
        for rank, lines in self.backdrop.borders(sight):
            draft.paint(tile_ink(f"border_{rank}"), lines)
        if isinstance(sight, CameraSight):
            draft.paint(Ink(fill=page_of("tiles")["space"]), _whole(sight).difference(_globe(sight)))
        draft.write(self._words(sight))
        return draft.finish(sight.width, sight.height, "", self.language, point=1.0)

    @cached_property
    def _names(self) -> TileNames:
        return TileNames(self.backdrop, self.backdrop.settings, self.language)

    def _words(self, sight: Sight) -> Iterator[Words]:
        """The names seen: those of the sight's zoom, whether they lie in the picture or reach into it."""
        for name in self._names.at(sight.zoom):
            x, y = sight.points(name.place)[0]
            reach_x, reach_y = name.width / 2 * sight.letter + 4, 24 * sight.letter
            if -reach_x <= x <= sight.width + reach_x and -reach_y <= y <= sight.height + reach_y:
                yield Words(name.text, round(float(x), 2), round(float(y), 2), name.enlarged(sight.letter))


def _whole(sight: Sight) -> BaseGeometry:
    """The picture's area and a little more."""
    return shapely.box(-4, -4, sight.width + 4, sight.height + 4)


def _globe(sight: CameraSight) -> BaseGeometry:
    """The globe's disc on the picture."""
    return shapely.Point(sight.width / 2, sight.height / 2).buffer(sight.limb, quad_segs=90)


def _draw_layer(draft: Draft, sight: Sight, layer: str, standing: Standing) -> None:
    """Paint what stands of a layer: areas first, then lines."""
    shapes = look(sight, standing.get(layer, np.array([], object)))
    dimensions = shapely.get_dimensions(shapes)
    for dimension, kind in ((2, "area"), (1, "line")):
        draft.paint(tile_ink(f"{layer}_{kind}"), shapes[dimensions == dimension])
