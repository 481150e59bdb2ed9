"""The faces of CityGML's geometries: rings, references within an object, and templates that stand in many places."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from lxml import etree

from entities.crs import Numbers, metres_per_degree, names_authority_order, parse_crs
from entities.painting import PLAIN, Look
from entities.readers.citygml_appearance import Appearance, MisfitError
from entities.readers.citygml_parsing import Element, children, gml_id, local_name
from entities.readers.source import Fault

_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_IS_FACE: Final = " or ".join(
    f"local-name() = '{name}'" for name in ("Polygon", "PolygonPatch", "Triangle", "Rectangle")
)
_FACES: Final = etree.XPath(f"descendant-or-self::*[{_IS_FACE}]")
_FACES_AND_LINKS: Final = etree.XPath(
    f"descendant-or-self::*[{_IS_FACE} or @x:href]", namespaces={"x": "http://www.w3.org/1999/xlink"}
)
_SYSTEMS: Final = etree.XPath("descendant-or-self::*/@srsName")


class MalformedRingError(ValueError):
    """A ring of a building is not closed (`geom.form.open`), or is not made of numbers."""

    def __init__(self, why: str, rule: str = "geom.form") -> None:
        super().__init__(why)
        self.fault = Fault(rule, why)


@dataclass(slots=True)
class Setting:
    """What a file says once for all its geometry: the systems it names, and the dimensions of its coordinates."""

    systems: dict[str, None] = field(default_factory=dict)
    dimensions: int = 3
    templates: "dict[str, list[Face]]" = field(default_factory=dict)  # by the id of a geometry met so far

    def note(self, element: Element) -> None:
        """Take note of the systems that an element and what stands in it name."""
        self.systems.update(dict.fromkeys(name.strip() for name in _SYSTEMS(element)))


Face = tuple[list[Numbers], Look]
"""The rings of a face, the outer one first, and how it looks."""


class Scope:
    """Where references within one building are looked up."""

    def __init__(self, building: Element, setting: Setting, appearance: Appearance) -> None:
        self._building = building
        self._by_id: dict[str, Element] | None = None
        self._appearance = appearance
        self.setting = setting

    def face(self, face: Element) -> Face:
        """The rings of a face and its look; raises `MalformedRingError`."""
        rings = [(ring, _ring(ring, self.setting)) for ring in _rings(face)]
        try:
            return [points for _, points in rings], self._appearance.look(self._building, face, rings)
        except MisfitError as error:
            raise MalformedRingError(str(error), "picture.corners") from None

    def target(self, link: Element) -> Element | None:
        """The element of this building that another one refers to, unless it stands inside of it."""
        reference = link.get(_LINK, "")
        if not reference.startswith("#"):
            return None
        if self._by_id is None:
            self._by_id = {name: inner for inner in self._building.iter() if (name := gml_id(inner))}
        target = self._by_id.get(reference[1:])
        return None if target is link or target in link.iterancestors() else target


def faces_of(element: Element, scope: Scope) -> list[Face]:
    """Every face below an element; one given by reference is looked up within the building.

    Of a geometry that is a lone point a face of one corner.
    """
    faces: list[Face] = []
    scope.setting.note(element)
    implicit = next(element.iter("{*}ImplicitGeometry"), None)
    if implicit is not None:
        return _instance(implicit, scope)
    for inner in _FACES_AND_LINKS(element):
        if inner.get(_LINK) is None:
            faces.append(scope.face(inner))
            continue
        target = scope.target(inner)
        if target is not None:
            faces += [scope.face(face) for face in _FACES(target)]
    alone = [] if faces else [_ring(point, scope.setting) for point in element.iter("{*}Point")]
    return faces or [([place], PLAIN) for place in alone]


def _instance(implicit: Element, scope: Scope) -> list[Face]:
    """The faces of a template where it stands: turned and stretched by its matrix, and carried to its place.

    Where the template is a file of its own, or was not met yet, the place alone.
    """
    told = [point for holder in children(implicit, "referencePoint") for point in children(holder, "Point")]
    if not told:
        raise MalformedRingError("ImplicitGeometry: referencePoint")
    place = _ring(told[0], scope.setting)[:1]
    matrix = _matrix(implicit)
    return [
        ([_carried(ring @ matrix[:3, :3].T + matrix[:3, 3], place[0], scope.setting) for ring in rings], look)
        for rings, look in _template(implicit, scope)
    ] or [([place], PLAIN)]


def _template(implicit: Element, scope: Scope) -> list[Face]:
    """The faces of a template as it is written, in metres: the one that stands here, or one that was met before."""
    for holder in (*children(implicit, "relativeGMLGeometry"), *children(implicit, "relativeGeometry")):
        reference = holder.get(_LINK, "")
        if reference:
            return scope.setting.templates.get(reference.removeprefix("#"), [])
        for geometry in holder:
            found = [scope.face(face) for face in _FACES(geometry)]
            scope.setting.templates[gml_id(geometry) or ""] = found
            return found
    return []


def _matrix(implicit: Element) -> Numbers:
    words = [word for one in children(implicit, "transformationMatrix") for word in str(one.text or "").split()]
    try:
        matrix: Numbers = np.array(words or np.eye(4), dtype=np.float64).reshape(4, 4)
    except ValueError:
        raise MalformedRingError(f"transformationMatrix: {' '.join(words[:4])}") from None
    return matrix


def _carried(metres: Numbers, place: Numbers, setting: Setting) -> Numbers:
    """Points counted in metres about a place, in the coordinates of the file, which may be degrees."""
    system = next(iter(setting.systems), "")
    if not system or not parse_crs(system, system).is_geographic:
        return metres + place
    northward = names_authority_order(system)
    degrees = metres_per_degree(place[:1] if northward else place[1:2])[0]
    flat = metres[:, :2] / degrees
    return np.column_stack([flat[:, ::-1] if northward else flat, metres[:, 2]]) + place


def _rings(face: Element) -> list[Element]:
    """The rings of a face, the outer one first."""
    holders = [*children(face, "exterior"), *children(face, "outerBoundaryIs")]
    holders += [*children(face, "interior"), *children(face, "innerBoundaryIs")]
    return [ring for holder in holders for ring in children(holder, "LinearRing")]


def _ring(ring: Element, setting: Setting) -> Numbers:
    """The points of a ring as x, y, z; raises `MalformedRingError` where it is open."""
    dimensions = setting.dimensions
    words: list[str] = []
    for child in ring:
        if local_name(child) in ("posList", "pos", "coordinates"):
            dimensions = int(child.get("srsDimension") or ring.get("srsDimension") or dimensions)
            words += (child.text or "").replace(",", " ").split()
    try:
        points: Numbers = np.array(words, dtype=np.float64).reshape(-1, dimensions)
    except ValueError:
        raise MalformedRingError(f"LinearRing: {' '.join(words[:4])}") from None
    closed = len(points) == 1 or words[:dimensions] == words[-dimensions:] or (points[:1] == points[-1:]).all()
    if not closed and np.isfinite(points).all():
        raise MalformedRingError(f"{points[0].tolist()} ≠ {points[-1].tolist()}", "geom.form.open")
    return points if dimensions == 3 else np.column_stack([points, np.zeros(len(points))])
