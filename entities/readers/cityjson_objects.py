"""City objects of CityJSON: Buildings put together with their parts, and the faces of their geometries."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from entities.crs import Numbers
from entities.model import Scalar
from entities.readers.details import KINDS, best_of_group, is_footprint, join_attributes
from entities.readers.solids import FOOTPRINT, Solid
from entities.readers.source import flatten

Members = Mapping[str, object]

_WITHIN: Final = (
    "BuildingPart", "BuildingInstallation", "BuildingConstructiveElement", "BuildingFurniture", "BuildingRoom",
    "BuildingStorey", "BuildingUnit",
)  # fmt: skip
"""Objects that belong to a Building; of these only its parts have an outside that is taken."""

_WRAPPED: Final = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists wrap the faces of each geometry type."""


class MalformedObjectError(ValueError):
    """A city object is not what the standard says it must be."""


@dataclass(frozen=True, slots=True)
class Building:
    """A Building (the first of `members`) with its parts, and the points and colours that their indices mean."""

    id: str
    members: Sequence[Members]
    points: Numbers
    paints: "Paints"

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
            except (TypeError, ValueError, IndexError, KeyError) as error:
                raise MalformedObjectError(f"{geometry.get('type')}: {error}") from None
        return solid

    def _add(self, solid: Solid, geometry: Members) -> None:
        depth = _WRAPPED.get(str(geometry.get("type")))
        if depth is None:
            return
        faces = list(_unwrapped(geometry["boundaries"], depth))
        kinds = FOOTPRINT * len(faces) if is_footprint(_lod(geometry)) else _kinds(geometry, depth, len(faces))
        colours = self.paints.of(geometry, depth, len(faces))
        for face, kind, colour in zip(faces, kinds, colours, strict=True):
            solid.add([self._ring(ring) for ring in face], kind, colour)

    def _ring(self, indices: Sequence[int]) -> Numbers:
        """The points of a ring, closed."""
        if min(indices, default=0) < 0:
            raise IndexError("vertex < 0")
        ring: Numbers = self.points[[*indices, *indices[:1]]]
        return ring


@dataclass(frozen=True, slots=True)
class Paints:
    """The materials of a file's appearance: the colour of each, and the theme that is shown."""

    colours: Sequence[str] = ()
    theme: str | None = None

    @classmethod
    def read(cls, appearance: object) -> "Paints":
        """Read an `appearance`; a material without a colour that can be read paints nothing."""
        members = appearance if isinstance(appearance, dict) else {}
        materials, theme = members.get("materials"), members.get("default-theme-material")
        colours = [_colour(one) for one in materials] if isinstance(materials, list) else []
        return cls(tuple(colours), theme if isinstance(theme, str) else None)

    def of(self, geometry: Members, depth: int, count: int) -> list[str]:
        """The colour of each face of a geometry, empty where it has none or they do not fit."""
        themes = geometry.get("material")
        if not self.colours or not isinstance(themes, dict) or not themes:
            return [""] * count
        chosen = themes.get(self.theme) if self.theme in themes else themes[min(themes)]
        said = chosen if isinstance(chosen, dict) else {}
        numbers = [said["value"]] * count if "value" in said else list(_flat(said.get("values"), depth))
        return [self._colour(number) for number in numbers] if len(numbers) == count else [""] * count

    def _colour(self, number: object) -> str:
        known = isinstance(number, int) and 0 <= number < len(self.colours)
        return self.colours[number] if known and isinstance(number, int) else ""


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
    kinds = "".join("O" if value is None else letters[value] for value in _flat(semantics.get("values"), depth))
    return kinds if len(kinds) == count else "O" * count


def _flat(values: object, depth: int) -> Iterator[int | None]:
    """The values of semantics, one a face; a null in place of a list stands for faces that have none."""
    for inner in values if isinstance(values, list) else []:
        if depth and isinstance(inner, list):
            yield from _flat(inner, depth - 1)
        else:
            yield inner


def _colour(material: object) -> str:
    """A material's colour as `#rrggbb`; empty where it has none."""
    parts = material.get("diffuseColor") if isinstance(material, dict) else None
    numbers = parts if isinstance(parts, list) and len(parts) == 3 else []
    if not numbers or not all(isinstance(part, int | float) and 0 <= part <= 1 for part in numbers):
        return ""
    return "#" + "".join(f"{round(255 * part):02x}" for part in numbers)


def points_of(vertices: object, scale: Numbers, translate: Numbers) -> Numbers:
    """Coordinates (n x 3) of the integers a file writes them as."""
    points: Numbers = np.asarray(vertices, dtype=np.float64).reshape(-1, 3) * scale + translate
    return points
