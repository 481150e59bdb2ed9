"""What the checks measure agrees with outside judges, and does not depend on how an upload is cut into batches."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import affinity

from entities.checks.attributes import is_garbled
from entities.checks.batch import Batch, Context
from entities.checks.vertices import _measures
from entities.crs import metres_per_degree
from entities.model import Candidate
from tests.entities.checks.made import CLASSES, cube, findings, findings_of, house, metres, square

ELLIPSOID = Geod(ellps="GRS80")  # CGCS2000's differs from it by a tenth of a millimetre


@given(st.floats(-85, 85), st.floats(-179, 179))
def test_a_degree_is_as_long_as_on_the_ellipsoid(lat: float, lon: float) -> None:
    width, depth = metres_per_degree(np.array([lat]))[0]
    step = 1e-5
    assert ELLIPSOID.inv(lon, lat, lon + step, lat)[2] == pytest.approx(width * step, rel=1e-6)
    assert ELLIPSOID.inv(lon, lat - step / 2, lon, lat + step / 2)[2] == pytest.approx(depth * step, rel=1e-6)


star = st.lists(st.floats(2, 60), min_size=3, max_size=12).map(
    lambda radii: shapely.Polygon(
        [(r * math.cos(turn), r * math.sin(turn)) for r, turn in zip(radii, np.linspace(0, 6, len(radii)), strict=True)]
    )
)


@given(st.lists(star, min_size=1, max_size=5), st.floats(-60, 60))
def test_areas_and_perimeters_are_those_of_the_projected_polygons(stars: list[shapely.Geometry], lat: float) -> None:
    """Judged by shapely on polygons with a hole each, projected by pyproj to a plane that is true there."""
    holed = [one.difference(affinity.scale(one, 0.3, 0.3, origin=(0, 0))) for one in stars if one.is_valid]
    plane = f"+proj=aeqd +lat_0={lat} +lon_0=117 +ellps=GRS80"
    down = Transformer.from_crs(plane, "+proj=longlat +ellps=GRS80", always_xy=True)
    placed = [shapely.transform(one, lambda xy: np.column_stack(down.transform(*xy.T))) for one in holed]
    whole = [one for one in placed if one.geom_type == "Polygon"]
    batch = Batch([house(row, geometry=one) for row, one in enumerate(whole, 1)], Context(CLASSES))
    areas, perimeters, first = _measures(batch.areas)
    judged = [one for one in holed if one.geom_type == "Polygon"]
    assert areas == pytest.approx([one.area for one in judged], rel=1e-4, abs=1e-3)
    assert perimeters == pytest.approx([one.length for one in judged], rel=1e-4)
    assert batch.areas.feature[first].tolist() == list(range(len(whole)))


@given(star)
@settings(max_examples=60)
def test_corners_are_sharp_where_plain_arithmetic_says_so(one: shapely.Geometry) -> None:
    placed = metres(one)
    said = [finding for finding in findings(house(geometry=placed)) if finding.rule == "geom.acute"]
    points = shapely.get_coordinates(one)[:-1].tolist()
    corners = []
    for (ax, ay), (bx, by), (cx, cy) in zip([points[-1], *points], points, [*points[1:], points[0]], strict=False):
        turn = math.atan2(ay - by, ax - bx) - math.atan2(cy - by, cx - bx)
        corners.append(abs(math.degrees(math.remainder(turn, math.tau))))
    if not any(abs(corner - 10) < 0.1 for corner in corners) and placed.is_valid:
        assert [finding.values["count"] for finding in said] == [n for n in [sum(c < 10 for c in corners)] if n]
        assert all(abs(finding.values["angle"] - min(corners)) < 0.2 for finding in said)


def odd_features() -> list[Candidate]:
    """Features that break rules of every family, among sound ones."""
    bow = metres(shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    made: list[dict[str, Any]] = [
        {},
        {"geometry": bow},
        {"geometry": shapely.Polygon()},
        {"geometry": square(0.5)},
        {"geometry": square(400, x=-200)},
        {"height": None, "surfaces": cube(5000.0)},
        {"height": None},
        {"class_code": "1"},
        {"class_code": "430501", "geometry": metres(shapely.LineString([(0, 0), (9, 9), (9, 9)]))},
        {"attributes": {"a": "\x00", "floors": 1}},
        {"name": "办公\ufffd"},
        {"source_id": "f1"},
        {"change": "x", "valid_from": -99999},
        {"geometry": shapely.MultiPolygon([square(), square(0.2, 50), bow])},
    ]
    return [house(row, **changes) for row, changes in enumerate(made * 3, 1)]


@given(st.lists(st.integers(1, 41), max_size=8))
@settings(max_examples=25)
def test_the_cutting_into_batches_changes_nothing(cuts: list[int]) -> None:
    candidates = odd_features()
    ends = [0, *sorted(set(cuts)), len(candidates)]
    batches = [candidates[a:b] for a, b in itertools.pairwise(ends)]
    asked: dict[str, Any] = {"territory": square(300), "extent": (110.0, 30.0, 120.0, 40.0), "valid_until": 20_000}
    whole = findings_of([candidates], **asked)
    assert findings_of([*batches, []], **asked) == whole
    assert len({finding.rule for finding in whole}) > 14


def test_a_riser_leads_somewhere_and_a_line_without_heights_does_not() -> None:
    for heights, broken in (((12.0, -5.0), False), ((3.0, 3.0), True)):
        line = shapely.LineString([(117.0, 36.66, height) for height in heights])
        several = shapely.MultiLineString([line, [(117.0, 36.66, 3.0), (117.001, 36.66, 3.0)]])
        for shape in (line, several):
            told = findings(house(geometry=shape, class_code="543002", height=None))
            assert ("geom.valid.points" in {finding.rule for finding in told}) == broken


def test_what_crosses_the_border_by_less_than_the_tolerance_is_inside() -> None:
    territory = square(1000)
    for beyond, rules in ((4.0, []), (6.0, ["scope.owner"])):
        for x, y in ((beyond - 10, 500), (1000 - 10 + beyond, 500), (500, beyond - 10), (500, 1000 - 10 + beyond)):
            at = (x - 10 + 2 * (10 - beyond), y) if x < 0 else (x, y)
            one = house(geometry=square(10, at[0], at[1] - 10 + 2 * (10 - beyond) if y < 0 else at[1]))
            assert [finding.rule for finding in findings(one, territory=territory)] == rules


def test_names_read_in_the_wrong_encoding_are_told_from_good_ones(shared_data: Path) -> None:
    """All division names of the country: none is garbled, and nearly all misreadings of them are."""
    names: set[str] = set()
    for page in ("provinces", "cities", "areas"):
        rows = (shared_data / "divisions" / f"{page}.csv").read_text(encoding="utf-8").splitlines()
        names |= {row.split(",")[1].strip('"') for row in rows[1:]}
    names = {name for name in names if len(name) > 2}
    assert len(names) > 2500
    assert [name for name in names if is_garbled(name)] == []
    misread = (("utf-8", "gbk"), ("gbk", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "cp1252"), ("gbk", "utf-8"))
    for written_in, read_in in misread:
        told = [is_garbled(name.encode(written_in).decode(read_in, errors="replace")) for name in names]
        assert sum(told) / len(told) > 0.99


@pytest.mark.parametrize(
    "text", ["Müller Straße", "Église Saint-Étienne", "Łódź", "한국", "…………——“”", "烫烫火锅", "ÄÖÜß"]
)
def test_letters_of_other_languages_are_not_garbled(text: str) -> None:
    assert not is_garbled(text)


@pytest.mark.parametrize(
    ("path", "height"),
    [("buildings/mago_footprint-with-height.geojson", "height"), ("terrain/opengeos_buildings.geojson", "HEIGHT")],
)
def test_real_buildings_break_no_rule_that_would_refuse_them(shared_data: Path, path: str, height: str) -> None:
    features = json.loads((shared_data / path).read_text(encoding="utf-8"))["features"]
    candidates = []
    for row, feature in enumerate(features, 1):
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(feature["geometry"])))
        candidates.append(house(row, geometry=shape, height=feature["properties"].pop(height)))
    found = findings(*candidates)
    assert [finding for finding in found if finding.severity == "error"] == []
    flat = [one.row for one in candidates if not one.state.height]
    assert [finding.row for finding in found if finding.rule == "model.height.some"] == flat
    assert len(found) < len(flat) + len(candidates) / 10


@pytest.mark.parametrize(("level", "code"), [("province", "630100"), ("city", "640100"), ("district", "650100")])
def test_real_divisions_break_none(shared_data: Path, level: str, code: str) -> None:
    page = shared_data / "divisions" / f"shandong_{level}.geojson"
    candidates = [
        house(
            row,
            geometry=shapely.from_geojson(json.dumps(feature["geometry"])),
            class_code=code,
            height=None,
            attributes=feature["properties"],
        )
        for row, feature in enumerate(json.loads(page.read_text(encoding="utf-8"))["features"], 1)
    ]
    territory = shapely.union_all([one.state.geometry for one in candidates])
    found = findings(*candidates, territory=territory, extent=(114.0, 34.0, 123.0, 39.0))
    assert [finding for finding in found if finding.severity == "error"] == []
