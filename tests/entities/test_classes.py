"""The class table: the shipped one is sound, a province's own takes its place, a broken one is refused by its line."""

import csv
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from entities.classes import COLUMNS, GEOMETRIES, KINDS, POSITIONS, ClassTable
from entities.errors import Invalid, NotFound

SHIPPED = files("entities.data") / "classes.csv"


@pytest.fixture(scope="module")
def table() -> ClassTable:
    return ClassTable.load()


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(SHIPPED.read_text(encoding="utf-8").splitlines()))


def written(folder: Path, *rows: str, head: str = ",".join(COLUMNS)) -> Path:
    path = folder / "own.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


GROUP = "300000,居民地,Settlements,,no,,,,,,standard"
HOUSE = "310001,房屋,House,300000,yes,man-made,area+solid,on-ground,buildings,0.3,project"


def test_it_has_647_classes(table: ClassTable) -> None:
    assert len(table) == len(table.leaves) == 647
    assert sum(row["leaf"] == "yes" for row in lines()) == 647


def test_codes_and_names_are_unique() -> None:
    """Read as plain lines, since a table keyed by code would hide what is there twice."""
    rows = lines()
    leaves = [row for row in rows if row["leaf"] == "yes"]
    assert [code for code, count in Counter(row["code"] for row in rows).items() if count > 1] == []
    assert [name for name, count in Counter(row["en"].lower() for row in rows).items() if count > 1] == []
    assert [name for name, count in Counter(row["zh"] for row in leaves).items() if count > 1] == []
    assert rows == sorted(rows, key=lambda row: row["code"])


def test_every_code_stands_in_the_range_of_its_parent() -> None:
    """Six digits: major, medium, minor and class; a parent's digits at its own level begin the child's."""
    rows = {row["code"]: row for row in lines()}
    levels = {code: next(n for n in (1, 2, 4, 6) if code[n:].strip("0") == "") for code in rows}
    for code, row in rows.items():
        assert len(code) == 6
        if levels[code] == 1:
            assert not row["parent"]
            continue
        above = rows[row["parent"]]
        assert above["leaf"] == "no"
        assert levels[row["parent"]] < levels[code]
        assert code.startswith(row["parent"][: levels[row["parent"]]])


def test_every_major_is_there(table: ClassTable) -> None:
    assert [one.code for one in table.children()] == [f"{major}00000" for major in range(1, 9)]
    assert {one.code[0] for one in table.leaves} == set("12345678")


def test_every_class_says_all_of_itself(table: ClassTable) -> None:
    for one in table.leaves:
        assert one.kind in KINDS
        assert one.geometries and one.geometries <= set(GEOMETRIES)
        assert one.positions and one.positions <= set(POSITIONS)
        assert one.layer.isalpha() and one.layer.islower()
        assert 0.05 <= one.accuracy <= 50
        assert not {"其他1", "备用"} & {one.name.zh}
    assert {one.kind for one in table.leaves} == set(KINDS)
    assert {position for one in table.leaves for position in one.positions} == set(POSITIONS)


def test_codes_marked_as_the_standards_own_are_in_its_ranges(table: ClassTable, shared_data: Path) -> None:
    """The codes of the published lists that the table has, with another meaning than theirs, are named here."""
    published: dict[str, str] = {}
    for name in ("from_DYM_ExportCass", "1m_public_subset"):
        with (shared_data / "codes" / f"gb13923_{name}.csv").open(encoding="utf-8") as page:
            published |= {
                row["gb_code"]: row.get("name", row.get("name_in_source", "")) for row in csv.DictReader(page)
            }
    project = {one.code for one in table.leaves if one.attested == "project"}
    assert project & published.keys() == {"250409", "510202"}
    attested = [one for one in table.leaves if one.attested == "standard" and one.code in published]
    assert len(attested) > 300


@pytest.mark.parametrize(
    ("code", "zh", "layer", "kind"),
    [
        ("310301", "房屋", "buildings", "man-made"),
        ("630100", "省级行政区域", "divisions", "administrative"),
        ("640100", "地级行政区域", "divisions", "administrative"),
        ("650100", "县级行政区域", "divisions", "administrative"),
        ("430501", "主干道", "roads", "man-made"),
        ("430502", "次干道", "roads", "man-made"),
        ("430503", "支路", "roads", "man-made"),
        ("543002", "地下给水管道", "pipes", "man-made"),
        ("685001", "宗地", "parcels", "administrative"),
        ("320901", "探井", "boreholes", "man-made"),
        ("810511", "独立树", "trees", "natural"),
        ("825004", "行道树", "trees", "man-made"),
        ("320903", "钻孔", "boreholes", "man-made"),
    ],
)
def test_what_other_parts_rely_on(table: ClassTable, code: str, zh: str, layer: str, kind: str) -> None:
    one = table.get(code)
    assert (one.name.zh, one.layer, one.kind, one.leaf) == (zh, layer, kind, True)
    assert table.layer_of(code) == layer
    assert code in table


def test_a_class_knows_the_groups_it_stands_in(table: ClassTable) -> None:
    assert [one.code for one in table.path("430501")] == ["400000", "430000", "430500", "430501"]
    assert [one.name.en for one in table.children("430500")] == ["Main road", "Secondary road", "Branch road", "Alley"]
    for one in table.leaves:
        assert table.path(one.code)[0].parent is None
        assert one in table.children(one.parent)


def test_a_name_leads_to_its_class(table: ClassTable) -> None:
    for one in table.leaves:
        assert table.find(one.code) == table.find(one.name.zh) == table.find(f" {one.name.en.upper()} ") == one
    pagoda = table.find("宝塔")
    assert pagoda is not None and pagoda.name.zh == "宝塔、经塔"
    assert table.find("墩") is None, "several classes are called so"
    assert table.find("nothing of the kind") is None


