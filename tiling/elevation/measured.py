"""What a survey measured, as the lattice asks for it: models and soundings behind one interface."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.enums import TransformDirection

from entities.crs import COARSE, Projection, otherwise, parse_crs
from entities.errors import Invalid
from entities.rules import Finding
from tiling.ecef import metres_per_degree
from tiling.elevation.lattice import Heights, Nodes

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

LOWEST: Final = -12_000.0
HIGHEST: Final = 9_000.0
"""Between which heights of the earth lie; what lies beyond stands for a gap that nobody declared."""

_GAP: Final = -9999.0
_DEEP: Final = -9000.0


class Samples(NamedTuple):
    """Some of what was measured, as it was: degrees, and metres in the 1985 datum."""

    lon: Floats
    lat: Floats
    height: Floats


class Measured(Protocol):
    """One survey's heights."""

    @property
    def crs(self) -> str:
        """The coordinate system it came in."""

    @property
    def resolution(self) -> float:
        """How far apart, in metres, its heights stand."""

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees."""

    @property
    def sea(self) -> bool:
        """Whether it is of the sea floor: what lies below 0 is under water."""

    @property
    def findings(self) -> list[Finding]:
        """What was assumed, as warnings."""

    @property
    def count(self) -> int:
        """How many heights were read."""

    def heights(self, nodes: Nodes) -> Heights:
        """The heights at a block of nodes; NaN where nothing was measured."""

    def samples(self) -> Iterator[Samples]:
        """Some of what was measured, spread evenly, to tell what the lattice loses of it."""


def system(declared: object, given: str | None, path: Path) -> tuple[Projection, list[Finding]]:
    """The way from a file's coordinate system to the base's, and what is to be said of it.

    `Invalid` (`crs.declared`, `crs.unknown`, `crs.datum`) where none is named or it leads nowhere.
    """
    crs = CRS.from_user_input(declared) if declared else None
    name = given or (crs.to_wkt() if crs is not None else "")
    if not name:
        raise Invalid.because("crs.declared", name=path.name)
    taken = parse_crs(name, path.name)
    projection = Projection.of(taken)
    if projection.geocentric:
        raise Invalid.because("crs.unknown", name=path.name, crs=projection.name)
    findings = otherwise(path.name, parse_crs(crs.to_wkt(), path.name), given, taken) if crs is not None else []
    if projection.accuracy > COARSE:
        findings.append(Finding("crs.accuracy", {"crs": projection.name, "accuracy": projection.accuracy}))
    if projection.vertical is None:
        findings.append(Finding("crs.vertical"))
    elif projection.vertical != "EPSG:5737":
        findings.append(Finding("crs.height", {"vertical": projection.vertical}))
    return projection, findings


def placed(projection: Projection, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Lon and lat of points, the former from -180 to 180. `Invalid` (`crs.range`) where one is nowhere on the earth."""
    lon, lat = projection.place(x, y)
    lon = np.where((lon > 180) & (lon <= 360) & projection.geographic, lon - 360, lon)
    lost = ~(np.isfinite(lon) & np.isfinite(lat)) | (np.abs(lon) > 180) | (np.abs(lat) > 90)
    if lost.any():
        first = int(np.argmax(lost))
        raise Invalid([Finding("crs.range", _said(projection, x[first], y[first]))])
    return lon, lat


def undeclared(values: Floats) -> NDArray[np.bool_]:
    """Which values are the -9999 that most programs write for a gap, unless others are nearly as deep: a trench."""
    gaps = values == _GAP
    deep = (values > LOWEST) & (values < _DEEP) & ~gaps
    found: NDArray[np.bool_] = gaps & ~deep.any()
    return found


def oddly_placed(projection: Projection, x: Floats, y: Floats) -> list[Finding]:
    """What is to be said of points outside the area their system is made for.

    `Invalid` (`crs.swapped`) where most of them lie inside with the axes exchanged.
    """
    odd = ~projection.covers(*placed(projection, x, y))
    if not odd.any():
        return []
    first = int(np.argmax(odd))
    said = _said(projection, x[first], y[first])
    if projection.swapped(x, y).mean() > 0.5:
        raise Invalid([Finding("crs.swapped", said)])
    return [Finding("crs.area", said)]


def _said(projection: Projection, x: float, y: float) -> dict[str, object]:
    return {"lon": round(float(x), 6), "lat": round(float(y), 6), "crs": projection.name}


def unplaced(projection: Projection, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The coordinates that places have in a system."""
    if projection.transformer is None:
        return lon, lat
    x, y = projection.transformer.transform(lon, lat, direction=TransformDirection.INVERSE)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def metres_between(lon: Floats, lat: Floats) -> float:
    """How far apart two places are (arrays of two), near enough for a resolution."""
    across, along = metres_per_degree(lat)
    return float(np.hypot((lon[1] - lon[0]) * across[0], (lat[1] - lat[0]) * along[0]))
