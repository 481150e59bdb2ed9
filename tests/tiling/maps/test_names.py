"""Every name has its place: none is missing, none touches another, none leaves the map."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from tests.tiling.maps.conftest import FONTS
from tiling.maps.fonts import Fonts, height
from tiling.maps.labels import Placer, Wish
from tiling.maps.page import Page, Words
from tiling.maps.sheet import Sheet
from tiling.maps.style import letterings

CITIES = [f"37{number:02d}00" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17)]
COUNTIES = ["370614", "371103", "370202", "370826"]


def box_of(words: Words, fonts: Fonts) -> shapely.Geometry:
    width, tall = fonts.width(words.text, words.lettering), height(words.lettering)
    left = words.x - {"left": 0.0, "middle": width / 2, "right": width}[words.anchor]
    return shapely.box(left, words.y - tall / 2, left + width, words.y + tall / 2)


Composed = Callable[[str, str], tuple[Sheet, Page]]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", ["370000", *CITIES, *COUNTIES])
def test_no_two_words_of_a_sheet_touch(composed: Composed, code: str, language: str) -> None:
    sheet, page = composed(code, language)
    words, boxes = page.words, [box_of(word, Fonts(sheet.settings.fonts)) for word in page.words]
    touching = [
        (words[one].text, words[other].text)
        for one, other in combinations(range(len(words)), 2)
        if boxes[one].intersection(boxes[other]).area > 1e-6
    ]
    assert touching == []
    paper = shapely.box(0, 0, sheet.fit.form.width, sheet.fit.form.height)
    assert [word.text for word, box in zip(words, boxes, strict=True) if not paper.contains(box)] == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", ["370000", *CITIES])
def test_every_division_below_is_named(composed: Composed, code: str, language: str) -> None:
    sheet, page = composed(code, language)
    written = [word.text for word in page.words]
    below = [each for each in sheet.divisions.by_code.values() if each.below(sheet.division)]
    wanted = sorted(each.names.zh for each in below if each is not sheet.division)
    if language == "zh":
        assert [name for name in wanted if written.count(name) < wanted.count(name)] == []
    else:
        said = {" ".join(each.names.en.split()[:1]) for each in below if each is not sheet.division}
        assert said - set(written) == set()


@pytest.mark.parametrize("code", ["370000", *CITIES])
def test_names_stand_on_what_they_name(composed: Composed, code: str) -> None:
    """A child's name stands on the child, three quarters of it at least; no city's sheet needs more than one leader."""
    sheet, page = composed(code, "zh")
    words, boxes = page.words, [box_of(word, Fonts(sheet.settings.fonts)) for word in page.words]
    children = {each.names.zh: each for each in sheet.divisions.children(sheet.division)}
    off = []
    for word, box in zip(words, boxes, strict=True):
        if word.text in children and word.lettering in letterings("city") + letterings("child"):
            area = sheet.fit.window.place(children[word.text].shape)
            if area.intersection(box).area < 0.75 * box.area:
                off.append(word.text)
    assert len(off) <= 1, off


polygons = st.tuples(st.floats(5, 95), st.floats(5, 95), st.floats(0.2, 20), st.floats(0.2, 20)).map(
    lambda corner: shapely.box(corner[0], corner[1], corner[0] + corner[2], corner[1] + corner[3])
)


@given(st.lists(st.tuples(polygons, st.text("济南市历下区Abc", min_size=1, max_size=6)), max_size=12))
@given_settings(max_examples=40, deadline=None)
def test_names_never_collide_whatever_they_name(wishes: list[tuple[shapely.Geometry, str]]) -> None:
    if not FONTS.is_dir():
        pytest.skip("the Chinese font is not installed: run npm ci")
    placer = Placer((0, 0, 120, 120), Fonts(FONTS), taken=[(50, 50, 60, 60)])
    placed = placer.place([Wish(text, letterings("county"), area) for area, text in wishes])
    boxes = [shapely.box(*each.box) for each in placed] + [shapely.box(50, 50, 60, 60)]
    assert all(one.intersection(other).area < 1e-9 for one, other in combinations(boxes, 2))
    assert all(0 <= value <= 120 for each in placed for value in each.box)
    assert len(placed) == len(wishes)  # all are needed, and there is room enough


def test_a_wish_without_need_is_left_out_where_it_has_no_room() -> None:
    if not FONTS.is_dir():
        pytest.skip("the Chinese font is not installed: run npm ci")
    tiny = shapely.box(10, 10, 10.5, 10.5)
    placer = Placer((0, 0, 50, 50), Fonts(FONTS))
    assert placer.place([Wish("济南市", letterings("county"), tiny, needed=False)]) == []
    [placed] = placer.place([Wish("济南市", letterings("county"), tiny)])
    assert placed.leader is not None
    foot = np.array(placed.leader.coords[0])
    assert tiny.contains(shapely.Point(foot))
