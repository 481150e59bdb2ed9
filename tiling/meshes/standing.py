"""Where the coordinates of a model lie on the earth, corner by corner: its system, as its makers or its sender say it.

`metadata.xml` is how photogrammetry programs write the system of OSGB and OBJ: an EPSG code or `ENU:lat,lon`, and an
origin that was taken off every coordinate.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from entities.crs import Projection, crs_name, parse_crs
from entities.errors import Invalid
from entities.rules import Finding
from tiling.ecef import Frame
from tiling.geometry.volumes import geodetic
from tiling.heights import HeightAnomaly
from tiling.holdings import Order
from tiling.meshes.placing import check_on_earth, positions

Floats = NDArray[np.float64]

METADATA: Final = "metadata.xml"

_MOST: Final = 1 << 20  # bytes of a metadata.xml


@dataclass(frozen=True, slots=True)
class System:
    """A model's system: its name, and the way from its coordinates (n, 3) to geocentric positions."""

    name: str
    place: Callable[[Floats], Floats]
    findings: tuple[Finding, ...] = ()

    def frame(self, points: Floats, name: str) -> Frame:
        """A frame upright in the middle of points. `Invalid` (`mesh.place`) where they are nowhere on the earth."""
        standing = self.place(points)
        check_on_earth(standing, name)
        middle = (standing.min(axis=0) + standing.max(axis=0)) / 2
        lon, lat, _ = geodetic(middle[None])[0]
        return Frame(np.round(middle, 3), Frame.at(lon, lat).axes)


def system_of(order: Order, metadata: Path | None, name: str) -> System:
    """The system of a model: what its sender says, else what stands beside it, else geocentric coordinates."""
    if order.origin is not None:
        lon, lat, height = order.origin
        return _upright(lon, lat, np.array([0.0, 0.0, height]))
    if order.crs is not None:
        given = _projected(order.crs, np.zeros(3), order.anomaly, name)
        return replace(given, findings=_differing(metadata, given.name, order.anomaly))
    if metadata is not None and metadata.is_file():
        return _told(metadata, order.anomaly)
    return System("EPSG:4479", lambda points: points)


def _differing(metadata: Path | None, given: str, anomaly: HeightAnomaly) -> tuple[Finding, ...]:
    """What is to be said where the system that the sender gave is not the one that stands beside the model."""
    try:
        own = _told(metadata, anomaly).name if metadata is not None and metadata.is_file() else given
    except Invalid:  # then it says nothing, and the sender does
        return ()
    if own.partition("+")[0] == given.partition("+")[0]:
        return ()
    return (Finding("crs.other", {"name": METADATA, "own": own, "given": given, "taken": given}),)


def _told(path: Path, anomaly: HeightAnomaly) -> System:
    """The system that a `metadata.xml` says. `Invalid` (`mesh.metadata`) where it says none."""
    try:
        if path.stat().st_size > _MOST:
            raise ValueError("size")
        root = ElementTree.fromstring(path.read_bytes())
        system = (root.findtext("SRS") or "").strip()
        origin = np.array([float(part) for part in (root.findtext("SRSOrigin") or "0,0,0").split(",")])
        if origin.shape != (3,) or not system:
            raise ValueError("SRS, SRSOrigin")
        if system.upper().startswith("ENU:"):
            lat, lon = (float(part) for part in system[4:].split(",")[:2])
            return _upright(lon, lat, origin)
    except (ElementTree.ParseError, ValueError) as error:
        raise Invalid.because("mesh.metadata", name=path.name, why=str(error)) from error
    return _projected(system, origin, anomaly, path.name)


def _upright(lon: float, lat: float, shift: Floats) -> System:
    """East, north and up at a place."""
    frame = Frame.at(lon, lat)
    return System("ENU", lambda points: frame.geocentric(points + shift))


def _projected(text: str, shift: Floats, anomaly: HeightAnomaly, name: str) -> System:
    """A projected system with 1985 heights."""
    crs = parse_crs(text, name)
    projection = Projection.of(crs)
    if projection.geocentric or projection.geographic:
        raise Invalid.because("mesh.crs", name=name, crs=text)
    return System(crs_name(crs), lambda points: positions(points + shift, projection, anomaly))
