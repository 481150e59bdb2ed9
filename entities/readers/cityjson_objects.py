"""City objects of CityJSON: Buildings put together with their parts, and the faces of their geometries."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from entities.crs import Numbers
from entities.model import Scalar
from entities.readers.cityjson_paints import MalformedObjectError, Members, Paints, flat
from entities.readers.details import KINDS, best_of_group, is_footprint, join_attributes
from entities.readers.solids import FOOTPRINT, Solid
from entities.readers.source import flatten

_WITHIN: Final = (
    "BuildingPart", "BuildingInstallation", "BuildingConstructiveElement", "BuildingFurniture", "BuildingRoom",
    "BuildingStorey", "BuildingUnit",
)  # fmt: skip
"""Objects that belong to a Building; of these only its parts have an outside that is taken."""

_WRAPPED: Final = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists wrap the faces of each geometry type."""


@dataclass(frozen=True, slots=True)
class Building:
    """A Building (the first of `members`) with its parts, and the points and colours that their indices mean."""

    id: str
    members: Sequence[Members]
    points: Numbers
    paints: Paints

    def attributes(self) -> dict[str, Scalar]:
        """The attributes of the Building and of its parts."""
        own, *parts = (_attributes(members) for members in self.members)
        return join_attributes(own, parts)

    def solid(self) -> Solid:
        """The faces of the best level of detail; raises `MalformedObjectError` for indices of no point."""
        solid = Solid()
        group = [_geometries(members) for members in self.members]
        for geometry in best_of_group(group, _lod):
            try:
                self._add(solid, geometry)
            except MalformedObjectError:
                raise
            except (TypeError, ValueError, IndexError, KeyError) as error:
                raise MalformedObjectError(f"{geometry.get('type')}: {error}") from None
        return solid

    def _add(self, solid: Solid, geometry: Members) -> None:
        depth = _WRAPPED.get(str(geometry.get("type")))
        if depth is None:
            return
        faces = list(_unwrapped(geometry["boundaries"], depth))
        kinds = FOOTPRINT * len(faces) if is_footprint(_lod(geometry)) else _kinds(geometry, depth, len(faces))
        looks = self.paints.of(self.id, geometry, depth, faces)
        for face, kind, look in zip(faces, kinds, looks, strict=True):
            solid.add([self._ring(ring) for ring in face], kind, look)

    def _ring(self, indices: Sequence[int]) -> Numbers:
        """The points of a ring, closed."""
        if min(indices, default=0) < 0:
            raise IndexError("vertex < 0")
        ring: Numbers = self.points[[*indices, *indices[:1]]]
        return ring


class Grouping:
    """Buildings waiting for their parts, which may stand anywhere in the file."""

    def __init__(self, points: Numbers, paints: Paints) -> None:
        self._points, self._paints = points, paints
        self._seen: dict[str, Members] = {}
        self._waiting: dict[str, Members] = {}
        self.others: Counter[str] = Counter()

    def take(self, identifier: str, members: Members) -> Iterator[Building]:
        """Take the next object; yield the Building it completes, if any."""
        kind = str(members.get("type"))
        if kind == "Building":
            self._waiting[identifier] = members
            yield from self._if_complete(identifier)
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
        return Building(identifier, [building, *(part for part in parts if part)], self._points, self._paints)


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
