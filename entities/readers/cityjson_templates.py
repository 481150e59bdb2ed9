"""The geometry templates of a CityJSON: shapes told once, in metres, which stand in many places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from entities.crs import Numbers
from entities.readers.cityjson_paints import MalformedObjectError, Members


class Placed(NamedTuple):
    """A geometry, and the points that its indices mean."""

    geometry: Members
    points: Numbers


@dataclass(frozen=True, slots=True)
class Templates:
    """Geometries, each with the points of its own."""

    shapes: Sequence[Placed] = ()

    @classmethod
    def read(cls, value: object) -> Self:
        """Read `geometry-templates`; `ValueError`, `TypeError` or `IndexError` where it is none."""
        members = value if isinstance(value, dict) else {}
        points = np.array(members.get("vertices-templates") or [], dtype=np.float64).reshape(-1, 3)
        return cls([_apart(dict(shape), points) for shape in members.get("templates") or []])

    def placed(self, geometry: Members, points: Numbers) -> Placed:
        """A geometry as it is, or a template turned and stretched by the instance's matrix and carried to its place."""
        if geometry.get("type") != "GeometryInstance":
            return Placed(geometry, points)
        try:
            shape, own = self.shapes[_index(geometry["template"])]
            [place] = [_index(number) for number in _listed(geometry["boundaries"])]
            matrix = np.array(geometry["transformationMatrix"], dtype=np.float64).reshape(4, 4)
            return Placed(shape, own @ matrix[:3, :3].T + matrix[:3, 3] + points[place])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise MalformedObjectError(f"GeometryInstance: {error}") from None


def numbers_in(boundaries: object) -> Iterator[int]:
    """Every index in boundaries, however they are nested."""
    for inner in boundaries if isinstance(boundaries, list) else []:
        if isinstance(inner, int):
            yield inner
        else:
            yield from numbers_in(inner)


def _apart(shape: dict[str, object], points: Numbers) -> Placed:
    """A template with only the points from its first to its last, so that it is moved by itself."""
    used = list(numbers_in(shape.get("boundaries")))
    first, last = min(used, default=0), max(used, default=-1)
    if first < 0 or last >= len(points):
        raise IndexError("vertices-templates")
    return Placed({**shape, "boundaries": _counted_from(first, shape.get("boundaries"))}, points[first : last + 1])


def _counted_from(first: int, boundaries: object) -> object:
    if isinstance(boundaries, list):
        return [_counted_from(first, inner) for inner in boundaries]
    return boundaries - first if isinstance(boundaries, int) else boundaries


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _index(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise IndexError(value)
    return value
