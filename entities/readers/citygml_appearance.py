"""The appearance of a CityGML: materials and textures of the whole file, looked up by the ids of what they lie on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
from lxml import etree

from entities.crs import Numbers
from entities.painting import COLOURS, TEXTURES, Look, Patch, colour_text
from entities.readers.album import Album, wrapping
from entities.readers.citygml_casting import Cast, casts_of
from entities.readers.citygml_parsing import MEMBERS, Element, children, forget, gml_id, local_name, parsed
from entities.readers.package import Package
from entities.rules import Finding

_Said = TypeVar("_Said")
_APPEARANCE: Final = "{*}Appearance"
_TELLING: Final = "surfaceData"
"""What stands in a file that says how anything looks."""


class MisfitError(ValueError):
    """The places on a picture are not as many as the corners, or are no numbers (`picture.corners`)."""


class Appearance:
    """What a file says of looks; it may stand before, after or in the buildings, so the file is read for it first.

    Of several themes the first that has textures is shown, and the first that has materials.
    """

    def __init__(self, package: Package) -> None:
        self.album = Album(package)
        self._package = package
        self._themes: dict[str, str] = {}
        self._colours: dict[str, str] = {}  # by the id of a geometry
        self._pictures: list[tuple[str, str]] = []
        self._rings: dict[str, tuple[int, str]] = {}  # by the id of a ring: number of the picture, places as written
        self._casts: dict[str, Cast] = {}  # by the id of a geometry
        self._unread: set[str] = set()  # pictures that are cast nobody can tell how

    def read(self) -> None:
        """Read the file through; where it is broken, whoever reads its buildings will say so."""
        if not self._package.mentions(_TELLING):
            return
        try:
            with self._package.path.open("rb") as file:
                for _, element in parsed(file, *MEMBERS, _APPEARANCE):
                    if local_name(element) == "Appearance":
                        self._take(element)
                    forget(element)
        except etree.XMLSyntaxError:
            return

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The attributes that keep what the file says of looks."""
        told = ((COLOURS, self._colours), (TEXTURES, {**self._rings, **self._casts}))
        return [(name, "text") for name, said in told if said]

    def findings(self) -> Iterator[Finding]:
        """What is to be said once every building was read."""
        yield from self.album.findings()
        if self._unread:
            yield Finding("picture.projected", {"name": self._package.name, "count": len(self._unread)})

    def look(self, building: Element, face: Element, rings: Sequence[tuple[Element, Numbers]]) -> Look:
        """How a face of a building looks. `MisfitError` where the places on its picture do not fit its corners."""
        colour = _nearest(self._colours, building, face) or ""
        told = [self._rings.get(gml_id(ring) or "") for ring, _ in rings] if self._rings else []
        if not told or told[0] is None:
            cast = _nearest(self._casts, building, face)
            return Look(colour, self._cast(cast, building, rings) if cast else None)
        name, wrap = self._pictures[told[0][0]]
        corners = [_places(one, points) for one, (_, points) in zip(told, rings, strict=True)]
        picture = self.album.take(name, gml_id(building))
        return Look(colour, Patch(picture, np.concatenate(corners), wrap) if picture else None)

    def _cast(self, cast: Cast, building: Element, rings: Sequence[tuple[Element, Numbers]]) -> Patch | None:
        """What is cast on a face; None where it cannot be told."""
        picture = self.album.take(cast.picture, gml_id(building))
        if not picture:
            return None
        places = cast.places(np.concatenate([points[:-1] for _, points in rings]), self.album.found[picture])
        if places is None and cast.matrix is None:
            self._unread.add(cast.picture)
        return None if places is None else Patch(picture, places, cast.wrap)

    def _take(self, appearance: Element) -> None:
        theme = next((str(one.text).strip() for one in children(appearance, "theme")), "")
        for one in appearance.iter("{*}X3DMaterial", "{*}ParameterizedTexture", "{*}GeoreferencedTexture"):
            kind = local_name(one)
            if self._themes.setdefault(kind, theme) != theme:
                continue
            if kind == "X3DMaterial":
                self._take_material(one)
                continue
            self._take_texture(one)
            for reference, cast in casts_of(one):
                if cast is None:
                    self._unread.add(next((str(name.text).strip() for name in children(one, "imageURI")), ""))
                elif reference.startswith("#"):
                    self._casts.setdefault(reference[1:], cast)

    def _take_material(self, material: Element) -> None:
        text = next((str(one.text) for one in children(material, "diffuseColor")), "")
        try:
            colour = colour_text([float(part) for part in text.split()])
        except ValueError:
            return
        for target in children(material, "target"):
            reference = str(target.text or "").strip()
            if colour and reference.startswith("#"):
                self._colours.setdefault(reference[1:], colour)

    def _take_texture(self, texture: Element) -> None:
        name = next((str(one.text).strip() for one in children(texture, "imageURI")), "")
        mode = next((str(one.text).strip() for one in children(texture, "wrapMode")), "")
        for reference, places in _listed(texture):
            if reference.startswith("#"):
                self._rings.setdefault(reference[1:], (len(self._pictures), places))
        self._pictures.append((name, wrapping(mode)))


def _nearest(said: Mapping[str, _Said], building: Element, face: Element) -> _Said | None:
    """What is said of a face, or of the nearest geometry around it of which anything is."""
    around: Element | None = face if said else None
    while around is not None and around is not building.getparent():
        if (found := said.get(gml_id(around) or "")) is not None:
            return found
        around = around.getparent()
    return None


def _listed(texture: Element) -> Iterator[tuple[str, str]]:
    """What refers to each ring, and its places as written: CityGML 3 lists rings beside them, earlier ones in them."""
    for one in texture.iter("{*}TexCoordList"):
        places = list(children(one, "textureCoordinates"))
        rings = [str(ring.text or "").strip() for ring in children(one, "ring")]
        for ring, told in zip(rings or [told.get("ring", "") for told in places], places, strict=False):
            yield ring, str(told.text or "")


def _places(told: tuple[int, str] | None, points: Numbers) -> Numbers:
    """The places of a ring's corners, whose last repeats the first."""
    words = told[1].split() if told else []
    try:
        places: Numbers = np.array(words, dtype=np.float64).reshape(-1, 2)
    except ValueError:
        raise MisfitError(f"textureCoordinates: {' '.join(words[:4])}") from None
    if len(places) != len(points) or not np.isfinite(places).all():
        raise MisfitError(f"{len(places)} / {len(points)} textureCoordinates")
    return places[:-1]
