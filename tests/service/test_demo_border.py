"""The demo's border: real counties, a made district across it, and what each may write."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from entities.intake import IntakeOptions, load
from entities.model import parse_day
from entities.profiles import shipped
from entities.report import Report
from entities.store import Store
from entities.store.reviews import cases
from service.demo.border import COUNTY, DAY, border_update
from service.demo.departments import DEPARTMENTS
from service.demo.divisions import read_divisions
from service.demo.files import FIRST, write_divisions, write_houses, write_update
from service.demo.town import make_town
from service.demo.updates import Update


@pytest.fixture(scope="module")
def update() -> Update:
    return border_update(make_town().houses, read_divisions())


@pytest.fixture
def store(tmp_path: Path, update: Update) -> Iterator[Store]:
    """The divisions, and the houses as they were before."""
    with closing(Store.open(f"sqlite:///{tmp_path}/base.sqlite")) as opened:
        write_divisions(tmp_path / "divisions.gpkg", read_divisions())
        assert take(opened, tmp_path / "divisions.gpkg", "divisions", "2024-01-01").accepted
        before = [replace(house, floors=house.floors - 2) for house, _ in update.houses]
        write_houses(tmp_path / "houses.gpkg", before, FIRST)
        assert take(opened, tmp_path / "houses.gpkg", "buildings", FIRST, "370100").outcomes["new"] == len(before)
        write_update(tmp_path / "border.gpkg", update)
        yield opened


def take(store: Store, path: Path, profile: str, day: str, *territory: str) -> Report:
    said = IntakeOptions("demo", "demo", parse_day(day), profile=shipped()[profile], territory=territory)
    return load(store, path, said)


def test_a_county_changes_its_own_and_what_crosses_the_border_waits(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path / "border.gpkg", "buildings", DAY, COUNTY)
    assert report.accepted
    assert (report.outcomes["changed"], report.outcomes["review"]) == (6, 4)
    waiting = cases(store.database, "state = 'waiting'", [])
    assert {(case.band, case.needs) for case in waiting} == {("joint", ("370102",))}
    assert all("历下区" in case.reasons[-1].zh for case in waiting)


def test_its_neighbour_cannot_send_the_same(store: Store, tmp_path: Path) -> None:
    refused = take(store, tmp_path / "border.gpkg", "buildings", DAY, "370102")
    assert {finding.rule for finding in refused.errors} == {"scope.owner"}
    assert len(refused.errors) == 6


def test_the_city_sends_it_directly(store: Store, tmp_path: Path) -> None:
    assert take(store, tmp_path / "border.gpkg", "buildings", DAY, "370100").outcomes["changed"] == 10


def test_the_demo_has_departments_of_three_levels() -> None:
    assert {"370000", "370100", "370102", COUNTY} <= {department.division for department in DEPARTMENTS}
