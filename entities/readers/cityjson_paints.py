"""The appearance of a CityJSON: the colour of each face of a geometry, and what it shows of a picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from entities.crs import Numbers
from entities.painting import Look, Patch, colour_text
from entities.readers.album import Album, wrapping
from entities.readers.source import Fault

Members = Mapping[str, object]
Face = Sequence[Sequence[int]]
"""The rings of a face, each the numbers of its points, the first one once."""


class MalformedObjectError(ValueError):
    """A city object is not what the standard says it must be (`geom.form`, or another rule)."""

    def __init__(self, why: str, rule: str = "geom.form") -> None:
        super().__init__(why)
        self.fault = Fault(rule, why)


def _nowhere() -> Numbers:
    return np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Paints:
    """The materials and textures of an `appearance`: the colours, the pictures, and the themes that are shown."""

    colours: Sequence[str] = ()
    pictures: Sequence[tuple[str, str]] = ()  # the name of each, and how it goes on beyond its edges
    places: Numbers = field(default_factory=_nowhere)  # (n, 2) on a picture
    themes: tuple[str | None, str | None] = (None, None)  # of materials, of textures
    album: Album | None = None

    @classmethod
    def read(cls, appearance: object, album: Album) -> "Paints":
        """Read an `appearance`; a material without a colour that can be read paints nothing."""
        members = appearance if isinstance(appearance, dict) else {}
        shown, pictured = (members.get(f"default-theme-{kind}") for kind in ("material", "texture"))
        return cls(
            tuple(_colour(one) for one in _listed(members.get("materials"))),
            tuple(_picture(one) for one in _listed(members.get("textures"))),
            _places(members.get("vertices-texture")),
            (shown if isinstance(shown, str) else None, pictured if isinstance(pictured, str) else None),
            album,
        )

    def of(self, feature: str, geometry: Members, depth: int, faces: Sequence[Face]) -> list[Look]:
        """How each face of a geometry of a feature looks.

        Colours that do not fit the faces are none; textures that do not, raise `MalformedObjectError`.
        """
        colours = self._colours(geometry, depth, len(faces))
        patches = self._patches(feature, geometry, depth, faces)
        return [Look(colour, patch) for colour, patch in zip(colours, patches, strict=True)]

    def _colours(self, geometry: Members, depth: int, count: int) -> list[str]:
        said = _theme(geometry.get("material"), self.themes[0]) if self.colours else {}
        numbers = [said["value"]] * count if "value" in said else list(flat(said.get("values"), depth))
        return [self._colour(number) for number in numbers] if len(numbers) == count else [""] * count

    def _colour(self, number: object) -> str:
        known = isinstance(number, int) and 0 <= number < len(self.colours)
        return self.colours[number] if known and isinstance(number, int) else ""

    def _patches(self, feature: str, geometry: Members, depth: int, faces: Sequence[Face]) -> list[Patch | None]:
        values = _theme(geometry.get("texture"), self.themes[1]).get("values")
        if values is None:
            return [None] * len(faces)
        said = list(flat(values, depth))
        if len(said) != len(faces):
            raise _misfit(f"{len(said)} / {len(faces)} surfaces")
        return [self._patch(feature, one, face) for one, face in zip(said, faces, strict=True)]

    def _patch(self, feature: str, said: object, face: Face) -> Patch | None:
        """What a face shows: of each ring the number of the picture, then that of the place of each corner."""
        rings = [ring for ring in _listed(said) if isinstance(ring, list) and ring[:1] not in ([], [None])]
        if not rings or self.album is None:
            return None
        if [len(ring) - 1 for ring in rings] != [len(ring) for ring in face]:
            raise _misfit(f"{[len(ring) - 1 for ring in rings]} / {[len(ring) for ring in face]}")
        number = rings[0][0]
        places = [place for ring in rings for place in ring[1:]]
        known = isinstance(number, int) and 0 <= number < len(self.pictures)
        if not known or not all(isinstance(place, int) and 0 <= place < len(self.places) for place in places):
            raise _misfit(f"texture {number}: {places}"[:80])
        name, wrap = self.pictures[number]
        picture = self.album.take(name, feature)
        return Patch(picture, self.places[places], wrap) if picture else None


def flat(values: object, depth: int) -> Iterator[int | None]:
    """The values of a geometry, one a face; a null in place of a list stands for faces that have none."""
    for inner in values if isinstance(values, list) else []:
        if depth and isinstance(inner, list):
            yield from flat(inner, depth - 1)
        else:
            yield inner


def _theme(themes: object, shown: str | None) -> Members:
    """What is said under the theme that is shown, or else under the first of its names."""
    if not isinstance(themes, dict) or not themes:
        return {}
    chosen = themes[shown if shown in themes else min(themes)]
    return chosen if isinstance(chosen, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _colour(material: object) -> str:
    """A material's colour as `#rrggbb`; empty where it has none."""
    parts = material.get("diffuseColor") if isinstance(material, dict) else None
    return colour_text(_listed(parts))


def _picture(texture: object) -> tuple[str, str]:
    members = texture if isinstance(texture, dict) else {}
    return str(members.get("image", "")), wrapping(members.get("wrapMode"))


def _places(vertices: object) -> Numbers:
    try:
        places = np.array(vertices or [], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        return _nowhere()
    return places if np.isfinite(places).all() else _nowhere()


def _misfit(why: str) -> MalformedObjectError:
    return MalformedObjectError(why, "picture.corners")
