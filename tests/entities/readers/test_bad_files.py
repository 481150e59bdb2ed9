"""Every unfit file is refused by the rule it breaks, in words that say what to do."""

import shutil
import sqlite3
import stat
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import rasterio
import shapely
from affine import Affine

from entities.errors import Refusal, TooLarge
from entities.profiles import Profile
from entities.readers import Limits, open_reading
from tests.entities.readers.made import (
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


def refused(path: Path, **options: object) -> Refusal:
    """Read a file that must be refused; its finding can be said in both languages with every value in place."""
    with pytest.raises(Refusal) as caught:
        read(path, **options)
    for finding in caught.value.findings:
        for text in (finding.sentence, finding.remedy):
            assert "…" not in text.zh + text.en
    return caught.value


def cut(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


# ---- truncated and empty


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "parquet"])
def test_a_truncated_file(tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"houses.{ending}"
    if ending == "parquet":
        write_parquet(path)
    else:
        write(path, squares(3000), columns(3000))
    assert refused(cut(path, share)).rule == "pkg.truncated"


@pytest.mark.parametrize("part", ["shp", "shx", "dbf"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.999])
def test_a_truncated_part_of_a_shapefile(tmp_path: Path, part: str, share: float) -> None:
    parts = shapefile(tmp_path, shapes=squares(300), fields=columns(300))
    cut(tmp_path / f"houses.{part}", share)
    refusal = refused(zipped(tmp_path / "houses.zip", *parts))
    assert refusal.rule == "pkg.truncated"


def test_a_shapefile_whose_parts_disagree(tmp_path: Path) -> None:
    shapefile(tmp_path, "three", shapes=squares(3), fields=columns(3))
    shapefile(tmp_path, "houses")
    shutil.copy(tmp_path / "three.dbf", tmp_path / "houses.dbf")
    assert refused(tmp_path / "houses.shp").rule == "pkg.truncated"


def test_a_truncated_geodatabase(tmp_path: Path) -> None:
    folder = write(tmp_path / "houses.gdb", squares(300), columns(300), driver="OpenFileGDB")
    largest = max(folder.glob("*.gdbtable"), key=lambda path: path.stat().st_size)
    cut(largest, 0.5)
    assert refused(zipped(tmp_path / "houses.gdb.zip", folder)).rule == "pkg.truncated"


def test_a_truncated_drawing(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "a.dxf", fields={"Layer": np.array(["JMD"] * 4, dtype=object)}, crs=None, driver="DXF")
    assert refused(cut(path, 0.9), crs="EPSG:4549").rule == "pkg.truncated"


@pytest.mark.parametrize("share", [0.2, 0.7, 0.99])
def test_a_truncated_zip(tmp_path: Path, share: float) -> None:
    path = zipped(tmp_path / "houses.zip", *shapefile(tmp_path))
    assert refused(cut(path, share)).rule == "pkg.truncated"


def test_a_zip_with_a_damaged_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "houses.zip", *shapefile(tmp_path, shapes=squares(500), fields=columns(500)))
    words = bytearray(path.read_bytes())
    words[len(words) // 3] ^= 0xFF
    path.write_bytes(words)
    assert refused(path).rule == "pkg.truncated"


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "zip", "gml", "city.json", "parquet", "fgb", "dxf"])
def test_an_empty_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.touch()
    assert refused(path).rule == "pkg.empty"


def test_a_file_without_features(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "none.gpkg", squares(0), columns(0))).rule == "pkg.empty"
    assert refused(geojson(tmp_path / "none.geojson", [])).rule == "pkg.empty"
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    assert refused(tmp_path / "none.zip").rule == "pkg.empty"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.gpkg").rule == "pkg.missing"


