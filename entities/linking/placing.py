"""Entities found by place: which one a register's point, line or area is, or which ones it holds, and how surely."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.classes import ClassTable
from entities.crs import metres_per_degree
from entities.linking.options import Tuning
from entities.linking.rows import LinkRow
from entities.model import Day
from entities.registers.schemes import Scheme
from entities.registers.table import Schemes
from entities.store import Store
from entities.store.touching import Touch, touching

Shapes = NDArray[np.object_]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """The entities of a row with how sure each is, 0 to 1, the surest first; `ambiguous` where none may be taken."""

    found: tuple[tuple[str, float], ...]
    ambiguous: bool = False


def place(store: Store, rows: Sequence[LinkRow], day: Day) -> list[Placed]:
    """Find the entities of rows by their shapes in degrees; one question to the base for all."""
    tuning, schemes = Tuning.load().place, store.meaning.schemes
    margin = tuning["near"] / 80_000  # degrees, ample up to 44 degrees of latitude
    bounds = shapely.bounds(np.array([row.shape for row in rows], dtype=object))
    grown = bounds + np.array([-margin, -margin, margin, margin])
    touches = [one for one in touching(store.database, grown.tolist(), day) if _carried(one, rows, schemes, store)]
    scores = _scores(rows, touches, schemes, tuning)
    found: list[list[tuple[float, str]]] = [[] for _ in rows]
    for touch, score in zip(touches, scores.tolist(), strict=True):
        found[touch.place].append((score, touch.code))
    pairs = zip(rows, found, strict=True)
    return [_chosen(schemes.get(row.scheme), row, sorted(ones, reverse=True), tuning) for row, ones in pairs]


def _carried(touch: Touch, rows: Sequence[LinkRow], schemes: Schemes, store: Store) -> bool:
    classes: ClassTable = store.meaning.classes
    return schemes.get(rows[touch.place].scheme).carried_by(classes.get(touch.class_code))


def _chosen(scheme: Scheme, row: LinkRow, found: Sequence[tuple[float, str]], tuning: Mapping[str, float]) -> Placed:
    """Which of the entities found are taken: all that are held, or the one that is the same and has no rival."""
    if scheme.place == "holds" and _is_area(row.shape):
        taken = tuple((code, round(score, 4)) for score, code in found if score >= tuning["cover"])
        doubtful = any(tuning["touch"] < score < tuning["cover"] for score, _ in found)
        return Placed(taken, ambiguous=not taken and doubtful)
    least = tuning["overlap"] if _is_area(row.shape) else 0.0
    sure = [(score, code) for score, code in found if score > least]
    if not sure:
        return Placed((), ambiguous=any(score > tuning["touch"] for score, _ in found))
    best, code = sure[0]
    rivals = tuple((one, round(score, 4)) for score, one in sure)
    alone = len(sure) == 1 or sure[1][0] < best * tuning["second"]
    return Placed(((code, round(best, 4)),)) if alone else Placed(rivals, ambiguous=True)


def _scores(rows: Sequence[LinkRow], touches: Sequence[Touch], schemes: Schemes, tuning: Mapping[str, float]) -> Scores:
    """How well each pair agrees, 0 to 1, measured in metres."""
    own = np.array([rows[touch.place].shape for touch in touches], dtype=object)
    theirs = np.array([touch.shape for touch in touches], dtype=object)
    holds = np.array([schemes.get(rows[touch.place].scheme).place == "holds" for touch in touches], dtype=bool)
    if not len(touches):
        return np.zeros(0)
    scale = metres_per_degree(shapely.bounds(own)[:, 1])
    own, theirs = (_in_metres(shapes, scale) for shapes in (own, theirs))
    areas = np.array([_is_area(shape) for shape in own])
    scores = np.zeros(len(touches))
    ways: tuple[tuple[NDArray[np.bool_], Callable[[Shapes, Shapes], Scores]], ...] = (
        (areas & holds, _covered),
        (areas & ~holds, _shared),
        (~areas, lambda a, b: _beside(a, b, tuning)),
    )
    for chosen, way in ways:
        scores[chosen] = way(own[chosen], theirs[chosen]) if chosen.any() else 0.0
    return scores


def _covered(own: Shapes, theirs: Shapes) -> Scores:
    """The part of each entity that lies in the register's shape."""
    whole = np.maximum(_measure(theirs), 1e-9)
    part = _measure(shapely.intersection(own, theirs)) / whole
    covered: Scores = np.where(_measure(theirs) > 0, part, shapely.covers(own, theirs))
    return covered


def _shared(own: Shapes, theirs: Shapes) -> Scores:
    """Intersection over union of areas; nothing for an entity that is no area."""
    common = shapely.area(shapely.intersection(own, theirs))
    shared: Scores = common / np.maximum(shapely.area(own) + shapely.area(theirs) - common, 1e-9)
    return shared


def _beside(own: Shapes, theirs: Shapes, tuning: Mapping[str, float]) -> Scores:
    """How near a point or line is: in an area 0.5 at its edge and 1 well inside; beside it less, down to 0."""
    apart = shapely.distance(own, theirs)
    middle = shapely.centroid(own)
    inside = (apart == 0) & np.array([_is_area(shape) for shape in theirs])
    depth = np.where(inside, shapely.distance(middle, shapely.boundary(theirs)), 0.0)
    within = 0.5 + 0.5 * np.minimum(np.nan_to_num(depth) / tuning["sure"], 1.0)
    outside = np.maximum(1 - apart / tuning["near"], 0.0)
    near: Scores = np.where(inside, within, np.where([_is_area(shape) for shape in theirs], outside / 2, outside))
    return near


def _measure(shapes: Shapes) -> Scores:
    area: Scores = shapely.area(shapes)
    return np.where(area > 0, area, shapely.length(shapes))


def _in_metres(shapes: Shapes, scale: Scores) -> Shapes:
    """Shapes with degrees made into metres, each by its own scale."""
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    placed: Shapes = shapely.set_coordinates(shapely.force_2d(shapes), points * scale[owners])
    mended: Shapes = shapely.make_valid(placed)
    return mended


def _is_area(shape: shapely.Geometry | None) -> bool:
    return shape is not None and shapely.get_dimensions(shape) == 2
