"""Drawing: every format as it should be, the same bytes every time, and a drawing process that may die."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import shapely
from lxml import etree
from PIL import Image, ImageColor
from pypdf import PdfReader

from entities.errors import Conflict, NotAcceptable
from tests.tiling.maps.conftest import MemoryView
from tiling.maps import draw
from tiling.maps.draw import FORMATS, SheetPainter
from tiling.maps.fonts import Fonts
from tiling.maps.jobs import Job
from tiling.maps.page import Page, Words
from tiling.maps.settings import MapSettings
from tiling.maps.sheet import Sheet, sheet_of
from tiling.maps.style import ink, lettering, page_of

Composed = Callable[[str, str], tuple[Sheet, Page]]


def pixels(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image.convert("RGBA").convert("RGB")


def test_pdf_is_one_vector_page_of_the_papers_size_with_its_fonts(composed: Composed, painter: SheetPainter) -> None:
    sheet, _ = composed("371000", "zh")
    reader = PdfReader(BytesIO(painter.draw(sheet, "pdf")))
    [page] = reader.pages
    assert float(page.mediabox.width) / 72 * 25.4 == pytest.approx(420, abs=0.01)
    assert float(page.mediabox.height) / 72 * 25.4 == pytest.approx(297, abs=0.01)
    assert not page.images
    assert reader.metadata is not None and reader.metadata.title == "威海市行政区划图"
    text = page.extract_text().replace(" ", "").replace("\n", "")
    assert all(name in text for name in ("环翠区", "荣成市", "图例", "未审核样图", "2000国家大地坐标系"))
    fonts = [font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()
             if "/DescendantFonts" in font.get_object()]  # fmt: skip
    assert fonts and all("/FontFile2" in font["/FontDescriptor"].get_object() for font in fonts)


def test_svg_is_wellformed_vector_of_the_papers_size(composed: Composed, painter: SheetPainter) -> None:
    sheet, _ = composed("370100", "zh")
    root = etree.fromstring(painter.draw(sheet, "svg"))
    assert (root.get("width"), root.get("height")) == ("297mm", "420mm")
    assert root.findtext("{*}title") == "济南市行政区划图"
    assert "历下区" in (root.findtext("{*}desc") or "")
    assert not root.findall(".//{*}image") and not root.findall(".//{*}filter")
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("form", "size", "dpi"), [("png", 2480, 150), ("png300", 4961, 300), ("jpg", 2480, 150)])
def test_pictures_know_their_size_on_paper(
    composed: Composed, painter: SheetPainter, form: str, size: int, dpi: int
) -> None:
    sheet, _ = composed("371000", "zh")
    image = Image.open(BytesIO(painter.draw(sheet, form)))
    assert image.width == size
    assert image.info["dpi"][0] == pytest.approx(dpi, abs=0.1)


def test_the_preview_is_640_pixels_wide(composed: Composed, painter: SheetPainter) -> None:
    assert pixels(painter.draw(composed("370100", "zh")[0], "preview")).size == (640, 905)


def test_the_same_sheet_gives_the_same_bytes_from_another_process_and_after_other_sheets(
    shandong: MemoryView, settings: MapSettings, painter: SheetPainter
) -> None:
    sheet = sheet_of(shandong, "371100", settings=settings)
    painter.draw(sheet_of(shandong, "371323", settings=settings), "pdf", "en")
    first = {form: painter.draw(sheet, form) for form in FORMATS if form != "png300"}
    with SheetPainter(settings.fonts) as other:
        again = {form: other.draw(sheet_of(shandong, "371100", settings=settings), form) for form in reversed(first)}
    assert [form for form in first if first[form] != again[form]] == []


def test_words_are_drawn_within_the_box_they_were_given(settings: MapSettings, painter: SheetPainter) -> None:
    """The measured width is what mapnik draws, so that names proven apart on paper are apart in the file."""
    letters, fonts = lettering("title"), Fonts(settings.fonts)
    for text in ("山东省行政区划图", "Tai'erzhuang", "1:1 900 000"):
        words = Words(text, 200, 50, letters)
        page = Page(400, 100, "", "zh", (words,))
        image = Image.open(BytesIO(painter.draw_job(Job(page, "png", 5.0)))).convert("RGBA")
        left, top, right, bottom = image.getchannel("A").getbbox() or (0, 0, 0, 0)
        width = fonts.width(text, letters)
        assert right - left == pytest.approx(width * 5, rel=0.06)
        assert abs((left + right) / 2 - 1000) < 8
        assert abs((top + bottom) / 2 - 250) < letters.size * 25.4 / 72 * 5 * 0.15


ISLANDS = ["370000", "370200", "370600", "371100", "370614", "371103", "370211", "370522"]


@pytest.mark.parametrize("code", ISLANDS)
def test_every_part_of_a_division_leaves_its_mark(composed: Composed, painter: SheetPainter, code: str) -> None:
    """Around the middle of every polygon stands its tint or a line, a dot of a millimetre at least."""
    sheet, _ = composed(code, "zh")
    image, scale = pixels(painter.draw(sheet, "png")), 150 / 25.4
    water = ImageColor.getrgb(ink("sea").fill or "")
    parts = [part for each in sheet.divisions.by_code.values() if each.below(sheet.division)
             for part in shapely.get_parts(each.shape)]  # fmt: skip
    marked = [shapely.Point(at) for entry in page_of("places")["marked"]
              if entry["division"] == code for at in entry["at"]]  # fmt: skip
    for place in [*(part.point_on_surface() for part in parts), *marked]:
        point = sheet.fit.window.place(place)
        x, y = point.x * scale, (sheet.fit.form.height - point.y) * scale
        near = image.crop((round(x) - 4, round(y) - 4, round(x) + 5, round(y) + 5))
        strange = np.abs(np.asarray(near, np.int64) - water).max(axis=2) > 8
        assert strange.sum() >= 25, (code, place)  # a dot of a millimetre holds 33 pixels at 150 dots an inch


def test_a_dead_drawing_process_is_started_again(composed: Composed, settings: MapSettings) -> None:
    sheet, _ = composed("371000", "zh")
    with SheetPainter(settings.fonts) as painter:
        before = painter.draw(sheet, "preview")
        assert painter._process is not None
        painter._process.kill()
        assert painter.draw(sheet, "preview") == before


def test_a_process_that_keeps_dying_is_a_refusal(
    composed: Composed, settings: MapSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, _ = composed("371000", "zh")
    monkeypatch.setattr(draw, "WORKER", "tiling.maps.nothing")
    with SheetPainter(settings.fonts) as painter, pytest.raises(Conflict, match=r"map\.failed"):
        painter.draw(sheet, "preview")


def test_what_mapnik_refuses_is_a_refusal_and_the_process_lives_on(composed: Composed, painter: SheetPainter) -> None:
    bad = Page(10, 10, "坏图", "zh", (Words("字", 5, 5, replace(lettering("note"), color="no such colour")),))
    with pytest.raises(Conflict, match=r"map\.failed"):
        painter.draw_job(Job(bad, "png", 5.0))
    assert painter.draw(composed("371000", "zh")[0], "preview")


def test_missing_fonts_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match=r"map\.font") as refusal:
        SheetPainter(tmp_path)
    assert "npm ci" in refusal.value.findings[0].remedy.en


def test_unknown_formats_are_refused(composed: Composed, painter: SheetPainter) -> None:
    with pytest.raises(NotAcceptable, match=r"map\.format"):
        painter.draw(composed("371000", "zh")[0], "eps")


def test_only_the_drawing_process_imports_mapnik() -> None:
    modules = "atlas, tiles, draw, sheet, compose"
    code = f"import sys; from tiling.maps import {modules}; sys.exit('mapnik' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
