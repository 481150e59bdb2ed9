"""The same four buildings in every format come in as the same candidates."""

import os
import sqlite3
import struct
import zipfile
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from entities.errors import Refusal
from entities.model import Candidate, parse_day
from entities.profiles import Profile
from entities.readers import open_reading
from tests.entities.readers.made import (
    FLOORS,
    HEIGHTS,
    NAMES,
    columns,
    geojson,
    read,
    rules,
    shapefile,
    squares,
    write,
    write_parquet,
    zipped,
)


def test_a_system_that_goes_before_the_files_own_is_told_of(tmp_path: Path) -> None:
    path = write(tmp_path / "houses.gpkg")
    assert "crs.other" not in rules(read(path, crs="EPSG:4549+5737")[1])
    assert "crs.other" in rules(read(path, crs="EPSG:4547")[1])
    plain = geojson(tmp_path / "a.geojson", [{"type": "Point", "coordinates": [500000, 4050000]}])
    with open_reading(plain, crs="EPSG:4549") as reading:  # GeoJSON that names no system
        assert rules(reading) == []


def geopackage(folder: Path) -> Path:
    return write(folder / "houses.gpkg")


def flatgeobuf(folder: Path) -> Path:
    return write(folder / "houses.fgb", SPATIAL_INDEX="NO")  # an index would sort the features


def parquet(folder: Path) -> Path:
    return write_parquet(folder / "houses.parquet")


def plain_geojson(folder: Path) -> Path:
    return write(folder / "houses.geojson", driver="GeoJSON")


def geojson_sequence(folder: Path) -> Path:
    lonlat = pyproj.Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True)
    shapes = shapely.transform(squares(), lambda xy: np.column_stack(lonlat.transform(xy[:, 0], xy[:, 1])))
    return write(folder / "houses.geojsonl", shapes, crs="EPSG:4326", driver="GeoJSONSeq", COORDINATE_PRECISION=12)


def shape_gbk(folder: Path) -> Path:
    return zipped(folder / "houses.zip", *shapefile(folder, encoding="GBK"))


def shape_utf8(folder: Path) -> Path:
    return zipped(folder / "houses.zip", *shapefile(folder), prefix="成果/")


def geodatabase(folder: Path) -> Path:
    return zipped(folder / "houses.gdb.zip", write(folder / "houses.gdb", driver="OpenFileGDB", layer="houses"))


def geodatabase_folder(folder: Path) -> Path:
    return write(folder / "houses.gdb", driver="OpenFileGDB", layer="houses")


MAKERS = [
    geopackage,
    flatgeobuf,
    parquet,
    plain_geojson,
    geojson_sequence,
    shape_gbk,
    shape_utf8,
    geodatabase,
    geodatabase_folder,
]


@pytest.mark.parametrize("make", MAKERS)
def test_every_format_says_the_same(tmp_path: Path, make) -> None:
    candidates, reading = read(make(tmp_path))
    assert [candidate.state.name for candidate in candidates] == NAMES
    assert [candidate.state.height for candidate in candidates] == HEIGHTS
    assert [candidate.source_id for candidate in candidates] == list(columns()["FEATID"])
    assert [dict(candidate.state.attributes) for candidate in candidates] == [{"CS": floors} for floors in FLOORS]
    assert {candidate.valid_from for candidate in candidates} == {parse_day("2024-05-20")}
    assert [candidate.row for candidate in candidates] == [1, 2, 3, 4]
    assert rules(reading) == []
    assert_placed(candidates)


def assert_placed(candidates: list[Candidate]) -> None:
    """The judge is a call of pyproj on every vertex by itself."""
    independent = pyproj.Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True)
    for candidate, square in zip(candidates, squares(), strict=True):
        found = shapely.get_coordinates(shapely.normalize(polygon(candidate)))
        wanted = [independent.transform(x, y) for x, y in shapely.get_coordinates(square)]
        wanted = shapely.get_coordinates(shapely.normalize(shapely.Polygon(wanted)))
        assert np.abs(found - wanted).max() <= 6e-10
        assert not candidate.state.geometry.has_z


def polygon(candidate: Candidate) -> shapely.Geometry:
    """The one polygon of a footprint; FileGDB and some others make every area a MultiPolygon."""
    (part,) = shapely.get_parts(candidate.state.geometry)
    return part


