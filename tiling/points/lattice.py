"""The cube in which a cloud is divided: an upright frame, and whole steps from the cube's lowest corner."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.ecef import Frame

Floats = NDArray[np.float64]

STEP: Final = 0.001
"""Points are kept to a millimetre, as the surveyors' files are, where the cloud is no wider than 33 km."""

DEPTH: Final = 21
"""How often a cube is halved at most: three times 21 bits make one key of 64 bits."""

_LEAST: Final = 12  # bits: a cube is four metres wide at least
_MOST: Final = 25  # bits: as many as the 24 of a 32-bit float reach on both sides of the middle


@dataclass(frozen=True, slots=True)
class Lattice:
    """A cube of `2 ** bits` steps in a frame; `corner` is its lowest corner there, in metres."""

    frame: Frame
    corner: Floats
    step: float
    bits: int

    @classmethod
    def around(cls, frame: Frame, low: Floats, high: Floats) -> "Lattice":
        """The least cube of whole powers of two around a box, which stands with its lowest corner in the cube's."""
        step, width = STEP, float(np.max(high - low))
        while width / step >= 2**_MOST - 2:
            step *= 2
        bits = max(_LEAST, int(np.ceil(np.log2(width / step + 2))))
        return cls(frame, np.floor(low / step) * step, step, bits)

    @property
    def side(self) -> float:
        """The width of the cube, in metres."""
        return self.step * float(2**self.bits)

    @property
    def error(self) -> float:
        """How far rounding moves a point at most, in metres: half the diagonal of a step."""
        return self.step * 3**0.5 / 2

    def metres(self, steps: NDArray[np.generic]) -> Floats:
        """Whole steps (..., 3) as metres east, north and up in the frame."""
        found: Floats = steps.astype(np.float64) * self.step + self.corner
        return found