# ---- formats


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpkg", b'{"type": "FeatureCollection", "features": []}'),
        ("a.geojson", b"PK\x03\x04 is a zip"),
        ("a.shp", b"SQLite format 3\x00" + bytes(100)),
        ("a.zip", b"%PDF-1.7 is no zip"),
        ("a.gml", b"\x00\x00\x27\x0a" + bytes(100)),
        ("a.fgb", b"PAR1" + bytes(100)),
        ("a.geojson", b'{"type": "Topology", "objects": {}}'),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [1, 2]}'),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type" "Feature"}, {"type": "Feature"}, {}]}'),
        ("a.geojson", b"[1, 2, 3]"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("a.city.json", b'{"type": "CityJSON", "version": "0.8", "CityObjects": {}, "vertices": []}'),
        ("a.city.json", b'{"type": "CityJSON", "version": "2.0", "transform": 1, "CityObjects": {}, "vertices": []}'),
        ("a.city.json", b'{"type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": [[1, 2, "x"]]}'),
        ("a.gml", b"<html><body>not a model</body></html>"),
        ("a.gml", b"<a><b></a></b>CityModel>"),
        ("readme.txt", b"nothing to read"),
    ],
)
def test_something_else_behind_the_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refused(path).rule.startswith("pkg.format")


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b TEXT)")
    database.close()
    assert refused(path).rule == "pkg.format"