@pytest.mark.parametrize("make", MAKERS)
def test_reading_twice_gives_the_same(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    assert read(path)[0] == read(path)[0]


@pytest.mark.parametrize("make", [geopackage, shape_utf8, plain_geojson, parquet])
def test_batches_of_any_size_add_up_to_the_whole(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    with open_reading(path) as reading:
        batches = list(reading.batches(3))
    assert [len(batch) for batch in batches] == [3, 1]
    assert [candidate for batch in batches for candidate in batch] == read(path)[0]


def test_total_fields_and_format_are_known_before_anything_is_read(tmp_path: Path) -> None:
    with open_reading(geopackage(tmp_path)) as reading:
        assert (reading.format, reading.crs, reading.vertical, reading.total) == ("GeoPackage", "EPSG:4549", None, 4)
        assert reading.fields == [
            ("NAME", "text"),
            ("JZGD", "number"),
            ("CS", "integer"),
            ("FEATID", "text"),
            ("ELEMSTIME", "text"),
        ]


def test_a_drawing_gives_its_closed_lines_as_areas(tmp_path: Path) -> None:
    outline = shapely.LinearRing(
        [(500_000, 4_060_000), (500_020, 4_060_000), (500_020, 4_060_020), (500_000, 4_060_000)]
    )
    shapes = [shapely.LineString(outline.coords), shapely.LineString([(500_000, 4_060_100), (500_100, 4_060_100)])]
    shapes.append(shapely.LineString([(500_000, 4_060_200), (500_100, 4_060_200)]))
    fields = {"Layer": np.array(["JMD", "DLSS", "ZJ"], dtype=object)}
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "sheet.dxf", shapes, fields, crs=None, kind="LineString", driver="DXF")
    candidates, reading = read(path, crs="EPSG:4549")
    found = [(one.state.class_code, one.state.geometry.geom_type) for one in candidates]
    assert found == [("310301", "Polygon"), ("430503", "LineString")]
    assert rules(reading) == ["pkg.skipped"]
    assert dict(reading.findings[0].values)["count"] == 1


def test_lines_keep_their_heights_and_flat_ones_have_none(tmp_path: Path) -> None:
    lines = [
        shapely.LineString([(500_000, 4_060_000, 31.2504), (500_100, 4_060_000, 30.1)]),
        shapely.LineString([(500_000, 4_060_050, 0), (500_100, 4_060_050, 0)]),
    ]
    fields = {"NAME": np.array(["P-1", "P-2"], dtype=object), "DIAMETER": np.array([300.0, 150.0])}
    path = write(tmp_path / "pipes.gpkg", lines, fields, crs="EPSG:4549+5737", kind="LineString Z")
    candidates, reading = read(path)
    assert reading.profile.name == "pipes"
    assert reading.vertical == "EPSG:5737"
    assert shapely.get_coordinates(candidates[0].state.geometry, include_z=True)[:, 2].tolist() == [31.25, 30.1]
    assert not candidates[1].state.geometry.has_z
    assert rules(reading) == []


def test_points_bring_the_height_of_the_ground(tmp_path: Path) -> None:
    points = [shapely.Point(500_000, 4_060_000, 31.2504), shapely.Point(500_000, 4_060_050, 0)]
    path = write(tmp_path / "nodes.gpkg", points, {"NAME": np.array(["a", "b"], dtype=object)}, kind="Point Z")
    candidates, reading = read(path, profile=Profile.parse("class: 543055"))
    assert [candidate.state.base for candidate in candidates] == [31.25, None]
    assert not candidates[0].state.geometry.has_z
    assert rules(reading) == ["crs.vertical"]


def test_columns_of_every_type_become_scalars(tmp_path: Path) -> None:
    fields = {
        "whole": np.array([1, 2], dtype=np.int64),
        "single": np.array([17.53, 0.1], dtype=np.float32),
        "day": np.array(["2024-05-20", "2024-05-21"], dtype="datetime64[D]"),
        "moment": np.array(["2024-05-20T10:00:00.5", "NaT"], dtype="datetime64[ms]"),
        "yes": np.array([True, False]),
        "text": np.array(["<script>alert(1)</script>", None], dtype=object),
        "number": np.array([np.nan, 1.5]),
    }
    path = write(tmp_path / "types.gpkg", squares(2), fields)
    first, second = (candidate.state.attributes for candidate in read(path)[0])
    assert first == {
        "whole": 1,
        "single": 17.53,
        "day": "2024-05-20",
        "moment": "2024-05-20T10:00:00.500000+00:00",  # GeoPackage keeps instants in UTC
        "yes": True,
        "text": "<script>alert(1)</script>",
    }
    assert second == {"whole": 2, "single": 0.1, "day": "2024-05-21", "yes": False, "number": 1.5}


def test_arcs_become_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "houses.gpkg")
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        (blob,) = database.execute("SELECT geom FROM houses WHERE fid = 2").fetchone()
        header = blob[: blob.index(shapely.to_wkb(squares()[1], byte_order=1))]
        database.execute("UPDATE houses SET geom = ? WHERE fid = 2", (header + circle(500_060, 4_060_010, 10),))
    database.close()
    candidates, reading = read(path)
    assert rules(reading) == []
    corners = [shapely.get_num_coordinates(candidate.state.geometry) for candidate in candidates]
    assert corners[0] == 5 and corners[1] > 40 and corners[2:] == [5, 5]
    metres = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    shape = shapely.transform(
        candidates[1].state.geometry, lambda xy: np.column_stack(metres.transform(xy[:, 0], xy[:, 1]))
    )
    assert shape.area == pytest.approx(100 * np.pi, rel=2e-3)


