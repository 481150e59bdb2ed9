"""The base map: tiles that agree at their edges, small and quick, and a still that lies under the globe's pixels."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from PIL import Image, ImageColor
from pyproj import Transformer

from entities.errors import NotFound
from tests.tiling.maps.conftest import MemoryView
from tiling.maps.backdrop import Backdrop
from tiling.maps.draw import SheetPainter
from tiling.maps.fonts import Fonts
from tiling.maps.page import Words
from tiling.maps.settings import MapSettings
from tiling.maps.sight import CameraSight, Sight, TileSight, world_pixels
from tiling.maps.style import page_of
from tiling.maps.tiles import NOTHING, STILL_BYTES, BaseMap, name_of

Draw = Callable[[Sight], bytes]


@pytest.fixture(scope="module")
def base_map(shandong: MemoryView, settings: MapSettings) -> BaseMap:
    return BaseMap(Backdrop.of(shandong, settings))


@pytest.fixture(scope="module")
def drawn(base_map: BaseMap, painter: SheetPainter) -> Draw:
    return lambda sight: painter.draw_job(base_map.job(sight))


def tile_of(longitude: float, latitude: float, zoom: int) -> TileSight:
    across, up = world_pixels(np.array([[longitude, latitude]]), zoom)[0]
    half = 2**zoom // 2 if zoom else 0.5
    return TileSight(zoom, int(across // 256 + half), int(half - 1 - up // 256 + (0 if zoom else 0.5)))


@pytest.mark.parametrize("zoom", [1, 4, 7, 8, 10, 13, 16, 19])
def test_tiles_are_256_pixels_and_a_few_kilobytes(drawn: Draw, zoom: int) -> None:
    sight = tile_of(117.0, 36.65, zoom)
    data = drawn(sight)
    assert Image.open(BytesIO(data)).size == (256, 256)
    assert len(data) < 20_000
    assert data == drawn(sight)


def test_land_and_sea_are_where_they_are(drawn: Draw) -> None:
    colors = {name: page_of("tiles")["inks"][name]["fill"] for name in ("sea", "land", "home")}
    for longitude, latitude, kind in [(119.9, 37.7, "sea"), (118.5, 36.0, "home"), (114.5, 36.5, "land"),
                                      (127.5, 37.2, "land"), (-30.0, 30.0, "sea"), (179.0, 0.0, "sea"),
                                      (121.0, 24.0, "land"), (25.0, -85.0, "land")]:  # fmt: skip
        sight = tile_of(longitude, latitude, 3)
        image = Image.open(BytesIO(drawn(sight))).convert("RGBA").convert("RGB")
        x, y = sight.points(np.array([[longitude, latitude]]))[0]
        assert image.getpixel((int(x), 255 - int(y))) == ImageColor.getrgb(colors[kind]), (longitude, latitude)


def test_a_name_that_crosses_an_edge_is_on_both_tiles_at_the_same_place(
    base_map: BaseMap, settings: MapSettings
) -> None:
    fonts, crossing = Fonts(settings.fonts), 0
    middle = tile_of(118.5, 36.4, 9)
    for x in range(middle.x - 3, middle.x + 3):
        for y in range(middle.y - 2, middle.y + 2):
            here = base_map.picture(TileSight(9, x, y)).words
            beside = base_map.picture(TileSight(9, x + 1, y)).words
            east = {(word.text, round(word.x + 256), round(word.y)) for word in beside}
            for word in here:
                if abs(word.x - 256) < fonts.width(word.text, word.lettering, 1.0) / 2:
                    crossing += 1
                    assert (word.text, round(word.x), round(word.y)) in east
    assert crossing > 0


def test_no_two_names_of_a_zoom_touch(base_map: BaseMap, settings: MapSettings) -> None:
    fonts = Fonts(settings.fonts)
    for zoom in (7, 9, 11):
        boxes = []
        for name in base_map._names.at(zoom):
            [(x, y)] = world_pixels(name.place, zoom)
            width, tall = fonts.width(name.text, name.lettering, 1.0), name.lettering.size
            boxes.append(shapely.box(x - width / 2, y - tall / 2, x + width / 2, y + tall / 2))
        pairs = shapely.STRtree(boxes).query(boxes, predicate="intersects")
        assert (pairs[0] == pairs[1]).all()


def test_every_city_and_county_is_named_at_some_zoom(base_map: BaseMap, shandong: MemoryView) -> None:
    written = {name.text for zoom in range(4, 15) for name in base_map._names.at(zoom)}
    wanted = {str(version.state.name) for version in shandong.versions("divisions")}
    assert wanted - written == set()


def test_buildings_and_roads_are_drawn_where_the_base_has_them(base_map: BaseMap, painter: SheetPainter) -> None:
    sight = tile_of(117.0, 36.65, 16)
    west, south, east, north = sight.ground
    third = (east - west) / 3
    house = shapely.box(west + third, south + third / 2, west + 2 * third, south + third)
    road = shapely.LineString([(west - 1, (south + north) / 2), (east + 1, (south + north) / 2)])
    standing = {layer: np.array([shape], object) for layer, shape in (("buildings", house), ("roads", road))}
    pictures = (painter.draw_job(base_map.job(sight, shown)) for shown in (NOTHING, standing))
    before, after = (Image.open(BytesIO(data)).convert("RGBA").convert("RGB") for data in pictures)
    fill = ImageColor.getrgb(page_of("tiles")["inks"]["buildings_area"]["fill"])
    assert after.getpixel((128, 256 - 64)) == fill != before.getpixel((128, 256 - 64))
    assert after.getpixel((10, 128)) != before.getpixel((10, 128))


@pytest.mark.parametrize(("zoom", "x", "y"), [(-1, 0, 0), (3, 8, 0), (3, 0, -1), (20, 0, 0)])
def test_tiles_that_are_not_are_refused(zoom: int, x: int, y: int) -> None:
    with pytest.raises(NotFound, match=r"map\.tile"):
        TileSight(zoom, x, y)


def test_a_name_says_everything_that_is_seen(settings: MapSettings) -> None:
    one, other = np.array([b"a" * 16, b"b" * 16]), np.array([b"c" * 16])
    sights = (TileSight(3, 1, 2), TileSight(3, 2, 1))
    alike = ([one, other], [other, one], [one[:1], np.append(one[1:], other)], [one, one[:0]])
    asked = [(sight, language, some) for sight in sights for language in ("zh", "en") for some in alike]
    assert len({name_of(sight, language, settings, some) for sight, language, some in asked}) == len(asked)
    assert name_of(sights[0], "zh", settings, [one]) == name_of(sights[0], "zh", settings, [one[::-1]])


def test_mercator_is_projs(settings: MapSettings) -> None:
    places = np.array([[117.0, 36.65], [-179.9, -80.0], [0.1, 0.1], [122.7, 60.0]])
    metres = np.column_stack(Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(*places.T))
    assert world_pixels(places, 5) == pytest.approx(metres / (2 * np.pi * 6378137) * 256 * 32, abs=1e-6)


def test_the_still_is_small_and_of_its_size(drawn: Draw) -> None:
    for width, height, above in ((1280, 720, 900_000), (390, 844, 1_500_000), (1920, 1080, 20_000_000)):
        data = drawn(CameraSight(width, height, above, 118.8, 36.4))
        assert len(data) <= STILL_BYTES
        assert Image.open(BytesIO(data)).size == (width, height)


def test_the_camera_is_cesiums() -> None:
    """Pixels as CesiumJS 1.140's own matrices give them for a camera from `Cartesian3.fromDegrees`, looking down."""
    sight = CameraSight(1280, 720, 900_000, 118.8, 36.4)
    given_by_cesium = {
        (118.8, 36.4): (640.0000, 360.4407),
        (122.7, 37.4): (1060.1494, 504.0512),
        (114.8, 34.5): (194.7701, 114.0190),
        (117.0, 36.65): (442.2485, 396.3746),
        (120.9, 38.39): (864.3140, 632.9190),
        (113.6, 39.4): (103.9229, 773.7805),
    }
    pixels = sight.points(np.array(list(given_by_cesium)))
    assert pixels == pytest.approx(np.array(list(given_by_cesium.values())), abs=0.001)


