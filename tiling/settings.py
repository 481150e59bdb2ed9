"""What tiles depend on besides the entities: the encoder's version, the height anomaly, the colours, the leaf size."""

import json
from dataclasses import dataclass
from typing import Final

from tiling.heights import HeightAnomaly

ENCODER: Final = 1
"""The version of the encoder; raised whenever the same entities come out as other bytes."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of roofs, walls, ground and other surfaces, as `#rrggbb` in sRGB."""

    roof: str = "#d8b49a"
    wall: str = "#e6e4df"
    ground: str = "#6b6862"
    other: str = "#c9c6bf"

    def linear(self) -> list[tuple[int, int, int]]:
        """The colours in the order of `mesh.KINDS`, in linear light from 0 to 255, as glTF wants them."""
        return [_linear(colour) for colour in (self.roof, self.wall, self.ground, self.other)]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a layer is tiled; `features` is how many entities a tile may hold before it is split."""

    anomaly: HeightAnomaly
    layer: str = "buildings"
    title: str = "Buildings"
    features: int = 400
    palette: Palette = Palette()
    workers: int = 2

    def __post_init__(self) -> None:
        if self.features < 1:
            raise ValueError("a tile holds at least one entity")

    @property
    def salt(self) -> bytes:
        """What a tile's content depends on besides its entities."""
        colours = [self.palette.roof, self.palette.wall, self.palette.ground, self.palette.other]
        return json.dumps([ENCODER, self.anomaly.value, self.anomaly.source, colours], ensure_ascii=False).encode()

    @property
    def key(self) -> str:
        """What a whole tileset depends on besides its entities."""
        return json.dumps([self.salt.decode(), self.layer, self.title, self.features], ensure_ascii=False)


def _linear(colour: str) -> tuple[int, int, int]:
    """Undo sRGB's curve (IEC 61966-2-1)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (round(part * 255) for part in light)
    return red, green, blue
