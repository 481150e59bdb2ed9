"""Vector tiles: read back by another decoder they show what stands there, valid, and count what cannot be seen."""

from collections.abc import Sequence
from itertools import pairwise

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from entities.store.outlines import Listing, Outline
from tiling.mercator import REACH, Square, lonlat, projected
from tiling.vector.protobuf import EXTENT, Features, layer, varint, varints, zigzag
from tiling.vector.shapes import MARGIN, drawing
from tiling.vector.tile import FEW, SMALL, chosen, draw, feature_id, name_of
from tiling.vector.zooms import FINEST

JINAN = (117.02, 36.66)
NOWHERE = np.zeros((0, 2))


def around(zoom: int) -> Square:
    """The tile of a zoom in which Jinan lies."""
    x, y = projected(np.array([JINAN]))[0]
    side = 2 * REACH / (1 << zoom)
    return Square(zoom, int((x + REACH) / side), int((REACH - y) / side))


def outline(code: str, shape: shapely.Geometry, name: str | None = None, height: float | None = None) -> Outline:
    return Outline(code, "310301", name, height, 20_000, shape)


def shape_in(square: Square, units: Sequence[tuple[float, float]], kind: type = shapely.Polygon) -> shapely.Geometry:
    """A shape given in units of a tile, y to the south."""
    west, _, _, north = square.metres
    metres = np.array([west, north]) + np.array(units) * [1, -1] * (square.side / EXTENT)
    return kind(lonlat(metres))


def decoded(tile: bytes) -> dict:
    found: dict = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return found


def features(outlines: Sequence[Outline], square: Square) -> list[dict]:
    found: list[dict] = decoded(draw("things", outlines, NOWHERE, square)).get("things", {}).get("features", [])
    return found


def test_squares_are_those_of_web_maps() -> None:
    assert Square(0, 0, 0).metres == (-REACH, -REACH, REACH, REACH)
    assert np.allclose(Square(2, 3, 1).degrees(), (90, 0, 180, 66.51326044))
    places = np.array([JINAN, (0, 0), (-179.5, 84.9)])
    assert np.allclose(lonlat(projected(places)), places, atol=1e-9)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=30))
def test_varints_of_arrays_are_those_of_numbers(numbers: list[int]) -> None:
    data, starts = varints(np.array(numbers, np.uint32))
    assert data == b"".join(varint(number) for number in numbers)
    assert [data[start:end] for start, end in pairwise(starts)] == [varint(n) for n in numbers]


@given(st.lists(st.integers(-(2**30), 2**30), max_size=10))
def test_zigzag_folds_signs(numbers: list[int]) -> None:
    folded = zigzag(np.array(numbers, np.int64)).tolist()
    assert [(one >> 1) ^ -(one & 1) for one in folded] == numbers


def test_an_entity_says_what_it_is() -> None:
    square = around(16)
    box = shape_in(square, [(100, 100), (300, 100), (300, 200), (100, 200)])
    found = features([outline("A1", box, "齐鲁大厦", 21.5), outline("A2", box)], square)
    assert [one["properties"] for one in found] == [
        {"code": "A1", "class": "310301", "name": "齐鲁大厦", "valid_from": "2024-10-04", "height": 21.5},
        {"code": "A2", "class": "310301", "valid_from": "2024-10-04"},
    ]
    assert [one["id"] for one in found] == [feature_id("A1"), feature_id("A2")]
    assert feature_id("A1") != feature_id("A2")
    assert max(feature_id(f"A{n}") for n in range(1_000)) < 2**52


def test_areas_go_round_as_the_standard_says_and_keep_their_holes() -> None:
    square = around(FINEST)
    ring, hole = [(0, 0), (900, 0), (900, 900), (0, 900)], [(300, 300), (300, 600), (600, 600), (600, 300)]
    shape = shapely.Polygon(shape_in(square, ring).exterior, [shape_in(square, hole).exterior])
    for given_shape in (shape, shape.reverse()):
        (found,) = features([outline("A", given_shape)], square)
        assert found["geometry"]["type"] == "Polygon"
        outer, inner = (shapely.LinearRing(one) for one in found["geometry"]["coordinates"])
        assert shapely.Polygon(outer, [inner]).equals(shapely.Polygon(ring, [hole]))
        assert (shapely.is_ccw(outer), shapely.is_ccw(inner)) == (True, False)  # with y down: clockwise on the screen


def test_points_and_lines_and_what_has_many_parts() -> None:
    square = around(FINEST)
    line = shape_in(square, [(10, 10), (500, 10), (500, 700)], shapely.LineString)
    other = shape_in(square, [(30, 40), (50, 60)], shapely.LineString)
    points = shape_in(square, [(5, 6), (7, 8), (4000, 4001)], shapely.MultiPoint)
    box = shape_in(square, [(0, 0), (90, 0), (90, 90), (0, 90)])
    twin = shape_in(square, [(200, 0), (290, 0), (290, 90), (200, 90)])
    shapes = [line, shapely.MultiLineString([line, other]), points, shapely.MultiPolygon([box, twin])]
    found = [one["geometry"] for one in features([outline(f"A{n}", one) for n, one in enumerate(shapes)], square)]
    assert [one["type"] for one in found] == ["LineString", "MultiLineString", "MultiPoint", "MultiPolygon"]
    assert found[0]["coordinates"] == [[10, 10], [500, 10], [500, 700]]
    assert found[1]["coordinates"][1] == [[30, 40], [50, 60]]
    assert found[2]["coordinates"] == [[5, 6], [7, 8], [4000, 4001]]
    assert len(found[3]["coordinates"]) == 2


