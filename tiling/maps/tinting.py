"""Tints for divisions: neighbours never share one, and each tint is used about as often as the others."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree


def tints(shapes: Sequence[BaseGeometry], most: int) -> list[int]:
    """A tint for each shape, by saturation (DSATUR): the shape whose neighbours show most tints is next."""
    neighbours = _neighbours(shapes)
    chosen: dict[int, int] = {}
    while len(chosen) < len(shapes):
        seen = {n: {chosen[m] for m in neighbours[n] if m in chosen} for n in range(len(shapes)) if n not in chosen}
        turn = max(seen, key=lambda n: (len(seen[n]), len(neighbours[n]), -n))
        free = [tint for tint in range(most) if tint not in seen[turn]] or list(range(most))
        uses = list(chosen.values())
        chosen[turn] = min(free, key=lambda tint: (uses.count(tint), tint))
    return [chosen[n] for n in range(len(shapes))]


def _neighbours(shapes: Sequence[BaseGeometry]) -> list[set[int]]:
    """For each shape those that touch it; a crack of less than 20 m does not part neighbours."""
    found: list[set[int]] = [set() for _ in shapes]
    if shapes:
        for one, other in STRtree(shapes).query(shapely.buffer(shapes, 0.0002), predicate="intersects").T:
            if one != other:
                found[int(one)].add(int(other))
                found[int(other)].add(int(one))
    return found
