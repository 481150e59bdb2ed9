"""Buildings as tile content: measured surfaces where there are any, else a block as high as the building."""

from collections.abc import Sequence, Set
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from entities.painting import COLOURS
from tiling.building.settings import Content, Layer, Palette, Settings, Spreading, Surveys
from tiling.ecef import Frame
from tiling.encoding.atlas import Atlas
from tiling.encoding.gltf import Column, Look, Skin, Table, glb
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.faces import Faces, paints_of, shown
from tiling.geometry.mesh import NOTHING, Mesh, extent_of, merged, prisms
from tiling.grid import Tile
from tiling.layers.tints import tints

PICTURED: Final = "pictured"
"""The column that says which buildings show pictures: these are not to be tinted."""

_POLYGON: Final = 3


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; `surveys` names the survey of each transaction."""
    paints = painted(versions)
    faces = Faces.of(versions, paints)
    atlas = shown(faces, settings.pictures)
    mesh = drawn(versions, tile, settings, faces, atlas.numbers < 0)
    skins = _skins(faces, atlas, settings.lift(versions), Frame.at(*tile.centre)) if atlas.sheets else []
    look = Look(
        Palette((*settings.layer.palette.colours, *paints)).linear(),
        any(version.state.surfaces for version in versions),
    )
    table = _table(versions, settings, surveys, {int(owner) for owner in faces.owners[atlas.numbers >= 0]})
    model = glb(mesh, table, look, settings.layer.generator, skins)
    return Content(model, extent_of([mesh, *(skin.mesh for skin in skins)]))


def painted(versions: Sequence[Version]) -> list[str]:
    """The colours that surveys give to surfaces in a tile."""
    found = {colour for version in versions if COLOURS in version.state.attributes for colour in paints_of(version)}
    return sorted(found - {""})


def drawn(
    versions: Sequence[Version],
    tile: Tile,
    settings: Settings,
    faces: Faces | None = None,
    bare: NDArray[np.bool_] | None = None,
) -> Mesh:
    """The mesh of the versions in the tile's frame; feature numbers are places in `versions`.

    `bare` says which of the measured surfaces are drawn in it. Where the ground's height is not known it counts as 0 m
    in the 1985 datum; what has no polygon is not drawn.
    """
    frame, lift = Frame.at(*tile.centre), settings.lift(versions)
    faces = faces or Faces.of(versions)
    solid = np.array([version.state.surfaces is not None for version in versions])
    blocks = _blocks(versions, np.flatnonzero(~solid), lift, frame)
    pieces = [blocks, faces.mesh(np.ones(len(faces.owners), np.bool_) if bare is None else bare, lift, frame)]
    return merged([piece for piece in pieces if len(piece.positions)] or [NOTHING])


def _skins(faces: Faces, atlas: Atlas, lift: NDArray[np.float64], frame: Frame) -> list[Skin]:
    """The surfaces on each sheet of an atlas."""
    return [
        Skin(faces.mesh(atlas.numbers == number, lift, frame, atlas.places_on(number)), *sheet)
        for number, sheet in enumerate(atlas.sheets)
    ]


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
    high = low + np.maximum([state.height or 0.0 for state in states], 0.0)
    for row, state in enumerate(states):
        if state.surfaces is not None:
            heights = shapely.get_coordinates(state.surfaces.polygons, include_z=True)[:, 2]
            low[row], high[row] = min(low[row], heights.min()), max(high[row], heights.max())
    return Spreading(shapely.bounds(shapes), shapely.area(shapes), low, high - low)


def _blocks(versions: Sequence[Version], rows: NDArray[np.intp], lift: NDArray[np.float64], frame: Frame) -> Mesh:
    states = [versions[row].state for row in rows]
    polygons, owner = _polygons([state.geometry for state in states])
    if not len(polygons):
        return NOTHING
    low = np.array([state.base or 0.0 for state in states]) + lift[rows]
    high = low + np.maximum([state.height or 0.0 for state in states], 0.0)
    return prisms(polygons, rows[owner], low[owner], high[owner], frame)


def _polygons(geometries: Sequence[shapely.Geometry]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """The polygons of all geometries, and whose each is; points and lines have none."""
    parts, owner = shapely.get_parts(np.array(geometries, dtype=object), return_index=True)
    kept = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    return parts[kept], owner[kept]


def _table(versions: Sequence[Version], settings: Settings, surveys: Surveys, pictured: Set[int]) -> Table:
    """What is told of each version; those that show pictures only where any does."""
    states = [version.state for version in versions]
    shows = np.array([row in pictured for row in range(len(versions))], np.uint32)
    return Table(
        "building",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("height", "height above ground in metres", "FLOAT32", [state.height for state in states]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
            *([Column(PICTURED, "1 where it shows pictures of itself", "UINT32", shows)] if pictured else []),
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
    tints,
)
"""Buildings, from the `buildings` layer of the base."""
