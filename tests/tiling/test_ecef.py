"""Geocentric coordinates against PROJ, and frames against their own inverse."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tiling.ecef import Frame, geocentric

lons = st.floats(-180, 180)
lats = st.floats(-90, 90)
TO_GEOCENTRIC = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)  # CGCS2000, 3D geographic to geocentric


@given(lons, lats, st.floats(-500, 9000))
def test_agrees_with_proj_to_a_micrometre(lon: float, lat: float, height: float) -> None:
    assert np.allclose(geocentric(lon, lat, height), TO_GEOCENTRIC.transform(lon, lat, height), rtol=0, atol=1e-6)


def test_the_flattening_is_that_of_cgcs2000_not_of_wgs84() -> None:
    x, y, z = geocentric(0.0, 90.0)
    assert abs(z - 6356752.314140) < 1e-6  # GB 22021-2008; WGS 84 has 6356752.314245
    assert abs(x) < 1e-6 and y == 0


@given(lons, lats, st.floats(-5000, 5000), st.floats(-5000, 5000), st.floats(-100, 3000))
def test_a_frame_undoes_itself(lon: float, lat: float, east: float, north: float, up: float) -> None:
    frame = Frame.at(lon, lat)
    point = np.array([[east, north, up]])
    assert np.allclose(frame.local(frame.geocentric(point)), point, rtol=0, atol=1e-4)


def test_the_matrix_means_the_same_frame() -> None:
    frame = Frame.at(117.02, 36.66)
    matrix = np.array(frame.matrix()).reshape(4, 4).T
    point = np.array([10.0, -20.0, 30.0])
    assert np.allclose((matrix @ [*point, 1])[:3], frame.geocentric(point[None])[0], rtol=0, atol=1e-9)
    assert np.allclose(matrix[:3, 2], geocentric(117.02, 36.66, 1) - geocentric(117.02, 36.66), atol=1e-8)


def test_up_is_up_and_east_is_east() -> None:
    frame = Frame.at(117.0, 36.0)
    places = geocentric([117.0, 117.001, 117.0], [36.0, 36.0, 36.001], [50.0, 0.0, 0.0])
    above, east, north = frame.local(places)
    assert np.allclose(above, [0, 0, 50], atol=1e-6)
    assert east[0] > 89 and abs(east[1]) < 0.01
    assert north[1] > 110 and abs(north[0]) < 1e-6


def test_many_frames_equal_one_by_one() -> None:
    lon, lat = np.array([116.0, 117.5]), np.array([35.0, 37.5])
    points = geocentric(np.array([[116.001, 116.002], [117.501, 117.502]]), lat[:, None] + np.zeros(2), 10.0)
    together = Frame.at(lon, lat).local(points)
    alone = [Frame.at(lon[row], lat[row]).local(points[row]) for row in range(2)]
    assert np.array_equal(together, np.array(alone))
