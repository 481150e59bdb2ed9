"""The demo's trees, lamps and photographed houses: each where it stands, nothing left to a person."""

from contextlib import closing
from pathlib import Path

import pytest
import shapely

from entities.intake import IntakeOptions, load
from entities.model import parse_day
from entities.pictures import Pictures
from entities.profiles import shipped
from entities.store import Store
from service.demo.facades import DAY, chosen, write_facades
from service.demo.files import FIRST, write_houses, write_lamps, write_trees
from service.demo.town import CRS, Street, make_town
from service.demo.trees import Lamp, Tree, light, plant
from tiling.geometry.faces import Faces


@pytest.fixture(scope="module")
def streets() -> list[Street]:
    return make_town().streets[:60]


@pytest.fixture(scope="module")
def found(streets: list[Street]) -> tuple[list[Tree], list[Lamp]]:
    return plant(streets), light(streets)


def test_they_stand_beside_the_avenues(found: tuple[list[Tree], list[Lamp]], streets: list[Street]) -> None:
    trees, lamps = found
    middle = shapely.union_all([street.shape for street in streets if street.rank == "main"])
    assert len(trees) > 500 and len(lamps) > 100
    assert {round(float(shapely.distance(tree.shape, middle)), 1) for tree in trees} == {9.0}
    assert {round(float(shapely.distance(lamp.shape, middle)), 1) for lamp in lamps} == {7.0}


def test_they_are_taken_in_without_a_word(found: tuple[list[Tree], list[Lamp]], tmp_path: Path) -> None:
    trees, lamps = found
    write_trees(tmp_path / "trees.gpkg", trees)
    write_lamps(tmp_path / "lamps.gpkg", lamps)
    with closing(Store.open(f"sqlite:///{tmp_path}/base.sqlite")) as store:
        for name, profile, count in (("trees", "trees", len(trees)), ("lamps", "standard", len(lamps))):
            options = IntakeOptions("city", "survey", parse_day(FIRST), profile=shipped()[profile], crs=CRS)
            report = load(store, tmp_path / f"{name}.gpkg", options)
            assert (report.outcomes["new"], report.outcomes["review"]) == (count, 0)
            assert {finding.severity for finding in report.findings} <= {"warning"}
        assert store.view(valid_at=parse_day(FIRST)).layers() == {"points": len(lamps), "trees": len(trees)}


def test_houses_are_photographed_where_they_stand(tmp_path: Path) -> None:
    houses = chosen(make_town().houses, set())
    write_houses(tmp_path / "houses.gpkg", houses, FIRST)
    write_facades(tmp_path / "facades.zip", houses)
    pictures = Pictures(tmp_path / "pictures")
    with closing(Store.open(f"sqlite:///{tmp_path}/base.sqlite")) as store:
        for name, profile, day in (("houses.gpkg", "buildings", FIRST), ("facades.zip", "city-model", DAY)):
            options = IntakeOptions("c", "s", parse_day(day), profile=shipped()[profile], pictures=pictures)
            report = load(store, tmp_path / name, options)
        assert (len(houses), report.outcomes["changed"]) == (60, 60)
        for version in store.view(valid_at=parse_day(DAY)).versions("buildings"):
            assert version.state.surfaces is not None
            faces = Faces.of([version])
            bare = [kind for kind, patch in zip(version.state.surfaces.kinds, faces.patches, strict=True) if not patch]
            assert (bare, version.state.attributes["YT"]) in [(["G"], "四合院"), (["G"], "别墅")]
