"""The only place that knows another datum: any declared coordinate system becomes lon, lat on CGCS2000 (EPSG:4490)."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj._network import set_network_enabled
from pyproj.exceptions import CRSError
from pyproj.transformer import AreaOfInterest, Transformer, TransformerGroup

from entities.errors import Invalid
from entities.rules import Finding

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DEGREE_DIGITS: Final = 9
"""Coordinates are kept to 1e-9 degrees, a tenth of a millimetre."""

METRE_DIGITS: Final = 3
"""Heights are kept to a millimetre."""

COARSE: Final = 1.0
"""A transformation less accurate than this many metres is said in the report."""

_MARGIN: Final = 2.0  # degrees beyond a system's area of use that surveys still reach
_WORLD: Final = (-180.0, -90.0, 180.0, 90.0)
_CGCS2000: Final = {"china2000", "cgcs2000", "chinageodeticcoordinatesystem2000"}
_WGS84: Final = {"worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble", "wgs1984", "wgs84"}
_ADDRESS: Final = re.compile(r"^https?://www\.opengis\.net/def/crs/(\w+)/[^/]*/(\w+)/?$", re.IGNORECASE)
_OLD_ADDRESS: Final = re.compile(r"^https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)$", re.IGNORECASE)

set_network_enabled(False)  # grids are never fetched while a file is read


def round_degrees(coordinates: Numbers) -> Numbers:
    """Round lon and lat as everything in the base is; a zero never keeps a sign."""
    return np.round(coordinates, DEGREE_DIGITS) + 0.0


def round_metres(heights: Numbers) -> Numbers:
    """Round heights as everything in the base is; a zero never keeps a sign."""
    return np.round(heights, METRE_DIGITS) + 0.0


def metres_per_degree(lat: Numbers) -> Numbers:
    """How long a degree of longitude and one of latitude are at a latitude, on CGCS2000's ellipsoid (n x 2)."""
    flattening = 1 / 298.257222101
    squared = flattening * (2 - flattening)
    angle = np.radians(lat)
    bulge = 1 - squared * np.sin(angle) ** 2
    parallel = 6_378_137.0 * np.cos(angle) / np.sqrt(bulge)
    meridian = 6_378_137.0 * (1 - squared) / bulge**1.5
    metres: Numbers = np.radians(np.column_stack([parallel, meridian]))
    return metres


def parse_crs(declared: str | Mapping[str, object], name: str) -> CRS:
    """Read a coordinate system from a code (`EPSG:4549+5737`), an OGC address or URN, WKT or PROJJSON.

    Raises `Invalid` (`crs.unknown`) where it names no known place on the earth; `name` is the file spoken of.
    """
    try:
        crs = CRS.from_user_input(_short(declared) if isinstance(declared, str) else dict(declared))
    except CRSError:
        raise Invalid.because("crs.unknown", name=name, crs=str(declared)[:80]) from None
    if not (crs.is_geographic or crs.is_projected or crs.is_geocentric) or crs.name.lower().startswith("undefined"):
        raise Invalid.because("crs.unknown", name=name, crs=crs.name)
    return _registered(crs)


def names_authority_order(declared: object) -> bool:
    """Tell whether a system's name is of the kind (URN or OGC address) that obliges to its authority's axis order."""
    return isinstance(declared, str) and (declared.lower().startswith("urn:") or bool(_ADDRESS.match(declared.strip())))


def _registered(crs: CRS) -> CRS:
    """The register's own entry for a system described in words, which knows its area of use; else the system itself."""
    authority = None if crs.is_compound else crs.to_authority(min_confidence=70)
    return CRS.from_authority(*authority) if authority else crs


def _short(declared: str) -> str:
    address = _ADDRESS.match(declared.strip())
    if address:
        return f"{address[1]}:{address[2]}"
    old = _OLD_ADDRESS.match(declared.strip())
    return f"EPSG:{old[1]}" if old else declared.strip()


def crs_name(crs: CRS) -> str:
    """Name a system as short as can be: `EPSG:4549`, `EPSG:4549+5737`, else the name it gives itself."""
    authority = crs.to_authority(min_confidence=70)
    if authority:
        return ":".join(authority)
    parts = [part.to_authority(min_confidence=70) for part in crs.sub_crs_list] if crs.is_compound else []
    if len(parts) == 2 and all(part and part[0] == "EPSG" for part in parts):
        return f"EPSG:{parts[0][1]}+{parts[1][1]}"
    return str(crs.name)


def otherwise(name: str, own: CRS, given: str | None, taken: CRS) -> list[Finding]:
    """What is to be said (`crs.other`) where a file names one system and its sender gave another; heights aside."""
    if given is None:
        return []
    names = [crs_name(_plane(crs)) for crs in (own, parse_crs(given, name), taken)]
    said = dict(zip(("own", "given", "taken"), names, strict=True))
    return [Finding("crs.other", {"name": name, **said})] if names[0] != names[1] else []


def vertical_name(crs: CRS) -> str | None:
    """Name the height datum a system declares: `EPSG:5737`, another one's name, or None where it declares none."""
    if crs.is_compound:
        vertical = next(part for part in crs.sub_crs_list if part.is_vertical)
        return "EPSG:5737" if vertical.to_epsg() == 5737 else str(vertical.name)
    if len(crs.axis_info) == 3:
        return f"{_datum(crs)} (ellipsoidal)"
    return None


