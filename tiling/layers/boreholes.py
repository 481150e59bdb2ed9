"""Boreholes as tile content: one shaft a layer, coloured by what it is made of, and a collar above the ground."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.ecef import Frame
from tiling.encoding.gltf import Column, Look, Table, glb
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.shafts import Shafts, shafts
from tiling.geometry.spots import beside, feet, spots
from tiling.grid import Tile
from tiling.layers.borehole_facts import HOLE, Facts, Stratum, kinds, size


class Part(NamedTuple):
    """A feature of a tile: the hole itself, or one of its layers; `hole` is the version's place in the tile."""

    hole: int
    stratum: Stratum | None


class Piece(NamedTuple):
    """A shaft of a hole: depths below the ground (above it, where negative), its radius, kind, and feature."""

    hole: int
    top: float
    base: float
    radius: float
    kind: int
    feature: int


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; `surveys` names the survey of each transaction.

    Every hole is a feature, followed by each of its layers. Ground whose height is not known counts as 0 m in the 1985
    datum; a hole without layers and depth is a collar only.
    """
    facts = [Facts.of(version.state) for version in versions]
    parts = list(_parts(facts))
    pieces = list(_pieces(facts))
    mesh = shafts(_placed(versions, pieces, settings), Frame.at(*tile.centre))
    look = Look(settings.layer.palette.linear())
    table = _table(versions, facts, parts, settings, surveys)
    return Content(glb(mesh, table, look, settings.layer.generator), mesh.extent)


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    bounds = shapely.bounds(np.array([version.state.geometry for version in versions]))
    wide = beside(bounds, np.full(len(versions), size("collar") + 0.05))
    ground = feet(versions, settings)
    depth = np.array([Facts.of(version.state).depth for version in versions])
    return np.column_stack([wide[:, :2], ground - depth, wide[:, 2:], ground + size("height")])


def _parts(facts: Sequence[Facts]) -> Iterator[Part]:
    for hole, fact in enumerate(facts):
        yield Part(hole, None)
        yield from (Part(hole, stratum) for stratum in fact.strata)


def _pieces(facts: Sequence[Facts]) -> Iterator[Piece]:
    """What is drawn of each hole: its collar, its layers, and thin what no layer describes."""
    feature = 0
    for hole, fact in enumerate(facts):
        yield Piece(hole, -size("height"), 0.0, size("collar"), HOLE, feature)
        yield from (Piece(hole, top, base, size("hole"), HOLE, feature) for top, base in fact.gaps())
        for number, one in enumerate(fact.strata, feature + 1):
            yield Piece(hole, one.top, one.base, size("stratum"), one.kind, number)
        feature += 1 + len(fact.strata)


def _placed(versions: Sequence[Version], pieces: Sequence[Piece], settings: Settings) -> Shafts:
    """The pieces at each place that their hole has."""
    places, owner = spots(versions)
    ground = feet(versions, settings)
    columns = np.array(pieces, np.float64).reshape(-1, len(Piece._fields))
    place, row = np.nonzero(owner[:, None] == columns[:, 0]) if len(pieces) else (owner, owner)
    _, top, base, radius, kind, feature = columns[row].T
    return Shafts(
        places[place],
        ground[owner[place]] - base,
        ground[owner[place]] - top,
        radius,
        kind.astype(np.uint8),
        feature.astype(np.int64),
    )


def _table(
    versions: Sequence[Version], facts: Sequence[Facts], parts: Sequence[Part], settings: Settings, surveys: Surveys
) -> Table:
    holes = [versions[part.hole] for part in parts]
    strata = [part.stratum for part in parts]
    known = kinds()
    return Table(
        "borehole",
        [
            Column("code", "entity code", "STRING", [version.code for version in holes]),
            Column("class", "class code", "STRING", [version.state.class_code for version in holes]),
            Column("name", "name of the hole", "STRING", [version.state.name for version in holes]),
            Column(
                "depth", "depth of the hole in metres", "FLOAT32", [facts[part.hole].depth or None for part in parts]
            ),
            Column("kind", "kind of ground", "STRING", [known[one.kind].id if one else "" for one in strata]),
            Column("stratum", "what the layer is called", "STRING", [one.name if one else "" for one in strata]),
            Column("top", "upper end in metres below the ground", "FLOAT32", _of(strata, "top")),
            Column("bottom", "lower end in metres below the ground", "FLOAT32", _of(strata, "base")),
            *validity(holes, settings),
            *surveyed(holes, settings, surveys),
        ],
        len(parts),
    )


def _of(strata: Sequence[Stratum | None], end: Literal["top", "base"]) -> list[float | None]:
    return [None if stratum is None else getattr(stratum, end) for stratum in strata]


BOREHOLES: Final = Layer(
    "boreholes", 2, content, spans, Palette(tuple(kind.colour for kind in kinds())), (256, 256, 64, 64), raised=0.0
)
"""Boreholes and trial pits, from the `boreholes` layer of the base; they appear from about four kilometres."""
