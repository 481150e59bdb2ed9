"""The base map under the 3D scene: XYZ tiles, and the still picture that stands in for the globe until it is ready."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from tiling.maps.backdrop import Backdrop, tile_ink
from tiling.maps.divisions import DivisionView
from tiling.maps.draw import SheetPainter
from tiling.maps.jobs import Job
from tiling.maps.page import Draft, Ink, Page, Words
from tiling.maps.settings import MapSettings
from tiling.maps.sight import CameraSight, Sight, TileSight, look
from tiling.maps.style import page_of
from tiling.maps.tilenames import TileNames

STILL_BYTES: Final = 60_000
"""The most a still picture weighs."""


@dataclass(frozen=True)
class BaseMap:
    """The base map of one view; what all tiles share is worked out once and kept."""

    view: DivisionView
    painter: SheetPainter
    settings: MapSettings
    language: str = "zh"

    def draw_tile(self, zoom: int, x: int, y: int) -> bytes:
        """One tile as PNG. Raises `NotFound` (`map.tile`) where there is none."""
        return self.painter.draw_job(Job(self.picture(TileSight(zoom, x, y)), "png"))

    def still(self, width: int, height: int, camera_height: float, longitude: float, latitude: float) -> bytes:
        """The ground from straight above as JPG of at most 60 kB: the same picture as the globe's at that camera."""
        sight = CameraSight(width, height, camera_height, longitude, latitude)
        return self.painter.draw_job(Job(self.picture(sight), "jpg", most_bytes=STILL_BYTES))

    def picture(self, sight: Sight) -> Page:
        """Compose what a sight shows."""
        draft = Draft()
        draft.paint(tile_ink("sea"), _whole(sight))
        land = self._backdrop.land(sight)
        draft.paint(tile_ink("land"), land)
        draft.paint(tile_ink("home"), self._backdrop.home(sight))
        draft.paint(tile_ink("coast"), [shapely.boundary(part) for part in land])
        for layer, first in page_of("tiles")["layers"].items():
            if sight.zoom >= first:
                self._draw_layer(draft, sight, layer)
        for rank, lines in self._backdrop.borders(sight):
            draft.paint(tile_ink(f"border_{rank}"), lines)
        if isinstance(sight, CameraSight):
            draft.paint(Ink(fill=page_of("tiles")["space"]), _whole(sight).difference(_globe(sight)))
        draft.write(self._words(sight))
        return draft.finish(sight.width, sight.height, "", self.language, point=1.0)

    @cached_property
    def _backdrop(self) -> Backdrop:
        return Backdrop.of(self.view, self.settings)

    @cached_property
    def _names(self) -> TileNames:
        return TileNames(self._backdrop, self.settings, self.language)

    def _draw_layer(self, draft: Draft, sight: Sight, layer: str) -> None:
        """Paint what the base has of a layer: areas first, then lines."""
        shapes = [look(sight, version.state.geometry) for version in self.view.versions(layer, sight.ground)]
        for dimension, kind in ((2, "area"), (1, "line")):
            draft.paint(tile_ink(f"{layer}_{kind}"), [each for each in shapes if _dimension(each) == dimension])

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


def _dimension(shape: BaseGeometry) -> int:
    return -1 if shape.is_empty else int(shapely.get_dimensions(shape))
