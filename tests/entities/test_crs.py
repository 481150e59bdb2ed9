"""Coordinate systems: against published control values, against pyproj called another way, and back and forth."""

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.crs import (
    Projection,
    crs_name,
    names_authority_order,
    otherwise,
    parse_crs,
    round_degrees,
    round_metres,
    vertical_name,
)
from entities.errors import Invalid


@pytest.mark.parametrize(
    ("own", "given", "told"),
    [
        ("EPSG:4549", None, False),
        ("EPSG:4549", "EPSG:4549+5737", False),
        ("EPSG:4549+5737", "EPSG:4549", False),
        (pyproj.CRS(4549).to_wkt("WKT1_ESRI"), "EPSG:4549", False),
        ("EPSG:4549", "EPSG:4548", True),
        ("EPSG:4490", "EPSG:4326", True),
    ],
)
def test_another_system_than_the_file_names_is_told_of(own: str, given: str | None, told: bool) -> None:
    crs = parse_crs(own, "a")
    found = otherwise("a", crs, given, crs)
    assert [one.rule for one in found] == ["crs.other"] * told
    assert all(one.values["taken"] == one.values["own"] != one.values["given"] for one in found)


def placed(crs: str, x: float, y: float) -> tuple[float, float]:
    lon, lat = Projection.of(parse_crs(crs, "a")).place(np.array([x]), np.array([y]))
    return float(lon[0]), float(lat[0])


CONTROL = [
    # the origin of the Dutch grid, Amersfoort, as Kadaster publishes it in ETRS89 (2 m: no grid of corrections here)
    ("EPSG:28992", 155_000.0, 463_000.0, 5.38720621, 52.15517440, 2e-5),
    # IOGP Guidance Note 7-2, British grid: easting 577274.99, northing 69740.50 is 50°30'N 0°30'E on OSGB36
    ("EPSG:27700", 577_274.99, 69_740.50, 0.4986, 50.5006, 2e-3),
    # central meridians of Gauss-Krueger zones: false easting 500 000, and with the zone's number before it
    ("EPSG:4549", 500_000.0, 0.0, 120.0, 0.0, 1e-12),
    ("EPSG:4528", 40_500_000.0, 0.0, 120.0, 0.0, 1e-12),
    ("EPSG:4491", 13_500_000.0, 0.0, 75.0, 0.0, 1e-12),
    ("EPSG:4554", 500_000.0, 0.0, 135.0, 0.0, 1e-12),
    # a quarter of the CGCS2000 meridian: 10 001 965.7293 m from the equator to the pole (GRS 80: the same to 0.1 mm)
    ("EPSG:4549", 500_000.0, 10_001_965.7293 / 2, 120.0, 45.1443, 1e-3),
    ("EPSG:4490", 117.0, 36.6, 117.0, 36.6, 0.0),
    ("EPSG:4326", 117.0, 36.6, 117.0, 36.6, 0.0),
    ("OGC:CRS84", 117.0, 36.6, 117.0, 36.6, 0.0),
    ("EPSG:6668", 139.7, 35.3, 139.7, 35.3, 1e-7),
    ("EPSG:4258", 9.0, 50.0, 9.0, 50.0, 1e-7),
    ("EPSG:3857", 13_024_380.422813, 4_383_204.949985, 117.0, 36.6, 2e-2),
]


@pytest.mark.parametrize(("crs", "x", "y", "lon", "lat", "tolerance"), CONTROL)
def test_control_values(crs: str, x: float, y: float, lon: float, lat: float, tolerance: float) -> None:
    assert placed(crs, x, y) == pytest.approx((lon, lat), abs=tolerance)


@pytest.mark.parametrize("code", range(4491, 4555))
def test_every_zone_of_cgcs2000_agrees_with_its_own_definition(code: int) -> None:
    """The Gauss-Krueger projection set up from its parameters, in a pipeline that knows no EPSG code."""
    crs = pyproj.CRS(code)
    values = {parameter.name: parameter.value for parameter in crs.coordinate_operation.params}
    easting, meridian = values["False easting"], values["Longitude of natural origin"]
    pipeline = pyproj.Proj(proj="tmerc", lon_0=meridian, x_0=easting, k=1, ellps="GRS80")
    x = easting + np.array([-150_000.0, 0.0, 137_123.456])
    y = np.array([2_000_000.0, 3_999_999.999, 5_500_000.0])
    wanted = pipeline(x, y, inverse=True)
    found = Projection.of(parse_crs(f"EPSG:{code}", "a")).place(x, y)
    assert np.abs(np.array(found) - np.array(wanted)).max() < 1e-9


@settings(deadline=None)
@given(st.floats(75, 134), st.floats(-5, 5), st.floats(1_000_000, 5_900_000))
def test_back_and_forth(meridian: float, offset: float, northing: float) -> None:
    zone = round((meridian - 75) / 3)
    code = 4534 + zone
    projection = Projection.of(parse_crs(f"EPSG:{code}", "a"))
    x, y = np.array([500_000 + offset * 20_000]), np.array([northing])
    lon, lat = projection.place(x, y)
    forward = pyproj.Transformer.from_crs("EPSG:4490", f"EPSG:{code}", always_xy=True)
    back = forward.transform(lon.tolist(), lat.tolist())
    assert (back[0][0], back[1][0]) == pytest.approx((x[0], y[0]), abs=1e-6)


