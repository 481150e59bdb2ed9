"""A batch of candidates as arrays, worked out once for all rules; lengths are in metres on the ground."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.classes import ClassTable, EntityClass
from entities.crs import metres_per_degree
from entities.model import Candidate, Day
from entities.registers.table import Schemes
from entities.rules import Finding, rule

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Box = tuple[float, float, float, float]

POINTS: Final = (0, 4)
LINES: Final = (1, 2, 5)
AREAS: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class Context:
    """What rules need to know beside the features: classes, the area the base covers, the last day, code schemes.

    `extent` is west, south, east, north in degrees; None leaves a rule out.
    """

    classes: ClassTable
    extent: Box | None = None
    valid_until: Day | None = None
    schemes: Schemes = field(default_factory=Schemes.load)


@dataclass(frozen=True)
class Paths:
    """Every ring and line of a batch, their vertices one after another.

    `feature`, `piece` (the polygon or line) and `ring` say for each vertex whose it is. `degrees` is where it lies,
    `xy` the same in metres from a corner of the feature, so that lengths and angles are right.
    """

    degrees: Floats
    xy: Floats
    feature: Places
    piece: Places
    ring: Places

    @cached_property
    def steps(self) -> Floats:
        """The vectors from each vertex to the next; one that leads to another ring is not a number."""
        vectors = np.diff(self.xy, axis=0)
        vectors[np.diff(self.ring) != 0] = np.nan
        return vectors

    @cached_property
    def lengths(self) -> Floats:
        """The lengths of the steps."""
        return np.hypot(self.steps[:, 0], self.steps[:, 1])


class Batch:
    """Some candidates of an upload, what is known of them as arrays, and the making of findings about them."""

    def __init__(self, candidates: Sequence[Candidate], context: Context) -> None:
        self.candidates = candidates
        self.context = context
        known = context.classes
        numbers: dict[str, int] = {}
        of_each = [numbers.setdefault(one.state.class_code, len(numbers)) for one in candidates]
        self.class_numbers = np.array(of_each, dtype=np.int64)
        self._codes = list(numbers)
        self.kinds: list[EntityClass | None] = [known.get(code) if code in known else None for code in numbers]
        self.geometries = np.array([one.state.geometry for one in candidates], dtype=object)
        self.types = shapely.get_type_id(self.geometries)

    def __len__(self) -> int:
        return len(self.candidates)

    def class_of(self, place: int) -> EntityClass | None:
        """The class of a candidate; None where its code is no class of the table."""
        return self.kinds[int(self.class_numbers[place])]

    def of_classes(self, wanted: Callable[[EntityClass], bool]) -> Flags:
        """Which features are of a known class that is wanted."""
        flags = np.array([kind is not None and wanted(kind) for kind in self.kinds], dtype=bool)
        return flags[self.class_numbers]

    def of_codes(self, wanted: frozenset[str] | None) -> Flags:
        """Which features are of these classes; None is all of them."""
        flags = np.array([wanted is None or code in wanted for code in self._codes], dtype=bool)
        return flags[self.class_numbers]

    @cached_property
    def heights(self) -> Floats:
        """The height of each feature, not a number where none is given."""
        return np.array([one.state.height for one in self.candidates], dtype=np.float64)

    @cached_property
    def bases(self) -> Floats:
        """The height of the ground at each feature, not a number where none is given."""
        return np.array([one.state.base for one in self.candidates], dtype=np.float64)

    @cached_property
    def fields(self) -> set[str]:
        """The name of every attribute that a feature has."""
        return set(chain.from_iterable(one.state.attributes for one in self.candidates))

    @cached_property
    def empty(self) -> Flags:
        """Which features have no geometry, or one without a vertex."""
        empty: Flags = shapely.is_missing(self.geometries) | shapely.is_empty(self.geometries)
        return empty

    @cached_property
    def unplaced(self) -> Places:
        """For each vertex that is not a number or infinite, in any of its coordinates, whose it is."""
        return np.concatenate([_unplaced(self.geometries), _unplaced(self.solids)])

    @cached_property
    def solids(self) -> NDArray[np.object_]:
        """The measured surfaces, None where there are none."""
        surfaces = [one.state.surfaces for one in self.candidates]
        return np.array([one.polygons if one else None for one in surfaces], dtype=object)

    @cached_property
    def every_value(self) -> list[object]:
        """Every name and every attribute's value, one after another."""
        values: list[object] = [one.state.name for one in self.candidates]
        for one in self.candidates:
            values.extend(one.state.attributes.values())
        return values

    @cached_property
    def texts(self) -> set[str]:
        """Every text among the values, once."""
        return {value for value in self.every_value if type(value) is str}

    @cached_property
    def whole_text(self) -> str:
        """All texts in one, to look for what is rare."""
        return "\n".join(self.texts)

    @cached_property
    def sound(self) -> Flags:
        """Which features have a geometry that other rules can look at: not empty, every vertex somewhere."""
        sound = ~self.empty
        sound[self.unplaced] = False
        return sound

    @cached_property
    def faulty(self) -> Flags:
        """Which features have a sound geometry that is not well formed: it crosses itself, or its parts each other."""
        faulty = self.of_type(LINES + AREAS)
        faulty[faulty] = ~shapely.is_valid(self.geometries[faulty])
        rising = np.flatnonzero(faulty & self.of_type(LINES))
        faulty[rising] = [not _rises(line) for line in self.geometries[rising]]
        return faulty

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east, north of each feature; not numbers where it has no sound geometry."""
        geometries = self.geometries.copy()
        geometries[~self.sound] = None
        bounds: Floats = shapely.bounds(geometries)
        return bounds

    @cached_property
    def areas(self) -> Paths:
        """The rings of well-formed polygons."""
        polygons, feature = self._pieces(AREAS)
        rings, polygon = shapely.get_rings(polygons, return_index=True)
        return self._paths(rings, polygon, feature)

    @cached_property
    def lines(self) -> Paths:
        """The well-formed lines."""
        lines, feature = self._pieces(LINES)
        return self._paths(lines, np.arange(len(lines)), feature)

    def of_type(self, types: tuple[int, ...]) -> Flags:
        """Which features are of these shapely types and sound."""
        return np.isin(self.types, types) & self.sound

    def values(self, field: str) -> list[object]:
        """The value of a field for each candidate: an attribute, or else name, height, base, class, id or code."""
        own = _OWN.get(field)
        if own is None:
            return [one.state.attributes.get(field) for one in self.candidates]
        return [one.state.attributes.get(field, own(one)) for one in self.candidates]

    def finding(
        self, rule_id: str, place: int, where: Sequence[float] | Floats | None = None, **values: object
    ) -> Finding:
        """Say that a rule is broken by the candidate at a place in the batch, at lon, lat `where`."""
        one = self.candidates[place]
        lonlat = (round(float(where[0]), 9), round(float(where[1]), 9)) if where is not None else None
        return Finding(rule_id, values, one.row, one.source_id, lonlat)

    def findings(self, rule_id: str, broken: Flags, **values: object) -> Iterator[Finding]:
        """Say that a rule is broken by every candidate that is flagged, each at the middle of its box."""
        for place in np.flatnonzero(broken).tolist():
            west, south, east, north = self.bounds[place]
            where = ((west + east) / 2, (south + north) / 2) if np.isfinite(west) else None
            yield self.finding(rule_id, place, where, **values)

    def _pieces(self, types: tuple[int, ...]) -> tuple[NDArray[np.object_], Places]:
        places = np.flatnonzero(self.of_type(types) & ~self.faulty)
        pieces, owner = shapely.get_parts(self.geometries[places], return_index=True)
        filled = ~shapely.is_empty(pieces)  # so that every piece has a vertex, and their numbers have no gaps
        return pieces[filled], places[owner[filled]]

    def _paths(self, rings: NDArray[np.object_], piece_of: Places, feature_of: Places) -> Paths:
        degrees, ring = shapely.get_coordinates(rings, return_index=True)
        piece = piece_of[ring]
        feature = feature_of[piece]
        corner = self.bounds[feature, :2]
        return Paths(degrees, (degrees - corner) * metres_per_degree(corner[:, 1]), feature, piece, ring)


def tolerance(rule_id: str, name: str) -> float:
    """A tolerance of a rule, as its file gives it."""
    return rule(rule_id).tolerance[name]


def _unplaced(geometries: NDArray[np.object_]) -> Places:
    plane, owner = shapely.get_coordinates(geometries, return_index=True)
    wrong = owner[~np.isfinite(plane).all(axis=1)]
    raised = np.flatnonzero(shapely.has_z(geometries))
    heights, place = shapely.get_coordinates(geometries[raised], include_z=True, return_index=True)
    return np.concatenate([wrong, raised[place[~np.isfinite(heights[:, 2])]]])


_OWN: Final = {
    "name": lambda one: one.state.name,
    "height": lambda one: one.state.height,
    "base": lambda one: one.state.base,
    "class": lambda one: one.state.class_code,
    "id": lambda one: one.source_id,
    "code": lambda one: one.code,
}


def _rises(line: shapely.Geometry) -> bool:
    """Tell whether each part of a line leads somewhere, if only upward: a riser is a pipe, and a point on the map."""
    parts = shapely.get_parts(line)
    heights = [shapely.get_coordinates(part, include_z=True)[:, 2] for part in parts]
    return all(part.is_valid or bool(np.ptp(known) > 0) for part, known in zip(parts, heights, strict=True))
