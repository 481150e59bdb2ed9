"""Pipes as tiles: real and made, where they lie, what they say of themselves, what was assumed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image
from pyproj import Transformer

from entities.model import State, Surveyed, Version
from tests.tiling.glbs import taken_apart, validated
from tests.tiling.made import JINAN, SETTINGS, Base, key_of, version
from tests.tiling.test_past import drawn_on_demand
from tiling.building.build import build
from tiling.grid import Tile
from tiling.layers.pipe_facts import Facts, kind_of, kinds
from tiling.layers.pipes import PIPES, content
from tiling.moments.past import tileset_at
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

PIPE_SETTINGS = replace(SETTINGS, layer=PIPES, title="Pipes", features=100)


def pipe(code: str, places: list[tuple[float, ...]], kind: str = "543002", **state: object) -> Version:
    """A pipe through places so many metres east and north of the middle of the made-up town."""
    points = [(JINAN[0] + place[0] / 89_500, JINAN[1] + place[1] / 111_000, *place[2:]) for place in places]
    found = version(code, shapely.LineString(points), **{"height": None, "base": 25.0, **state})
    return replace(found, state=replace(found.state, class_code=kind))


def parts(*pipes: Version) -> tuple[dict[str, list[object]], np.ndarray]:
    """The table, and the heights above the tile's middle of all corners."""
    glb = taken_apart(
        content(pipes, Tile.holding(key_of(pipes[0]), 16), PIPE_SETTINGS, {1: Surveyed("first.gpkg", "lixia")}).glb
    )
    node = glb.document["nodes"][0]
    places = glb.attributes["POSITION"] * np.array(node["scale"]) + np.array(node["translation"])
    return glb.table, places[:, 1]


def ky4(folder: Path) -> list[Version]:
    """The water network of ky4 where it is, on its own ground less a cover of 1.2 m."""
    features = json.loads((folder / "pipelines/ky4_pipes.geojson").read_text())["features"]
    with Image.open(folder / "pipelines/ky4_elevation.tif") as ground:
        heights, tags = np.array(ground, np.float64), ground.tag_v2  # type: ignore[attr-defined]
    cell, west, north = tags[33550][0], tags[33922][3], tags[33922][4]  # GeoTIFF: ModelPixelScale, ModelTiepoint
    to_degrees = Transformer.from_crs("EPSG:3547", "EPSG:4326", always_xy=True)
    found = []
    for feature in features:
        places = np.array(feature["geometry"]["coordinates"], np.float64)
        columns = ((places[:, 0] - west) / cell).astype(int)
        rows = ((north - places[:, 1]) / cell).astype(int)
        lon, lat = to_degrees.transform(places[:, 0], places[:, 1])
        axis = np.round(np.column_stack([lon, lat, heights[rows, columns] - 1.2]), 9)
        facts = {"diameter": feature["properties"]["diameter"], "length": feature["properties"]["length"]}
        found.append(
            version(feature["properties"]["name"], shapely.LineString(axis), height=None, base=None, attributes=facts)
        )
    return [replace(one, state=replace(one.state, class_code="543002")) for one in found]


def test_a_line_with_heights_lies_at_them() -> None:
    table, up = parts(pipe("A", [(0, 0, 20.0), (50, 0, 20.0)], attributes={"DIAMETER": 400, "CZ": "球墨铸铁"}))
    assert (up.min(), up.max()) == pytest.approx((20 - 4.25 - 0.2, 20 - 4.25 + 0.2), abs=0.03)
    assert table["diameter"] == pytest.approx([0.4]) and table["depth"] == pytest.approx([5.0])
    assert table["code"] == ["A"] and table["kind"] == ["water"] and table["material"] == ["球墨铸铁"]
    assert "assumed" not in table  # a text that no feature has is left out


def test_a_line_without_heights_lies_at_its_depths() -> None:
    told = {"GJ": "DN300", "起点埋深": 1.0, "终点埋深": "3.0"}
    table, up = parts(pipe("A", [(0, 0), (10, 0), (60, 0)], attributes=told))
    assert (up.min(), up.max()) == pytest.approx((25 - 4.25 - 3 - 0.15, 25 - 4.25 - 1 + 0.15), abs=0.03)
    assert table["depth"] == pytest.approx([2.0]) and "assumed" not in table


