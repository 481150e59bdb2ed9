"""Where things without an extent stand: the points of points, one point on everything else."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from entities.model import Version
from tiling.building.settings import Settings
from tiling.ecef import SEMI_MAJOR, Floats, Frame, ground_and_upward
from tiling.elevation.surface import terrain_of
from tiling.geometry.mesh import Ints

_POINT: Final = 0


def spots(versions: Sequence[Version]) -> tuple[Floats, Ints]:
    """The places (lon, lat) of all versions, and whose each is; what is empty has none."""
    parts, owner = shapely.get_parts(np.array([version.state.geometry for version in versions]), return_index=True)
    kept = ~shapely.is_empty(parts)
    parts, owner = parts[kept], owner[kept]
    wide = shapely.get_type_id(parts) != _POINT
    parts[wide] = shapely.point_on_surface(parts[wide])
    return shapely.get_coordinates(parts), owner


def feet(versions: Sequence[Version], settings: Settings) -> Floats:
    """How high above the ellipsoid the ground is that each version stands on.

    It is as high as the survey of the thing says, else as the terrain is at its middle, else 0 m in the 1985 datum.
    """
    base = np.array([np.nan if version.state.base is None else version.state.base for version in versions])
    unknown = np.flatnonzero(np.isnan(base))
    if settings.ground is not None and settings.ground.held and len(unknown):
        bounds = shapely.bounds([versions[row].state.geometry for row in unknown.tolist()])
        base[unknown] = terrain_of(settings.ground).at(*(bounds[:, :2] + bounds[:, 2:]).T / 2)
    found: Floats = np.nan_to_num(base, nan=0.0) + settings.lift(versions)
    return found


def beside(bounds: Floats, room: Floats) -> Floats:
    """Boxes in degrees (n, 4), widened by so many metres each."""
    north = np.degrees(room / SEMI_MAJOR) * 1.01  # a degree is shortest at the equator
    east = north / np.cos(np.radians(np.abs(bounds[:, [1, 3]]).max(axis=1)))
    widened: Floats = bounds + np.column_stack([-east, -north, east, north])
    return widened


def raised(places: Floats, height: Floats, frame: Frame) -> Floats:
    """Places (lon, lat) at heights above the ellipsoid, as metres east, north and up in a frame."""
    ground, upward = ground_and_upward(places[:, 0], places[:, 1])
    found: Floats = frame.local(ground) + frame.turned(upward) * height[:, None]
    return found