def test_earth_centred_coordinates() -> None:
    forward = pyproj.Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)
    x, y, z = forward.transform(117.0, 36.6, 123.4567)
    projection = Projection.of(parse_crs("EPSG:4479", "a"))
    assert projection.place_solid(np.array([[x, y, z]])).tolist() == [[117.0, 36.6, 123.457]]
    assert "ellipsoidal" in (projection.vertical or "")


def test_heights_are_not_touched_by_a_change_of_datum() -> None:
    projection = Projection.of(parse_crs("EPSG:7415", "a"))
    assert projection.place_solid(np.array([[155_000.0, 463_000.0, 12.3456]]))[0, 2] == 12.346


@pytest.mark.parametrize(
    ("declared", "name", "vertical"),
    [
        ("EPSG:4549", "EPSG:4549", None),
        ("EPSG:4549+5737", "EPSG:4549+5737", "EPSG:5737"),
        ("EPSG:4490+5737", "EPSG:4490+5737", "EPSG:5737"),
        ("urn:ogc:def:crs:EPSG::4549", "EPSG:4549", None),
        ("urn:ogc:def:crs,crs:EPSG::4549,crs:EPSG::5737", "EPSG:4549+5737", "EPSG:5737"),
        ("http://www.opengis.net/def/crs/EPSG/0/28992", "EPSG:28992", None),
        ("https://www.opengis.net/def/crs/EPSG/0/7415", "EPSG:7415", "NAP height"),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", "EPSG:4326", None),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", None),
        ("EPSG:4979", "EPSG:4979", "World Geodetic System 1984 ensemble (ellipsoidal)"),
        (pyproj.CRS(4549).to_wkt(), "EPSG:4549", None),
        (pyproj.CRS(4549).to_wkt("WKT1_ESRI"), "EPSG:4549", None),
        (pyproj.CRS(4549).to_wkt("WKT1_GDAL"), "CGCS2000 / 3-degree Gauss-Kruger CM 120E", None),
    ],
)
def test_ways_of_naming_a_system(declared: str, name: str, vertical: str | None) -> None:
    crs = parse_crs(declared, "a")
    assert (crs_name(crs), vertical_name(crs)) == (name, vertical)


@pytest.mark.parametrize("code", range(4491, 4555))
def test_every_zone_is_known_by_the_prj_that_esri_writes(code: int) -> None:
    projection = Projection.of(parse_crs(pyproj.CRS(code).to_wkt("WKT1_ESRI"), "a"))
    assert (projection.name, projection.accuracy) == (f"EPSG:{code}", 0.0)


@pytest.mark.parametrize(
    "declared", ["", "EPSG:99999", "EPSG:5737", "nonsense", 'LOCAL_CS["site"]', "urn:ogc:def:crs:EPSG::x"]
)
def test_what_names_no_system(declared: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_crs(declared, "a")
    assert caught.value.rule == "crs.unknown"


@pytest.mark.parametrize("declared", ["EPSG:4610", "EPSG:2383", "EPSG:4555"])
def test_a_datum_without_a_known_way(declared: str) -> None:
    with pytest.raises(Invalid) as caught:
        Projection.of(parse_crs(declared, "a"))
    assert caught.value.rule == "crs.datum"


def test_accuracy_is_that_of_the_published_way() -> None:
    assert Projection.of(parse_crs("EPSG:26918", "a")).accuracy == 4.0
    assert Projection.of(parse_crs("EPSG:4549", "a")).accuracy == 0.0


def test_authority_order_is_a_matter_of_how_a_system_is_named() -> None:
    assert names_authority_order("urn:ogc:def:crs:EPSG::6697")
    assert names_authority_order("http://www.opengis.net/def/crs/EPSG/0/6697")
    assert not names_authority_order("EPSG:6697")
    assert not names_authority_order("http://www.opengis.net/gml/srs/epsg.xml#6697")
    assert Projection.of(parse_crs("EPSG:6697", "a")).north_first
    assert Projection.of(parse_crs("EPSG:4549", "a")).north_first
    assert not Projection.of(parse_crs("EPSG:28992", "a")).north_first


def test_covering_knows_the_date_line() -> None:
    projection = Projection.of(parse_crs("EPSG:3547", "a"))
    assert projection.covers(np.array([-85.0]), np.array([38.0])).all()
    over = Projection("a", None, 0.0, (170.0, -20.0, -170.0, 20.0), True, False, False, None)
    found = over.covers(np.array([175.0, -175.0, 0.0, 169.0, 175.0]), np.array([0.0, 0.0, 0.0, 0.0, 50.0]))
    assert found.tolist() == [True, True, False, True, False]


def test_swapped_coordinates_are_told_from_odd_ones() -> None:
    projection = Projection.of(parse_crs("EPSG:4490", "a"))
    x, y = np.array([117.0, 36.6, 0.0, 500_000.0]), np.array([36.6, 117.0, 0.0, 4_000_000.0])
    assert projection.swapped(x, y).tolist() == [False, True, False, False]


@settings(deadline=None)
@given(st.floats(-180, 180))
def test_rounding_is_stable_and_fine(number: float) -> None:
    once = round_degrees(np.array([number]))
    assert np.array_equal(round_degrees(once), once)
    assert abs(once[0] - number) <= 5.1e-10
    assert str(round_metres(np.array([-1e-9]))[0]) == "0.0"
