"""Places without an extent as tile content: markers on the ground, as many as there are, coloured by what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import State, Version
from entities.text import Text
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.ecef import Floats, Frame
from tiling.encoding.gltf import Column, Table
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.instances import Standing, extent, instanced
from tiling.geometry.solids import ball, together, turned
from tiling.geometry.spots import beside, feet, raised, spots
from tiling.grid import Tile
from tiling.layers.told import data_of

_WIDE: Final = 0.4
"""How wide a marker is for its height."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of place: its id, what it is called, its colour, and the beginnings of its class codes."""

    id: str
    name: Text
    colour: str
    classes: tuple[str, ...]


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; they stand on the ground as `feet` finds it."""
    groups = _standing(versions, settings, Frame.at(*tile.centre))
    colours, maker = settings.layer.palette.linear(), settings.layer.generator
    return Content(instanced(groups, _table(versions, settings, surveys), colours, maker), extent(groups))


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    high = np.array([marker_height(version.state) for version in versions])
    wide = beside(shapely.bounds(np.array([version.state.geometry for version in versions])), high * _WIDE)
    ground = feet(versions, settings)
    return np.column_stack([wide[:, :2], ground, wide[:, 2:], ground + high])


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of their numbers."""
    return tuple(
        Kind(kind["id"], Text(kind["zh"], kind["en"]), kind["colour"], tuple(kind["classes"]))
        for kind in data_of("places")["kinds"]
    )


@cache
def kind_of(class_code: str) -> int:
    """The number of the kind that a class is of."""
    return next(number for number, kind in enumerate(kinds()) if class_code.startswith(kind.classes))


def marker_height(state: State) -> float:
    """How high a place's marker is, in metres: as high as the thing itself, where that is a height to be seen."""
    least, most = data_of("places")["range"]
    told = state.height or 0.0
    return told if least <= told <= most else float(data_of("places")["height"])


def _standing(versions: Sequence[Version], settings: Settings, frame: Frame) -> list[Standing]:
    """The markers of each kind, by the kinds' numbers."""
    flat, owner = spots(versions)
    ground = feet(versions, settings)
    places = raised(flat, ground[owner], frame)
    kind = np.array([kind_of(version.state.class_code) for version in versions])[owner]
    high = np.array([marker_height(version.state) for version in versions])[owner]
    sizes: Floats = high[:, None] * [_WIDE, _WIDE, 1.0]
    chosen = [np.flatnonzero(kind == number) for number in range(len(MARKERS))]
    return [
        Standing(shape, places[some], sizes[some], owner[some]) for shape, some in zip(MARKERS, chosen, strict=True)
    ]


def _table(versions: Sequence[Version], settings: Settings, surveys: Surveys) -> Table:
    states = [version.state for version in versions]
    return Table(
        "place",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("kind", "kind of place", "STRING", [kinds()[kind_of(state.class_code)].id for state in states]),
            Column("height", "height above ground in metres", "FLOAT32", [state.height for state in states]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
        ],
        len(versions),
    )


MARKERS: Final = tuple(
    together([turned([(0.0, 0.0), (0.3, 0.6), (0.0, 0.8)], number), ball((0.5, 0.2), 0.8, number)])
    for number in range(len(kinds()))
)
"""A pin one metre high and wide for each kind, in the order of `kinds()`."""

PLACES: Final = Layer(
    "points",
    1,
    content,
    spans,
    Palette(tuple(kind.colour for kind in kinds())),
    (64, 64, 32, 32),
    crowd=5,
    raised=0.0,
)
"""Places and street furniture, from the `points` layer of the base; they appear from about 1.8 kilometres."""
