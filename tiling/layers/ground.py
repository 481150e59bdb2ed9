"""Areas and lines on the ground as tile content: filled and outlined, as wide as surveys say, extruded where high.

They lie at the height of their ground in the 1985 datum (`State.base`, 0 m where it is not known), each layer a little
above it, in pieces so small that flat ones stay above the curved ground. Terrain does not bend them: a tile depends on
its entities alone. What has points only is not drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from tiling.ecef import Floats, Frame, ground_and_upward
from tiling.gltf import Column, Look, Table, glb
from tiling.grid import Tile
from tiling.layers.ground_facts import Ground, grounds
from tiling.mesh import NOTHING, Ints, Mesh, Shapes, merged, prisms
from tiling.ribbons import Tracks, ribbons
from tiling.settings import Content, Layer, Palette, Settings, Surveys
from tiling.spots import beside
from tiling.surveyed import surveyed
from tiling.validity import validity

_LINE, _POLYGON = 1, 3
_ROOM: Final = 0.1  # metres by which a thing is taken to be larger than it is
_HAIR: Final = 1e-6  # of a piece's side: so far from a line of the grid counts as on it
_ABOVE: Final = 0.05  # metres by which an outline lies above its area


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; `surveys` names the survey of each transaction."""
    ground = grounds()[settings.layer.name]
    mesh = drawn(versions, ground, Frame.at(*tile.centre), settings)
    look = Look(settings.layer.palette.linear())
    table = _table(versions, ground, settings, surveys)
    return Content(glb(mesh, table, look, settings.layer.generator), mesh.extent)


def drawn(versions: Sequence[Version], ground: Ground, frame: Frame, settings: Settings) -> Mesh:
    """The mesh of the versions in a frame; feature numbers are places in `versions`."""
    lying = _Lying.of(versions, ground, settings)
    shapes = [version.state.geometry for version in versions]
    polygons, owner = _parts(shapes, _POLYGON)
    lines, of = _parts(shapes, _LINE)
    edges, edge_of = shapely.get_parts(shapely.boundary(polygons), return_index=True)
    pieces = [
        _areas(polygons, owner, lying, frame) if ground.fill else None,
        _lines(edges, owner[edge_of], lying.edges(), frame) if ground.edge else None,
        _lines(lines, of, lying, frame),
    ]
    return merged([piece for piece in pieces if piece is not None] or [NOTHING])


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    ground = grounds()[settings.layer.name]
    lying = _Lying.of(versions, ground, settings)
    shapes = np.array([version.state.geometry for version in versions], dtype=object)
    reach = np.maximum(lying.width, ground.edge) + _ROOM  # twice half a width: so far goes a mitre
    wide = beside(shapely.bounds(shapes), reach)
    points, owner = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    told = points[:, 2] + lying.raised[owner]
    low, high = lying.low.copy(), lying.high.copy()
    np.fmin.at(low, owner, told)
    np.fmax.at(high, owner, told)
    return np.column_stack([wide[:, :2], low - _ROOM, wide[:, 2:], high + _ROOM])


@dataclass(frozen=True, slots=True)
class _Lying:
    """How each version lies: from where to where above the ellipsoid, how much its own heights are raised, in which
    kind, how wide its lines are; and the side of the pieces in degrees."""

    low: Floats
    high: Floats
    raised: Floats
    kind: NDArray[np.uint8]
    width: Floats
    ground: Ground

    @classmethod
    def of(cls, versions: Sequence[Version], ground: Ground, settings: Settings) -> "_Lying":
        states = [version.state for version in versions]
        raised = settings.lift(versions) + ground.lift
        low = np.array([state.base or 0.0 for state in states]) + raised
        high = low + np.array([max(state.height or 0.0, 0.0) for state in states])
        return cls(low, high, raised, ground.kinds_of(states), ground.widths_of(states), ground)

    def edges(self) -> "_Lying":
        """How their outlines lie: a little above what is filled."""
        kind = np.full(len(self.kind), len(self.ground.kinds), np.uint8)
        width = np.full(len(self.width), self.ground.edge)
        return replace(self, high=self.high + _ABOVE, kind=kind, width=width)


