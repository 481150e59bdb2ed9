"""What tiles depend on besides the entities: the layer and its encoder, height anomaly, colours, leaf size."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Surveyed, TransactionNumber, Version
from entities.pictures import Pictures
from tiling.building.footing import Footing
from tiling.encoding.light import linear
from tiling.encoding.wrapping import WRAPPER
from tiling.grid import STEPS, Tile
from tiling.heights import HeightAnomaly

BLOCKS: Final = 3
"""The version of how blocks are merged and drawn; raised whenever the same entities come out as other bytes."""

Surveys = Mapping[TransactionNumber, Surveyed]
"""The survey that each transaction is of."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of the kinds of surface that a layer draws, as `#rrggbb` in sRGB, in the order of their numbers."""

    colours: tuple[str, ...]

    def linear(self) -> list[tuple[int, int, int]]:
        """The colours in linear light from 0 to 255, as glTF wants them."""
        return [_linear(colour) for colour in self.colours]


@dataclass(frozen=True, slots=True)
class Content:
    """A tile's GLB and its extent: smallest and largest east, north, up in steps of the mesh's lattice."""

    glb: bytes
    extent: NDArray[np.int32]


Draw = Callable[[Sequence[Version], Tile, "Settings", Surveys], Content]
"""Draws the versions of a tile, given by code, in the tile's own frame."""

Spans = Callable[[Sequence[Version], "Settings"], NDArray[np.float64]]
"""West, south, lowest, east, north, highest (n, 6) of each version as it is drawn; heights above the ellipsoid."""

Tint = Callable[[Sequence[Version], "Settings"], "Tints | None"]
"""How the looks of versions differ from the layer's colours, None where no version has any of its own."""

Spread = Callable[[Sequence[Version]], "Spreading"]
"""What the versions of a layer cover of the ground, and how high, of which the blocks of far views are made."""


class Spreading(NamedTuple):
    """Of each version: its box in degrees (n, 4), its ground in square degrees (0 for what is not drawn), its lowest
    height in the 1985 datum, and how far it rises above that, in metres."""

    bounds: NDArray[np.float64]
    area: NDArray[np.float64]
    low: NDArray[np.float64]
    height: NDArray[np.float64]


class Tints(NamedTuple):
    """Of each version: how much more red, green and blue in linear light, of 255, its roofs and then its walls have
    than the layer's colours (n, 6), and whether it shows pictures."""

    shifts: NDArray[np.float64]
    shown: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the base as tiles: all that plan, builder, past and checker know of it.

    `version` is the encoder's; it is raised whenever the same entities come out as other bytes. `errors` are the
    geometric errors in metres of the tiles above the leaves, of level 9, 11, 13 and 15: what stands below one appears
    from about 55 times its error on a common screen. With `spread`, those from 11 on are drawn, as blocks, and `tint`
    says how their colours differ from those of the layer. `crowd` is how many times as many entities as
    `Settings.features` says a tile holds: instances take little. With `raised`, what has no height of its own stands or
    lies on the ground of `Settings.ground`, so many metres above it.
    """

    name: str
    version: int
    draw: Draw
    spans: Spans
    palette: Palette
    errors: tuple[int, int, int, int]
    spread: Spread | None = None
    tint: Tint | None = None
    crowd: int = 1
    raised: float | None = None

    def __post_init__(self) -> None:
        if not ROOT_ERROR >= self.errors[0] >= self.errors[1] >= self.errors[2] >= self.errors[3] > 0:
            raise ValueError("geometric errors fall from step to step")

    @property
    def grounded(self) -> bool:
        """Whether the ground makes a difference to it."""
        return self.raised is not None

    @property
    def generator(self) -> str:
        """What its contents name as their maker."""
        return f"Shikong {self.name} {self.version}"

    def error(self, level: int) -> int:
        """The geometric error of the tiles of a level above the leaves, in metres."""
        return self.errors[STEPS.index(level)]


ROOT_ERROR: Final = 16384
"""The geometric error of the whole, in metres."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a layer is tiled; `features` is how many entities a tile may hold before it is split.

    With `history` the tiles hold every version that ever stood in them, and tell from when to when each did.
    `accuracies` is what the class table asks of a survey of each class of the layer, in metres. `pictures` is where
    those lie that surfaces show; states name them by their hashes, so no content depends on the place. `ground` is what
    a layer that is `grounded` lies on; the digests of the entities tell it, so neither salt nor key depends on it.
    """

    anomaly: HeightAnomaly
    layer: Layer
    title: str = ""
    features: int = 400
    workers: int = 2
    history: bool = False
    accuracies: Mapping[str, float] = field(default_factory=dict, hash=False)
    pictures: Pictures | None = None
    ground: Footing | None = None

    def __post_init__(self) -> None:
        if self.features < 1:
            raise ValueError("a tile holds at least one entity")

    @property
    def most(self) -> int:
        """How many entities a tile of the layer may hold before it is split."""
        return self.features * self.layer.crowd

    @property
    def salt(self) -> bytes:
        """What a tile's content depends on besides its entities."""
        layer = [self.layer.name, self.layer.version, *self.layer.palette.colours]
        tree: list[str | int] = [WRAPPER, *(["history"] if self.history else [])]
        asked = [sorted(self.accuracies.items())] if self.accuracies else []
        return json.dumps([self.anomaly.value, self.anomaly.source, *layer, *tree, *asked], ensure_ascii=False).encode()

    @property
    def key(self) -> str:
        """What a whole tileset depends on besides its entities."""
        whole = [self.salt.decode(), self.title, self.most, self.layer.errors, BLOCKS]
        return json.dumps(whole, ensure_ascii=False)

    def through_time(self) -> "Settings":
        """The same for history tiles. A leaf may hold half as many versions again, so that those of some decades split
        it no sooner than the entities of one day: more and smaller tiles, and coarse ones above them, cost more bytes.
        """
        return replace(self, history=True, features=self.features * 3 // 2)

    def lift(self, versions: Sequence[Version]) -> NDArray[np.float64]:
        """The height anomaly in metres at the middle of each version."""
        bounds = shapely.bounds(np.array([version.state.geometry for version in versions]))
        return self.anomaly.at((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)


def _linear(colour: str) -> tuple[int, int, int]:
    red, green, blue = np.rint(255 * linear([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])).tolist()
    return int(red), int(green), int(blue)
