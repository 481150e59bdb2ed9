"""The two sides that are matched, features and entities, as arrays in metres."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.matching.policy import KINDS, MatchPolicy, Tolerances
from entities.matching.registering import Registration
from entities.model import State
from entities.spoken import EVERYTHING, Spoken

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
Shapes = NDArray[np.object_]
ToMetres = Callable[[Shapes], Shapes]

_RADIUS: Final = 6_378_137.0  # CGCS2000
_SQUARED_ECCENTRICITY: Final = 0.006_694_380_022_9
_CORNERS: Final = 3.0  # standard deviations that a corner may be off
_ENDS: Final = 5.0  # standard deviations within which a line runs beside itself


@dataclass(frozen=True)
class Side:
    """One side: its states, and beside each its shape in metres and what else the arithmetic needs."""

    labels: Sequence[str]  # entity codes, or the rows of features
    states: Sequence[State]
    shapes: Shapes
    boxes: Floats  # west, south, east, north of each (n x 4)
    kinds: Places  # 0 point, 1 line, 2 area
    sizes: Floats  # 1, metres, square metres
    rims: Floats  # the length of each outline in metres
    classes: NDArray[np.object_]
    names: NDArray[np.object_]  # empty where there is none
    heights: Floats  # not a number where unknown
    grounds: Floats
    levels: Floats  # the mean of the Z of each shape, not a number without Z
    accept: Floats
    refuse: Floats
    outline: Floats
    distance: Floats
    geometry_tolerance: Floats
    height_tolerance: Floats
    extend: Floats
    noise: float  # of a corner, as the survey's registration found it
    shift: Floats  # metres east and north that were removed of each (n x 2)
    spoken: Spoken = EVERYTHING

    def __len__(self) -> int:
        return len(self.states)


def make_side(
    labels: Sequence[str],
    states: Sequence[State],
    to_metres: ToMetres,
    policy: MatchPolicy,
    registration: Registration,
    spoken: Spoken = EVERYTHING,
) -> Side:
    """Make arrays of states; a survey's noise widens what counts as near."""
    geometries = geometries_of(states)
    shapes = to_metres(geometries)
    kinds = np.maximum(shapely.get_dimensions(geometries).astype(np.int64), 0)
    rising = (kinds == 1) & (shapely.length(shapes) == 0)  # a pipe that only leads upward is found as a point is
    shapes[rising], kinds[rising] = shapely.centroid(shapes[rising]), 0
    sizes = np.choose(kinds, [np.ones(len(states)), shapely.length(shapes), shapely.area(shapes)])
    classes = np.array([state.class_code for state in states], dtype=object)
    limits = {
        (class_code, kind): policy.tolerances_of(class_code, KINDS[kind])
        for class_code, kind in set(zip(classes.tolist(), kinds.tolist(), strict=True))
    }
    own = [limits[key] for key in zip(classes.tolist(), kinds.tolist(), strict=True)]
    noise = registration.noise
    table = np.array([_widened(one, noise) for one in own]).reshape(-1, 7)
    heights = np.array([state.height for state in states], dtype=np.float64)
    grounds = np.array([state.base for state in states], dtype=np.float64)
    names = np.array([state.name or "" for state in states], dtype=object)
    accept, refuse, outline, distance, geometry, height, extend = table.T
    return Side(
        labels=labels,
        states=states,
        shapes=shapes,
        boxes=shapely.bounds(shapes).reshape(-1, 4),
        kinds=kinds,
        sizes=sizes,
        rims=shapely.length(shapes),
        classes=classes,
        names=names,
        heights=heights,
        grounds=grounds,
        levels=_levels(geometries),
        accept=accept,
        refuse=refuse,
        outline=outline,
        distance=distance,
        geometry_tolerance=geometry,
        height_tolerance=height,
        extend=extend,
        noise=noise,
        shift=np.zeros((len(states), 2)),
        spoken=spoken,
    )


def unshifted(side: Side, registration: Registration) -> Side:
    """A side as it lies without the shift of its survey."""
    shift = registration.shift_of(shapely.bounds(geometries_of(side.states)).reshape(-1, 4))
    if not shift.any():
        return side
    moves = np.repeat(shift, shapely.get_num_coordinates(side.shapes), axis=0)
    shapes = shapely.transform(side.shapes, lambda places: places - moves)
    return replace(side, shapes=shapes, boxes=side.boxes - np.tile(shift, 2), shift=shift)


def _widened(one: Tolerances, noise: float) -> tuple[float, ...]:
    """The tolerances, with the outline and the distance as wide as the noise makes them."""
    outline = max(one.outline, _CORNERS * noise) if one.outline else 0.0
    distance = one.distance if one.kind == "area" else max(one.distance, _ENDS * noise)
    return one.accept, one.refuse, outline, distance, one.geometry, one.height, one.extend


def geometries_of(states: Sequence[State]) -> Shapes:
    """The geometries of states as an array of objects."""
    geometries = np.empty(len(states), dtype=object)
    geometries[:] = [state.geometry for state in states]
    return geometries


def local_metres(states: Sequence[State]) -> ToMetres:
    """A projection of everything given to metres about its middle: degrees times their length there.

    Shares of area are exact enough anywhere within a province, lengths within 3 % at 2° north or south of the middle.
    """
    west, south, east, north = shapely.total_bounds(geometries_of(states))
    middle = np.array([(west + east) / 2, (south + north) / 2])
    sine, cosine = np.sin(np.radians(middle[1])), np.cos(np.radians(middle[1]))
    bend = 1 - _SQUARED_ECCENTRICITY * sine**2
    along_parallel = _RADIUS * cosine / np.sqrt(bend)
    along_meridian = _RADIUS * (1 - _SQUARED_ECCENTRICITY) / bend**1.5
    scale = np.radians([along_parallel, along_meridian])

    def to_metres(geometries: Shapes) -> Shapes:
        moved: Shapes = shapely.transform(geometries, lambda places: (places - middle) * scale)
        return moved

    return to_metres


def _levels(geometries: Shapes) -> Floats:
    levels = np.full(len(geometries), np.nan)
    solid = np.flatnonzero(shapely.has_z(geometries))
    if len(solid):
        places, owner = shapely.get_coordinates(geometries[solid], include_z=True, return_index=True)
        levels[solid] = np.bincount(owner, places[:, 2]) / np.bincount(owner)
    return levels
