"""The real sample files through the command line: counted, placed, loaded twice, tiled, looked over."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from lxml import etree

from entities.model import Version
from entities.store import Store
from tests.intake.desk import Desk
from tests.tiling.glbs import taken_apart, validated

METRE: Final = 1 / 111_000
NANOMETRE: Final = 6e-10  # degrees: what is left of a place rounded to 1e-9


@dataclass(frozen=True)
class File:
    """A file: how many features it has, the profile it is taken in by, and its layer in the base."""

    path: str
    count: int
    profile: str
    layer: str
    wishes: tuple[str, ...] = ()


ISSUE: Final = (
    File("buildings/rotterdam_3-20-DELFSHAVEN.city.json", 853, "city-model", "buildings"),
    File("buildings/3dbag_tile_901_trimmed.city.jsonl", 52, "city-model", "buildings"),
    File("buildings/plateau_52397519_bldg_6697_op.gml", 13, "city-model", "buildings"),
    File("buildings/mago_footprint-with-height.geojson", 177, "buildings", "buildings", ("--yes",)),
    File("terrain/opengeos_buildings.geojson", 84, "buildings", "buildings", ("--yes",)),
)
OTHERS: Final = (
    File("parcels/nl_brpgewaspercelen_definitief_2023.gpkg", 100, "parcels", "parcels", ("--profile", "parcels")),
    File("parcels/jp_field_polygons_2024.parquet", 100, "parcels", "parcels", ("--profile", "parcels")),
    File("pipelines/ky4_pipes.geojson", 1156, "pipes", "pipes", ("--profile", "pipes")),
    File("pipelines/ky4_junctions.geojson", 959, "pipe-nodes", "pipes", ("--profile", "pipe-nodes")),
    File("boreholes/bgs_NorthKelvinsideLogs.ags", 25, "boreholes", "boreholes"),
    File(
        "divisions/shandong_province.geojson", 1, "divisions", "divisions", ("--profile=divisions", "--class", "630100")
    ),
    File("divisions/shandong_city.geojson", 16, "divisions", "divisions", ("--profile=divisions", "--class", "640100")),
    File(
        "divisions/shandong_district.geojson", 136, "divisions", "divisions", ("--profile=divisions", "--class=650100")
    ),
)
FILES: Final = (*ISSUE, *OTHERS)
by_name = pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.path).name)


@dataclass(frozen=True)
class Loaded:
    """The base after every file was loaded, and what was said of each file the first time and the second."""

    desk: Desk
    first: dict[str, Any]
    again: dict[str, Any]
    before: dict[str, tuple[int, str]]

    def versions(self, file: File) -> list[Version]:
        """What the base holds of a file."""
        with closing(Store.open(self.desk.config.base)) as store:
            number = self.first[file.path]["transaction"]
            return [one for one in store.view().versions(file.layer) if one.surveyed == number]


@pytest.fixture(scope="module")
def loaded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    desk = Desk.made(tmp_path_factory.mktemp("real"))
    first = {file.path: desk.json("load", *file.wishes, shared_data / file.path) for file in FILES}
    before = desk.tables()
    again = {file.path: desk.json("load", *file.wishes, shared_data / file.path) for file in FILES}
    return Loaded(desk, first, again, before)


@by_name
def test_counts_in_are_counts_out(loaded: Loaded, file: File) -> None:
    report = loaded.first[file.path]
    assert (report["accepted"], report["read"], report["errors"]) == (True, file.count, 0)
    assert {outcome: count for outcome, count in report["outcomes"].items() if count} == {"new": file.count}
    assert report["source"]["profile"] == file.profile
    assert len(loaded.versions(file)) == file.count


@by_name
def test_loading_again_says_nothing_new(loaded: Loaded, file: File) -> None:
    report = loaded.again[file.path]
    assert (report["accepted"], report["transaction"]) == (True, None)
    assert {outcome: count for outcome, count in report["outcomes"].items() if count} == {"unchanged": file.count}


def test_loading_again_changes_not_one_row(loaded: Loaded) -> None:
    assert loaded.desk.tables() == loaded.before
    assert [loaded.first[file.path]["transaction"] for file in FILES] == list(range(1, len(FILES) + 1))
    feed = loaded.desk("feed").out.split()
    codes = [word for word in feed if len(word) == 12 and word.isalnum()]
    assert len(codes) == len(set(codes)) == sum(file.count for file in FILES)


# ---- places, worked out again by GDAL or by hand, each vertex transformed by pyproj by itself


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.path.endswith(("json", "gpkg")) and "city.json" not in file.path],
    ids=lambda file: Path(file.path).name,
)  # fmt: skip
def test_every_vertex_stands_where_pyproj_puts_it(loaded: Loaded, shared_data: Path, file: File) -> None:
    meta, _, words, _ = pyogrio.raw.read(shared_data / file.path)
    to_degrees = pyproj.Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True)
    wanted = [
        shapely.transform(shape, lambda xy: np.array([to_degrees.transform(x, y) for x, y in xy]))
        for shape in shapely.force_2d(shapely.from_wkb(words))
    ]
    found = [version.state.geometry for version in loaded.versions(file)]
    assert len(found) == len(wanted)
    for one, other in zip(in_order(found), in_order(wanted), strict=True):
        assert np.abs(shapely.get_coordinates(one) - shapely.get_coordinates(other)).max() <= NANOMETRE


def in_order(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Shapes by where they are."""
    return sorted(shapes, key=lambda shape: [round(edge, 7) for edge in shape.bounds])


