"""Made features for the tests of checks: sound ones, and plain ways to make them unsound."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from entities.checks import Checker
from entities.classes import ClassTable
from entities.model import Candidate, State, Surfaces
from entities.rules import Finding
from entities.territory.rights import Territory

CLASSES = ClassTable.load()
JINAN = (117.0, 36.65)
METRE = (1 / 89_400, 1 / 110_970)  # degrees of a metre there, near enough for making things
EXTENT = (114.0, 34.0, 123.0, 39.0)


def metres(geometry: shapely.Geometry, at: tuple[float, float] = JINAN) -> shapely.Geometry:
    """A geometry drawn in metres, laid down at a place."""
    return affinity.translate(affinity.scale(geometry, *METRE, origin=(0, 0)), *at)


def square(side: float = 10.0, x: float = 0.0, y: float = 0.0) -> shapely.Geometry:
    return metres(shapely.box(x, y, x + side, y + side))


def house(row: int = 1, geometry: Any = None, **changes: Any) -> Candidate:
    """A sound building; changes are of its state or of the candidate, whichever has them."""
    state = State("310301", square(x=20.0 * row) if geometry is None else geometry, name=f"楼{row}", height=18.0)
    of_state = {key: changes.pop(key) for key in list(changes) if key in State.__dataclass_fields__}
    return replace(Candidate(row, replace(state, **of_state), source_id=f"f{row}"), **changes)


def cube(top: float = 18.0) -> Surfaces:
    floor, roof = ([(*point, z) for point in square().exterior.coords] for z in (0.0, top))
    with np.errstate(invalid="ignore"):
        return Surfaces(shapely.MultiPolygon([shapely.Polygon(floor), shapely.Polygon(roof)]), "GR")


def findings(*candidates: Candidate, **settings: Any) -> list[Finding]:
    """What a checker says of an upload that is one batch."""
    return findings_of([candidates], **settings)


def findings_of(batches: Sequence[Sequence[Candidate]], **settings: Any) -> list[Finding]:
    if "territory" in settings:
        settings["territory"] = Territory([settings["territory"]])
    checker = Checker(CLASSES, **settings)
    found = [finding for batch in batches for finding in checker.check(batch)]
    return found + checker.finish() + checker.heights()
