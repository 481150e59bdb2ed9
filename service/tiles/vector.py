"""The vector tiles of a running service: found by what is in them, drawn when they are first asked for."""

import gzip
from dataclasses import dataclass
from typing import Final

import numpy as np

from entities.errors import NotFound
from entities.model import Moment
from entities.store import Store, View
from entities.store.outlines import Listing, listing, outlines
from service.config import Config
from service.tiles.kept import Kept, Made, remembered
from tiling.mercator import Square
from tiling.vector.protobuf import EXTENT
from tiling.vector.shapes import MARGIN
from tiling.vector.tile import chosen, draw, name_of
from tiling.vector.zooms import FINEST, coarsest

_PACKING: Final = 4  # half the time of gzip's usual level for a twentieth more bytes
_names: dict[tuple[str, str, Square, Moment], str] = {}


@dataclass(frozen=True, slots=True)
class VectorTiles:
    """The vector tiles of one layer of a base."""

    config: Config
    store: Store
    layer: str

    def tile(self, square: Square, moment: Moment) -> Made:
        """A tile of a moment. `NotFound` (`vector.zoom`) at a zoom at which the layer has none."""
        if not coarsest(self.layer) <= square.zoom <= FINEST:
            least = coarsest(self.layer)
            raise NotFound.because("vector.zoom", layer=self.layer, zoom=square.zoom, least=least, most=FINEST)
        view = self.store.view(moment)
        key = (self.config.base, self.layer, square, view.moment)
        listed = None if key in _names else self._listed(view, square)
        name = _names[key] if listed is None else remembered(_names, key, name_of(listed, square))
        kept = Kept.of(self.config, f"vector/{self.layer}")
        return Made(name, kept.get(f"{name}.mvt", lambda: self._drawn(view, square, listed)))

    def _listed(self, view: View, square: Square) -> Listing:
        return listing(view, self.layer, square.degrees(MARGIN / EXTENT))

    def _drawn(self, view: View, square: Square, listed: Listing | None) -> bytes:
        listed = listed or self._listed(view, square)
        rows = chosen(listed, square)
        others = np.delete(listed.boxes, rows, axis=0)
        unseen = (others[:, :2] + others[:, 2:]) / 2
        tile = draw(self.layer, outlines(view, listed.ids[rows].tolist()), unseen, square)
        return gzip.compress(tile, _PACKING, mtime=0)
