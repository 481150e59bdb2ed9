"""The layers of a base, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import yaml

from entities.model import Moment
from entities.report import said
from entities.store import Box, Store, View
from entities.text import Text
from tiling.layers import LAYERS


def layers_of(store: Store) -> list[str]:
    """Every layer that ever held something, by name."""
    return store.layers()


def layer_titles(layer: str) -> dict[str, str]:
    """What a layer is called in both languages."""
    return said(_titles().get(layer, Text(layer, layer)))


def tiles_path(layer: str) -> str | None:
    """Where a layer's tiles are told of: a tileset, terrain or map tiles; None for a layer that is not drawn."""
    tileset = f"/3dtiles/{layer}/tileset.json" if layer in _TILESETS else None
    return _FLAT.get(layer, tileset)


_FLAT: Final[Mapping[str, str]] = MappingProxyType(
    {"elevation": "/terrain/layer.json", "imagery": "/map/imagery/tiles.json"}
)
OPENED: Final = ("meshes", "pointclouds")
"""The kinds whose holdings clients open one by one; of the others tiles are made of several."""

_TILESETS: Final = frozenset({*LAYERS, *OPENED})


@dataclass(frozen=True, slots=True)
class Summary:
    """How many entities there are, and the box around them; None where there are none."""

    count: int
    box: Box | None


class Summaries:
    """How much each layer holds, and where: worked out once for each moment, and shared by all threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Moment], Summary] = {}

    def of(self, view: View, layer: str) -> Summary:
        """How many entities of a layer stand at a view's moment, and the box around them."""
        key = (layer, view.moment)
        if key not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = Summary(view.count(layer), view.extent(layer))
        return self._known[key]


_MOST: Final = 1_000


@cache
def _titles() -> Mapping[str, Text]:
    page = yaml.safe_load((files("service") / "layers.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({layer: Text(**title) for layer, title in page.items()})
