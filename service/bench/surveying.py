"""A survey of the world: what it measures, how far it errs, and what its authors send twice or mix up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import State
from service.bench import shaping
from service.bench.shaping import Random
from service.bench.world import Shapes, Thing, Truth, shapes_of

MOST_SHIFT: Final = 0.95
"""Metres by which a whole survey may lie beside the truth; so two of them lie up to 1.9 m beside each other."""

BLOCK: Final = 700.0
"""Metres of the side of a block that is surveyed from one set-up."""

_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Errors:
    """What a survey does wrong: noise and shift in metres, the others as shares of all features."""

    noise: float
    shift: float = MOST_SHIFT
    block_shift: float = 0.1
    height: float = 0.3
    generalised: float = 0.03
    detailed: float = 0.03
    duplicated: float = 0.003  # exactly; and as many nearly
    swapped: float = 0.005


@dataclass(frozen=True)
class Found:
    """What a survey found: the states, their shapes still in metres, and the truth about each."""

    things: list[Thing]
    truths: list[Truth]


def survey(things: Sequence[Thing], truths: Sequence[Truth], errors: Errors, random: Random) -> Found:
    """Survey things with the errors given; the features come in another order than the things."""
    states = _swapped([thing.state for thing in things], errors, random)
    shapes = _drawn(shapes_of(things), errors, random)
    twice = np.flatnonzero(random.random(len(things)) < 2 * errors.duplicated)
    places = np.concatenate([np.arange(len(things)), twice])
    placed = _placed(shapes[places], errors, random)
    exact = np.flatnonzero(random.random(len(twice)) < 0.5)
    placed[len(things) + exact] = placed[twice[exact]]
    measured = _heights([states[place] for place in places.tolist()], errors, random)
    for one in exact.tolist():
        measured[len(things) + one] = measured[twice[one]]
    said = [*truths, *(Truth("duplicate", truths[place].origins) for place in twice.tolist())]
    order = random.permutation(len(places)).tolist()
    return Found(
        [Thing(things[places[one]].number, replace(measured[one], geometry=placed[one])) for one in order],
        [said[one] for one in order],
    )


def _swapped(states: list[State], errors: Errors, random: Random) -> list[State]:
    """States of which some have taken each other's names and attributes."""
    swapped = list(states)
    for place in np.flatnonzero(random.random(len(states)) < errors.swapped / 2).tolist():
        second = int(random.integers(len(states)))
        one, other = swapped[place], swapped[second]
        swapped[place] = replace(one, name=other.name, attributes=other.attributes)
        swapped[second] = replace(other, name=one.name, attributes=one.attributes)
    return swapped


def _drawn(shapes: Shapes, errors: Errors, random: Random) -> Shapes:
    """Shapes as they are drawn: none finer than the survey can measure, some of less detail, some of more."""
    drawn: Shapes = np.empty(len(shapes), dtype=object)
    manner = random.random(len(shapes))
    for place, (shape, one) in enumerate(zip(shapes.tolist(), manner.tolist(), strict=True)):
        if one < errors.generalised:
            drawn[place] = shaping.generalised(shape, 1.0 + errors.noise)
        elif one < errors.generalised + errors.detailed:
            drawn[place] = shaping.detailed(shape, random)
        else:
            drawn[place] = shaping.generalised(shape, errors.noise)
    return drawn


def _placed(shapes: Shapes, errors: Errors, random: Random) -> Shapes:
    """Shapes with every corner measured for itself, and each block of them shifted as a whole."""
    turn, reach = random.uniform(0, 2 * np.pi), random.uniform(0, errors.shift)
    whole = reach * np.array([np.cos(turn), np.sin(turn)])
    west, south, east, north = shapely.total_bounds(shapes)
    blocks = random.normal(
        0, errors.block_shift, (int((east - west) // BLOCK) + 1, int((north - south) // BLOCK) + 1, 2)
    )
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    block = ((middles - [west, south]) // BLOCK).astype(int)
    shift = whole + blocks[tuple(np.clip(block, 0, np.array(blocks.shape[:2]) - 1).T)]
    placed = _shaken(shapes, errors.noise, random)
    for _ in range(_TRIES):
        bad = np.flatnonzero(
            ~shapely.is_valid(placed) | ~shapely.is_simple(placed) | (_sizes(placed) < _sizes(shapes) / 3)
        )
        placed[bad] = _shaken(shapes[bad], errors.noise, random)
    bad = np.flatnonzero(~shapely.is_valid(placed))
    placed[bad] = [shapely.affinity.translate(one, *random.normal(0, errors.noise, 2)) for one in shapes[bad]]
    counts = shapely.get_num_coordinates(placed)
    return _moved(placed, np.repeat(shift, counts, axis=0))


def _sizes(shapes: Shapes) -> NDArray[np.float64]:
    sizes: NDArray[np.float64] = np.where(
        shapely.get_dimensions(shapes) == 2, shapely.area(shapes), shapely.length(shapes)
    )
    return sizes


def _shaken(shapes: Shapes, noise: float, random: Random) -> Shapes:
    """Move every corner by itself; the end of a ring goes with its beginning."""
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    moves = random.normal(0, noise, places.shape)
    rings, ring_owner = _rings(shapes)
    if len(rings):
        ring_places, ring = shapely.get_coordinates(rings, return_index=True)
        assert len(ring_places) == np.isin(owner, ring_owner).sum()
        own = np.flatnonzero(np.isin(owner, ring_owner))
        starts = np.flatnonzero(np.diff(ring, prepend=-1))
        ends = np.append(starts[1:], len(ring)) - 1
        moves[own[ends]] = moves[own[starts]]
    return _moved(shapes, moves)


def _rings(shapes: Shapes) -> tuple[Shapes, NDArray[np.int64]]:
    """The rings of the areas among shapes, in the order of their coordinates, and whose each is."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    rings, part = shapely.get_rings(parts[areas], return_index=True)
    return rings, owner[areas][part]


def _moved(shapes: Shapes, moves: NDArray[np.float64]) -> Shapes:
    """Move the coordinates of shapes in the plane, each by its own."""
    counts = shapely.get_num_coordinates(shapes)
    solid = shapely.has_z(shapes)
    of_solid = np.repeat(solid, counts)
    moved: Shapes = np.empty(len(shapes), dtype=object)
    moved[~solid] = shapely.transform(shapes[~solid], _adding(moves[~of_solid]))
    moved[solid] = shapely.transform(shapes[solid], _adding(moves[of_solid]), include_z=True)
    return moved


def _adding(moves: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda places: np.column_stack([places[:, :2] + moves, places[:, 2:]])


def _heights(states: Sequence[State], errors: Errors, random: Random) -> list[State]:
    """Heights as they are measured."""
    off = random.normal(0, errors.height, len(states)).tolist()
    return [
        state if state.height is None else replace(state, height=max(round(state.height + one, 2), 0.1))
        for state, one in zip(states, off, strict=True)
    ]
