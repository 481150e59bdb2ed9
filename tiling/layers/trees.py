"""Single trees as tile content: a few shapes, each as often as it stands, as tall and wide as the survey says."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.ecef import Floats, Frame
from tiling.encoding.gltf import Column, Table
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.instances import Shape, Standing, extent, instanced
from tiling.geometry.solids import ball, together, turned
from tiling.geometry.spots import beside, feet, raised, spots
from tiling.grid import Tile
from tiling.layers.tree_facts import Facts, kinds, trunk_colour

_TRUNK: Final = len(kinds())
"""The number of the trunks' colour, behind those of the crowns."""


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; they stand on the ground as `feet` finds it."""
    facts = [Facts.of(version.state) for version in versions]
    groups = _standing(versions, facts, settings, Frame.at(*tile.centre))
    colours, maker = settings.layer.palette.linear(), settings.layer.generator
    return Content(instanced(groups, _table(versions, facts, settings, surveys), colours, maker), extent(groups))


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    facts = [Facts.of(version.state) for version in versions]
    bounds = shapely.bounds(np.array([version.state.geometry for version in versions]))
    wide = beside(bounds, np.array([fact.crown for fact in facts]))
    ground = feet(versions, settings)
    return np.column_stack([wide[:, :2], ground, wide[:, 2:], ground + [fact.height for fact in facts]])


def _standing(versions: Sequence[Version], facts: Sequence[Facts], settings: Settings, frame: Frame) -> list[Standing]:
    """The trees of each shape, by the shapes' numbers."""
    flat, owner = spots(versions)
    ground = feet(versions, settings)
    places = raised(flat, ground[owner], frame)
    kind = np.array([fact.kind for fact in facts])[owner]
    sizes: Floats = np.array([[fact.crown, fact.crown, fact.height] for fact in facts])[owner]
    chosen = [np.flatnonzero(kind == number) for number in range(len(SHAPES))]
    return [Standing(shape, places[some], sizes[some], owner[some]) for shape, some in zip(SHAPES, chosen, strict=True)]


def _table(versions: Sequence[Version], facts: Sequence[Facts], settings: Settings, surveys: Surveys) -> Table:
    states = [version.state for version in versions]
    return Table(
        "tree",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("kind", "shape of tree", "STRING", [kinds()[fact.kind].id for fact in facts]),
            Column("species", "species", "STRING", [fact.species for fact in facts]),
            Column("height", "height in metres", "FLOAT32", [fact.height for fact in facts]),
            Column("crown", "width of the crown in metres", "FLOAT32", [fact.crown for fact in facts]),
            Column("assumed", "what no survey said", "STRING", [" ".join(fact.assumed) for fact in facts]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
        ],
        len(versions),
    )


def _trunk(high: float) -> Shape:
    return turned([(0.05, 0.0), (0.03, high)], _TRUNK)


_CONES: Final = ((0.15, 0.5, 0.7), (0.45, 0.34, 1.0))
_CONIFER: Final = [turned([(0.0, low), (wide, low), (0.0, high)], 0) for low, wide, high in _CONES]
SHAPES: Final = (
    together([_trunk(0.2), *_CONIFER]),
    together([_trunk(0.15), ball((0.5, 0.45), 0.55, 1)]),
    together([_trunk(0.4), ball((0.5, 0.34), 0.66, 2)]),
)
"""The shapes, in the order of `kinds()`: one metre high, the crown one metre wide."""

TREES: Final = Layer(
    "trees",
    2,
    content,
    spans,
    Palette((*(kind.colour for kind in kinds()), trunk_colour())),
    (64, 64, 32, 32),
    raised=0.0,
    crowd=5,
)
"""Single trees, from the `trees` layer of the base; they appear from about 1.8 kilometres."""
