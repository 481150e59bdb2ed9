"""What was found while a mesh was prepared, of whatever form it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from entities.model import Scalar
from entities.rules import Finding


@dataclass(frozen=True, slots=True)
class Found:
    """Geocentric points around everything (n, 3), what is to be kept of it, and warnings."""

    points: NDArray[np.float64]
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    warnings: tuple[Finding, ...] = ()