def test_a_zip_in_a_zip(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", *shapefile(tmp_path))
    assert refused(zipped(tmp_path / "outer.zip", inner)).rule == "pkg.format"


def test_a_parquet_file_without_geometry(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": [1, 2]}), tmp_path / "a.parquet")
    assert refused(tmp_path / "a.parquet").rule == "pkg.format"
    assert refused(write_parquet(tmp_path / "b.parquet", encoding="polygon")).rule == "pkg.format"


# ---- parts, layers, sizes


@pytest.mark.parametrize("missing", ["shx", "dbf", "prj"])
def test_a_shapefile_that_lacks_a_part(tmp_path: Path, missing: str) -> None:
    parts = [part for part in shapefile(tmp_path) if part.suffix != f".{missing}"]
    refusal = refused(zipped(tmp_path / "houses.zip", *parts))
    assert refusal.rule == "pkg.complete"
    assert f"houses.{missing}" in refusal.findings[0].sentence.zh


def test_a_missing_prj_may_be_made_up_for(tmp_path: Path) -> None:
    parts = [part for part in shapefile(tmp_path) if part.suffix != ".prj"]
    assert len(read(zipped(tmp_path / "houses.zip", *parts), crs="EPSG:4549")[0]) == 4


def test_a_zip_without_data(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    assert refused(zipped(tmp_path / "a.zip", tmp_path / "readme.txt")).rule == "pkg.complete"


def test_several_layers_without_a_choice(tmp_path: Path) -> None:
    path = write(tmp_path / "two.gpkg", layer="houses")
    write(path, layer="sheds", append=True)
    for layer in (None, "barns"):
        refusal = refused(path, layer=layer)
        assert refusal.rule == "pkg.layer"
        assert "houses, sheds" in refusal.findings[0].sentence.zh


def test_several_files_in_a_zip_without_a_choice(tmp_path: Path) -> None:
    parts = [*shapefile(tmp_path, "a"), *shapefile(tmp_path, "b")]
    assert refused(zipped(tmp_path / "two.zip", *parts)).rule == "pkg.layer"


def test_a_file_over_the_limits(tmp_path: Path) -> None:
    path = write(tmp_path / "houses.gpkg")
    for limits, rule in ((Limits(file_bytes=1000), "pkg.size"), (Limits(features=3), "pkg.count")):
        refusal = refused(path, limits=limits)
        assert (type(refusal), refusal.rule) == (TooLarge, rule)
    sequence = geojson(tmp_path / "a.geojson", [None] * 5)  # whose count is not known before it is read
    assert refused(sequence, limits=Limits(features=3), profile=None).rule in ("pkg.count", "profile.class")


def test_a_feature_with_too_many_vertices(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [shapely.Point(500_000, 4_060_000).buffer(10, 100), squares(1)[0]], columns(2))
    candidates, reading = read(path, limits=Limits(vertices_per_feature=100))
    assert [candidate.row for candidate in candidates] == [2]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("geom.size", 1)]


# ---- zips that mean harm


@pytest.mark.parametrize("name", ["../evil.shp", "a/../../evil.shp", "/etc/evil.shp", "..\\evil.shp", "C:\\evil.shp"])
def test_a_zip_that_would_write_elsewhere(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = inside / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "evil")
    assert refused(path).rule == "pkg.path"
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["a.zip"]


def test_a_zip_with_a_link(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("houses.shp")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(path).rule == "pkg.path"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_one_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("houses.shp", "one")
        archive.writestr("HOUSES.SHP", "two")
    assert refused(path).rule == "pkg.path"


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("houses.dbf", "w") as member:
        for _ in range(40):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    assert refused(path).rule == "pkg.bomb"
    assert refused(path, limits=Limits(ratio=1e9, unpacked_bytes=1 << 20)).rule == "pkg.bomb"


def test_a_zip_of_too_many_files(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.shp", "x")
    assert refused(path, limits=Limits(members=10)).rule == "pkg.bomb"


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("houses.shp", bytes(30 << 20))
    words = path.read_bytes()
    honest = (30 << 20).to_bytes(4, "little")
    assert words.count(honest) == 2  # beside the member and in the directory
    path.write_bytes(words.replace(honest, (1000).to_bytes(4, "little")))
    assert refused(path).rule == "pkg.truncated"


def test_a_zip_with_a_password(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", *shapefile(tmp_path))
    words = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = words.find(mark)
        while place >= 0:
            words[place + offset] |= 1
            place = words.find(mark, place + 4)
    path.write_bytes(words)
    assert refused(path).rule == "pkg.locked"


# ---- XML that means harm

MODEL = '<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0">{}</core:CityModel>'


@pytest.mark.parametrize(
    "page",
    [
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + MODEL.format("&x;"),
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">' + MODEL.format(""),
        '<!-- a --><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + MODEL.format("&b;"),
        "<!--" + " " * 70_000 + '--><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + MODEL.format("&x;"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_entities(tmp_path: Path, page: str, encoding: str) -> None:
    path = tmp_path / "a.gml"
    path.write_bytes(page.encode(encoding))
    assert refused(path).rule == "pkg.entity"


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other.gml").write_text("secret")
    member = (
        '<core:cityObjectMember><b:Building xmlns:b="http://www.opengis.net/citygml/building/2.0"><b:lod1Solid '
        'xmlns:x="http://www.w3.org/1999/xlink" x:href="other.gml#a"/></b:Building></core:cityObjectMember>'
    )
    path = tmp_path / "a.gml"
    path.write_text(MODEL.format(member))
    candidates, _ = read(path, crs="EPSG:4549")
    assert candidates[0].state.geometry.is_empty


# ---- coordinate systems


def test_no_system(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "a.gpkg", crs=None)
    assert refused(path).rule == "crs.declared"
    assert refused(path, crs="EPSG:999999").rule == "crs.unknown"
    assert refused(path, crs="the usual one").rule == "crs.unknown"
    assert len(read(path, crs="EPSG:4549")[0]) == 4


@pytest.mark.parametrize(("crs", "rule"), [(None, "crs.declared"), ({"type": "name"}, "crs.unknown")])
def test_a_parquet_file_that_says_it_has_no_system(tmp_path: Path, crs: object, rule: str) -> None:
    assert refused(write_parquet(tmp_path / "a.parquet", crs)).rule == rule


def test_a_local_system(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", crs='LOCAL_CS["site grid",UNIT["metre",1]]')
    assert refused(path).rule == "crs.unknown"


@pytest.mark.parametrize("crs", ["EPSG:2383", "EPSG:4610"])
def test_an_old_datum_without_published_parameters(tmp_path: Path, crs: str) -> None:
    x, y = (500_000, 4_060_000) if crs == "EPSG:2383" else (114.0, 36.0)
    path = write(tmp_path / "a.gpkg", [shapely.box(x, y, x + 0.01, y + 0.01)], columns(1), crs=crs)
    assert refused(path).rule == "crs.datum"


def test_latitude_and_longitude_swapped(tmp_path: Path) -> None:
    ring = [[36.6, 117.0], [36.6, 117.1], [36.7, 117.1], [36.6, 117.0]]
    path = geojson(tmp_path / "a.geojson", [{"type": "Polygon", "coordinates": [ring]}], height=3)
    assert refused(path).rule == "crs.swapped"
    assert (
        refused(write(tmp_path / "a.gpkg", [shapely.Polygon(ring)], columns(1), crs="EPSG:4490")).rule == "crs.swapped"
    )


def test_northing_and_easting_swapped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(4, 4_060_000, 500_000))
    assert refused(path).rule == "crs.swapped"


def test_one_swapped_feature_among_many(tmp_path: Path) -> None:
    shapes = [*squares(3), squares(1, 4_060_000, 500_000)[0]]
    candidates, reading = read(write(tmp_path / "a.gpkg", shapes, columns(4)))
    assert len(candidates) == 3
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("crs.swapped", 4)]


@pytest.mark.parametrize(
    ("x", "crs"), [(40_500_000.0, "EPSG:4549"), (500_000.0, "EPSG:4490"), (500_000.0, "EPSG:4326")]
)
def test_coordinates_of_another_system(tmp_path: Path, x: float, crs: str) -> None:
    assert refused(write(tmp_path / "a.gpkg", squares(4, x), crs=crs)).rule == "crs.range"


def test_a_neighbouring_zone_is_only_said(tmp_path: Path) -> None:
    candidates, reading = read(write(tmp_path / "a.gpkg", squares(4, 1_000_000.0)))
    assert (len(candidates), rules(reading)) == (4, ["crs.area"])


# ---- geometry that is none


def test_nan_and_infinity(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(4), columns(4))
    for feature, vertex, number in ((1, 1, np.nan), (2, 2, np.inf), (3, 4, np.nan)):
        change_vertex(path, feature, vertex, number)
    candidates, reading = read(path)
    assert [candidate.row for candidate in candidates] == [1]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("geom.finite", row) for row in (2, 3, 4)]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_nan_and_infinity_in_geojson(tmp_path: Path, number: float, place: int) -> None:
    ring = [[117.0, 36.6], [117.1, 36.6], [117.1, 36.7], [117.0, 36.6]]
    faulty = [list(position) for position in ring]
    faulty[place][0] = number
    path = geojson(
        tmp_path / "a.geojson", [{"type": "Polygon", "coordinates": [one]} for one in (ring, faulty)], height=3
    )
    candidates, reading = read(path)
    assert [candidate.row for candidate in candidates] == [1]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("geom.finite", 2)]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[117, 36], [117.1, 36], [117.1, 36.1], [117, 36.1]]]},
        {"type": "Polygon", "coordinates": [[[117, 36], [117.1, 36], [117, 36]]]},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[[117, 36], [117.1], [117.1, 36.1], [117, 36]]]},
        {"type": "Polygon", "coordinates": [[[117, 36], ["117.1", 36], [117.1, 36.1], [117, 36]]]},
        {"type": "Polygon", "coordinates": [[117, 36], [117.1, 36], [117.1, 36.1], [117, 36]]},
        {"type": "Polygon", "coordinates": 3},
        {"type": "Polygon"},
        {"type": "MultiPolygon", "coordinates": [[[[117, 36], [117.1, 36], [117.1, 36.1], [117, 36.1]]]]},
        {"type": "LineString", "coordinates": [[117, 36]]},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [True, 36]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Circle", "coordinates": [117, 36]},
        "POINT (117 36)",
    ],
)
def test_malformed_geojson_geometry(tmp_path: Path, geometry: object) -> None:
    sound = {"type": "Polygon", "coordinates": [[[117, 36], [117.1, 36], [117.1, 36.1], [117, 36]]]}
    path = geojson(tmp_path / "a.geojson", [sound, geometry, sound], height=3)
    candidates, reading = read(path)
    assert [candidate.row for candidate in candidates] == [1, 3]
    [found] = reading.findings
    assert (found.rule.startswith("geom.form"), found.row) == (True, 2)


