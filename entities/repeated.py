"""Features that stand alone in the base and say again what another of their upload says; none is kept for it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.matching.policy import KINDS, MatchPolicy, Tolerances
from entities.model import Candidate, State

_CELL: Final = 4e-5
"""Degrees of the side of a square in which the middles of features are looked up: about four metres."""
_METRES: Final = 111_000.0
_WIDE: Final = 2**32


class _Told(NamedTuple):
    """What is kept of the features of one batch: where they are, how high, and what each says of itself."""

    rows: list[int]
    boxes: NDArray[np.float64]
    heights: NDArray[np.float64]  # not a number where unknown
    bases: NDArray[np.float64]
    said: list[int | str]

    def agrees(self, place: int, other: "_Told", there: int, limits: Tolerances) -> bool:
        """Tell whether a feature says what another one said."""
        if self.said[place] != other.said[there]:
            return False
        off = np.abs(self.boxes[place] - other.boxes[there]).max() * _METRES
        higher = abs(self.heights[place] - other.heights[there])
        lifted = abs(self.bases[place] - other.bases[there])
        return bool(off <= limits.outline) and not (higher > limits.height or lifted > limits.height)


class Alone:
    """The features of one upload that stand alone; `repeats` asks of the next ones whether they were told before.

    Two say the same where their boxes, their heights and, of points, their names and attributes do; lines where they
    are the same throughout.
    """

    def __init__(self, policy: MatchPolicy) -> None:
        self._policy = policy
        self._batches: list[_Told] = []
        self._last: dict[int, tuple[int, int]] = {}  # in each square: the last feature told, by batch and place
        self._before: dict[tuple[int, int], tuple[int, int]] = {}  # where a square holds several: the one told before

    def repeats(self, candidates: Sequence[Candidate], boxes: NDArray[np.float64]) -> dict[int, int]:
        """The places of those that repeat one told before, and its row; the others are told from now on."""
        told, last, batch = _told(candidates, boxes), self._last, len(self._batches)
        self._batches.append(told)
        found: dict[int, int] = {}
        for place, (own, *beside) in enumerate(_squares(boxes)):
            near = own in last or beside[0] in last or beside[1] in last or beside[2] in last
            row = self._row_of_same(told, place, {own, *beside}, candidates[place].state) if near else None
            if row is not None:
                found[place] = row
                continue
            if own in last:
                self._before[batch, place] = last[own]
            last[own] = batch, place
        return found

    def _row_of_same(self, told: _Told, place: int, squares: set[int], state: State) -> int | None:
        """The row of a feature told before that says what this one says."""
        kind = KINDS[max(int(shapely.get_dimensions(state.geometry)), 0)]
        limits = self._policy.tolerances_of(state.class_code, kind)
        for square in squares:
            known = self._last.get(square)
            while known is not None:
                batch, there = known
                if told.agrees(place, self._batches[batch], there, limits):
                    return self._batches[batch].rows[there]
                known = self._before.get(known)
        return None


def _told(candidates: Sequence[Candidate], boxes: NDArray[np.float64]) -> _Told:
    states = [one.state for one in candidates]
    heights, bases = (
        np.array(side, dtype=np.float64) for side in ([one.height for one in states], [one.base for one in states])
    )
    kinds = shapely.get_dimensions([one.geometry for one in states]).tolist()
    said = [state.class_code if kind == 2 else _said(state, kind) for state, kind in zip(states, kinds, strict=True)]
    return _Told([one.row for one in candidates], boxes, heights, bases, said)


def _said(state: State, kind: int) -> int:
    """A number for what has to be equal beside the place, of what has no ground of its own."""
    if kind == 1:
        return hash((state.class_code, state.geometry.wkb))
    return hash((state.class_code, state.name, tuple(sorted(map(str, state.attributes.items())))))


def _squares(boxes: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """The square that the middle of each box lies in, and the three next to the corner it is nearest to."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / _CELL
    own = np.floor(middles).astype(np.int64)
    beside = np.floor(middles + np.where(middles % 1 < 0.5, -0.5, 0.5)).astype(np.int64)
    keys = [x[:, 0] * _WIDE + y[:, 1] for x, y in ((own, own), (own, beside), (beside, own), (beside, beside))]
    return list(zip(*(key.tolist() for key in keys), strict=True))
