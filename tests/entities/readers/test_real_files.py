"""The real sample files: counts in equal counts out, and what is read of them agrees with other readers."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from lxml import etree

from tests.entities.readers.made import read, rules

COUNTS = {
    "buildings/rotterdam_3-20-DELFSHAVEN.city.json": (853, "CityJSON", "city-model"),
    "buildings/3dbag_tile_901_trimmed.city.jsonl": (52, "CityJSONSeq", "city-model"),
    "buildings/denhaag_random_5.city.jsonl": (5, "CityJSONSeq", "city-model"),
    "buildings/plateau_52397519_bldg_6697_op.gml": (13, "CityGML", "city-model"),
    "buildings/mago_footprint-with-height.geojson": (177, "GeoJSON", "buildings"),
    "terrain/opengeos_buildings.geojson": (84, "GeoJSON", "buildings"),
    "parcels/nl_brpgewaspercelen_definitief_2023.gpkg": (100, "GeoPackage", "parcels"),
    "parcels/jp_field_polygons_2024.parquet": (100, "GeoParquet", "parcels"),
    "pipelines/ky4_pipes.geojson": (1156, "GeoJSON", "pipes"),
    "pipelines/ky4_junctions.geojson": (959, "GeoJSON", "pipe-nodes"),
    "boreholes/bgs_NorthKelvinsideLogs.ags": (25, "AGS4", "boreholes"),
}
BACK = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_in_are_counts_out(shared_data: Path, name: str) -> None:
    count, format_name, profile = COUNTS[name]
    candidates, reading = read(shared_data / name)
    assert len(candidates) == count
    assert (reading.format, reading.profile.name) == (format_name, profile)
    assert [candidate.row for candidate in candidates] == list(range(1, count + 1))
    assert {finding.severity for finding in reading.findings} <= {"warning"}
    assert all(shapely.is_valid(candidate.state.geometry) for candidate in candidates)
    assert not any(candidate.state.geometry.is_empty for candidate in candidates)
    assert_rounded(candidates)


def assert_rounded(candidates) -> None:
    points = shapely.get_coordinates([candidate.state.geometry for candidate in candidates])
    assert np.array_equal(points, np.round(points, 9))
    for candidate in candidates:
        for metres in (candidate.state.height, candidate.state.base):
            assert metres is None or metres == round(metres, 3)


@pytest.mark.parametrize("name", [name for name in COUNTS if name.endswith((".gpkg", ".geojson"))])
def test_geometry_agrees_with_gdal(shared_data: Path, name: str) -> None:
    """GDAL reads, pyproj transforms every vertex by itself: the same places, to 1e-9 degrees."""
    meta, _, words, _ = pyogrio.raw.read(shared_data / name)
    to_wgs84 = pyproj.Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True)
    wanted = shapely.transform(
        shapely.force_2d(shapely.from_wkb(words)), lambda xy: np.column_stack(to_wgs84.transform(xy[:, 0], xy[:, 1]))
    )
    found = [candidate.state.geometry for candidate in read(shared_data / name)[0]]
    assert np.abs(shapely.get_coordinates(found) - shapely.get_coordinates(wanted)).max() <= 6e-10


def test_heights_of_footprints_are_those_of_the_file(shared_data: Path) -> None:
    path = shared_data / "terrain/opengeos_buildings.geojson"
    features = json.loads(path.read_text())["features"]
    wanted = [feature["properties"]["HEIGHT"] for feature in features]
    assert None in wanted
    rounded = [None if height is None else round(height, 3) for height in wanted]
    assert [candidate.state.height for candidate in read(path)[0]] == rounded


def test_rotterdam_agrees_with_the_plainest_reading(shared_data: Path) -> None:
    """Faces, kinds, tops and footprints worked out again, one building at a time, in the file's own metres."""
    path = shared_data / "buildings/rotterdam_3-20-DELFSHAVEN.city.json"
    model = json.loads(path.read_text())
    points = np.array(model["vertices"]) * model["transform"]["scale"] + model["transform"]["translate"]
    candidates, reading = read(path)
    assert rules(reading) == ["crs.vertical", "picture.none"]
    assert reading.findings[-1].values["count"] == len({one["image"] for one in model["appearance"]["textures"]})
    assert [candidate.source_id for candidate in candidates] == list(model["CityObjects"])
    for candidate, members in zip(candidates, model["CityObjects"].values(), strict=True):
        geometry = members["geometry"][0]
        top = max(points[i, 2] for face in geometry["boundaries"] for ring in face for i in ring)
        terrain = members["attributes"]["TerrainHeight"]
        assert candidate.state.base == terrain
        assert candidate.state.height == pytest.approx(top - terrain, abs=0.0011)
        kinds = [geometry["semantics"]["surfaces"][value]["type"][0] for value in geometry["semantics"]["values"]]
        assert Counter(candidate.state.surfaces.kinds) == Counter(kinds)
        (ground,) = [face for face, kind in zip(geometry["boundaries"], kinds, strict=True) if kind == "G"]
        area = shapely.Polygon(points[ground[0], :2], [points[hole, :2] for hole in ground[1:]]).area
        assert square_metres(candidate.state.geometry) == pytest.approx(area, rel=1e-3, abs=0.05)


