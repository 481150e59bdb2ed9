"""Which of a building's levels of detail are taken, and how its parts become one with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from entities.model import Scalar

KINDS: Final = {
    "RoofSurface": "R",
    "WallSurface": "W",
    "GroundSurface": "G",
    "OuterCeilingSurface": "O",
    "OuterFloorSurface": "R",
    "ClosureSurface": "O",
}
"""The letter of each surface type of CityGML and CityJSON; surfaces without a type are O."""

_BEST_MAJOR: Final = "23145"  # a LoD 2 shows a roof's shape; LoD 3 adds openings no tile needs; LoD 1 is a block
_Shape = TypeVar("_Shape")


def rank(lod: str) -> tuple[int, str]:
    """How good a level of detail is for the base: 2.2 before 2 before 1.3 before 1; greater is better."""
    major = lod[:1]
    return (len(_BEST_MAJOR) - _BEST_MAJOR.find(major) if major in _BEST_MAJOR else 0), lod


def is_footprint(lod: str) -> bool:
    """Tell whether a level of detail is a footprint only."""
    return lod.startswith("0")


def best_of_group(group: Sequence[Sequence[_Shape]], lod_of: Callable[[_Shape], str]) -> list[_Shape]:
    """Choose from the shapes of a building (first) and its parts.

    Each part gives its best level of detail; the building itself gives its own only where no part has a better one.
    Footprints of level 0 are always taken.
    """
    ranks = [[rank(lod_of(shape)) for shape in shapes if not is_footprint(lod_of(shape))] for shapes in group]
    bests = [max(own, default=None) for own in ranks]
    parts_best = max((best for best in bests[1:] if best), default=None)
    chosen: list[_Shape] = []
    for index, (shapes, best) in enumerate(zip(group, bests, strict=True)):
        outdone = index == 0 and best is not None and parts_best is not None and parts_best > best
        taken = [shape for shape in shapes if rank(lod_of(shape)) == best and not outdone]
        chosen += taken + [shape for shape in shapes if is_footprint(lod_of(shape))]
    return chosen


def join_attributes(building: Mapping[str, Scalar], parts: Iterable[Mapping[str, Scalar]]) -> dict[str, Scalar]:
    """A building's attributes with those of its parts: once where all parts agree, else as `part1.name` and so on."""
    joined = dict(building)
    several = list(parts)
    for name in dict.fromkeys(name for part in several for name in part):
        values = [part.get(name) for part in several]
        if name in building and building[name] is not None:
            continue
        if all(value == values[0] for value in values):
            joined[name] = values[0]
        else:
            joined |= {f"part{n}.{name}": value for n, value in enumerate(values, 1) if value is not None}
    return joined