def test_an_open_ring_in_a_geopackage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(2), columns(2))
    change_vertex(path, 0, 4, 500_021.5)
    candidates, reading = read(path)
    assert [candidate.row for candidate in candidates] == [2]
    assert [(finding.rule, finding.row, finding.feature) for finding in reading.findings] == [
        ("geom.form.open", 1, "B00000")
    ]
    assert "[500020.0, 4060000.0] ≠ [500021.5, 4060000.0]" in reading.findings[0].sentence.en


def change_vertex(path: Path, feature: int, vertex: int, x: float) -> None:
    """Change the x of a vertex of a square, in the bytes of the file."""
    words = path.read_bytes()
    ring = shapely.to_wkb(squares(4)[feature], byte_order=1)[13:]  # behind byte order, type, counts
    assert words.count(ring) == 1
    place = words.index(ring) + 16 * vertex
    path.write_bytes(words[:place] + np.float64(x).tobytes() + words[place + 8 :])


def test_a_crossing_ring_is_left_to_the_checks(tmp_path: Path) -> None:
    bow = shapely.Polygon([(500_000, 4_060_000), (500_020, 4_060_020), (500_020, 4_060_000), (500_000, 4_060_020)])
    candidates, reading = read(write(tmp_path / "a.gpkg", [bow], columns(1)))
    assert rules(reading) == []
    assert not candidates[0].state.geometry.is_valid