@pytest.mark.parametrize("file", ISSUE[:3], ids=lambda file: Path(file.path).name)
def test_every_building_of_a_model_covers_its_own_ground(loaded: Loaded, shared_data: Path, file: File) -> None:
    grounds = list(GROUNDS[file.path](shared_data / file.path))
    found = [version.state for version in loaded.versions(file)]
    assert len(grounds) == len(found) == file.count
    tree = shapely.STRtree([state.geometry for state in found])
    for points, lowest in grounds:
        box = shapely.box(*points.min(axis=0), *points.max(axis=0))
        near = [found[place] for place in tree.query(box)]
        exact = [one for one in near if np.abs(np.array(one.geometry.bounds) - box.bounds).max() < 0.002 * METRE]
        assert exact, box
        assert min(abs(shapely.get_coordinates(one.surfaces.polygons, include_z=True)[:, 2].min() - lowest)
                   for one in exact if one.surfaces) < 0.002  # fmt: skip


Ground = tuple[np.ndarray, float]
"""The vertices of a building's ground in degrees, and the lowest height of its model."""


def of_rotterdam(path: Path) -> Iterator[Ground]:
    model = json.loads(path.read_text())
    yield from of_objects(model, model["CityObjects"], model)


def of_3dbag(path: Path) -> Iterator[Ground]:
    head, *features = map(json.loads, path.read_text().splitlines())
    for feature in features:
        parts = {key: one for key, one in feature["CityObjects"].items() if one["type"] == "BuildingPart"}
        grounds = list(of_objects(head, parts, feature))
        yield np.concatenate([points for points, _ in grounds]), min(lowest for _, lowest in grounds)


DUTCH: Final = pyproj.Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)


def of_objects(head: Any, objects: Any, holder: Any) -> Iterator[Ground]:
    points = np.array(holder["vertices"]) * head["transform"]["scale"] + head["transform"]["translate"]
    for members in objects.values():
        geometry = max(members["geometry"], key=lambda one: str(one["lod"]))
        faces, values = geometry["boundaries"], geometry["semantics"]["values"]
        if geometry["type"] == "Solid":
            [faces], [values] = faces, values
        kinds = [geometry["semantics"]["surfaces"][value]["type"] for value in values]
        ground = {i for face, kind in zip(faces, kinds, strict=True) if kind == "GroundSurface" for i in face[0]}
        lowest = min(points[i, 2] for face in faces for ring in face for i in ring)
        yield np.array([DUTCH.transform(*points[i, :2]) for i in sorted(ground)]), lowest


def of_plateau(path: Path) -> Iterator[Ground]:
    """The buildings of LoD 2 by their typed surfaces; those of LoD 1 by their block and the outline of LoD 0."""
    for building in etree.parse(path).iterfind(".//{*}Building"):
        surfaces = "{*}boundedBy" if building.find("{*}boundedBy") is not None else ".//{*}lod1Solid"
        ground = "{*}boundedBy/{*}GroundSurface" if surfaces == "{*}boundedBy" else ".//{*}lod0FootPrint"
        yield positions(building, ground)[:, [1, 0]], positions(building, surfaces)[:, 2].min()


def positions(building: etree._Element, below: str) -> np.ndarray:
    """Latitude, longitude, height of every vertex below an element."""
    lists = building.iterfind(f"{below}//{{*}}posList")
    return np.concatenate([np.array(one.text.split(), float).reshape(-1, 3) for one in lists])


GROUNDS: Final = dict(zip([file.path for file in ISSUE], (of_rotterdam, of_3dbag, of_plateau), strict=False))


@pytest.mark.parametrize(
    ("file", "field"), [(ISSUE[3], "height"), (ISSUE[4], "HEIGHT")], ids=["mago", "opengeos"]
)  # fmt: skip
def test_heights_are_those_of_the_file(loaded: Loaded, shared_data: Path, file: File, field: str) -> None:
    features = json.loads((shared_data / file.path).read_text())["features"]
    wanted = [feature["properties"][field] for feature in features]
    found = [version.state.height for version in loaded.versions(file)]
    assert sorted(map(str, found)) == sorted(str(None if one is None else round(float(one), 3)) for one in wanted)


# ---- tiles of the base


def test_the_tiles_are_sound_and_hold_every_building(loaded: Loaded) -> None:
    desk = loaded.desk
    built = desk.json("build")["layers"]["buildings"]
    count = sum(file.count for file in ISSUE)
    assert built["features"] == count
    assert desk.json("verify") == {"sound": True, "findings": []}
    contents = sorted((desk.data / "tiles" / "buildings" / "c").iterdir())
    tables = [taken_apart(gzip.decompress(path.read_bytes())).table for path in contents]
    codes = [code for table in tables for code in table["code"]]
    with closing(Store.open(desk.config.base)) as store:
        assert sorted(codes) == sorted(version.code for version in store.view().versions("buildings"))
    for report in validated(contents):
        assert (report["errors"], report["warnings"]) == (0, 0), report
    assert desk.json("build")["layers"]["buildings"]["files_written"] == 0
