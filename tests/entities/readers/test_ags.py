"""Boreholes of AGS4: real ones counted, made ones taken apart, each fault said by its rule and its line."""

import csv
import json
from pathlib import Path

import pytest

from entities.errors import Invalid
from entities.guessing import guess_profile
from entities.model import day_text
from entities.profiles import shipped
from entities.readers.ags import STRATA
from tests.entities.readers.made import read, rules

HOLES = [["BH1", "RC", "500000.00", "4060000.00", "EPSG:4549", "31.20", "12.00", "2024-05-20"],
         ["TP2", "TP", "500040.50", "4060010.25", "EPSG:4549", "0.00", "2.00", "2024-05-21"]]  # fmt: skip
LAYERS = [["BH1", "0.50", "4.00", "Grey CLAY", "201", "ALLUVIUM"],
          ["BH1", "0.00", "0.50", 'Brown "topsoil"', "101", ""],
          ["BH1", "4.00", "12.00", "粉砂岩", "", ""]]  # fmt: skip
UNITS = ["", "", "m", "m", "", "m", "m", "yyyy-mm-dd"]
TYPES = ["ID", "PA", "2DP", "2DP", "PA", "2DP", "2DP", "DT"]


def group(name: str, headings: list[str], units: list[str], types: list[str], rows: list[list[str]]) -> str:
    lines = [["GROUP", name], ["HEADING", *headings], ["UNIT", *units], ["TYPE", *types]]
    lines += [["DATA", *row] for row in rows]
    quoted = [",".join('"' + value.replace('"', '""') + '"' for value in line) for line in lines]
    return "\r\n".join([*quoted, "", ""])


def written(
    folder: Path,
    holes: list[list[str]] = HOLES,
    layers: list[list[str]] | None = LAYERS,
    units: list[str] = UNITS,
    extra: str = "",
) -> Path:
    headings = ["LOCA_ID", "LOCA_TYPE", "LOCA_NATE", "LOCA_NATN", "LOCA_GREF", "LOCA_GL", "LOCA_FDEP", "LOCA_ENDD"]
    text = group("PROJ", ["PROJ_ID"], [""], ["X"], [["1"]])
    text += group("ABBR", ["ABBR_HDNG", "ABBR_CODE", "ABBR_DESC"], [""] * 3, ["X"] * 3, [["GEOL_LEG", "201", "CLAY"]])
    text += group("LOCA", headings, units, TYPES, holes)
    if layers is not None:
        said = ["LOCA_ID", "GEOL_TOP", "GEOL_BASE", "GEOL_DESC", "GEOL_LEG", "GEOL_GEOL"]
        text += group("GEOL", said, ["", "m", "m", "", "", ""], ["ID", "2DP", "2DP", "X", "PA", "PA"], layers)
    path = folder / "site.ags"
    path.write_text(text + extra, encoding="utf-8", newline="")
    return path


def other(rows: list[list[str]], row: int, column: int, value: str) -> list[list[str]]:
    return [[value if (i, j) == (row, column) else old for j, old in enumerate(line)] for i, line in enumerate(rows)]


def test_a_hole_is_a_candidate_with_its_layers(tmp_path: Path) -> None:
    (hole, pit), reading = read(written(tmp_path))
    assert (reading.format, reading.profile.name, reading.crs) == ("AGS4", "boreholes", "EPSG:4549")
    assert reading.guess is not None and reading.guess.sure and reading.total == 2
    assert (hole.state.class_code, pit.state.class_code) == ("320903", "320901")
    assert (hole.state.name, hole.source_id, hole.state.base, pit.state.base) == ("BH1", "BH1", 31.2, 0.0)
    assert (hole.state.geometry.x, hole.state.geometry.y) == pytest.approx((120.0, 36.67), abs=0.02)
    assert not hole.state.geometry.has_z and hole.valid_from == 19_863
    strata = json.loads(str(hole.state.attributes[STRATA]))
    assert [(one["top"], one["base"]) for one in strata] == [(0.0, 0.5), (0.5, 4.0), (4.0, 12.0)]
    assert strata[1] == {
        "top": 0.5, "base": 4.0, "description": "Grey CLAY", "legend": "201", "geology": "ALLUVIUM", "name": "CLAY"
    }  # fmt: skip
    assert hole.state.attributes["LOCA_FDEP"] == 12.0 and hole.state.attributes["LOCA_TYPE"] == "RC"
    assert STRATA not in pit.state.attributes and "LOCA_NATE" not in pit.state.attributes


def test_the_real_file_has_25_holes_with_220_layers(shared_data: Path) -> None:
    path = shared_data / "boreholes/bgs_NorthKelvinsideLogs.ags"
    candidates, reading = read(path)
    assert len(candidates) == 25 and (reading.crs, reading.profile.name) == ("EPSG:27700", "boreholes")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row[1:5] for row in csv.reader(file) if len(row) == 13 and row[0] == "DATA" and row[2][:1].isdigit()]
    assert len(rows) == 220
    found = [
        [candidate.source_id, f"{one['top']:.2f}", f"{one['base']:.2f}", one["description"]]
        for candidate in candidates
        for one in json.loads(str(candidate.state.attributes[STRATA]))
    ]
    assert sorted(found) == sorted([*row[:3], row[3].replace("\ufffd", "?")] for row in rows)
    assert "ags.lost" in rules(reading)


