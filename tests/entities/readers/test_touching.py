"""Holes that touch their outline in the middle of an edge are sound wherever they lie; outlines that do are not."""

from pathlib import Path

import numpy as np
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from entities.checks import Checker
from entities.classes import ClassTable
from entities.readers.touching import judged, noded
from tests.entities.readers.made import read, rules, write

ORIGIN = np.array([500_000.0, 4_060_000.0])
SHELL = [(0, 0), (90, 30), (60, 120), (-30, 90)]
EDGES = st.tuples(st.integers(0, 3), st.integers(1, 29))


def moved(rings: list[list[tuple[float, float]]]) -> shapely.Polygon:
    return shapely.Polygon(*[ORIGIN + rings[0]], [ORIGIN + ring for ring in rings[1:]])


def on_edge(edge: int, thirtieths: int) -> tuple[float, float]:
    (x, y), (east, north) = SHELL[edge], SHELL[(edge + 1) % 4]
    return x + (east - x) * thirtieths / 30, y + (north - y) * thirtieths / 30


def with_hole(spot: tuple[int, int]) -> shapely.Polygon:
    """A parcel with a hole whose tip lies on one of its edges."""
    return moved([SHELL, [on_edge(*spot), (28, 58), (32, 62)]])


def pinched(spot: tuple[int, int]) -> shapely.Polygon:
    """A parcel whose outline comes back to touch one of its edges."""
    other = (spot[0] + 2) % 4
    start = SHELL[: other + 1]
    return moved([[*start, on_edge(*spot), *SHELL[other + 1 :]]])


def found(folder: Path, *shapes: shapely.Geometry) -> tuple[list[shapely.Geometry], list[str]]:
    """The shapes that come in, and the rules that reading and checking them breaks."""
    fields = {"class_code": np.array(["685001"] * len(shapes), dtype=object)}
    candidates, reading = read(write(folder / "p.gpkg", shapes, fields))
    told = Checker(ClassTable.load()).check(candidates)
    return [one.state.geometry for one in candidates], [*rules(reading), *(finding.rule for finding in told)]


def test_what_touches_is_judged_as_the_file_has_it(tmp_path: Path) -> None:
    spots = [(edge, part) for edge in range(4) for part in range(1, 30, 2)]
    holes, outlines = [with_hole(spot) for spot in spots], [pinched(spot) for spot in spots]
    assert shapely.is_valid(holes).all() and not shapely.is_valid(outlines).any()
    shapes, broken = found(tmp_path, *holes)
    assert len(shapes) == len(spots) and shapely.is_valid(shapes).all()
    assert not [rule for rule in broken if rule.startswith("geom.valid")]
    (tmp_path / "p.gpkg").unlink()
    _, broken = found(tmp_path, *outlines)
    assert sum(rule.startswith("geom.valid") for rule in broken) == len(spots)


def test_where_an_outline_touches_itself_is_said(tmp_path: Path) -> None:
    outlines = [pinched((edge, part)) for edge in range(4) for part in range(1, 30)]
    fields = {"class_code": np.array(["685001"] * len(outlines), dtype=object)}
    _, reading = read(write(tmp_path / "p.gpkg", outlines, fields))
    hidden = [finding for finding in reading.findings if finding.rule == "geom.valid"]
    assert hidden  # those that nothing would tell of any more
    corners = np.array(SHELL) / [89_290, 110_980] + [120.0, 36.6726]
    for finding in hidden:
        assert shapely.distance(shapely.Polygon(corners), shapely.Point(list(finding.values.values())[-2:])) < 0.003


@hypothesis_settings(max_examples=60, deadline=None)
@given(EDGES, st.floats(-1e-4, 1e-4), st.floats(-1e-4, 1e-4))
def test_a_noded_area_stays_what_it_is_however_it_is_moved(spot: tuple[int, int], a: float, b: float) -> None:
    shape = with_hole(spot)
    bent = shapely.transform(noded(shape, 4), lambda xy: np.round((xy - ORIGIN) * (1 + a) + b * xy[:, ::-1] / 1e6, 4))
    assert bent.is_valid and len(bent.exterior.coords) == len(shape.exterior.coords) + 1
    assert noded(shape, 4).equals(shape) or noded(shape, 4).symmetric_difference(shape).area < 0.01


def test_parts_that_touch_and_areas_that_do_not(tmp_path: Path) -> None:
    plain = moved([SHELL])
    beside = moved([[on_edge(0, 10), (60, -40), (20, -60)]])
    both = shapely.MultiPolygon([plain, beside])
    assert noded(plain, 4).equals_exact(plain) and len(shapely.get_coordinates(noded(both, 4))) == 10
    shapes = np.array([plain, both, shapely.Point(ORIGIN), None], dtype=object)
    assert [len(one) for one in judged(shapes, shapes, 4)] == [0, 0]