@dataclass(frozen=True, slots=True)
class Projection:
    """The way from one coordinate system to the base's, chosen once for a whole file.

    `accuracy` is in metres, 0 where nothing but arithmetic is done. x is the easting or longitude, whatever order the
    authority lists the axes in; `north_first` says that the authority lists the northing or latitude first.
    """

    name: str
    vertical: str | None
    accuracy: float
    area: tuple[float, float, float, float]
    geographic: bool
    geocentric: bool
    north_first: bool
    transformer: Transformer | None

    @classmethod
    def of(cls, crs: CRS) -> "Projection":
        """Choose the way for a system; `Invalid` (`crs.datum`) where no way of known accuracy to CGCS2000 exists."""
        plane = _plane(crs)
        transformer, accuracy = _way(plane, crs)
        area = plane.area_of_use or crs.area_of_use
        return cls(
            name=crs_name(crs),
            vertical=vertical_name(crs),
            accuracy=accuracy,
            area=area.bounds if area else _WORLD,
            geographic=plane.is_geographic,
            geocentric=plane.is_geocentric,
            north_first=not plane.is_geocentric and plane.axis_info[0].direction.lower() in ("north", "south"),
            transformer=transformer,
        )

    @property
    def digits(self) -> int:
        """To how many digits coordinates of this system are as exact as those of the base: a tenth of a millimetre."""
        return DEGREE_DIGITS if self.geographic else METRE_DIGITS + 1

    def place(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Lon and lat of points, not rounded; infinite where a point is no place of this system."""
        if self.transformer is None:
            return x, y
        lon, lat = _transform(self.transformer, x, y)
        return lon, lat

    def place_solid(self, points: Numbers) -> Numbers:
        """Lon, lat and height of points with x, y, z (n x 3), rounded; heights stay as they are unless geocentric."""
        if self.geocentric and self.transformer is not None:
            lon, lat, height = _transform(self.transformer, points[:, 0], points[:, 1], points[:, 2])
        else:
            (lon, lat), height = self.place(points[:, 0], points[:, 1]), points[:, 2]
        return np.column_stack([round_degrees(lon), round_degrees(lat), round_metres(height)])

    def covers(self, lon: Numbers, lat: Numbers) -> Flags:
        """Tell which points lie where this system is meant to be used, or close by."""
        west, south, east, north = self.area
        in_lat = (lat >= max(south - _MARGIN, -90)) & (lat <= min(north + _MARGIN, 90))
        if west > east:
            return in_lat & ((lon >= west - _MARGIN) | (lon <= east + _MARGIN))
        return in_lat & (lon >= max(west - _MARGIN, -180)) & (lon <= min(east + _MARGIN, 180))

    def swapped(self, x: Numbers, y: Numbers) -> Flags:
        """Tell which points lie outside the system's area as they are, but inside with x and y exchanged."""
        outside = ~self.covers(*self.place(x, y))
        found = np.zeros(len(x), dtype=bool)
        if outside.any() and not self.geocentric:
            found[outside] = self.covers(*self.place(y[outside], x[outside]))
        return found


def _transform(transformer: Transformer, *axes: Numbers) -> tuple[Numbers, ...]:
    """Transform points; a single one is doubled, since pyproj would take it for a bare number."""
    single = len(axes[0]) == 1
    x, y, *z = (np.repeat(axis, 2) for axis in axes) if single else axes
    placed = transformer.transform(x, y, z[0]) if z else transformer.transform(x, y)
    return tuple(axis[:1] for axis in placed) if single else placed


def _plane(crs: CRS) -> CRS:
    """The horizontal part of a system."""
    if crs.is_compound:
        return next(part for part in crs.sub_crs_list if not part.is_vertical).to_2d()
    return crs if crs.is_geocentric else crs.to_2d()


def _datum(crs: CRS) -> str:
    """The name of a system's geodetic datum."""
    geodetic = crs.geodetic_crs
    return str(geodetic.datum.name) if geodetic and geodetic.datum else str(crs.name)


def _way(plane: CRS, whole: CRS) -> tuple[Transformer | None, float]:
    """The transformer to lon, lat on CGCS2000 and its accuracy; None where there is nothing to do.

    WGS 84 and CGCS2000 are taken as one: what is merely called WGS 84 is known to no better than the decimetres that
    they have drifted apart.
    """
    datum = re.sub(r"[^a-z0-9]", "", _datum(plane).lower()).removeprefix("d")
    if datum in _CGCS2000 | _WGS84:
        if plane.is_geographic and plane.axis_info[0].unit_name == "degree":
            return None, 0.0
        flat = (plane.geodetic_crs or plane).to_2d()
        target = CRS(4480 if datum in _CGCS2000 else 4979) if plane.is_geocentric else flat
        return Transformer.from_crs(plane, target, always_xy=True), 0.0
    best = _best(plane)
    if best is None:
        raise Invalid.because("crs.datum", crs=crs_name(whole), datum=_datum(plane))
    return best, float(best.accuracy)


def _best(plane: CRS) -> Transformer | None:
    """The most accurate published way to WGS 84 for the system's area of use; None where all are mere guesses."""
    area = plane.area_of_use
    interest = AreaOfInterest(*area.bounds) if area else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # says that a better grid could be fetched
        target = 4979 if plane.is_geocentric else 4326
        group = TransformerGroup(plane, target, always_xy=True, area_of_interest=interest, allow_ballpark=False)
    return next((way for way in group.transformers if way.accuracy >= 0), None)