@given(st.floats(75, 135), st.floats(10, 50), st.floats(50_000, 3e6), st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))
@given_settings(max_examples=60, deadline=None)
def test_rays_meet_the_ground_they_show(lon: float, lat: float, above: float, right: float, up: float) -> None:
    sight = CameraSight(800, 600, above, lon, lat)
    pixels = np.array([[right * 400, up * 300]])
    if np.hypot(*pixels[0]) < 0.95 * sight.limb:
        assert sight.points(sight.places(pixels)) - (400, 300) == pytest.approx(pixels, abs=1e-4)


def test_behind_the_horizon_nothing_comes_into_the_globe() -> None:
    sight = CameraSight(1000, 1000, 20_000_000, 118.8, 36.4)
    far = sight.points(np.array([[-61.0, -30.0], [-90.0, 0.0], [0.0, -60.0]]))
    assert (np.hypot(*(far - 500).T) >= sight.limb).all()


def test_words_of_the_still_stand_on_their_divisions(base_map: BaseMap, shandong: MemoryView) -> None:
    sight = CameraSight(1280, 720, 900_000, 118.8, 36.4)
    words: dict[str, Words] = {word.text: word for word in base_map.picture(sight).words}
    for version in shandong.versions("divisions"):
        if version.state.attributes["level"] == "city" and version.state.name in words:
            word = words[version.state.name]
            shape = shapely.transform(version.state.geometry, sight.points)
            assert shape.distance(shapely.Point(word.x, word.y)) < 1
    assert "济南市" in words
