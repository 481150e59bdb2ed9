"""One survey of thirty houses in every format that surveyors send: after one of them the others say nothing new."""

import json
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import shapely
from shapely.affinity import translate

from entities.model import State
from entities.store import Store
from tests.entities.readers.made import CRS, shapefile, write, write_parquet, zipped
from tests.intake.desk import Desk
from tests.intake.unfit import city

COUNT: Final = 30
NAMES: Final = ("历山路", "泉城路", "趵突泉北路", "经十路", "Stadium <north>")


def houses() -> Any:
    """Houses in a row, 40 m apart: boxes, angles, courtyards, and octagons in turn."""
    box = shapely.box(0, 0, 20, 12)
    angle = box.difference(shapely.box(8, 5, 20, 12))
    court = shapely.box(0, 0, 24, 24).difference(shapely.box(6, 6, 18, 18))
    kinds = (box, angle, court, shapely.Point(10, 10).buffer(9.123, 2))
    shapes = [translate(kinds[i % 4], 500_000 + 40 * i, 4_060_000 + 7.25 * i) for i in range(COUNT)]
    return np.array([shapely.transform(shape, lambda xy: np.round(xy, 3)) for shape in shapes])


def fields() -> dict[str, Any]:
    turns = range(COUNT)
    return {
        "NAME": np.array([f"{NAMES[i % 5]}{i + 1}号" for i in turns], dtype=object),
        "JZGD": np.array([round(6.5 + 1.37 * i, 2) for i in turns]),
        "CS": np.array([2 + i // 3 for i in turns], dtype=np.int32),
        "YT": np.array([("住宅", "商业", None)[i % 3] for i in turns], dtype=object),
        "FEATID": np.array([f"B{i:05d}" for i in turns], dtype=object),
    }


def of(ending: str, **options: Any) -> Callable[[Path], Path]:
    return lambda folder: write(folder / f"houses.{ending}", houses(), fields(), **options)


def parquet(folder: Path) -> Path:
    return write_parquet(folder / "houses.parquet", shapes=houses(), fields=fields())


def shapes(encoding: str) -> Callable[[Path], Path]:
    """A Shapefile in a zip; its .cpg names the encoding."""

    def make(folder: Path) -> Path:
        parts = shapefile(folder, encoding=encoding, shapes=houses(), fields=fields())
        assert (folder / "houses.cpg").read_text() == encoding
        return zipped(folder / "houses.zip", *parts)

    return make


def database(folder: Path) -> Path:
    return zipped(folder / "houses.gdb.zip", of("gdb", driver="OpenFileGDB")(folder))


def degrees(folder: Path) -> Path:
    """GeoJSON as RFC 7946 wants it: in degrees of WGS 84, with nine decimals."""
    return write(folder / "houses.geojson", houses(), fields(), RFC7946="YES", COORDINATE_PRECISION="9")


FORMATS: Final = {
    "GeoJSON": of("geojson"),
    "GeoPackage": of("gpkg"),
    "Shapefile, GBK": shapes("GBK"),
    "Shapefile, UTF-8": shapes("UTF-8"),
    "FileGDB": database,
    "FlatGeobuf": of("fgb"),
    "GeoParquet": parquet,
    "GeoJSON in degrees": degrees,
}


def loaded(desk: Desk, path: Path) -> Any:
    return desk.json("load", "--profile", "buildings", "--valid-from", "2026-05-19", path)


def outcomes(report: Any) -> dict[str, int]:
    return {outcome: count for outcome, count in report["outcomes"].items() if count}


@pytest.mark.parametrize("first", FORMATS)
def test_whichever_comes_first_the_others_are_the_same_houses(first: str, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path / "base")
    assert outcomes(loaded(desk, FORMATS[first](tmp_path))) == {"new": COUNT}
    tables = desk.tables()
    for number, other in enumerate(FORMATS):
        (tmp_path / f"{number}").mkdir()
        report = loaded(desk, FORMATS[other](tmp_path / f"{number}"))
        assert (other, outcomes(report), report["transaction"]) == (other, {"unchanged": COUNT}, None)
        assert report["errors"] == 0
    assert desk.tables() == tables


def drawing(folder: Path) -> Path:
    """The outlines alone, as a CAD program draws them."""
    with warnings.catch_warnings(action="ignore"):  # a drawing has no coordinate system
        return write(folder / "houses.dxf", houses(), {"Layer": np.array(["JMD"] * COUNT, dtype=object)}, crs=None)


DRAWN: Final = ("--profile", "drawing", "--crs", CRS)


def test_a_drawing_takes_nothing_away_from_what_is_known(tmp_path: Path) -> None:
    desk = Desk.made(tmp_path / "base")
    loaded(desk, FORMATS["GeoPackage"](tmp_path))
    before = states(desk)
    path = drawing(tmp_path)
    report = desk.json("load", *DRAWN, path)
    assert outcomes(report) == {"changed": COUNT}  # since the drawing's layer is something new to know
    assert not any(finding["rule"].startswith("model.height") for finding in report["findings"])
    after = states(desk)
    assert after.keys() == before.keys()
    for code, old in before.items():
        assert after[code] == replace(old, geometry=after[code].geometry, attributes={**old.attributes, "Layer": "JMD"})
        assert after[code].geometry.equals_exact(old.geometry, 1e-9, normalize=True)
    assert outcomes(desk.json("load", *DRAWN, path)) == {"unchanged": COUNT}
    assert outcomes(loaded(desk, FORMATS["GeoPackage"](tmp_path))) == {"unchanged": COUNT}


def test_a_drawing_of_houses_that_nobody_knows_lacks_their_heights(tmp_path: Path) -> None:
    desk = Desk.made(tmp_path / "base")
    said = desk("load", *DRAWN, "--json", drawing(tmp_path))
    assert (said.code, {finding["rule"] for finding in said.value["findings"]}) == (1, {"model.height"})


def states(desk: Desk) -> dict[str, State]:
    with closing(Store.open(desk.config.base)) as store:
        return {version.code: version.state for version in store.view().versions("buildings")}


@pytest.mark.parametrize("moved", [False, True])
def test_footprints_leave_a_model_standing_where_they_are_its_own(tmp_path: Path, moved: bool) -> None:
    """A survey of outlines cannot speak of roofs; only on another outline they would be wrong."""
    desk = Desk.made(tmp_path / "base")
    model = tmp_path / "model.city.json"
    model.write_text(json.dumps(city()))
    desk.json("load", "--profile", "city-model", "--valid-from", "2026-05-19", model)
    outline = shapely.box(500_000, 4_060_000, 500_020, 4_060_020 + moved)
    name = {"NAME": np.array(["历山楼"], dtype=object)}
    report = loaded(desk, write(tmp_path / "outline.gpkg", [outline], name))
    assert outcomes(report) == {"changed": 1}
    [state] = states(desk).values()
    assert (state.name, state.height, state.base) == ("历山楼", 9.0, 30.0)
    assert (state.surfaces is None) == moved
