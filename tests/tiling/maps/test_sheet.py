"""A sheet's layout and its name: what changes on it changes its name, and nothing else does."""

from dataclasses import replace

import pytest
import shapely

from entities.errors import Invalid, NotFound
from tests.tiling.maps.conftest import MemoryView, division
from tiling.maps.divisions import Divisions
from tiling.maps.ground import Ground
from tiling.maps.settings import MapSettings, approval_number
from tiling.maps.sheet import Sheet, catalogue, plan, sheet_of


@pytest.fixture(scope="module")
def sheets(shandong: MemoryView, settings: MapSettings) -> list[Sheet]:
    divisions = Divisions.read(shandong)
    return [plan(shandong, divisions, code, "administrative", settings) for code in divisions.by_code]


def test_there_is_a_sheet_for_each_of_the_153_divisions(sheets: list[Sheet]) -> None:
    levels = [sheet.division.level for sheet in sheets]
    assert (levels.count("province"), levels.count("city"), levels.count("county")) == (1, 16, 136)
    assert len({sheet.name for sheet in sheets}) == 153


def test_every_division_lies_whole_within_its_frame_or_insets(sheets: list[Sheet]) -> None:
    for sheet in sheets:
        for part in shapely.get_parts(sheet.division.shape):
            assert any(window.area.contains(window.place(part)) for window in sheet.fit.windows), sheet.title.zh


def test_no_legend_or_locator_covers_its_division(sheets: list[Sheet]) -> None:
    for sheet in sheets:
        shape = sheet.fit.window.place(sheet.division.shape)
        boxes = [sheet.fit.legend, *([sheet.fit.locator] if sheet.fit.locator else [])]
        assert all(shapely.box(*box).distance(shape) >= 3.5 for box in boxes), sheet.title.zh
        assert all(shapely.box(*sheet.fit.form.inner).contains(shapely.box(*box)) for box in boxes)


def test_scales_are_round_and_no_sheet_is_half_empty(sheets: list[Sheet]) -> None:
    for sheet in sheets:
        digits = str(sheet.scale).rstrip("0")
        assert len(digits) <= 2
        west, south, east, north = sheet.fit.window.place(sheet.division.shape).bounds
        inner = sheet.fit.form.inner
        filled = max((east - west) / (inner[2] - inner[0]), (north - south) / (inner[3] - inner[1]))
        assert filled > 0.65, sheet.title.zh


def test_neighbours_never_share_a_tint(shandong: MemoryView, settings: MapSettings) -> None:
    for code in ("370000", "370100", "370200", "370700", "371300"):
        sheet = sheet_of(shandong, code, settings=settings)
        ground = Ground(sheet, sheet.fit.window)
        pairs = list(zip(ground.tinted, ground.tints, strict=True))
        for number, (one, tint) in enumerate(pairs):
            for other, second in pairs[number + 1 :]:
                if one.shape.intersection(other.shape).length > 0:
                    assert tint != second, (one.names.zh, other.names.zh)


def test_the_name_stays_until_something_drawn_changes(shandong: MemoryView, settings: MapSettings) -> None:
    """历下区 of Jinan changes: the sheets that show it are renamed, that of Weihai far away is not."""
    names = {
        code: sheet_of(shandong, code, settings=settings).name for code in ("370000", "370100", "370102", "371000")
    }
    again = {code: sheet_of(shandong, code, settings=settings).name for code in names}
    assert again == names
    changed = shandong.changed("370102", name="历山区")
    now = {code: sheet_of(changed, code, settings=settings).name for code in names}
    assert [code for code in names if now[code] != names[code]] == ["370000", "370100", "370102"]


def test_the_name_tells_geometry_and_settings_apart(shandong: MemoryView, settings: MapSettings) -> None:
    before = sheet_of(shandong, "371000", settings=settings)
    moved = shapely.transform(before.divisions.get("371002").shape, lambda points: points + 0.001)
    assert sheet_of(shandong.changed("371002", 1, geometry=moved), "371000", settings=settings).name != before.name
    approved = replace(settings, approval="鲁S(2026)001号")
    assert sheet_of(shandong, "371000", settings=approved).name != before.name


def test_the_data_version_is_the_last_transaction_drawn(shandong: MemoryView, settings: MapSettings) -> None:
    changed = shandong.changed("370102", name="历山区")
    assert sheet_of(changed, "370100", settings=settings).data_version == 2
    assert sheet_of(changed, "371000", settings=settings).data_version == 1


def test_far_islands_get_an_inset_and_are_named_there(settings: MapSettings) -> None:
    islands = shapely.box(119.0, 33.0, 119.04, 33.03)
    mainland = shapely.box(115.0, 36.0, 116.0, 36.8)
    home = [
        division("990000", "甲省", "province", shapely.union_all([mainland, islands])),
        division("990100", "乙市", "city", mainland),
        division("990200", "丙市", "city", islands),
    ]
    sheet = sheet_of(MemoryView({"divisions": tuple(home)}), "990000", settings=settings)
    assert len(sheet.fit.insets) == 1
    inset = sheet.fit.insets[0]
    assert inset.area.contains(inset.place(islands))
    assert not shapely.box(*inset.box).intersects(shapely.box(*sheet.fit.legend))


def test_unknown_divisions_and_themes_are_refused(shandong: MemoryView, settings: MapSettings) -> None:
    with pytest.raises(NotFound, match=r"map\.division"):
        sheet_of(shandong, "379999", settings=settings)
    with pytest.raises(NotFound, match=r"map\.theme"):
        sheet_of(shandong, "370100", "soil", settings)


def test_the_catalogue_lists_every_sheet_and_how_to_find_it(shandong: MemoryView, settings: MapSettings) -> None:
    entries = {entry.code: entry for entry in catalogue(shandong, settings)}
    assert len(entries) == 153
    jinan, shizhong, laoling = entries["370100"], entries["370103"], entries["371481"]
    assert (jinan.names.zh, jinan.names.en, jinan.level, jinan.parent) == ("济南市", "Jinan City", "city", "370000")
    assert (jinan.pinyin, jinan.initials) == ("jinanshi", "jns")
    assert shizhong.title.zh == "济南市市中区行政区划图"
    assert laoling.pinyin == "laolingshi"
    assert entries["370000"].box == pytest.approx((114.804321, 34.386589, 122.697691, 38.400033), abs=0.01)


@pytest.mark.parametrize("text", ["鲁S（2026）001号", "GS(2024)1234号", "GS京（2023）0001号", "鲁SG（2022）123号"])
def test_approval_numbers_are_brought_to_one_form(text: str) -> None:
    assert approval_number(text) == text.replace("(", "（").replace(")", "）")


@pytest.mark.parametrize("text", ["鲁S2026001", "鲁S（26）001号", "鲁S（2026）001"])
def test_other_approval_numbers_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"map\.approval"):
        MapSettings(approval=text)
