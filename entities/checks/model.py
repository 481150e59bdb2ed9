"""Rules about heights: a building needs one that can be, and one that fits its storeys."""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from entities.checks.batch import Batch, Floats, tolerance
from entities.rules import Finding

BUILDINGS: Final = "buildings"
"""The layer whose entities stand up as solids, and so need a height."""

MOST_FINDINGS: Final = 10_000
"""Findings kept until the whole upload is known; more of them say nothing new."""

STOREY_FIELDS: Final = frozenset(
    {"层数", "楼层数", "CS", "LC", "storeys", "floors", "storeysAboveGround", "building:levels"}
)
"""Attributes in which the number of storeys arrives."""


class Heights:
    """`model.height`, `model.height.some`: buildings that bring neither a height nor measured surfaces.

    Some of an upload may, and are drawn flat; where most do, the field of the height was not found.
    """

    def __init__(self) -> None:
        self._buildings = 0
        self._lacking: list[int] = []  # rows
        self._findings: list[Finding] = []

    def take(self, batch: Batch) -> None:
        """Count the buildings of a batch, and keep those without a height; 0 is what programs write for unknown."""
        building = batch.of_classes(lambda one: one.layer == BUILDINGS)
        unknown = np.isnan(batch.heights) | (batch.heights == 0)
        lacking = building & unknown & shapely.is_missing(batch.solids)
        self._buildings += int(building.sum())
        self._lacking += [batch.candidates[place].row for place in np.flatnonzero(lacking).tolist()]
        if len(self._findings) < MOST_FINDINGS:
            self._findings += batch.findings("model.height.some", lacking)

    def finish(self, raised: Collection[int]) -> Iterator[Finding]:
        """Say which buildings lack a height, as errors if these are most of the upload; those `raised` have one."""
        lacking = len(self._lacking) - len(set(raised) & set(self._lacking))
        most = lacking > tolerance("model.height", "share") * self._buildings
        said = {"lacking": lacking, "count": self._buildings}
        for finding in self._findings:
            if finding.row not in raised:
                yield replace(finding, rule="model.height", values=said) if most else finding


def tall(batch: Batch) -> Iterator[Finding]:
    """`model.tall`, `model.fit`: a height is below zero, or taller than anything that stands.

    Where there are measured surfaces these are what is shown, and must be possible; a height beside them need not be.
    """
    most = tolerance("model.tall", "metres")
    low, high = _span_of_solids(batch)
    solid = ~shapely.is_missing(batch.solids)
    impossible = (batch.heights < 0) | (batch.heights > most)
    for place in np.flatnonzero((impossible & ~solid) | (high - low > most)).tolist():
        found = high[place] - low[place] if solid[place] else batch.heights[place]
        said = {"height": round(float(found), 2), "most": most}
        yield batch.finding("model.tall", place, _corner(batch, place), **said)
    for place in np.flatnonzero(impossible & solid).tolist():
        said = {"height": round(float(batch.heights[place]), 2), "span": round(float(high[place] - low[place]), 2)}
        yield batch.finding("model.fit", place, _corner(batch, place), **said)


def ground(batch: Batch) -> Iterator[Finding]:
    """`model.base`: the ground under a feature lies where there is no ground."""
    least, most = tolerance("model.base", "lowest"), tolerance("model.base", "highest")
    for place in np.flatnonzero((batch.bases < least) | (batch.bases > most)).tolist():
        said = {"base": round(float(batch.bases[place]), 2), "least": least, "most": most}
        yield batch.finding("model.base", place, _corner(batch, place), **said)


def storeys(batch: Batch) -> Iterator[Finding]:
    """`logic.pair`: height and number of storeys cannot both be right."""
    least, most = tolerance("logic.pair", "storey_least"), tolerance("logic.pair", "storey_most")
    for field in sorted(batch.fields & STOREY_FIELDS):
        counts = np.array([_count(value) for value in batch.values(field)])
        each = batch.heights / counts
        for place in np.flatnonzero((each < least) | (each > most)).tolist():
            said = {"field": "height", "value": f"{batch.heights[place]:g}", "other": field}
            yield batch.finding("logic.pair", place, _corner(batch, place), **said, other_value=f"{counts[place]:g}")


def _corner(batch: Batch, place: int) -> tuple[float, float] | None:
    west, south = batch.bounds[place, :2].tolist()
    return (west, south) if math.isfinite(west) else None


def _span_of_solids(batch: Batch) -> tuple[Floats, Floats]:
    """The lowest and the highest vertex of each feature's surfaces; 0 and 0 where it has none."""
    low, high = np.zeros(len(batch)), np.zeros(len(batch))
    solid = np.flatnonzero(batch.sound & ~shapely.is_missing(batch.solids))
    points, owner = shapely.get_coordinates(batch.solids[solid], include_z=True, return_index=True)
    low[solid], high[solid] = np.inf, -np.inf
    np.minimum.at(low, solid[owner], points[:, 2])
    np.maximum.at(high, solid[owner], points[:, 2])
    return low, high


def _count(value: object) -> float:
    """A count of at least one, from a number or its text; else not a number."""
    try:
        count = float(str(value))
    except ValueError:
        return math.nan
    return count if 1 <= count < math.inf else math.nan