def test_a_grid_that_is_not_known_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, [other([row], 0, 4, "SITE")[0] for row in HOLES])
    with pytest.raises(Invalid) as refused:
        read(path)
    assert [finding.rule for finding in refused.value.findings] == ["crs.declared"]
    assert len(read(path, crs="EPSG:4549")[0]) == 2


def test_text_that_is_not_utf_8_is_read_as_western_and_said(tmp_path: Path) -> None:
    path = written(tmp_path, layers=other(LAYERS[:2], 0, 3, "CLAY at 20°"))
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    candidates, reading = read(path)
    assert "ags.encoding" in rules(reading) and "20°" in str(candidates[0].state.attributes[STRATA])


def test_chinese_text_that_is_not_utf_8_is_read_as_such_and_said(tmp_path: Path) -> None:
    path = written(tmp_path, layers=other(LAYERS, 0, 3, "灰色黏土，20℃"))
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    (hole, _), reading = read(path)
    assert [one.values["encoding"] for one in reading.findings if one.rule == "ags.encoding"] == ["GB 18030"]
    assert all(words in str(hole.state.attributes[STRATA]) for words in ("灰色黏土，20℃", "粉砂岩"))


def test_a_day_is_read_in_the_order_that_its_unit_names(tmp_path: Path) -> None:
    holes = [[*row[:7], day] for row, day in zip(HOLES, ("20/05/2024", "3/6/2024T14:30"), strict=True)]
    found, _ = read(written(tmp_path, holes, units=[*UNITS[:7], "dd/mm/yyyyThh:mm"]))
    assert [day_text(one.valid_from) for one in found] == ["2024-05-20", "2024-06-03"]


@pytest.mark.parametrize(
    ("layers", "rule"),
    [
        (other(LAYERS, 2, 2, "12.50"), "ags.depth"),
        (other(LAYERS, 0, 1, "0.20"), "ags.strata"),
        (other(LAYERS, 0, 2, "0.10"), "ags.strata"),
        (other(LAYERS, 0, 1, "deep"), "ags.strata"),
        (other(LAYERS, 0, 1, "-1.00"), "ags.strata"),
        (other(LAYERS, 0, 0, "BH9"), "ags.hole"),
    ],
)
def test_a_layer_that_cannot_be_is_said(tmp_path: Path, layers: list[list[str]], rule: str) -> None:
    candidates, reading = read(written(tmp_path, layers=layers))
    [found] = [finding for finding in reading.findings if finding.severity == "error"]
    assert (found.rule, len(candidates)) == (rule, 2 if rule == "ags.hole" else 1)
    assert rule == "ags.hole" or found.feature == "BH1"


@pytest.mark.parametrize(
    ("holes", "rule"),
    [
        (other(HOLES, 1, 0, "BH1"), "ags.twice"),
        (other(HOLES, 0, 2, "east"), "geom.finite"),
        (other(HOLES, 0, 7, "20/05/2024"), "ags.day"),
    ],
)
def test_a_hole_that_cannot_be_is_said(tmp_path: Path, holes: list[list[str]], rule: str) -> None:
    _, reading = read(written(tmp_path, holes))
    assert rule in {finding.rule for finding in reading.findings if finding.severity == "error"}


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"units": [unit.replace("m", "ft") if unit == "m" else unit for unit in UNITS]}, "ags.unit"),
        ({"holes": other(HOLES, 1, 4, "OSGB")}, "ags.grid"),
        ({"extra": '"DATA","1"\r\n"NOTE","x"\r\n'}, "ags.form"),
        ({"extra": '"GROUP","LOCA"\r\n'}, "ags.form"),
        ({"extra": '"GROUP","GRAB"\r\n"DATA","1"\r\n'}, "ags.form"),
        ({"extra": '"GROUP","GRAB"\r\n"HEADING","A","A"\r\n'}, "ags.form"),
        ({"extra": '"GROUP","GRAB"\r\n"HEADING","A"\r\n"DATA","cut o'}, "ags.form"),
    ],
)
def test_a_file_that_is_unfit_is_refused_whole(tmp_path: Path, told: dict[str, object], rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(written(tmp_path, **told))  # type: ignore[arg-type]
    [found] = refused.value.findings
    assert found.rule == rule and found.sentence.zh != found.sentence.en
    assert "line" not in found.values or int(str(found.values["line"])) > 10


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('"**PROJ"\r\n"*PROJ_ID"\r\n"1"\r\n', "ags.version"),
        ('"GROUP","PROJ"\r\n"HEADING","PROJ_ID"\r\n"DATA","1"\r\n', "ags.group"),
        ('"GROUP","LOCA"\r\n"HEADING","LOCA_ID"\r\n"DATA","1"\r\n', "ags.group"),
    ],
)
def test_a_file_without_holes_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "old.ags"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(Invalid) as refused:
        read(path)
    assert [finding.rule for finding in refused.value.findings] == [rule]


def test_only_such_files_are_taken_for_boreholes() -> None:
    guessed = guess_profile([("LOCA_ID", "text")], [{"LOCA_ID": "BH1"}], {"Point"}, "GeoJSON")
    assert guessed.profile.name != "boreholes" and shipped()["boreholes"].formats == ("AGS4",)
