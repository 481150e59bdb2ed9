"""City objects of CityJSON: Buildings put together with their parts, plants, and the faces of their geometries."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from entities.crs import Numbers
from entities.model import Scalar
from entities.readers.cityjson_paints import MalformedObjectError, Members, Paints, flat
from entities.readers.cityjson_templates import Placed, Templates, numbers_in
from entities.readers.details import KINDS, best_of_group, is_footprint, join_attributes
from entities.readers.plants import COVER, NOWHERE, TREE, VEGETATION, cover, kind_told, tree
from entities.readers.solids import FOOTPRINT, Solid
from entities.readers.source import Fault, flatten

_WITHIN: Final = (
    "BuildingPart", "BuildingInstallation", "BuildingConstructiveElement", "BuildingFurniture", "BuildingRoom",
    "BuildingStorey", "BuildingUnit",
)  # fmt: skip
"""Objects that belong to a Building; of these only its parts have an outside that is taken."""

_WRAPPED: Final = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists wrap the faces of each geometry type."""


@dataclass(frozen=True, slots=True)
class Building:
    """A Building (the first of `members`) with its parts, or one plant, and what the indices in them mean."""

    id: str
    members: Sequence[Members]
    meanings: "Meanings"

    def read(self) -> tuple[dict[str, Scalar], Solid, Fault | None]:
        """The attributes, with those of its parts, the best level of detail, and what is wrong with it."""
        own, *parts = (_attributes(members) for members in self.members)
        kind = str(self.members[0].get("type"))
        attributes = join_attributes(own, parts) | kind_told(kind)
        try:
            if kind == TREE:
                return *tree(attributes, self._corners()), None
            return attributes, cover(self._solid()) if kind == COVER else self._solid(), None
        except MalformedObjectError as error:
            return attributes, Solid(), error.fault

    def _solid(self) -> Solid:
        """The faces; raises `MalformedObjectError` for indices of no point."""
        solid = Solid()
        for placed in self._best():
            with _well_formed(placed.geometry):
                self._add(solid, *placed)
        return solid

    def _corners(self) -> Numbers:
        """All corners of a plant, and points that are no corners of anything; the same."""
        found = [NOWHERE]
        for geometry, points in self._best():
            with _well_formed(geometry):
                found.append(points[_sound(list(numbers_in(geometry.get("boundaries"))))])
        return np.concatenate(found)

    def _best(self) -> list[Placed]:
        placed = self.meanings.templates.placed
        group = [[placed(one, self.meanings.points) for one in _geometries(members)] for members in self.members]
        return best_of_group(group, lambda one: _lod(one.geometry))

    def _add(self, solid: Solid, geometry: Members, points: Numbers) -> None:
        depth = _WRAPPED.get(str(geometry.get("type")))
        if depth is None:
            return
        faces = list(_unwrapped(geometry["boundaries"], depth))
        kinds = FOOTPRINT * len(faces) if is_footprint(_lod(geometry)) else _kinds(geometry, depth, len(faces))
        looks = self.meanings.paints.of(self.id, geometry, depth, faces)
        for face, kind, look in zip(faces, kinds, looks, strict=True):
            solid.add([points[_sound([*ring, *ring[:1]])] for ring in face], kind, look)


def _sound(indices: list[int]) -> list[int]:
    if min(indices, default=0) < 0:
        raise IndexError("vertex < 0")
    return indices


@contextmanager
def _well_formed(geometry: Members) -> Iterator[None]:
    """Say what is wrong with a geometry that is not what the standard says."""
    try:
        yield
    except MalformedObjectError:
        raise
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise MalformedObjectError(f"{geometry.get('type')}: {error}") from None


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the numbers in city objects mean: points, looks, and shapes told once."""

    points: Numbers
    paints: Paints
    templates: Templates


class Grouping:
    """Buildings waiting for their parts, which may stand anywhere in the file."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings
        self._seen: dict[str, Members] = {}
        self._waiting: dict[str, Members] = {}
        self.others: Counter[str] = Counter()

    def take(self, identifier: str, members: Members) -> Iterator[Building]:
        """Take the next object; yield the Building it completes, if any."""
        kind = str(members.get("type"))
        if kind == "Building":
            self._waiting[identifier] = members
            yield from self._if_complete(identifier)
        elif kind in VEGETATION:
            yield Building(identifier, [members], self._meanings)
        elif kind in _WITHIN:
            self._seen[identifier] = members if kind == "BuildingPart" else {}
            for owner in _names(members, "parents"):
                yield from self._if_complete(owner)
        else:
            self.others[kind] += 1

    def rest(self) -> Iterator[Building]:
        """Yield the Buildings whose parts never came, with what there is of them."""
        for identifier in list(self._waiting):
            yield self._building(identifier)

    def _if_complete(self, identifier: str) -> Iterator[Building]:
        waiting = self._waiting.get(identifier)
        if waiting is not None and all(child in self._seen for child in _names(waiting, "children")):
            yield self._building(identifier)

    def _building(self, identifier: str) -> Building:
        building = self._waiting.pop(identifier)
        parts = [self._seen.pop(child, {}) for child in _names(building, "children")]
        return Building(identifier, [building, *(part for part in parts if part)], self._meanings)


def _names(members: Members, relation: str) -> list[str]:
    names = members.get(relation)
    return [str(name) for name in names] if isinstance(names, list) else []


def _attributes(members: Members) -> dict[str, Scalar]:
    attributes = members.get("attributes")
    return dict(flatten(attributes)) if isinstance(attributes, dict) else {}


def _geometries(members: Members) -> list[Members]:
    geometries = members.get("geometry")
    return [one for one in geometries if isinstance(one, dict)] if isinstance(geometries, list) else []


def _lod(geometry: Members) -> str:
    return str(geometry.get("lod", "0"))


def _unwrapped(boundaries: object, depth: int) -> Iterator[list[list[int]]]:
    """Yield the faces of a geometry: shells and solids are only lists around them."""
    if not isinstance(boundaries, list):
        raise TypeError("boundaries")
    for inner in boundaries:
        if depth:
            yield from _unwrapped(inner, depth - 1)
        else:
            yield inner


def _kinds(geometry: Members, depth: int, count: int) -> str:
    """A letter for each face, from the semantics of the geometry; O for each where there are none that fit."""
    semantics = geometry.get("semantics")
    if not isinstance(semantics, dict):
        return "O" * count
    letters = [KINDS.get(surface.get("type"), "O") for surface in semantics.get("surfaces", [])]
    kinds = "".join("O" if value is None else letters[value] for value in flat(semantics.get("values"), depth))
    return kinds if len(kinds) == count else "O" * count


def points_of(vertices: object, scale: Numbers, translate: Numbers) -> Numbers:
    """Coordinates (n x 3) of the integers a file writes them as."""
    points: Numbers = np.asarray(vertices, dtype=np.float64).reshape(-1, 3) * scale + translate
    return points