def test_what_is_assumed_is_said() -> None:
    table, up = parts(pipe("A", [(0, 0), (60, 0)]), pipe("B", [(0, 5), (60, 5)], "543003", attributes={"管径": "?"}))
    assert table["assumed"] == ["diameter depth"] * 2
    assert table["depth"] == pytest.approx([1.5, -5.0]) and table["diameter"] == pytest.approx([0.2, 0.2])
    assert up.max() - up.min() == pytest.approx(6.5 + 0.2, abs=0.05)


@pytest.mark.parametrize(
    ("told", "metres"),
    [
        ("300", 0.3),
        (0.1524, 0.1524),
        ("DN80", 0.08),
        ("400x300", 0.4),
        ("1.2m", 1.2),
        ("30cm", 0.3),
        ("φ300", 0.3),
        ('12"', 0.3048),
        ("0.4m×0.3m", 0.4),
        (0, 0.2),
        (-5, 0.2),
        (90_000, 0.2),
    ],
)
def test_diameters_are_read_as_people_write_them(told: object, metres: float) -> None:
    state = State("543002", shapely.LineString([(0, 0), (1, 1)]), attributes={"diameter": told})  # type: ignore[dict-item]
    assert Facts.of(state).diameter == pytest.approx(metres)


@pytest.mark.parametrize(("told", "depths"), [
    ({"埋深": "1.5m"}, (1.5, 1.5)), ({"起点埋深": "80厘米", "depth": 2}, (0.8, 2.0)), ({"MS": "deep"}, (1.5, 1.5)),
])  # fmt: skip
def test_depths_are_read_with_their_units(told: dict[str, object], depths: tuple[float, float]) -> None:
    facts = Facts.of(State("543002", shapely.LineString([(0, 0), (1, 1)]), attributes=told))
    assert (facts.start_depth, facts.end_depth) == pytest.approx(depths)
    assert ("depth" in facts.assumed) == ("MS" in told)


def test_every_class_has_a_kind() -> None:
    found = [
        kinds()[kind_of(code)].id for code in ("543002", "544152", "545102", "546002", "510102", "520102", "586004")
    ]
    assert found == ["water", "drainage", "gas", "heat", "power", "telecom", "other"]


def test_made_pipes_are_valid_built_step_by_step_and_asked_for_by_day(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    flat, up = random.uniform(-3_000, 3_000, (2, 300, 3)), random.uniform(-30, 5, (300, 3))
    pipes = [
        pipe(f"P{row:03d}", list(zip(*flat[:, row], up[row], strict=True)), attributes={"diameter": 100 + row})
        for row in range(300)
    ]
    pipes += [pipe("WELL", [(0, 0)] * 2), pipe("LOOP", [(0, 0), (5, 5), (5, -5), (0, 0)], base=None)]
    pipes.append(replace(pipes[0], code="NODE", state=replace(pipes[0].state, geometry=shapely.Point(*JINAN, 3))))
    base, sink = Base(), MemorySink()
    base.commit(pipes)
    build(base.at(1), sink, PIPE_SETTINGS)
    source = base.commit([pipe("P003", [(1, 1), (90, 90)])], ["P004", "LOOP"])
    build(source, sink, PIPE_SETTINGS, Published.now(sink))
    whole = MemorySink()
    build(source, whole, PIPE_SETTINGS)
    shown = whole.names() - whole.names("m")
    assert {name: sink.get(name) for name in shown} == {name: whole.get(name) for name in shown}
    root = tileset_at(base.at(1), sink, PIPE_SETTINGS, Published.now(sink))
    drawn_on_demand(base.at(1), sink, PIPE_SETTINGS, root)
    assert check(sink) == [] and check(sink, root) == []
    assert faults(sink, tmp_path) == []


def test_real_pipes_are_valid(shared_data: Path, tmp_path: Path) -> None:
    pipes = ky4(shared_data)
    sink = MemorySink()
    report = build(Base().commit(pipes), sink, PIPE_SETTINGS)
    assert report.features == len(pipes) == 1156
    assert check(sink) == []
    assert faults(sink, tmp_path) == []


def faults(sink: MemorySink, folder: Path) -> list[object]:
    """What gltf-validator has against the contents in a sink."""
    files = []
    for name in sorted(name for name in sink.names() if name.endswith(".glb")):
        files.append(folder / Path(name).name)
        files[-1].write_bytes(sink.get(name))
    assert files
    return [report for report in validated(files) if report["errors"] or report["warnings"]]
