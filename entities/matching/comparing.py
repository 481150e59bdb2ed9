"""What changed between an entity as the base has it and as a survey shows it, in words with numbers."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import shapely

from entities.matching import words
from entities.matching.sides import Floats, Places, Shapes, Side
from entities.matching.words import fill
from entities.model import Scalar, State, attributes_text
from entities.text import Text

_LARGE: Final = 4_000_000
"""Above so many pairs of vertices an index is quicker than comparing each with each."""

_MOST_NAMES: Final = 5


class Difference(NamedTuple):
    """What differs beyond the tolerances, nothing where nothing does, and what the entity is by the feature."""

    reasons: tuple[Text, ...]
    state: State


def differences(features: Side, one: Places, entities: Side, other: Places) -> list[Difference]:
    """What differs between features and entities, place by place."""
    moved = _moved(features, one, entities, other)
    columns = zip(one.tolist(), other.tolist(), moved.tolist(), strict=True)
    return [_difference(features, i, entities, j, metres) for i, j, metres in columns]


def _difference(features: Side, i: int, entities: Side, j: int, metres: float) -> Difference:
    new, old = features.states[i], entities.states[j]
    unmoved = metres <= features.geometry_tolerance[i] and not any(_extents(new, old, features.height_tolerance[i]))
    state = features.spoken.completed(new, old, unmoved)
    return Difference(tuple(_differences(features, i, entities, j, metres, state)), state)


def _extents(new: State, old: State, tolerance: float) -> Iterator[bool]:
    """Whether heights that both give differ."""
    for here, there in ((new.height, old.height), (new.base, old.base)):
        yield here is not None and there is not None and abs(here - there) > tolerance


def _moved(features: Side, one: Places, entities: Side, other: Places) -> Floats:
    """Metres by which features lie off entities, with or without the shift of their survey, whichever is less.

    The shift is an estimate: what lies on its entity as it was sent has not moved, however its neighbours lie.
    """
    moved = displacement(features.shapes[one], entities.shapes[other])
    doubtful = (moved > features.geometry_tolerance[one]) & features.shift[one].any(axis=1)
    as_sent = features.shapes[one[doubtful]]
    moves = np.repeat(features.shift[one[doubtful]], shapely.get_num_coordinates(as_sent), axis=0)
    as_sent = shapely.transform(as_sent, lambda places: places + moves)
    moved[doubtful] = np.minimum(moved[doubtful], displacement(as_sent, entities.shapes[other[doubtful]]))
    return moved


def displacement(shapes: Shapes, others: Shapes) -> Floats:
    """Metres by which each shape's vertices lie off the other's outline at most (Hausdorff, taken at vertices)."""
    moved: Floats = np.empty(len(shapes))
    work = shapely.get_num_coordinates(shapes).astype(np.int64) * shapely.get_num_coordinates(others)
    small = work <= _LARGE
    moved[small] = shapely.hausdorff_distance(shapes[small], others[small])
    for place in np.flatnonzero(~small):
        moved[place] = max(_farthest(shapes[place], others[place]), _farthest(others[place], shapes[place]))
    return np.nan_to_num(moved, nan=np.inf)


def _farthest(shape: shapely.Geometry, other: shapely.Geometry) -> float:
    """The greatest distance of a vertex of one shape from the outline of the other."""
    parts = shapely.get_parts(other)
    rings = shapely.get_rings(parts) if shapely.get_dimensions(other) == 2 else parts
    places, owner = shapely.get_coordinates(rings, return_index=True)
    follows = owner[1:] == owner[:-1]
    segments = shapely.linestrings(np.stack([places[:-1][follows], places[1:][follows]], axis=1))
    corners = shapely.points(shapely.get_coordinates(shape))
    _, gaps = shapely.STRtree(segments).query_nearest(corners, return_distance=True, all_matches=False)
    return float(gaps.max())


def _differences(features: Side, i: int, entities: Side, j: int, metres: float, new: State) -> Iterator[Text]:
    old = entities.states[j]
    if features.kinds[i] != entities.kinds[j]:
        yield fill(words.RESHAPED, old=words.KIND_WORDS[entities.kinds[j]], new=words.KIND_WORDS[features.kinds[i]])
    elif metres > features.geometry_tolerance[i]:
        yield (words.MOVED if features.kinds[i] else words.PLACED).fill({"metres": _number(metres)})
    tolerance = features.height_tolerance[i]
    yield from _levels(new, old, tolerance)
    yield from _heights(words.HEIGHT, new.height, old.height, tolerance)
    yield from _heights(words.GROUND, new.base, old.base, tolerance)
    if new.class_code != old.class_code:
        yield fill(words.CLASS, old=old.class_code, new=new.class_code)
    if new.name != old.name:
        yield fill(words.NAME, old=_quoted(old.name), new=_quoted(new.name))
    names = _changed_names(new, old)
    if names:
        more = " …" if len(names) > _MOST_NAMES else ""
        yield fill(words.ATTRIBUTES, names="、".join(names[:_MOST_NAMES]) + more)
    if not _same_surfaces(new, old, max(tolerance, features.geometry_tolerance[i])):
        yield words.SURFACES


def _levels(new: State, old: State, tolerance: float) -> Iterator[Text]:
    """Compare the heights along lines (and of points): vertex by vertex where the vertices are the same in number."""
    if new.geometry.has_z != old.geometry.has_z:
        yield words.GAINED_LEVEL if new.geometry.has_z else words.LOST_LEVEL
    elif new.geometry.has_z:
        here, there = (shapely.get_coordinates(state.geometry, include_z=True)[:, 2] for state in (new, old))
        if len(here) == len(there):
            moved = min(np.max(np.abs(here - there)), np.max(np.abs(here[::-1] - there)))
        else:
            moved = abs(here.mean() - there.mean())
        if moved > tolerance:
            yield fill(words.LEVEL, metres=_number(float(moved)))


def _heights(sentence: Text, new: float | None, old: float | None, tolerance: float) -> Iterator[Text]:
    if new is not old if new is None or old is None else abs(new - old) > tolerance:
        yield fill(sentence, old=_measured(old), new=_measured(new))


def _changed_names(new: State, old: State) -> list[str]:
    """The names of the attributes that differ once both are written as the base writes them."""
    if new.attributes == old.attributes:
        return []
    names = sorted(set(new.attributes) | set(old.attributes))
    return [name for name in names if _written(new, name) != _written(old, name)]


def _written(state: State, name: str) -> str:
    held: dict[str, Scalar] = {name: state.attributes[name]} if name in state.attributes else {}
    return attributes_text(held)


def _same_surfaces(new: State, old: State, tolerance: float) -> bool:
    if new.surfaces is None or old.surfaces is None:
        return new.surfaces is old.surfaces
    if new.surfaces.kinds != old.surfaces.kinds:
        return False
    solids = new.surfaces.polygons, old.surfaces.polygons
    here, there = (shapely.get_coordinates(solid, include_z=True) for solid in solids)
    if here.shape != there.shape:
        return False
    degrees = tolerance / 111_000
    return bool(np.all(np.abs(here - there) <= [degrees, degrees, tolerance]))


def _measured(height: float | None) -> str | Text:
    return words.NOTHING if height is None else words.measured(height)


def _quoted(name: str | None) -> str | Text:
    return words.NOTHING if name is None else f"“{name}”"


def _number(metres: float) -> str:
    return f"{metres:.2f}" if metres < 10 else f"{metres:.0f}"
