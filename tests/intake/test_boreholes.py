"""Boreholes taken in twice: the same log says nothing new, a corrected one changes its hole and keeps the code."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from entities.intake import IntakeOptions, load
from entities.model import parse_day
from entities.readers.ags import STRATA
from entities.report import Report
from entities.store import Store
from tests.entities.readers.test_ags import HOLES, LAYERS, other, written

DAY = parse_day("2024-06-01")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path}/base.sqlite")) as opened:
        assert taken(opened, written(tmp_path)).outcomes["new"] == 2
        yield opened


def taken(store: Store, path: Path, day: int = DAY) -> Report:
    return load(store, path, IntakeOptions("city", "survey", day))


def test_the_same_log_says_nothing_new(store: Store, tmp_path: Path) -> None:
    report = taken(store, written(tmp_path))
    assert report.outcomes["unchanged"] == 2 and report.transaction is None


def test_a_corrected_log_changes_its_hole(store: Store, tmp_path: Path) -> None:
    before = {version.state.name: version for version in store.view(valid_at=DAY).versions("boreholes")}
    holes = [[*row[:7], ""] for row in HOLES]
    report = taken(store, written(tmp_path, holes, other(LAYERS, 0, 3, "Brown CLAY")), DAY + 30)
    assert (report.outcomes["changed"], report.outcomes["unchanged"]) == (1, 1)
    after = {version.state.name: version for version in store.view(valid_at=DAY + 30).versions("boreholes")}
    assert after["BH1"].code == before["BH1"].code and after["BH1"].period.start == DAY + 30
    assert "Brown CLAY" in str(after["BH1"].state.attributes[STRATA])
    assert "Grey CLAY" in str(store.view(valid_at=DAY).get(after["BH1"].code).state.attributes[STRATA])


def test_a_fault_in_one_hole_abandons_the_file(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path}/other.sqlite")) as store:
        report = taken(store, written(tmp_path, layers=other(LAYERS, 2, 2, "99.00")))
        assert not report.accepted and store.view(valid_at=DAY).count() == 0
        assert [finding.rule for finding in report.errors] == ["ags.depth"]