def _areas(polygons: Shapes, owner: Ints, lying: _Lying, frame: Frame) -> Mesh | None:
    """Filled areas, with walls where they are high."""
    flat = lying.high[owner] == lying.low[owner]
    low, of_low = cut(polygons[flat], owner[flat], lying.ground.cell)
    pieces = np.concatenate([low, polygons[~flat]])  # what is cut would have walls inside
    of = np.concatenate([of_low, owner[~flat]])
    if not len(pieces):
        return None
    mesh = prisms(pieces, of, lying.low[of], lying.high[of], frame)
    return replace(mesh, kinds=lying.kind[mesh.features])


def _lines(lines: Shapes, owner: Ints, lying: _Lying, frame: Frame) -> Mesh | None:
    """Lines as ribbons, at their own heights where they have them, else on top of what they are."""
    if not len(lines):
        return None
    points, line = shapely.get_coordinates(
        shapely.segmentize(lines, lying.ground.cell), include_z=True, return_index=True
    )
    unknown = np.bincount(line, ~np.isfinite(points[:, 2]))[line] > 0  # a line that lacks one height has none
    height = np.where(unknown, lying.high[owner][line], points[:, 2] + lying.raised[owner][line])
    surface, upward = ground_and_upward(points[:, 0], points[:, 1])
    surface, upward = frame.local(surface), frame.turned(upward)
    places = surface + upward * height[:, None]
    return ribbons(Tracks(places, upward, line, lying.width[owner], lying.kind[owner], owner))


def cut(polygons: Shapes, owner: Ints, cell: float) -> tuple[Shapes, Ints]:
    """Polygons in pieces of at most so many degrees, cut along lines that are the same for all; and whose each is.

    Each is halved again and again, since cutting all squares out of the whole would take far longer.
    """
    done, whose = [polygons[:0]], [owner[:0]]
    while len(polygons):
        bounds = shapely.bounds(polygons)
        sides = bounds[:, 2:] - bounds[:, :2]
        wide = sides.max(axis=1) > cell * (1 + _HAIR)
        done.append(polygons[~wide])
        whose.append(owner[~wide])
        polygons, owner = _halved(polygons[wide], owner[wide], bounds[wide], cell)
    found, of = np.concatenate(done), np.concatenate(whose)
    order = np.argsort(of, kind="stable")
    return found[order], of[order]


def _halved(polygons: Shapes, owner: Ints, bounds: Floats, cell: float) -> tuple[Shapes, Ints]:
    """The parts of polygons on both sides of the line of the grid that is nearest to the middle of each."""
    halves, of = [polygons[:0]], [owner[:0]]
    across = bounds[:, 2] - bounds[:, 0] >= bounds[:, 3] - bounds[:, 1]
    low, high = (np.where(across, bounds[:, side], bounds[:, side + 1]) for side in (0, 2))
    middle = np.floor(low / cell + _HAIR) + np.maximum(1, np.round((high - low) / cell / 2))
    for row, (polygon, line) in enumerate(zip(polygons, (middle * cell).tolist(), strict=True)):
        west, south, east, north = bounds[row].tolist()
        boxes = [(west, south, line, north), (line, south, east, north)]
        if not across[row]:
            boxes = [(west, south, east, line), (west, line, east, north)]
        parts, _ = _parts([shapely.clip_by_rect(polygon, *box) for box in boxes], _POLYGON)
        halves.append(parts)
        of.append(np.full(len(parts), owner[row]))
    return np.concatenate(halves), np.concatenate(of)


def _parts(shapes: Sequence[shapely.Geometry], kind: int) -> tuple[Shapes, Ints]:
    """The parts of all shapes that are of one kind, none empty, and whose each is."""
    members, owner = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    parts, member = shapely.get_parts(members, return_index=True)
    kept = (shapely.get_type_id(parts) == kind) & ~shapely.is_empty(parts)
    return parts[kept], owner[member[kept]]


def _table(versions: Sequence[Version], ground: Ground, settings: Settings, surveys: Surveys) -> Table:
    states = [version.state for version in versions]
    kinds = [ground.kinds[number].id for number in ground.kinds_of(states).tolist()]
    return Table(
        "ground",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("kind", "kind within the layer", "STRING", kinds),
            Column("height", "height above ground in metres", "FLOAT32", [state.height for state in states]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
        ],
        len(versions),
    )


GROUND_LAYERS: Final = tuple(
    Layer(one.name, 1, content, spans, Palette(one.colours), one.errors) for one in grounds().values()
)
"""The layers of areas and lines, from the base's layers of the same names."""
