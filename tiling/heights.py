"""From heights of the 1985 datum to heights above the ellipsoid, by a height anomaly that always names its source."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError

from entities.errors import Invalid

Floats = NDArray[np.float64]


class HeightAnomaly(Protocol):
    """How far the 1985 datum lies above the ellipsoid (m), from place to place."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def value(self) -> str:
        """The value in words: a number of metres, or which grid."""

    def at(self, lon: Floats, lat: Floats) -> Floats:
        """The anomaly at each place, in metres, to be added to heights of the 1985 datum."""


@dataclass(frozen=True, slots=True)
class ConstantAnomaly:
    """One anomaly for a whole area; `ValueError` unless it says where it comes from."""

    metres: float
    source: str

    def __post_init__(self) -> None:
        if not self.source.strip() or not np.isfinite(self.metres):
            raise ValueError("a height anomaly is a number of metres and the name of its source")

    @property
    def value(self) -> str:
        return f"{self.metres:+.3f} m"

    def at(self, lon: Floats, lat: Floats) -> Floats:
        return np.full(np.shape(lon), self.metres, np.float64)


class GridAnomaly:
    """An anomaly read from a grid file that PROJ understands (GTX, GeoTIFF).

    `Invalid` (`tiles.grid`) where the file cannot be read, or, in `at`, where the grid does not reach.
    """

    def __init__(self, path: Path, source: str) -> None:
        self.path = path.absolute()
        self.source = source
        self._transformer = self._opened()
        digest = blake2b(self.path.read_bytes(), digest_size=8).hexdigest()
        self.value = f"{self.path.name} ({digest})"

    def at(self, lon: Floats, lat: Floats) -> Floats:
        # Lists, since pyproj takes an array of one number for a number.
        _, _, metres = self._transformer.transform(lon.tolist(), lat.tolist(), [0.0] * len(lon))
        if not np.all(np.isfinite(metres)):
            raise Invalid.because("tiles.grid", path=self.path.name, why="outside")
        return np.asarray(metres, np.float64)

    def _opened(self) -> Transformer:
        steps = f"+proj=vgridshift +grids={self.path} +multiplier=1"
        try:
            return Transformer.from_pipeline(
                "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
                f"+step {steps} +step +proj=unitconvert +xy_in=rad +xy_out=deg"
            )
        except ProjError as error:
            raise Invalid.because("tiles.grid", path=self.path.name, why=str(error)) from None

    def __reduce__(self) -> tuple[type["GridAnomaly"], tuple[Path, str]]:
        """Opened anew by its path in another process."""
        return GridAnomaly, (self.path, self.source)
