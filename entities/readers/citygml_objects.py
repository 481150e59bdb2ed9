"""Buildings and vegetation of CityGML: their attributes as scalars, and the faces of their best level of detail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from lxml import etree

from entities.model import Scalar
from entities.readers.citygml_appearance import Appearance
from entities.readers.citygml_faces import Face, MalformedRingError, Scope, Setting, faces_of
from entities.readers.citygml_parsing import Element, children, gml_id, local_name
from entities.readers.details import KINDS, best_of_group, is_footprint, join_attributes
from entities.readers.plants import COVER, NOWHERE, TREE, cover, kind_told, tree
from entities.readers.solids import FOOTPRINT, Solid
from entities.readers.source import Fault

_GENERICS: Final = ("http://www.opengis.net/citygml/generics/2.0", "http://www.opengis.net/citygml/generics/1.0")
_OLDER: Final = {"height.value": "measuredHeight"}  # what CityGML 3 says otherwise than those before it
_NAMED: Final = "http://www.opengis.net/citygml/generics/3.0"
_LOD: Final = re.compile(r"^lod(\d)(Solid|MultiSurface|Surface|Geometry|FootPrint|RoofEdge|ImplicitRepresentation)$")
_NO_ATTRIBUTES: Final = re.compile(
    r"^(lod\d\w*|boundedBy|boundary|consistsOfBuildingPart|interiorRoom|(outer|interior)BuildingInstallation|appearance"
    r"|building(Part|Room|Installation|Furniture|ConstructiveElement|Subdivision))$"
)
_WHOLE_NUMBERS: Final = {"intAttribute", "storeysAboveGround", "storeysBelowGround"}
_NUMBERS: Final = {"doubleAttribute", "measureAttribute", "measuredHeight"}


@dataclass(frozen=True, slots=True)
class Building:
    """What was read of one Building, or of one plant; `fault` says why its form is wrong, if it is."""

    id: str | None
    attributes: dict[str, Scalar]
    solid: Solid
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Shape:
    """Faces of one level of detail, and the letter of their kind."""

    lod: str
    kind: str
    faces: list[Face]


def read_building(element: Element, setting: Setting, appearance: Appearance) -> Building:
    """Read one bldg:Building with all its parts, or one of `VEGETATION`."""
    members = [element, *_parts(element)]
    own, *parts = (_attributes(member) for member in members)
    attributes = join_attributes(own, parts) | kind_told(local_name(element))
    try:
        scope = Scope(element, setting, appearance)
        shapes = best_of_group([_shapes(member, scope) for member in members], lambda shape: shape.lod)
    except MalformedRingError as error:
        return Building(gml_id(element), attributes, Solid(), error.fault)
    if local_name(element) == TREE:
        corners = [ring for shape in shapes for rings, _ in shape.faces for ring in rings]
        return Building(gml_id(element), *tree(attributes, np.concatenate([NOWHERE, *corners])))
    solid = Solid()
    for shape in shapes:
        for face, look in shape.faces:
            solid.add(face, shape.kind, look)
    return Building(gml_id(element), attributes, cover(solid) if local_name(element) == COVER else solid)


def _parts(element: Element) -> Iterator[Element]:
    """Every part of a building, and the parts of parts."""
    for holder in (*children(element, "consistsOfBuildingPart"), *children(element, "buildingPart")):
        for part in children(holder, "BuildingPart"):
            yield part
            yield from _parts(part)


# ---- attributes


def _attributes(element: Element) -> dict[str, Scalar]:
    """The properties of a building; a second one of the same name is called `name.2`."""
    found: dict[str, Scalar] = {}
    for child in element:
        if isinstance(child.tag, str) and not _NO_ATTRIBUTES.match(local_name(child)):
            for name, value in _leaves(child, ""):
                found[_unused(name, found)] = value
    return found


def _unused(name: str, found: dict[str, Scalar]) -> str:
    number = 2
    wanted = name
    while wanted in found:
        wanted = f"{name}.{number}"
        number += 1
    return wanted


def _leaves(element: Element, prefix: str) -> Iterator[tuple[str, Scalar]]:
    """The leaves of a property as `outer.inner`; object elements (`BuildingIDAttribute`) are not named."""
    name = local_name(element)
    if etree.QName(element).namespace in _GENERICS and element.get("name"):
        yield from _generic(element, prefix)
        return
    if etree.QName(element).namespace == _NAMED:
        yield from _named(element)
        return
    inner = [child for child in element if isinstance(child.tag, str)]
    path = prefix if name[:1].isupper() else f"{prefix}.{name}" if prefix else name
    if not inner:
        text = (element.text or "").strip()
        if text:
            yield _OLDER.get(path, path or name), _typed(name, text, element.get("uom") is not None)
        return
    for child in inner:
        yield from _leaves(child, path)


def _generic(element: Element, prefix: str) -> Iterator[tuple[str, Scalar]]:
    """A generic attribute, or a set of them, under the name it gives itself."""
    path = f"{prefix}.{element.get('name')}" if prefix else str(element.get("name"))
    for child in element:
        if local_name(child) == "value" and (child.text or "").strip():
            yield path, _typed(local_name(element), child.text.strip(), False)
        elif isinstance(child.tag, str) and local_name(child) != "value":
            yield from _leaves(child, path)


def _named(element: Element) -> Iterator[tuple[str, Scalar]]:
    """A generic attribute of CityGML 3, which has its name and value as elements."""
    said = {local_name(child): (child.text or "").strip() for child in element}
    if said.get("name") and said.get("value"):
        kind = local_name(element)
        yield said["name"], _typed(kind[:1].lower() + kind[1:], said["value"], False)


def _typed(name: str, text: str, measured: bool) -> Scalar:
    """Numbers as numbers where the schema says so; anything else as the text it is."""
    try:
        if name in _WHOLE_NUMBERS:
            return int(text)
        return float(text) if measured or name in _NUMBERS else text
    except ValueError:
        return text


# ---- geometry


def _shapes(member: Element, scope: Scope) -> list[_Shape]:
    """The shapes of a building or a part by level of detail; where surfaces have types, untyped ones are dropped."""
    typed = list(_typed_shapes(member, scope))
    with_types = {shape.lod for shape in typed}
    plain = []
    for child in member:
        found = _LOD.match(local_name(child))
        if found and found[1] not in with_types:
            kind = FOOTPRINT if is_footprint(found[1]) else "O"
            plain.append(_Shape(found[1], kind, faces_of(child, scope)))
    return typed + _without_roof_edges(plain, member)


def _without_roof_edges(shapes: list[_Shape], member: Element) -> list[_Shape]:
    """Of two outlines of level 0 the one on the ground is the footprint."""
    footprints = [shape for shape in shapes if is_footprint(shape.lod)]
    names = [local_name(child) for child in member if _LOD.match(local_name(child)) and local_name(child)[3] == "0"]
    if len(footprints) < 2 or "lod0FootPrint" not in names:
        return shapes
    kept = footprints[names.index("lod0FootPrint")]
    return [shape for shape in shapes if not is_footprint(shape.lod) or shape is kept]


def _typed_shapes(member: Element, scope: Scope) -> Iterator[_Shape]:
    """The roof, wall and ground surfaces that bound a building or a part."""
    for holder in (*children(member, "boundedBy"), *children(member, "boundary")):
        for surface in holder:
            kind = KINDS.get(local_name(surface), "O")
            for child in surface:
                found = _LOD.match(local_name(child))
                if found:
                    yield _Shape(found[1], kind, faces_of(child, scope))
