"""The local fit against pyproj, in many systems; where it is not close enough pyproj itself is asked."""

from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS, Transformer

from entities.crs import Projection
from tests.tiling.points.made import ANOMALY, cloud
from tiling.ecef import Frame
from tiling.heights import Floats
from tiling.points.lattice import Lattice
from tiling.points.placing import CLOSE, Way, units_of
from tiling.points.reading import Reading
from tiling.points.source import Bytes, Cloud

FOOT, SURVEY_FOOT = 0.3048, 1200 / 3937

SYSTEMS = [
    pytest.param("EPSG:4528", 119.4, 36.2, id="zone 40"),
    pytest.param("EPSG:4490", 121.5, 31.2, id="degrees"),
    pytest.param("EPSG:2992", -123.07, 44.05, id="feet"),
    pytest.param("EPSG:2991+6360", -123.07, 44.05, id="metres and feet"),
    pytest.param("EPSG:28992", 4.4, 51.9, id="oblique"),
    pytest.param("EPSG:32650", 119.9, 36.2, id="edge of a zone"),
    pytest.param("EPSG:4979", 117.4, 36.2, id="geocentric datum in three axes"),
]


def spread(crs: str, lon: float, lat: float, wide: float) -> np.ndarray:
    """Points within some kilometres of a place, up to 3 km high, in a system's own coordinates."""
    chance = np.random.default_rng(1)
    degrees = np.array([lon, lat]) + (chance.random((4000, 2)) - 0.5) * wide / 100
    back = Transformer.from_crs("EPSG:4326", CRS(crs).to_2d(), always_xy=True)
    x, y = back.transform(degrees[:, 0], degrees[:, 1])
    return np.column_stack([x, y, chance.random(4000) * 3000])


def points(found: Cloud) -> Bytes:
    """All points of a file as they are stored."""
    with Reading([found], found.count, 1).begun() as read:
        return next(read)[1]


def off(path: Path, crs: str, way: Way) -> float:
    """How far points lie from where pyproj puts them, at most."""
    found = Cloud.of(path)
    own = np.asarray(found.bounds)
    lon, lat, _ = way.on_earth(own)
    way.lead_to(Frame.at(lon.mean(), lat.mean()))
    exact = Lattice(way.frame, np.full(3, -200_000.0), 1e-6, 25)  # so fine that rounding does not show
    data = points(found)
    placed = exact.metres(way.steps(data, found, exact))
    stored = data[:, :12].copy().view("<i4").reshape(-1, 3) * found.scale + found.offset
    return float(np.linalg.norm(placed - way.local(stored), axis=1).max())


@pytest.mark.parametrize(("crs", "lon", "lat"), SYSTEMS)
def test_a_fit_is_within_a_tenth_of_a_millimetre_of_pyproj(tmp_path: Path, crs: str, lon: float, lat: float) -> None:
    path = cloud(tmp_path / "a.las", spread(crs, lon, lat, 9.0), crs)
    way = Way(Projection.of(CRS(crs)), *units_of(CRS(crs)), ANOMALY)
    assert off(path, crs, way) < 1.5 * CLOSE
    assert len(way.fits) > 30
    assert all(fit is not None for fit in way.fits.values())


class Stairs:
    """A height anomaly that no polynomial follows."""

    source, value = "made up", "stairs"

    def at(self, lon: Floats, lat: Floats) -> Floats:
        return np.floor(lon * 3000) % 2


def test_where_a_fit_is_not_close_pyproj_is_asked(tmp_path: Path) -> None:
    crs = "EPSG:4528"
    path = cloud(tmp_path / "a.las", spread(crs, 119.4, 36.2, 2.0), crs)
    way = Way(Projection.of(CRS(crs)), *units_of(CRS(crs)), Stairs())
    assert off(path, crs, way) < 1e-5
    assert way.fits
    assert all(fit is None for fit in way.fits.values())


def test_geocentric_coordinates_are_placed_as_they_are(tmp_path: Path) -> None:
    crs = "EPSG:4978"
    lon, lat, up = 117.4 + np.arange(50) / 1e4, np.full(50, 36.2), np.full(50, 80.0)
    x, y, z = Transformer.from_crs("EPSG:4979", crs, always_xy=True).transform(lon, lat, up)
    path = cloud(tmp_path / "a.las", np.column_stack([x, y, z]), crs)
    way = Way(Projection.of(CRS(crs)), *units_of(CRS(crs)), ANOMALY)
    assert off(path, crs, way) < 1e-5
    found = Cloud.of(path)
    assert way.heights(points(found), found) == pytest.approx((80, 80), abs=0.003)


@pytest.mark.parametrize(
    ("crs", "units"),
    [
        ("EPSG:2992", (FOOT, FOOT)),
        ("EPSG:2991+6360", (1.0, SURVEY_FOOT)),
        ("EPSG:2992+5703", (FOOT, 1.0)),
        ("EPSG:4490", (1.0, 1.0)),
        ("EPSG:4528+5737", (1.0, 1.0)),
    ],
)
def test_heights_without_a_system_are_in_the_units_of_the_plane(crs: str, units: tuple[float, float]) -> None:
    assert units_of(CRS(crs)) == pytest.approx(units)
