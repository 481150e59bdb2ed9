"""The height anomaly is never silently nought, and a grid is read as PROJ reads it."""

import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from entities.errors import Invalid
from tiling.heights import ConstantAnomaly, GridAnomaly


def write_gtx(path: Path) -> Path:
    """A grid of 3 x 3 nodes of 1° from (116, 35), each 10 * row + column metres (NOAA's GTX format)."""
    nodes = [10.0 * row + column for row in range(3) for column in range(3)]
    path.write_bytes(struct.pack(">4d2i", 35, 116, 1, 1, 3, 3) + struct.pack(">9f", *nodes))
    return path


@pytest.mark.parametrize(("metres", "source"), [(0.0, ""), (-8.0, "  "), (float("nan"), "x"), (float("inf"), "x")])
def test_a_constant_needs_a_number_and_a_source(metres: float, source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        ConstantAnomaly(metres, source)


def test_a_constant_is_the_same_everywhere() -> None:
    anomaly = ConstantAnomaly(-8.125, "provincial geoid, mean over Jinan")
    assert anomaly.at(np.array([1.0, 2.0]), np.array([3.0, 4.0])).tolist() == [-8.125, -8.125]
    assert anomaly.value == "-8.125 m"


def test_a_grid_gives_its_nodes_and_what_lies_between(tmp_path: Path) -> None:
    anomaly = GridAnomaly(write_gtx(tmp_path / "geoid.gtx"), "made up")
    found = anomaly.at(np.array([117.0, 116.5, 118.0]), np.array([36.0, 35.5, 37.0]))
    assert np.allclose(found, [11.0, 5.5, 22.0])


def test_a_grid_says_which_it_is(tmp_path: Path) -> None:
    one = GridAnomaly(write_gtx(tmp_path / "geoid.gtx"), "made up")
    data = bytearray(one.path.read_bytes())
    data[-1] ^= 1
    (tmp_path / "geoid.gtx").write_bytes(data)
    assert one.value.startswith("geoid.gtx (")
    assert GridAnomaly(one.path, "made up").value != one.value


def test_a_grid_goes_to_another_process(tmp_path: Path) -> None:
    anomaly = GridAnomaly(write_gtx(tmp_path / "geoid.gtx"), "made up")
    other = pickle.loads(pickle.dumps(anomaly))
    assert (other.value, other.source) == (anomaly.value, anomaly.source)
    assert np.allclose(other.at(np.array([117.0]), np.array([36.0])), [11.0])


def test_beyond_the_grid_is_refused(tmp_path: Path) -> None:
    anomaly = GridAnomaly(write_gtx(tmp_path / "geoid.gtx"), "made up")
    with pytest.raises(Invalid, match=r"tiles\.grid"):
        anomaly.at(np.array([10.0]), np.array([10.0]))


def test_a_file_that_is_no_grid_is_refused(tmp_path: Path) -> None:
    (tmp_path / "geoid.gtx").write_bytes(b"nothing of the kind")
    with pytest.raises(Invalid, match=r"tiles\.grid"):
        GridAnomaly(tmp_path / "geoid.gtx", "made up").at(np.array([117.0]), np.array([36.0]))
    with pytest.raises(Invalid, match=r"tiles\.grid"):
        GridAnomaly(tmp_path / "absent.gtx", "made up")
