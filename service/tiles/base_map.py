"""The base map of a running service, now or at any moment: pictures drawn once and kept by what they show."""

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entities.model import Moment
from entities.store.outlines import Listing, listing, outlines
from entities.store.view import View
from service.config import Config
from service.tiles.kept import Kept, Made, remembered
from tiling.maps.backdrop import Backdrop
from tiling.maps.draw import SheetPainter
from tiling.maps.settings import MapSettings
from tiling.maps.sight import Shapes, Sight
from tiling.maps.tiles import BaseMap, layers_at, name_of

LANGUAGES: Final = ("zh", "en")
"""The languages in which the base map is drawn."""

_MOST: Final = 16  # states of the divisions whose borders and names are held
_names: dict[tuple[str, Moment, Sight, str], str] = {}


class Seen(NamedTuple):
    """What a picture is made of: every division, since names make room for one another, and each layer's part in it."""

    divisions: NDArray[np.bytes_]
    layers: dict[str, Listing]


@dataclass(frozen=True, slots=True)
class BaseMaps:
    """The base map of one base at all moments. Any thread may ask; what is not kept is composed one at a time."""

    config: Config
    settings: MapSettings
    painter: SheetPainter
    _maps: dict[bytes, dict[str, BaseMap]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def picture(self, view: View, sight: Sight, language: str) -> Made:
        """What a sight shows of a view; what another moment showed alike is not drawn again."""
        key = (self.config.base, view.moment, sight, language)
        seen = None if key in _names else _seen(view, sight)
        name = _names[key] if seen is None else remembered(_names, key, self._name(sight, language, seen))
        return Made(name, Kept.of(self.config, "ground").get(name, partial(self._drawn, view, sight, language, seen)))

    def _name(self, sight: Sight, language: str, seen: Seen) -> str:
        digests = (one.digests for one in seen.layers.values())
        return name_of(sight, language, self.settings, [seen.divisions, *digests])

    def _drawn(self, view: View, sight: Sight, language: str, seen: Seen | None) -> bytes:
        divisions, layers = seen or _seen(view, sight)
        standing = {layer: _shapes(view, listed) for layer, listed in layers.items()}
        with self._lock:
            job = self._map(view, divisions, language).job(sight, standing)
        return self.painter.draw_job(job)

    def _map(self, view: View, divisions: NDArray[np.bytes_], language: str) -> BaseMap:
        """The base map of a state of the divisions; the one asked for longest ago gives way to a new one."""
        key = divisions.tobytes()
        maps = self._maps.pop(key, None)
        if maps is None:
            backdrop = Backdrop.of(view, self.settings)
            maps = {one: BaseMap(backdrop, one) for one in LANGUAGES}
        self._maps[key] = maps
        if len(self._maps) > _MOST:
            del self._maps[next(iter(self._maps))]
        return maps[language]


def _seen(view: View, sight: Sight) -> Seen:
    layers = {layer: listing(view, layer, sight.ground) for layer in layers_at(sight.zoom)}
    return Seen(np.sort(view.index("divisions").digests), layers)


def _shapes(view: View, listed: Listing) -> Shapes:
    return np.array([one.shape for one in outlines(view, listed.ids.tolist())], object)
