"""Rules about geometries as wholes: that there is one, of a kind its class allows, and that it is well formed."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import shapely

from entities.checks.batch import AREAS, LINES, POINTS, Batch
from entities.classes import EntityClass
from entities.rules import Finding
from entities.text import Text

_KINDS: Final = {
    "point": Text("点", "point"),
    "line": Text("线", "line"),
    "area": Text("面", "area"),
    "solid": Text("体", "solid"),
    "mixed": Text("混合图形", "collection"),
}
_KIND_OF_TYPE: Final = {
    **dict.fromkeys(POINTS, "point"),
    **dict.fromkeys(LINES, "line"),
    **dict.fromkeys(AREAS, "area"),
    7: "mixed",
}
_FAULTS: Final = {
    "Hole lies outside shell": "geom.valid.hole",
    "Holes are nested": "geom.valid.hole",
    "Interior is disconnected": "geom.valid.hole",
    "Nested shells": "geom.valid.part",
    "Duplicate Rings": "geom.valid.part",
    "Too few points in geometry component": "geom.valid.points",
}
"""What GEOS says is wrong, and the rule it breaks; whatever is not here is a self-intersection (`geom.valid`)."""


def empty(batch: Batch) -> Iterable[Finding]:
    """`geom.empty`: a feature has no geometry, or one without a vertex."""
    return batch.findings("geom.empty", batch.empty)


def finite(batch: Batch) -> Iterator[Finding]:
    """`geom.finite`: a coordinate is infinite or not a number."""
    for place in np.unique(batch.unplaced).tolist():
        yield batch.finding("geom.finite", place, why="NaN / Infinity")


def kind(batch: Batch) -> Iterator[Finding]:
    """`geom.kind`: the class does not allow a geometry of this kind."""
    allowed = np.array([[_allows(one, number) for number in range(8)] for one in batch.kinds], dtype=bool)
    unlike = batch.sound & ~allowed.reshape(-1, 8)[batch.class_numbers, batch.types]
    solid = batch.of_type(AREAS) & batch.of_classes(lambda one: "solid" in one.geometries)
    raised = ~shapely.is_missing(batch.solids) | ~np.isnan(batch.heights)
    for place in np.flatnonzero(unlike & ~(solid & raised)).tolist():
        one = batch.class_of(place)
        if one is not None:
            yield batch.finding("geom.kind", place, batch.bounds[place, :2], **_said(one, int(batch.types[place])))


def valid(batch: Batch) -> Iterator[Finding]:
    """`geom.valid` and its kind: a ring crosses itself, a hole lies outside, parts lie in each other.

    Where a feature has measured surfaces those are what is shown, and its outline was only worked out from them.
    """
    wrong = np.flatnonzero(batch.faulty)
    reasons = shapely.is_valid_reason(batch.geometries[wrong]).tolist()
    for place, reason in zip(wrong.tolist(), reasons, strict=True):
        fault, _, where = reason.partition("[")
        lon, lat = (round(float(number), 9) for number in where.rstrip("]").split()[:2])
        measured = batch.candidates[place].state.surfaces is not None
        rule = "geom.valid.solid" if measured else _FAULTS.get(fault.strip(), "geom.valid")
        yield batch.finding(rule, place, (lon, lat), lon=lon, lat=lat)


def part(batch: Batch) -> Iterator[Finding]:
    """`geom.part`: a man-made thing is drawn in several separate parts."""
    counts = shapely.get_num_geometries(batch.geometries)
    several = (counts > 1) & batch.sound & batch.of_classes(lambda one: one.kind == "man-made")
    for place in np.flatnonzero(several).tolist():
        yield batch.finding("geom.part", place, batch.bounds[place, :2], count=int(counts[place]))


def _allows(one: EntityClass | None, type_number: int) -> bool:
    return one is None or _KIND_OF_TYPE[type_number] in one.geometries


def _said(one: EntityClass, type_number: int) -> dict[str, str]:
    """What to say of a geometry that its class does not allow."""
    found = _KINDS[_KIND_OF_TYPE[type_number]]
    allowed = [_KINDS[name] for name in _KINDS if name in one.geometries]
    return {
        "class_zh": one.name.zh,
        "class_en": one.name.en,
        "found_zh": found.zh,
        "found_en": found.en,
        "allowed_zh": "、".join(text.zh for text in allowed),
        "allowed_en": " or ".join(text.en for text in allowed),
    }