def square_metres(geometry: shapely.Geometry) -> float:
    return shapely.transform(geometry, lambda xy: np.column_stack(BACK.transform(xy[:, 0], xy[:, 1]))).area


def test_3dbag_takes_its_best_level_and_its_own_heights(shared_data: Path) -> None:
    path = shared_data / "buildings/3dbag_tile_901_trimmed.city.jsonl"
    features = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    candidates, reading = read(path)
    assert (reading.crs, reading.vertical) == ("EPSG:7415", "NAP height")
    assert rules(reading) == ["crs.height"]
    for candidate, feature in zip(candidates, features, strict=True):
        building = next(one for one in feature["CityObjects"].values() if one["type"] == "Building")
        parts = [one for one in feature["CityObjects"].values() if one["type"] == "BuildingPart"]
        best = [one for part in parts for one in part["geometry"] if str(one["lod"]) == "2.2"]
        assert len(candidate.state.surfaces.kinds) == sum(len(shell) for one in best for shell in one["boundaries"])
        attributes = building["attributes"]
        assert candidate.source_id == attributes["identificatie"]
        assert candidate.state.base == round(attributes["h_maaiveld"], 3)
        wanted = attributes["h_dak_max"] - attributes["h_maaiveld"]
        assert candidate.state.height == pytest.approx(wanted, abs=0.0011)


def test_plateau_lists_latitude_first_and_is_read_the_right_way_round(shared_data: Path) -> None:
    path = shared_data / "buildings/plateau_52397519_bldg_6697_op.gml"
    candidates, reading = read(path)
    assert (reading.crs, reading.vertical) == ("EPSG:6697", "JGD2011 (vertical) height")
    west, south, east, north = shapely.total_bounds([candidate.state.geometry for candidate in candidates])
    assert 139.737 < west < east < 139.741
    assert 35.258 < south < north < 35.262
    space = {"bldg": "http://www.opengis.net/citygml/building/2.0", "gml": "http://www.opengis.net/gml"}
    buildings = etree.parse(path).getroot().iterfind(".//bldg:Building", space)
    for candidate, building in zip(candidates, buildings, strict=True):
        measured = building.findtext("bldg:measuredHeight", None, space)
        if measured is not None:
            assert candidate.state.height == float(measured)
        assert candidate.state.name == building.findtext(".//gml:name", None, space)  # its own, or its parts'
    first = candidates[0].state
    assert first.attributes["図形ID"] == 16943
    assert first.attributes["１階床面積"] == 42.0
    assert Counter(first.surfaces.kinds)["G"] == 1  # LoD 2, whose solid only refers to the typed surfaces
    assert len({candidate.source_id for candidate in candidates}) == 13


def test_a_city_model_without_a_system_is_asked_for_one(shared_data: Path) -> None:
    path = shared_data / "buildings/DH_01_subs.city.json"
    candidates, reading = read(path, crs="EPSG:7415")
    assert (len(candidates), reading.crs) == (4, "EPSG:7415")
