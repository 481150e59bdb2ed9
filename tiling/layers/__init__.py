"""The layers that are made into tiles, one file each: a new one is a file and a word here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tiling.building.settings import Layer
from tiling.layers.boreholes import BOREHOLES
from tiling.layers.buildings import BUILDINGS
from tiling.layers.ground import GROUND_LAYERS
from tiling.layers.pipes import PIPES
from tiling.layers.places import PLACES
from tiling.layers.trees import TREES

_ALL: Final = (BUILDINGS, PIPES, BOREHOLES, TREES, PLACES, *GROUND_LAYERS)

LAYERS: Final[Mapping[str, Layer]] = MappingProxyType({layer.name: layer for layer in _ALL})
"""Every layer by its name in the base, which is its name in addresses too."""