def test_a_missing_geometry_comes_as_an_empty_one(tmp_path: Path) -> None:
    candidates, reading = read(write(tmp_path / "a.gpkg", [squares(1)[0], None], columns(2)))
    assert [candidate.state.geometry.is_empty for candidate in candidates] == [False, True]
    assert rules(reading) == []


# ---- values that are none


def test_values_that_are_not_what_the_profile_says(tmp_path: Path) -> None:
    fields = {
        "h": np.array(["12.5m", "tall", "-9999", ""], dtype=object),
        "d": np.array(["20240520", "2024-05-20", "soon", None], dtype=object),
        "c": np.array(["新增", "新增", "新增", "moved away"], dtype=object),
    }
    profile = Profile.parse(
        "{extends: standard, class: 310301, height: h, valid_from: d, change: {field: c, values: {新增: create}}}"
    )
    candidates, reading = read(write(tmp_path / "a.gpkg", fields=fields), profile=profile)
    assert [(one.row, one.state.height, one.change) for one in candidates] == [(1, 12.5, "create")]
    found = [(finding.rule, finding.row) for finding in reading.findings]
    assert found == [("attr.type", 2), ("time.valid", 3), ("attr.enum", 4)]


def test_text_that_cannot_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    point = '"geometry": {"type": "Point", "coordinates": [117, 36]}'
    texts = ["\\u0000", "\\ud800", "\ufffd\ufffd", "sound"]
    features = ", ".join(
        f'{{"type": "Feature", "properties": {{"GB": 543055, "NAME": "{text}"}}, {point}}}' for text in texts
    )
    path.write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}', encoding="utf-8")
    candidates, reading = read(path)
    assert [candidate.state.name for candidate in candidates] == ["sound"]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [
        ("attr.encoding", row) for row in (1, 2, 3)
    ]
    assert all(finding.sentence.zh.encode() for finding in reading.findings)


def test_text_of_a_database_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "houses.gpkg")
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE houses SET NAME = CAST(? AS TEXT) WHERE fid = 2", ("济南".encode("gbk"),))
    database.close()
    candidates, reading = read(path)
    assert [candidate.row for candidate in candidates] == [1, 3, 4]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("attr.encoding", 2)]


def test_json_that_is_not_utf8(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", [{"type": "Point", "coordinates": [117, 36]}], NAME="济南")
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert refused(path).rule == "attr.encoding.json"


def test_nothing_that_says_a_class(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", [{"type": "Point", "coordinates": [117, 36]}], NAME="somewhere")
    with open_reading(path) as reading:
        assert reading.guess is not None and not reading.guess.sure
        with pytest.raises(Refusal) as caught:
            next(reading.batches())
    assert caught.value.rule == "profile.class"
    assert 'class: {constant: "310301"}' in caught.value.findings[0].remedy.en


def test_a_geopackage_of_pictures_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "photo.gpkg"
    place = {"crs": "EPSG:32650", "transform": Affine(1, 0, 501_000, 0, -1, 4_057_000)}
    with rasterio.open(path, "w", driver="GPKG", width=64, height=64, count=3, dtype="uint8", **place) as file:
        file.write(np.zeros((3, 64, 64), np.uint8))
    assert refused(path).rule == "holding.pyramid"
