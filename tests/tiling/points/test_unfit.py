"""Unfit clouds are refused by name, and what only looks unfit is not."""

import struct
from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
import pytest

from entities.errors import Invalid
from tests.tiling.points.made import CORNER, SMALL, cloud, digest, faults, hills, read_back, tiled
from tiling.points.prepare import Grain

OFFSET, BOUNDS = 155, 179  # bytes of the header where x's offset and the greatest x stand (LAS 1.2)
RECORDS, EXTENDED, COUNT = 100, 243, 247  # how many records before and after the points, how many points (LAS 1.4)


def plain(folder: Path, name: str = "a.las", **more: np.ndarray) -> Path:
    return cloud(folder / name, **{**hills(3000), **more})


def patched(path: Path, at: int, data: bytes) -> Path:
    """A file with some of its bytes changed."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)
    return path


def doubles(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}d", *numbers)


def cut(folder: Path) -> Path:
    path = plain(folder)
    path.write_bytes(path.read_bytes()[:-5000])
    return path


def bad_chunk(folder: Path) -> Path:
    path = plain(folder, "a.laz")
    size = path.stat().st_size
    return patched(path, size // 2, b"\xff" * (size // 3))


def cut_laz(folder: Path) -> Path:
    path = plain(folder, "a.laz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    return path


def counted_too_many(folder: Path) -> Path:
    return patched(plain(folder, "a.laz"), COUNT, struct.pack("<Q", 2**60))


def chunks_beyond_memory(folder: Path) -> Path:
    path = plain(folder, "a.laz")
    with laspy.open(path) as reader:
        start = reader.header.offset_to_point_data
    table = struct.unpack_from("<q", path.read_bytes(), start)[0]
    return patched(path, table + 4, struct.pack("<I", 2**31))


def records_without_end(folder: Path) -> Path:
    return patched(plain(folder), RECORDS, struct.pack("<I", 2**31))


def extended_records_without_end(folder: Path) -> Path:
    return patched(plain(folder), EXTENDED, struct.pack("<I", 2**31))


def empty(folder: Path) -> Path:
    with laspy.open(folder / "a.las", "w", header=laspy.LasHeader(point_format=3, version="1.2")):
        return folder / "a.las"


def no_cloud(folder: Path) -> Path:
    (folder / "a.las").write_bytes(b"no cloud at all" * 100)
    return folder / "a.las"


def no_file_at_all(folder: Path) -> Path:
    (folder / "a.laz").write_bytes(b"")
    return folder / "a.laz"


def without_system(folder: Path) -> Path:
    return cloud(folder / "a.las", hills(30)["places"], None)


def local_system(folder: Path) -> Path:
    path = cloud(folder / "a.las", hills(30)["places"], "EPSG:4528")
    data = path.read_bytes().replace(b"PROJCS", b"LOCAL_CS").replace(b"PROJCRS", b"ENGCRSX")
    path.write_bytes(data)
    return path


def far_away(folder: Path) -> Path:
    return patched(plain(folder), OFFSET, doubles(1e12, 1e12, 1e12))


def no_numbers(folder: Path) -> Path:
    return patched(plain(folder), OFFSET, doubles(np.nan, np.inf, 0.0))


def one_astray(folder: Path) -> Path:
    places = hills(3000)["places"]
    places[7] = [0.0, 250_000.0, 0.0]
    return plain(folder, places=places)


def one_in_space(folder: Path) -> Path:
    places = hills(3000)["places"]
    places[7] = [0.0, 0.0, 1_500_000.0]
    return plain(folder, places=places)


UNFIT = [
    (cut, "points.truncated"),
    (bad_chunk, "points.damaged"),
    (cut_laz, "points.damaged"),
    (counted_too_many, "points.truncated"),
    (chunks_beyond_memory, "points.damaged"),
    (records_without_end, "points.format"),
    (extended_records_without_end, "points.format"),
    (empty, "points.empty"),
    (no_cloud, "points.format"),
    (no_file_at_all, "points.format"),
    (without_system, "points.crs"),
    (local_system, "points.crs"),
    (far_away, "points.place"),
    (no_numbers, "points.header"),
    (one_astray, "points.wide"),
    (one_in_space, "points.place"),
]


@pytest.mark.parametrize(("made", "rule"), UNFIT, ids=[made.__name__ for made, _ in UNFIT])
def test_what_is_unfit_is_refused(tmp_path: Path, made: Callable[[Path], Path], rule: str) -> None:
    path = made(tmp_path)
    with pytest.raises(Invalid) as refused:
        tiled(tmp_path / "tiles", [path], SMALL)
    assert refused.value.rule == rule
    finding = refused.value.findings[0]
    assert "…" not in finding.sentence.zh + finding.sentence.en + finding.remedy.en
    assert not (tmp_path / "tiles/tileset.json").exists()


def test_points_piled_up_are_refused_only_where_memory_has_no_room(tmp_path: Path) -> None:
    path = cloud(tmp_path / "a.las", np.zeros((3000, 3)))
    with pytest.raises(Invalid, match=r"points\.piled: 3000 points"):
        tiled(tmp_path / "small", [path], Grain(1000, 2000))
    tiled(tmp_path / "enough", [path], Grain(1000, 3000))
    assert sum(len(tile.places) for tile in read_back(tmp_path / "enough")) == 3000


@pytest.mark.parametrize(
    "said", [(0.0,) * 6, (np.nan,) * 6, (40_500_010.0, 40_500_000.0, 3_900_010, 3_900_000, 60, 50)]
)
def test_a_header_that_tells_wrong_bounds_changes_nothing_but_the_time(tmp_path: Path, said: tuple[float, ...]) -> None:
    right = plain(tmp_path, "a.las")
    (tmp_path / "wrong").mkdir()
    wrong = patched(plain(tmp_path / "wrong"), BOUNDS, doubles(*said))
    with laspy.open(wrong) as reader:
        assert reader.header.maxs[0] == pytest.approx(said[0], nan_ok=True)
    for name, path in (("right", right), ("other", wrong)):
        tiled(tmp_path / name, [path], SMALL)
    assert faults(tmp_path / "other") == []
    assert sum(len(tile.places) for tile in read_back(tmp_path / "other")) == 3000
    assert (np.array(said[:2]) - CORNER[0] == [10, 0]).all() or digest(tmp_path / "right") == digest(tmp_path / "other")


def test_colours_of_eight_bits_are_told_from_sixteen(tmp_path: Path) -> None:
    fields = hills(1000)
    narrow = {name: fields[name] >> 8 for name in ("red", "green", "blue")}
    for name, more in (("wide", {}), ("narrow", narrow)):
        (tmp_path / name).mkdir()
        tiled(tmp_path / name / "tiles", [cloud(tmp_path / name / "a.las", **{**fields, **more})])
    assert digest(tmp_path / "wide/tiles") == digest(tmp_path / "narrow/tiles")
