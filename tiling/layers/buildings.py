"""Buildings as tile content: measured surfaces where there are any, else a block as high as the building."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from entities.painting import COLOURS, colours_of
from tiling.ecef import Frame
from tiling.gltf import Column, Look, Table, glb
from tiling.grid import Tile
from tiling.mesh import KINDS, NOTHING, Mesh, merged, prisms, surfaces
from tiling.settings import Content, Layer, Palette, Settings, Spreading, Surveys
from tiling.surveyed import surveyed
from tiling.validity import validity

_POLYGON: Final = 3
_PAINTS: Final = 256 - len(KINDS)


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; `surveys` names the survey of each transaction."""
    paints = painted(versions)
    mesh = drawn(versions, tile, settings, paints)
    two_sided = any(version.state.surfaces is not None for version in versions)
    look = Look(Palette((*settings.layer.palette.colours, *paints)).linear(), two_sided)
    return Content(glb(mesh, _table(versions, settings, surveys), look, settings.layer.generator), mesh.extent)


def painted(versions: Sequence[Version]) -> list[str]:
    """The colours that surveys give to surfaces in a tile, as many as kinds of surfaces can be told apart."""
    found = {
        colour
        for version in versions
        if version.state.surfaces is not None and COLOURS in version.state.attributes
        for colour in _colours(version)
    }
    return sorted(found - {""})[:_PAINTS]


def drawn(versions: Sequence[Version], tile: Tile, settings: Settings, paints: Sequence[str] = ()) -> Mesh:
    """The mesh of the versions in the tile's frame; feature numbers are places in `versions`.

    A surface with one of the `paints` is of a kind of its own, counted on from those of `KINDS`. Where the ground's
    height is not known it counts as 0 m in the 1985 datum; what has no polygon is not drawn.
    """
    frame = Frame.at(*tile.centre)
    lift = settings.lift(versions)
    solid = np.array([version.state.surfaces is not None for version in versions])
    pieces = [
        _blocks(versions, np.flatnonzero(~solid), lift, frame),
        _solids(versions, np.flatnonzero(solid), lift, frame, paints),
    ]
    return merged([piece for piece in pieces if piece is not None] or [NOTHING])


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    bounds, _, low, height = spread(versions)
    found = np.column_stack([bounds[:, :2], low, bounds[:, 2:], low + height])
    for row, version in enumerate(versions):
        if version.state.surfaces is not None:
            west, south, east, north = version.state.surfaces.polygons.bounds
            found[row, [0, 1]] = np.minimum(found[row, [0, 1]], [west, south])
            found[row, [3, 4]] = np.maximum(found[row, [3, 4]], [east, north])
    found[:, [2, 5]] += settings.lift(versions)[:, None]
    return found


def spread(versions: Sequence[Version]) -> Spreading:
    """The ground that each version covers, and from where to where it stands."""
    states = [version.state for version in versions]
    shapes = np.array([state.geometry for state in states])
    low = np.array([state.base or 0.0 for state in states])
    high = low + np.array([max(state.height or 0.0, 0.0) for state in states])
    for row, state in enumerate(states):
        if state.surfaces is not None:
            heights = shapely.get_coordinates(state.surfaces.polygons, include_z=True)[:, 2]
            low[row], high[row] = min(low[row], heights.min()), max(high[row], heights.max())
    return Spreading(shapely.bounds(shapes), shapely.area(shapes), low, high - low)


def _blocks(
    versions: Sequence[Version], rows: NDArray[np.intp], lift: NDArray[np.float64], frame: Frame
) -> Mesh | None:
    states = [versions[row].state for row in rows]
    polygons, owner = _polygons([state.geometry for state in states])
    if not len(polygons):
        return None
    low = np.array([state.base or 0.0 for state in states]) + lift[rows]
    high = low + np.array([max(state.height or 0.0, 0.0) for state in states])
    return prisms(polygons, rows[owner], low[owner], high[owner], frame)


def _solids(
    versions: Sequence[Version], rows: NDArray[np.intp], lift: NDArray[np.float64], frame: Frame, paints: Sequence[str]
) -> Mesh | None:
    found = [(row, versions[row].state.surfaces) for row in rows]
    parts = [(row, part.polygons, part.kinds) for row, part in found if part is not None]
    if not parts:
        return None
    polygons, owner = shapely.get_parts(np.array([part[1] for part in parts]), return_index=True)
    letters = np.frombuffer("".join(part[2] for part in parts).encode(), np.uint8)
    kinds = np.array([KINDS.find(chr(letter)) for letter in range(256)]).astype(np.uint8)[letters]
    if paints:
        kinds = _with_paints(kinds, [versions[part[0]] for part in parts], paints)
    present = ~shapely.is_empty(polygons)
    polygons, kinds, numbers = polygons[present], kinds[present], rows[owner[present]]
    return surfaces(polygons, kinds, numbers, lift[numbers], frame) if len(polygons) else None


def _with_paints(kinds: NDArray[np.uint8], versions: Sequence[Version], paints: Sequence[str]) -> NDArray[np.uint8]:
    """The kinds of all surfaces, those that are painted by their paint."""
    numbers = {paint: len(KINDS) + number for number, paint in enumerate(paints)}
    found = np.array([numbers.get(colour, -1) for version in versions for colour in _colours(version)], np.int64)
    return np.where(found < 0, kinds, found).astype(np.uint8)


def _colours(version: Version) -> list[str]:
    surfaces = version.state.surfaces
    return colours_of(version.state.attributes.get(COLOURS), len(surfaces.kinds) if surfaces else 0)


def _polygons(geometries: Sequence[shapely.Geometry]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """The polygons of all geometries, and whose each is; points and lines have none."""
    parts, owner = shapely.get_parts(np.array(geometries, dtype=object), return_index=True)
    kept = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    return parts[kept], owner[kept]


def _table(versions: Sequence[Version], settings: Settings, surveys: Surveys) -> Table:
    states = [version.state for version in versions]
    return Table(
        "building",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("height", "height above ground in metres", "FLOAT32", [state.height for state in states]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
        ],
        len(versions),
    )


BUILDINGS: Final = Layer(
    "buildings",
    4,
    content,
    spans,
    Palette(("#d8b49a", "#e6e4df", "#6b6862", "#c9c6bf")),  # in the order of KINDS
    (2048, 610, 152, 76),  # from the second on the side of the cells of their blocks
    spread,
)
"""Buildings, from the `buildings` layer of the base."""