def test_what_is_not_in_it_is_said(table: ClassTable) -> None:
    for ask in (table.get, table.layer_of, table.children, table.path):
        with pytest.raises(NotFound, match=r"class\.unknown.*999999"):
            ask("999999")
    with pytest.raises(NotFound, match=r"class\.group.*430500"):
        table.layer_of("430500")
    assert "430500" not in table
    assert 310301 not in table


def test_a_province_replaces_the_file(tmp_path: Path) -> None:
    rows = [HOUSE.replace("310001", "31000101"), GROUP.replace("300000", "30000000")]
    own = ClassTable.load(written(tmp_path, *(row.replace("300000,yes", "30000000,yes") for row in rows)))
    assert len(own) == 1
    assert own.layer_of("31000101") == "buildings"
    assert own.layers == ("buildings",)


def test_a_spreadsheets_mark_and_spaces_do_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path, GROUP, HOUSE.replace(",", " , "))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert ClassTable.load(path).get("310001").name.zh == "房屋"


@pytest.mark.parametrize(
    ("rule", "line", "rows"),
    [
        ("code", 3, [GROUP, HOUSE.replace("310001", "31001")]),
        ("code", 3, [GROUP, HOUSE.replace("310001", "3100A1")]),
        ("code", 2, [GROUP.replace("300000", "000000")]),
        ("twice", 4, [GROUP, HOUSE, HOUSE]),
        ("twice", 4, [GROUP, HOUSE, HOUSE.replace("310001", "310002").replace("House", "Home")]),
        ("twice", 4, [GROUP, HOUSE, HOUSE.replace("310001", "310002").replace("房屋", "屋")]),
        ("parent", 3, [GROUP, HOUSE.replace("300000,yes", "400000,yes")]),
        ("parent", 3, [GROUP, HOUSE.replace("310001", "410001")]),
        ("parent", 4, [GROUP, HOUSE, "310002,楼,Tower,310001,yes,man-made,area,on-ground,buildings,0.3,project"]),
        ("childless", 4, [GROUP, HOUSE, "400000,交通,Transport,,no,,,,,,standard"]),
        ("value", 3, [GROUP, HOUSE.replace("房屋", "")]),
        ("value", 3, [GROUP, HOUSE.replace("yes", "maybe")]),
        ("value", 3, [GROUP, HOUSE.replace("man-made", "made")]),
        ("value", 3, [GROUP, HOUSE.replace("area+solid", "area+mesh")]),
        ("value", 3, [GROUP, HOUSE.replace("area+solid", "area+area")]),
        ("value", 3, [GROUP, HOUSE.replace("on-ground", "")]),
        ("value", 3, [GROUP, HOUSE.replace("buildings", "my layer")]),
        ("value", 3, [GROUP, HOUSE.replace("0.3", "-0.3")]),
        ("value", 3, [GROUP, HOUSE.replace("0.3", "nan")]),
        ("value", 3, [GROUP, HOUSE.replace("project", "perhaps")]),
        ("value", 3, [GROUP, "310001,房屋"]),
    ],
)
def test_a_broken_table_is_refused_by_its_line(tmp_path: Path, rule: str, line: int, rows: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        ClassTable.load(written(tmp_path, *rows))
    finding = refused.value.findings[0]
    assert finding.rule == f"class.table.{rule}"
    assert finding.row == line
    for sentence in (finding.sentence, finding.remedy):
        assert "…" not in sentence.zh + sentence.en
    assert str(line) in finding.sentence.zh and "own.csv" in finding.sentence.en


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"class\.table\.columns.*layer, accuracy"):
        ClassTable.load(written(tmp_path, GROUP, head="code,zh,en,parent,leaf,kind,geometries,position,attested"))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"class\.table\.file.*none\.csv"):
        ClassTable.load(tmp_path / "none.csv")
    gbk = written(tmp_path, GROUP, HOUSE)
    gbk.write_bytes(gbk.read_text(encoding="utf-8").encode("gbk"))
    with pytest.raises(Invalid, match=r"class\.table\.file.*UTF-8"):
        ClassTable.load(gbk)


def test_the_note_beside_the_table_counts_as_the_table_does(table: ClassTable) -> None:
    note = (files("entities.data") / "README.md").read_text(encoding="utf-8")
    counts = Counter(one.attested for one in table.leaves)
    groups = sum(row["leaf"] == "no" for row in lines())
    assert f"**standard** ({counts['standard']} classes)" in note
    assert f"**project** ({counts['project']})" in note
    assert f"{len(table)} classes of entities (`leaf` = yes) in {groups} groups" in note


def test_products_have_a_layer_each_and_are_no_classes_of_entities(table: ClassTable) -> None:
    """What surveys make besides entities: known where something is written, unknown where entities are taken in."""
    layers = {"900100": "pointclouds", "900200": "meshes", "900300": "elevation", "900400": "imagery"}
    assert {code: table.layer_of(code) for code in layers} == layers
    assert [one.code for one in table.path("900100")] == ["900000", "900100"]
    assert not any(code in table for code in layers)
    assert not set(layers.values()) & set(table.layers)
    assert table.find("激光点云") is None
    with pytest.raises(NotFound, match=r"class\.group"):
        table.layer_of("900000")


def test_a_province_s_own_table_knows_the_products_too(tmp_path: Path) -> None:
    own = ClassTable.load(written(tmp_path, GROUP, HOUSE))
    assert len(own) == 1
    assert own.layer_of("900200") == "meshes"