def circle(x: float, y: float, radius: float) -> bytes:
    """WKB of a CurvePolygon bounded by a CircularString."""
    corners = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    ring = struct.pack("<BII", 1, 8, len(corners)) + b"".join(struct.pack("<dd", *corner) for corner in corners)
    return struct.pack("<BII", 1, 10, 1) + ring


def test_a_layer_is_chosen_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "two.gpkg", layer="houses")
    write(path, squares(2), columns(2), layer="sheds", append=True)
    assert len(read(path, layer="houses")[0]) == 4
    assert len(read(path, layer="sheds")[0]) == 2


def test_a_zip_of_several_files_is_read_by_the_name_of_one(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", geopackage(tmp_path), flatgeobuf(tmp_path))
    assert read(path, layer="houses.fgb")[1].format == "FlatGeobuf"


def test_folders_and_litter_in_a_zip_do_not_matter(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", *shapefile(tmp_path), prefix="成果/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("空文件夹/", "")
        archive.writestr("__MACOSX/成果/._houses.shp", "litter")
        archive.writestr("成果/Thumbs.db", "litter")
        archive.writestr("成果/houses.shp.xml", "<metadata/>")
    assert len(read(path)[0]) == 4


@pytest.mark.parametrize("more", ["", ', "name": "late"', ', "bbox": [1, 2, 3.5e1, -4]'])
def test_a_system_named_behind_the_features(tmp_path: Path, more: str) -> None:
    crs = '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}'
    early = write(tmp_path / "early.geojson", driver="GeoJSON").read_text(encoding="utf-8")
    features = early[early.index('"features"') : early.rindex("]") + 1]
    path = tmp_path / "late.geojson"
    path.write_text(f'{{"type": "FeatureCollection", {features}{more}, {crs}}}', encoding="utf-8")
    candidates, reading = read(path)
    assert reading.crs == "EPSG:4549"
    assert [one.state for one in candidates] == [one.state for one in read(tmp_path / "early.geojson")[0]]


def test_a_system_named_too_late_is_refused(tmp_path: Path) -> None:
    """Behind the features and before much else: the features have been read as another system's by then."""
    point = {"type": "Point", "coordinates": [117.0, 36.6]}
    path = geojson(tmp_path / "a.geojson", [point] * 1500, GB=543055)
    crs = '"crs": {"type": "name", "properties": {"name": "EPSG:4490"}}'
    path.write_text(path.read_text()[:-1] + f', {crs}, "note": "{"x" * 5000}"}}')
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.rule == "crs.late"


def test_geojson_without_a_system_is_crs84_and_null_is_none(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [117.0, 36.6]}
    path = geojson(tmp_path / "a.geojson", [point], GB=543055)
    assert read(path)[1].crs == "OGC:CRS84"
    path.write_text(path.read_text().replace('"features"', '"crs": null, "features"'))
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.rule == "crs.declared"


def test_geoparquet_without_a_system_is_crs84(tmp_path: Path) -> None:
    with open_reading(write_parquet(tmp_path / "a.parquet", "absent")) as reading:
        assert reading.crs == "OGC:CRS84"


def test_what_was_unpacked_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = shape_utf8(tmp_path)
    with open_reading(path) as reading:
        assert list(scratch.rglob("*.shp"))
        next(reading.batches(1))
    assert list(scratch.iterdir()) == []
    open_reading(path)  # forgotten without being closed
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["a!b", "a b", "济南", "a?b#c", "vsicurl", "a.zip!x"])
def test_names_that_mean_something_to_gdal(tmp_path: Path, name: str) -> None:
    write(tmp_path / "plain.gpkg")
    for path in shapefile(tmp_path, "plain"):
        path.rename(tmp_path / f"{name}{path.suffix}")
    assert len(read(tmp_path / f"{name}.gpkg")[0]) == 4
    assert len(read(tmp_path / f"{name}.shp")[0]) == 4
    assert (
        len(read(zipped(tmp_path / "all.zip", *(path for path in tmp_path.iterdir() if path.suffix != ".gpkg")))[0])
        == 4
    )


def test_deleted_records_of_a_shapefile_are_not_missed(tmp_path: Path) -> None:
    shapefile(tmp_path)
    words = bytearray((tmp_path / "houses.dbf").read_bytes())
    header, width = int.from_bytes(words[8:10], "little"), int.from_bytes(words[10:12], "little")
    words[header + width] = ord("*")
    (tmp_path / "houses.dbf").write_bytes(words)
    assert [candidate.state.name for candidate in read(tmp_path / "houses.shp")[0]] == [NAMES[0], *NAMES[2:]]


def test_a_geopackage_whose_count_is_stale(tmp_path: Path) -> None:
    path = geopackage(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 99")
    database.close()
    assert len(read(path)[0]) == 4


def test_what_a_killed_process_left_unpacked_is_removed_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    old, fresh = scratch / "shikong-unpacked-old", scratch / "shikong-unpacked-fresh"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
        (folder / "houses.shp").write_bytes(b"x")
    os.utime(old, (1e9, 1e9))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read(shape_utf8(tmp_path))
    assert list(scratch.iterdir()) == [fresh]
