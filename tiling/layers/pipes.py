"""Pipes and cables as tile content: tubes as thick as the survey says, at their height or depth, coloured by kind."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from tiling.building.settings import Content, Layer, Palette, Settings, Surveys
from tiling.ecef import SEMI_MAJOR, Floats, Frame, ground_and_upward
from tiling.encoding.gltf import Column, Look, Table, glb
from tiling.encoding.surveyed import surveyed
from tiling.encoding.validity import validity
from tiling.geometry.mesh import NOTHING, Ints, Mesh
from tiling.geometry.tubes import Lines, tubes
from tiling.grid import Tile
from tiling.layers.pipe_facts import Facts, facts_of, has_heights, kinds

THINNEST: Final = 0.05
"""The diameter in metres below which a pipe is drawn no thinner: the mesh's lattice could not keep it round."""

_LINE: Final = 1
_ROOM: Final = 3.0  # how many radii from its line a pipe can reach: at a sharp bend, or at a thick joint


def content(versions: Sequence[Version], tile: Tile, settings: Settings, surveys: Surveys) -> Content:
    """Draw the versions of a tile, given by code; `surveys` names the survey of each transaction.

    Heights in a line are those of its axis. A line without lies at its depth below its ground (`State.base`), which
    counts as 0 m in the 1985 datum where it is not known. What has no line is not drawn.
    """
    facts = facts_of([version.state for version in versions])
    mesh = drawn(versions, facts, tile, settings)
    look = Look(settings.layer.palette.linear())
    return Content(glb(mesh, _table(versions, facts, settings, surveys), look, settings.layer.generator), mesh.extent)


def drawn(versions: Sequence[Version], facts: Sequence[Facts], tile: Tile, settings: Settings) -> Mesh:
    """The mesh of the versions in the tile's frame; feature numbers are places in `versions`."""
    points, line, owner = _points(versions)
    if not len(points):
        return NOTHING
    frame = Frame.at(*tile.centre)
    ground, upward = ground_and_upward(points[:, 0], points[:, 1])
    ground = frame.local(ground)
    heights = _heights(points[:, 2], ground, line, owner, versions, facts) + settings.lift(versions)[owner[line]]
    places = ground + frame.turned(upward) * heights[:, None]
    radius = np.array([max(fact.diameter, THINNEST) / 2 for fact in facts])[owner]
    kind = np.array([fact.kind for fact in facts], np.uint8)[owner]
    return tubes(Lines(places, line, radius, kind, owner)) or NOTHING


def spans(versions: Sequence[Version], settings: Settings) -> NDArray[np.float64]:
    """West, south, lowest, east, north, highest of each version as it is drawn."""
    states = [version.state for version in versions]
    facts = facts_of(states)
    bounds = shapely.bounds(np.array([state.geometry for state in states]))
    heights = np.array(
        [_reach(state.geometry, state.base or 0.0, fact) for state, fact in zip(states, facts, strict=True)]
    )
    room = np.array([max(fact.diameter, THINNEST) / 2 for fact in facts]) * _ROOM + 0.05
    north = np.degrees(room / SEMI_MAJOR) * 1.01  # a degree is shortest at the equator
    east = north / np.cos(np.radians(np.abs(bounds[:, [1, 3]]).max(axis=1)))
    lift = settings.lift(versions)
    low, high = heights[:, 0] + lift - room, heights[:, 1] + lift + room
    return np.column_stack(
        [bounds[:, 0] - east, bounds[:, 1] - north, low, bounds[:, 2] + east, bounds[:, 3] + north, high]
    )


def _reach(geometry: shapely.Geometry, ground: float, facts: Facts) -> tuple[float, float]:
    """The lowest and the highest that the axis can be, in the 1985 datum."""
    depths = (ground - facts.start_depth, ground - facts.end_depth)
    heights = shapely.get_coordinates(geometry, include_z=True)[:, 2]
    known = [*heights[np.isfinite(heights)].tolist()]
    found = known if len(known) == len(heights) else [*known, *depths]
    return min(found), max(found)


def _points(versions: Sequence[Version]) -> tuple[Floats, Ints, Ints]:
    """The points (lon, lat, height or NaN) of all lines, the line of each point, and the version of each line."""
    shapes = np.array([version.state.geometry for version in versions], dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    kept = (shapely.get_type_id(parts) == _LINE) & ~shapely.is_empty(parts)
    points, line = shapely.get_coordinates(parts[kept], include_z=True, return_index=True)
    return points, line, owner[kept]


def _heights(
    told: Floats, ground: Floats, line: Ints, owner: Ints, versions: Sequence[Version], facts: Sequence[Facts]
) -> Floats:
    """The height of the axis at every point in the 1985 datum: as told, or at its depth, even from end to end."""
    base = np.array([version.state.base or 0.0 for version in versions])[owner]
    start, end = (np.array([getattr(fact, f"{which}_depth") for fact in facts])[owner] for which in ("start", "end"))
    step = np.append(0.0, np.linalg.norm(np.diff(ground, axis=0), axis=1))
    first = np.append(True, line[1:] != line[:-1])
    step[first] = 0
    run = np.cumsum(step)
    from_start = run - run[first][line]
    whole = np.maximum.reduceat(from_start, np.flatnonzero(first))[line]
    share = from_start / np.where(whole > 0, whole, 1)
    buried = base[line] - start[line] - share * (end - start)[line]
    unknown = np.bincount(line, ~np.isfinite(told))[line] > 0  # a line that lacks one height has none
    return np.where(unknown, buried, told)


def _table(versions: Sequence[Version], facts: Sequence[Facts], settings: Settings, surveys: Surveys) -> Table:
    states = [version.state for version in versions]
    names = kinds()
    return Table(
        "pipe",
        [
            Column("code", "entity code", "STRING", [version.code for version in versions]),
            Column("class", "class code", "STRING", [state.class_code for state in states]),
            Column("name", "name", "STRING", [state.name for state in states]),
            Column("kind", "kind of pipe", "STRING", [names[fact.kind].id for fact in facts]),
            Column("diameter", "diameter in metres", "FLOAT32", [fact.diameter for fact in facts]),
            Column("depth", "axis below ground at the middle in metres", "FLOAT32", _depths(versions, facts)),
            Column("material", "material", "STRING", [fact.material for fact in facts]),
            Column("assumed", "what no survey said", "STRING", [" ".join(fact.assumed) for fact in facts]),
            *validity(versions, settings),
            *surveyed(versions, settings, surveys),
        ],
        len(versions),
    )


def _depths(versions: Sequence[Version], facts: Sequence[Facts]) -> list[float | None]:
    """How deep each axis lies under the ground; None where heights are known and the ground's is not."""
    return [
        _depth(version.state.geometry, version.state.base, fact) for version, fact in zip(versions, facts, strict=True)
    ]


def _depth(geometry: shapely.Geometry, ground: float | None, facts: Facts) -> float | None:
    heights = shapely.get_coordinates(geometry, include_z=True)[:, 2]
    if not has_heights(geometry):
        return (facts.start_depth + facts.end_depth) / 2
    return None if ground is None else ground - float((heights.min() + heights.max()) / 2)


PIPES: Final = Layer("pipes", 3, content, spans, Palette(tuple(kind.colour for kind in kinds())), (256, 256, 64, 64))
"""Pipes and cables, from the `pipes` layer of the base; they appear from about four kilometres."""