def test_what_reaches_over_the_edge_is_cut_a_little_beyond_it() -> None:
    square = around(12)
    wide = shapely.box(116, 36, 118, 38)
    (found,) = features([outline("A", wide)], square)
    box = shapely.geometry.shape(found["geometry"])
    assert box.bounds == (-MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN)


def _stars(seed: int, count: int) -> list[shapely.Polygon]:
    """Spiky areas with needles thinner than a unit, so that rounding makes many of them cross themselves."""
    random = np.random.default_rng(seed)
    angles = np.sort(random.uniform(0, 2 * np.pi, (count, 24)), axis=1)
    radius = random.uniform(0.1, 30, (count, 24))
    middle = random.uniform(100, 4000, (count, 1, 2))
    corners = middle + np.stack([np.cos(angles), np.sin(angles)], axis=2) * radius[..., None]
    return [shapely.Polygon(one) for one in corners]


def _units(shape: shapely.Geometry, square: Square) -> shapely.Geometry:
    return shapely.transform(shape, lambda places: square.within(places, EXTENT))


@pytest.mark.parametrize("zoom", [10, FINEST])
def test_every_area_is_valid_however_thin(zoom: int) -> None:
    square = around(zoom)
    stars = [shape_in(square, list(star.exterior.coords)) for star in _stars(1, 300) if star.is_valid]
    found = features([outline(f"A{n:03}", star) for n, star in enumerate(stars)], square)
    assert len(found) > 250
    shapes = [shapely.geometry.shape(one["geometry"]) for one in found]
    assert [shapely.is_valid_reason(one) for one in shapes if not one.is_valid] == []
    codes = {one["properties"]["code"]: shape for one, shape in zip(found, shapes, strict=True)}
    kept = [(shape, stars[int(code[1:])]) for code, shape in codes.items()]
    ratio = [shape.area / _units(star, square).area for shape, star in kept if _units(star, square).area > 600]
    assert np.allclose(ratio, 1, atol=0.5)


def test_what_cannot_be_seen_is_counted_where_it_is() -> None:
    square = around(10)
    small = shape_in(square, [(1000, 1000), (1003, 1000), (1003, 1003), (1000, 1003)])
    large = shape_in(square, [(2000, 1000), (2900, 1000), (2900, 1900), (2000, 1900)])
    unseen = shapely.get_coordinates(shape_in(square, [(1010, 1010), (3000, 3000)], shapely.LineString))
    tile = decoded(draw("things", [outline("A", small), outline("B", large)], unseen, square))
    assert [one["properties"]["code"] for one in tile["things"]["features"]] == ["B"]
    counted = {tuple(one["geometry"]["coordinates"]): one["properties"]["count"] for one in tile[SMALL]["features"]}
    assert counted == {(896, 896): 2, (2944, 2944): 1}


def test_detail_finer_than_a_pixel_is_left_out_but_on_the_finest_tiles() -> None:
    for zoom, most in ((12, 60), (FINEST, 400)):
        square = around(zoom)
        angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
        circle = [(2000 + 900 * np.cos(angle), 2000 + 900 * np.sin(angle)) for angle in angles]
        (found,) = features([outline("A", shape_in(square, circle))], square)
        assert most / 2 < len(found["geometry"]["coordinates"][0]) <= most + 1


def test_only_what_is_large_is_read_where_there_is_much() -> None:
    square, count = around(11), FEW + 10
    boxes = np.tile([117.0, 36.6, 117.00001, 36.60001], (count, 1))
    boxes[:7, 2] += 0.01
    digests = np.frombuffer(bytes(16 * count), "S16")
    many = Listing(np.arange(count), digests, boxes)
    assert chosen(many, square).tolist() == list(range(7))
    assert len(chosen(Listing(many.ids[:FEW], digests[:FEW], boxes[:FEW]), square)) == FEW
    assert len(chosen(many, around(FINEST))) == count


def test_a_name_says_what_is_in_a_tile() -> None:
    def listed(*digests: bytes) -> Listing:
        found = np.frombuffer(b"".join(digests), "S16")
        return Listing(np.arange(len(found)), found, np.zeros((len(found), 4)))

    one, two = b"a" * 16, b"b" * 16
    square = around(12)
    assert name_of(listed(one, two), square) == name_of(listed(two, one), square)
    others = [name_of(listed(one), square), name_of(listed(one, two), around(13)), name_of(listed(), square)]
    assert len({*others, name_of(listed(one, two), square)}) == 4


def test_a_line_that_comes_to_nothing_is_counted() -> None:
    square = around(FINEST)
    short, line = ([(10.1, 10.1), (10.2, 10.3)], [(50, 50), (60, 50)])
    shapes = [shape_in(square, one, shapely.LineString) for one in (short, line)]
    both = shapely.MultiLineString(shapes)
    tile = decoded(draw("things", [outline("A", shapes[0]), outline("B", both)], NOWHERE, square))
    (found,) = tile["things"]["features"]
    assert found["geometry"] == {"type": "LineString", "coordinates": [[50, 50], [60, 50]]}
    assert [one["properties"]["count"] for one in tile[SMALL]["features"]] == [1]


def test_nothing_is_an_empty_tile() -> None:
    assert draw("things", [], NOWHERE, around(12)) == b""
    far = shapely.box(100, 30, 101, 31)
    assert draw("things", [outline("A", far)], NOWHERE, around(FINEST)) == b""
    assert not len(drawing(np.array([far], dtype=object), around(FINEST), whole=True).rows)


def test_numbers_of_any_size_are_written() -> None:
    commands = np.array([9, 2, 2], np.uint32)
    tile = layer("x", Features([2**52 - 1], [1], commands, np.array([3]), {"n": [300_000], "f": [0.1]}))
    (found,) = decoded(tile)["x"]["features"]
    assert (found["id"], found["properties"]) == (2**52 - 1, {"n": 300_000, "f": 0.1})
