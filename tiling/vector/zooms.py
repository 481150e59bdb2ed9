"""From which zoom on each layer is made into vector tiles, and up to which."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import yaml

FINEST: Final = 17
"""The last zoom: a unit is 6 cm in the middle of China; clients enlarge its tiles for what comes after."""


def coarsest(layer: str) -> int:
    """The first zoom at which a layer has tiles: before it there would be more in one than can be read."""
    zooms = _zooms()
    return zooms.get(layer, zooms["others"])


@cache
def _zooms() -> Mapping[str, int]:
    page = yaml.safe_load((files("tiling.vector") / "zooms.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({str(layer): int(zoom) for layer, zoom in page.items()})
