"""Areas and lines on the ground as tile content: filled and outlined, as wide as surveys say, extruded where high.

They follow the triangles of the terrain that stands at the moment, each layer a little above it. Where no survey of
elevation reaches they lie at the height of their own ground in the 1985 datum (`State.base`, 0 m where it is unknown),
in pieces so small that flat ones stay above the curved ground; a line with heights lies at those. What has points only
is not drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.ecef import Floats, Frame, degrees, ground_and_upward
from tiling.elevation.surface import ABOVE, Surface, surface_of
from tiling.encoding.gltf import Column, Look, Table, glb
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.draping import Sheets, draped
from tiling.geometry.mesh import NOTHING, Ints, Mesh, Shapes, merged, prisms, triangulated
from tiling.geometry.ribbons import Tracks, banks, ribbons
from tiling.geometry.spots import beside
from tiling.grid import Tile
from tiling.layers.ground_facts import Ground, grounds

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
    things = _Things.of(versions)
    over = covered(versions, settings)
    area, line = over[things.of_area], over[things.of_line] & ~things.surveyed
    pieces = [*_flat(things.taken(~area, ~line), lying, frame)]
    if settings.ground is not None and (area.any() or line.any()):
        pieces += _draped(things.taken(area, line), lying, frame, surface_of(settings.ground))
    return merged(pieces or [NOTHING])


def covered(versions: Sequence[Version], settings: Settings) -> NDArray[np.bool_]:
    """Which of the versions a survey of the ground reaches."""
    if settings.ground is None or not settings.ground.held:
        return np.zeros(len(versions), np.bool_)
    return settings.ground.covers(shapely.bounds([version.state.geometry for version in versions]))


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
    over = np.flatnonzero(covered(versions, settings))
    if settings.ground is not None and len(over):
        least, most = surface_of(settings.ground).between(wide[over])
        unknown, tall = lying.base[over], (lying.high - lying.low)[over]
        low[over] = np.minimum(low[over], least + lying.above + np.minimum(unknown, 0))
        high[over] = np.maximum(high[over] + ABOVE, most + lying.above + np.maximum(unknown, 0) + tall)
    return np.column_stack([wide[:, :2], low - _ROOM, wide[:, 2:], high + _ROOM])


@dataclass(frozen=True, slots=True)
class _Lying:
    """How each version lies: how high its own ground is in the 1985 datum and the anomaly there; from where to where
    above the ellipsoid it is where nobody surveyed; how much its own heights are raised; in which kind; how wide its
    lines are."""

    base: Floats
    anomaly: Floats
    low: Floats
    high: Floats
    raised: Floats
    kind: NDArray[np.uint8]
    width: Floats
    ground: Ground

    @classmethod
    def of(cls, versions: Sequence[Version], ground: Ground, settings: Settings) -> "_Lying":
        states = [version.state for version in versions]
        base, anomaly = np.array([state.base or 0.0 for state in states]), settings.lift(versions)
        raised = anomaly + ground.lift
        high = base + raised + np.array([max(state.height or 0.0, 0.0) for state in states])
        return cls(
            base, anomaly, base + raised, high, raised, ground.kinds_of(states), ground.widths_of(states), ground
        )

    @property
    def above(self) -> float:
        """How far above surveyed ground all of it lies, in metres."""
        return self.ground.lift + ABOVE

    def edges(self) -> "_Lying":
        """How their outlines lie: a little above what is filled."""
        kind = np.full(len(self.kind), len(self.ground.kinds), np.uint8)
        width = np.full(len(self.width), self.ground.edge)
        return replace(self, high=self.high + _ABOVE, kind=kind, width=width)

    def sheets(self, triangles: Floats, feature: Ints, on_top: bool) -> Sheets:
        """Triangles of features that are to lie on surveyed ground, or on top of what stands there."""
        tall = (self.high - self.low)[feature]
        above = np.full(len(feature), self.above)
        if on_top:
            above, tall = above + tall, np.zeros(len(feature))
        return Sheets(triangles, feature, self.kind[feature], self.base[feature], self.anomaly[feature], above, tall)


@dataclass(frozen=True, slots=True)
class _Things:
    """The areas and lines of some versions, and whose each is; which lines have heights of their own."""

    areas: Shapes
    of_area: Ints
    lines: Shapes
    of_line: Ints

    @classmethod
    def of(cls, versions: Sequence[Version]) -> "_Things":
        shapes = [version.state.geometry for version in versions]
        return cls(*_parts(shapes, _POLYGON), *_parts(shapes, _LINE))

    @property
    def surveyed(self) -> NDArray[np.bool_]:
        """Which lines have a height at every point."""
        points, line = shapely.get_coordinates(self.lines, include_z=True, return_index=True)
        found: NDArray[np.bool_] = np.bincount(line, ~np.isfinite(points[:, 2]), len(self.lines)) == 0
        return found

    def taken(self, areas: NDArray[np.bool_], lines: NDArray[np.bool_]) -> "_Things":
        """Some of the areas and lines."""
        return _Things(self.areas[areas], self.of_area[areas], self.lines[lines], self.of_line[lines])

    def edges(self) -> tuple[Shapes, Ints]:
        """The outlines of the areas, and whose each is."""
        edges, area = shapely.get_parts(shapely.boundary(self.areas), return_index=True)
        return edges, self.of_area[area]


def _flat(things: _Things, lying: _Lying, frame: Frame) -> Iterator[Mesh]:
    """What lies at heights of its own."""
    ground = lying.ground
    pieces = [
        _areas(things.areas, things.of_area, lying, frame) if ground.fill else None,
        _lines(*things.edges(), lying.edges(), frame) if ground.edge else None,
        _lines(things.lines, things.of_line, lying, frame),
    ]
    return (piece for piece in pieces if piece is not None)


def _draped(things: _Things, lying: _Lying, frame: Frame, surface: Surface) -> Iterator[Mesh]:
    """What lies on surveyed ground."""
    ground = lying.ground
    sheets = [_ribboned(things.lines, things.of_line, lying, frame)]
    if ground.edge:
        sheets.append(_ribboned(*things.edges(), lying.edges(), frame))
    if ground.fill:
        pieces, owner = cut(things.areas, things.of_area, ground.cell)
        triangles, piece = triangulated(pieces)
        sheets.append(lying.sheets(triangles, owner[piece], on_top=False))
    return (draped(sheet, surface, frame) for sheet in sheets if len(sheet.feature))


def _ribboned(lines: Shapes, owner: Ints, lying: _Lying, frame: Frame) -> Sheets:
    """Lines as wide as they are, seen from above."""
    made = banks(_tracks(shapely.force_2d(lines), owner, lying, frame))
    places = degrees(frame.geocentric(made.corners))
    line = made.tracks.line[made.triangles[:, 0] // 2]
    return lying.sheets(places[made.triangles], made.tracks.feature[line], on_top=True)


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
    return ribbons(_tracks(lines, owner, lying, frame)) if len(lines) else None


def _tracks(lines: Shapes, owner: Ints, lying: _Lying, frame: Frame) -> Tracks:
    """Lines as they run in a frame, in pieces that follow the earth."""
    points, line = shapely.get_coordinates(
        shapely.segmentize(lines, lying.ground.cell), include_z=True, return_index=True
    )
    unknown = np.bincount(line, ~np.isfinite(points[:, 2]))[line] > 0  # a line that lacks one height has none
    height = np.where(unknown, lying.high[owner][line], points[:, 2] + lying.raised[owner][line])
    surface, upward = ground_and_upward(points[:, 0], points[:, 1])
    surface, upward = frame.local(surface), frame.turned(upward)
    places = surface + upward * height[:, None]
    return Tracks(places, upward, line, lying.width[owner], lying.kind[owner], owner)


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
    Layer(one.name, 1, content, spans, Palette(one.colours), one.errors, raised=one.lift + ABOVE)
    for one in grounds().values()
)
"""The layers of areas and lines, from the base's layers of the same names."""
