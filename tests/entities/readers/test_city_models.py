"""City models made for the test: every geometry type, parts, levels of detail, semantics, and what can be wrong."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from entities.errors import Refusal
from entities.model import Candidate
from tests.entities.readers.made import read, rules

ORIGIN = (500_000.0, 4_060_000.0, 0.0)
CRS = "https://www.opengis.net/def/crs/EPSG/0/4549"
DEGREE = 111_000.0  # metres, near enough

# a box of 10 x 10 m whose corners 0-3 are its ground and 4-7 its roof
BOX = [(x, y, z) for z in (0, 6) for x, y in ((0, 0), (10, 0), (10, 10), (0, 10))]
SHELL = [
    [[0, 3, 2, 1]],
    [[4, 5, 6, 7]],
    [[0, 1, 5, 4]],
    [[1, 2, 6, 5]],
    [[2, 3, 7, 6]],
    [[3, 0, 4, 7]],
]
SURFACES = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
VALUES = [0, 1, 2, 2, 2, 2]


def box(dx: float = 0.0, dz: float = 0.0, top: float = 6.0) -> list[tuple[float, float, float]]:
    return [(x + dx, y, (top if z else 0) + dz) for x, y, z in BOX]


def shifted(boundaries: Any, by: int) -> Any:
    return boundaries + by if isinstance(boundaries, int) else [shifted(inner, by) for inner in boundaries]


def model(
    path: Path,
    objects: Mapping[str, Any],
    vertices: Sequence[Sequence[float]],
    crs: str | None = CRS,
    late: bool = False,
) -> Path:
    """Write a CityJSON in millimetres; `late` puts the vertices behind the objects, as most programs do."""
    whole: dict[str, Any] = {"type": "CityJSON", "version": "2.0", "metadata": {"referenceSystem": crs}}
    points = {"vertices": [[round(number * 1000) for number in vertex] for vertex in vertices]}
    transform = {"transform": {"scale": [0.001] * 3, "translate": list(ORIGIN)}}
    named = {"CityObjects": objects}
    whole |= (named | points | transform) if late else (transform | points | named)
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def building(*geometries: Mapping[str, Any], kind: str = "Building", **members: Any) -> dict[str, Any]:
    return {"type": kind, "geometry": list(geometries), **members}


def solid(lod: str = "2", shell: Any = SHELL, values: Any = VALUES) -> dict[str, Any]:
    semantics = {"semantics": {"surfaces": SURFACES, "values": [values]}} if values else {}
    return {"type": "Solid", "lod": lod, "boundaries": [shell], **semantics}


def square_metres(candidate: Candidate) -> float:
    """The area of a footprint near 36.67° north, by the lengths of a degree there."""
    scale = np.array([np.cos(np.radians(36.67)) * 111_320, 110_980])
    return float(shapely.transform(candidate.state.geometry, lambda xy: xy * scale).area)


@pytest.mark.parametrize("late", [True, False])
def test_a_solid(tmp_path: Path, late: bool) -> None:
    path = model(
        tmp_path / "a.city.json", {"b": building(solid(), attributes={"use": {"code": 1, "word": "x"}})}, BOX, late=late
    )
    (candidate,), reading = read(path)
    assert (candidate.row, candidate.source_id) == (1, "b")
    assert (candidate.state.base, candidate.state.height) == (0.0, 6.0)
    assert candidate.state.surfaces.kinds == "GRWWWW"
    assert square_metres(candidate) == pytest.approx(100, rel=2e-3)
    assert dict(candidate.state.attributes) == {"use.code": 1, "use.word": "x"}
    assert rules(reading) == ["crs.vertical"]
    assert shapely.get_coordinates(candidate.state.surfaces.polygons, include_z=True)[:, 2].max() == 6.0


@pytest.mark.parametrize(
    ("kind", "boundaries", "values"),
    [
        ("MultiSurface", SHELL, VALUES),
        ("CompositeSurface", SHELL, VALUES),
        ("Solid", [SHELL], [VALUES]),
        ("MultiSolid", [[SHELL]], [[VALUES]]),
        ("CompositeSolid", [[SHELL]], [[VALUES]]),
    ],
)
def test_every_type_of_geometry(tmp_path: Path, kind: str, boundaries: Any, values: Any) -> None:
    semantics = {"surfaces": SURFACES, "values": values}
    geometry = {"type": kind, "lod": "2", "boundaries": boundaries, "semantics": semantics}
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(geometry)}, BOX))
    assert candidate.state.surfaces.kinds == "GRWWWW"


@pytest.mark.parametrize("values", [None, [None] * 6, [0, 1]])
def test_surfaces_without_a_type_are_other_and_the_footprint_is_seen_from_above(tmp_path: Path, values: Any) -> None:
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(solid(values=values))}, BOX))
    assert candidate.state.surfaces.kinds == "OOOOOO"
    assert candidate.state.geometry.geom_type == "Polygon"
    assert square_metres(candidate) == pytest.approx(100, rel=2e-3)


def test_a_semantic_null_for_a_whole_shell(tmp_path: Path) -> None:
    geometry = solid() | {"semantics": {"surfaces": SURFACES, "values": [None]}}
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(geometry)}, BOX))
    assert candidate.state.surfaces.kinds == "OOOOOO"


@pytest.mark.parametrize(
    ("lods", "best"),
    [
        (["1", "2"], "2"),
        (["2", "2.2"], "2.2"),
        (["1.2", "1.3"], "1.3"),
        (["1", "1.3", "0"], "1.3"),
        (["3", "2.2"], "2.2"),
        (["1", "3"], "3"),
        (["2.2", "1.3", "1.2", "0"], "2.2"),
    ],
)
def test_the_best_level_of_detail_is_taken(tmp_path: Path, lods: list[str], best: str) -> None:
    tops = {lod: 5.0 + index for index, lod in enumerate(lods)}
    vertices = [vertex for lod in lods for vertex in box(top=tops[lod])]
    geometries = []
    for index, lod in enumerate(lods):
        shell = shifted(SHELL, 8 * index)
        flat = {"type": "MultiSurface", "lod": lod, "boundaries": [shell[0]]}
        geometries.append(flat if lod == "0" else solid(lod, shell))
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(*geometries)}, vertices))
    assert candidate.state.height == tops[best]
    assert len(candidate.state.surfaces.kinds) == 6


def test_parts_are_one_with_their_building_wherever_they_stand(tmp_path: Path) -> None:
    vertices = box() + box(dx=10, top=9) + box(dx=100)
    first = building(kind="BuildingPart", attributes={"roof": "flat", "floors": 2}, parents=["b"])
    objects = {
        "p1": first | {"geometry": [solid()]},
        "b": building(children=["p1", "p2", "balcony"], attributes={"name": "Hall"}),
        "other": building(solid(shell=shifted(SHELL, 16))),
        "road": {"type": "Road", "geometry": []},
        "balcony": building(kind="BuildingInstallation", parents=["b"]),
        "p2": building(
            solid(shell=shifted(SHELL, 8)), kind="BuildingPart", attributes={"roof": "flat", "floors": 3}, parents=["b"]
        ),
        "orphans": building(children=["gone"]),
    }
    candidates, reading = read(model(tmp_path / "a.city.json", objects, vertices))
    assert [candidate.source_id for candidate in candidates] == ["other", "b", "orphans"]
    hall = candidates[1].state
    assert (hall.name, hall.height, hall.base) == ("Hall", 9.0, 0.0)
    assert len(hall.surfaces.kinds) == 12
    assert hall.geometry.geom_type == "Polygon"
    assert square_metres(candidates[1]) == pytest.approx(200, rel=2e-3)
    assert dict(hall.attributes) == {"roof": "flat", "part1.floors": 2, "part2.floors": 3}
    assert candidates[2].state.geometry.is_empty
    assert rules(reading) == ["crs.vertical", "pkg.skipped"]


def test_a_building_s_own_block_gives_way_to_better_parts(tmp_path: Path) -> None:
    vertices = box(top=20) + box()
    objects = {
        "b": building(solid("1"), children=["p"]),
        "p": building(solid("2.2", shifted(SHELL, 8)), kind="BuildingPart", parents=["b"]),
    }
    (candidate,), _ = read(model(tmp_path / "a.city.json", objects, vertices))
    assert candidate.state.height == 6.0


def test_the_footprint_is_the_ground_surface_before_the_outline_of_level_zero(tmp_path: Path) -> None:
    wide = [(-5, -5, 0), (15, -5, 0), (15, 15, 0), (-5, 15, 0)]
    outline = {"type": "MultiSurface", "lod": "0", "boundaries": [[[8, 9, 10, 11]]]}
    with_ground = building(outline, solid())
    without = building(outline, solid(values=None))
    path = model(tmp_path / "a.city.json", {"a": with_ground, "b": without}, BOX + wide)
    first, second = read(path)[0]
    assert square_metres(first) == pytest.approx(100, rel=2e-3)
    assert square_metres(second) == pytest.approx(400, rel=2e-3)


def test_a_building_begins_at_its_ground_surface_and_not_at_its_cellar(tmp_path: Path) -> None:
    cellar = [(0, 0, -3), (10, 0, -3), (10, 0, 0), (0, 0, 0)]
    geometry = solid(shell=[*SHELL, [[8, 9, 10, 11]]], values=[*VALUES, 2])
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(geometry)}, BOX + cellar))
    assert (candidate.state.base, candidate.state.height) == (0.0, 6.0)


def test_courtyards_stay_open(tmp_path: Path) -> None:
    inner = [(4, 4, 0), (6, 4, 0), (6, 6, 0), (4, 6, 0)]
    ground = [[0, 3, 2, 1], [8, 9, 10, 11]]
    geometry = {
        "type": "MultiSurface",
        "lod": "2",
        "boundaries": [ground, *SHELL[1:]],
        "semantics": {"surfaces": SURFACES, "values": VALUES},
    }
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(geometry)}, BOX + inner))
    assert len(candidate.state.geometry.interiors) == 1
    assert square_metres(candidate) == pytest.approx(96, rel=2e-3)


def test_faces_of_a_line_are_left_out_and_crossing_ones_kept_for_drawing(tmp_path: Path) -> None:
    vertices = [*BOX, (20, 0, 0)]
    shell = [*SHELL, [[0, 1]], [[4, 6, 5, 7]]]
    geometry = solid(shell=shell, values=[*VALUES, 2, 1])
    (candidate,), reading = read(model(tmp_path / "a.city.json", {"b": building(geometry)}, vertices))
    assert candidate.state.surfaces.kinds == "GRWWWWR"
    assert candidate.state.geometry.is_valid
    assert rules(reading) == ["crs.vertical"]


def test_a_crossing_ground_makes_a_valid_footprint(tmp_path: Path) -> None:
    shell = [[[0, 2, 1, 3]], *SHELL[1:]]
    (candidate,), _ = read(model(tmp_path / "a.city.json", {"b": building(solid(shell=shell))}, BOX))
    assert candidate.state.geometry.is_valid
    assert not candidate.state.geometry.is_empty


@pytest.mark.parametrize("index", [99, -1, "x", 1.5, None])
def test_indices_of_no_vertex(tmp_path: Path, index: object) -> None:
    shell = [[[0, 3, 2, index]], *SHELL[1:]]
    objects = {"good": building(solid()), "bad": building(solid(shell=shell))}
    candidates, reading = read(model(tmp_path / "a.city.json", objects, BOX))
    assert [candidate.source_id for candidate in candidates] == ["good"]
    (finding,) = [finding for finding in reading.findings if finding.severity == "error"]
    assert (finding.rule, finding.row, finding.feature) == ("geom.form", 2, "bad")


def test_a_vertex_that_is_no_number(tmp_path: Path) -> None:
    path = model(
        tmp_path / "a.city.json",
        {"good": building(solid()), "bad": building(solid(shell=shifted(SHELL, 8)))},
        BOX + BOX,
    )
    words = path.read_text().replace('"vertices": [[0, 0, 0]', '"vertices": [[NaN, 0, 0]')
    path.write_text(words)
    candidates, reading = read(path)
    assert [candidate.source_id for candidate in candidates] == ["bad"]
    assert [(one.rule, one.row) for one in reading.findings if one.severity == "error"] == [("geom.finite", 1)]


@pytest.mark.parametrize("version", ["1.1", "2.0", "2.0.1"])
def test_a_sequence(tmp_path: Path, version: str) -> None:
    header = {
        "type": "CityJSON",
        "version": version,
        "CityObjects": {},
        "vertices": [],
        "transform": {"scale": [0.001] * 3, "translate": list(ORIGIN)},
        "metadata": {"referenceSystem": CRS},
    }
    lines = [json.dumps(header)]
    for number in range(3):
        objects = {f"b{number}": building(solid())}
        vertices = [[round(1000 * one) for one in vertex] for vertex in box(dx=100 * number)]
        feature = {"type": "CityJSONFeature", "id": f"b{number}", "CityObjects": objects, "vertices": vertices}
        lines.append(json.dumps(feature))
    path = tmp_path / "a.city.jsonl"
    path.write_text("\n".join(lines) + "\n")
    candidates, reading = read(path)
    assert reading.format == "CityJSONSeq"
    assert [candidate.source_id for candidate in candidates] == ["b0", "b1", "b2"]
    path.write_text("\n".join(lines)[:-200])
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.rule == "pkg.truncated"


def test_city_models_with_the_northing_first_need_to_be_told(tmp_path: Path) -> None:
    flipped = [(y, x, z) for x, y, z in BOX]
    path = model(tmp_path / "a.city.json", {"b": building(solid())}, flipped)
    words = path.read_text().replace(str(list(ORIGIN)), str([ORIGIN[1], ORIGIN[0], 0.0]))
    path.write_text(words)
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.rule == "crs.swapped"
    (candidate,), _ = read(path, crs="urn:ogc:def:crs:EPSG::4549")
    lon, lat = shapely.get_coordinates(candidate.state.geometry.centroid)[0]
    assert (lon, lat) == pytest.approx((120.0, 36.67), abs=0.01)


# ---- CityGML

GML = """<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
  xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gen="http://www.opengis.net/citygml/generics/2.0"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:uro="https://www.geospatial.jp/iur/uro/2.0">
<gml:boundedBy><gml:Envelope srsName="{crs}" srsDimension="3"/></gml:boundedBy>
{members}
</core:CityModel>
"""


def citygml(path: Path, *buildings: str, crs: str = "urn:ogc:def:crs:EPSG::25832") -> Path:
    members = "\n".join(
        f'<core:cityObjectMember><bldg:Building gml:id="b{number}">{inner}</bldg:Building></core:cityObjectMember>'
        for number, inner in enumerate(buildings, 1)
    )
    path.write_text(GML.format(crs=crs, members=members), encoding="utf-8")
    return path


def ring(corners: Sequence[Sequence[float]], closed: bool = True, style: str = "posList") -> str:
    points = [[x + 500_000, y + 5_700_000, z] for x, y, z in corners]
    points += points[:1] if closed else []
    if style == "pos":
        inner = "".join(f"<gml:pos>{x} {y} {z}</gml:pos>" for x, y, z in points)
    elif style == "coordinates":
        inner = f"<gml:coordinates>{' '.join(f'{x},{y},{z}' for x, y, z in points)}</gml:coordinates>"
    else:
        inner = f"<gml:posList>{' '.join(f'{x} {y} {z}' for x, y, z in points)}</gml:posList>"
    return f"<gml:LinearRing>{inner}</gml:LinearRing>"


def polygon(corners: Sequence[int], holes: str = "", identifier: str = "", **options: Any) -> str:
    outer = ring([BOX[corner] for corner in corners], **options)
    name = f' gml:id="{identifier}"' if identifier else ""
    return f"<gml:Polygon{name}><gml:exterior>{outer}</gml:exterior>{holes}</gml:Polygon>"


def surfaces(*polygons: str) -> str:
    inner = "".join(f"<gml:surfaceMember>{one}</gml:surfaceMember>" for one in polygons)
    return f"<gml:MultiSurface>{inner}</gml:MultiSurface>"


def block(lod: int = 1, **options: Any) -> str:
    faces = "".join(f"<gml:surfaceMember>{polygon(face[0], **options)}</gml:surfaceMember>" for face in SHELL)
    shell = f"<gml:exterior><gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior>"
    return f"<bldg:lod{lod}Solid><gml:Solid>{shell}</gml:Solid></bldg:lod{lod}Solid>"


def bounded(kind: str, *polygons: str, lod: int = 2) -> str:
    inner = f"<bldg:lod{lod}MultiSurface>{surfaces(*polygons)}</bldg:lod{lod}MultiSurface>"
    return f"<bldg:boundedBy><bldg:{kind}>{inner}</bldg:{kind}></bldg:boundedBy>"


TYPED = (
    bounded("GroundSurface", polygon([0, 3, 2, 1], identifier="g'1"))
    + bounded("RoofSurface", polygon([4, 5, 6, 7]))
    + bounded("WallSurface", *(polygon(face[0]) for face in SHELL[2:]))
)


@pytest.mark.parametrize("style", ["posList", "pos", "coordinates"])
def test_a_block_of_citygml(tmp_path: Path, style: str) -> None:
    (candidate,), reading = read(citygml(tmp_path / "a.gml", block(style=style)))
    assert (candidate.source_id, candidate.state.height, candidate.state.base) == ("b1", 6.0, 0.0)
    assert candidate.state.surfaces.kinds == "OOOOOO"
    assert (reading.crs, reading.format) == ("EPSG:25832", "CityGML")
    assert rules(reading) == ["crs.vertical"]


def test_typed_surfaces_replace_the_solid_that_refers_to_them(tmp_path: Path) -> None:
    links = '<gml:surfaceMember xlink:href="#g\'1"/>'
    shell = f"<gml:exterior><gml:CompositeSurface>{links}</gml:CompositeSurface></gml:exterior>"
    refer = f"<bldg:lod2Solid><gml:Solid>{shell}</gml:Solid></bldg:lod2Solid>"
    (candidate,), _ = read(citygml(tmp_path / "a.gml", block() + refer + TYPED))
    assert candidate.state.surfaces.kinds == "GRWWWW"


def test_references_are_followed_within_a_building(tmp_path: Path) -> None:
    """A level of detail may borrow its faces from another, which then is not drawn itself."""
    faces = surfaces(*(polygon(face[0], identifier=f"f{number}") for number, face in enumerate(SHELL)))
    elsewhere = f"<bldg:lod1MultiSurface>{faces}</bldg:lod1MultiSurface>"
    links = (
        "".join(f'<gml:surfaceMember xlink:href="#f{n}"/>' for n in range(6)) + '<gml:surfaceMember xlink:href="#no"/>'
    )
    refer = f"<bldg:lod2MultiSurface><gml:MultiSurface>{links}</gml:MultiSurface></bldg:lod2MultiSurface>"
    (candidate,), _ = read(citygml(tmp_path / "a.gml", elsewhere + refer))
    assert len(candidate.state.surfaces.kinds) == 6


def test_footprints_of_level_zero(tmp_path: Path) -> None:
    footprint = f"<bldg:lod0FootPrint>{surfaces(polygon([0, 1, 2, 3]))}</bldg:lod0FootPrint>"
    half = f"<bldg:lod0FootPrint>{surfaces(polygon([0, 1, 3]))}</bldg:lod0FootPrint>"
    edge = f"<bldg:lod0RoofEdge>{surfaces(polygon([4, 5, 6, 7]))}</bldg:lod0RoofEdge>"
    candidates, _ = read(citygml(tmp_path / "a.gml", edge + half, edge, footprint + edge))
    areas = [candidate.state.geometry.area for candidate in candidates]
    assert areas[1] == pytest.approx(2 * areas[0], rel=1e-3)  # where both are given the one on the ground counts
    assert areas[2] == pytest.approx(areas[1], rel=1e-3)
    assert candidates[0].state.surfaces is None


def test_parts_and_attributes_of_citygml(tmp_path: Path) -> None:
    part = "<bldg:consistsOfBuildingPart><bldg:BuildingPart>{}</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    inner = (
        "<gml:name>Hall &lt;b&gt;</gml:name><bldg:measuredHeight uom='m'>7.25</bldg:measuredHeight>"
        "<gen:stringAttribute name='owner'><gen:value>007</gen:value></gen:stringAttribute>"
        "<gen:intAttribute name='n'><gen:value>7</gen:value></gen:intAttribute>"
        "<bldg:function>1000</bldg:function><bldg:function>1010</bldg:function><bldg:storeysAboveGround>2</bldg:storeysAboveGround>"
        "<uro:idAttribute><uro:IdAttribute><uro:id>x-1</uro:id></uro:IdAttribute></uro:idAttribute>"
        + part.format("<bldg:roofType>flat</bldg:roofType>" + block())
    )
    (candidate,), _ = read(citygml(tmp_path / "a.gml", inner))
    assert (candidate.state.name, candidate.state.height) == ("Hall <b>", 7.25)
    assert dict(candidate.state.attributes) == {
        "owner": "007",
        "n": 7,
        "function": "1000",
        "function.2": "1010",
        "storeysAboveGround": 2,
        "idAttribute.id": "x-1",
        "roofType": "flat",
    }
    assert len(candidate.state.surfaces.kinds) == 6


NEWER = {
    "opengis.net/gml": "opengis.net/gml/3.2",
    "/2.0": "/3.0",
    "bldg:boundedBy": "core:boundary",
    "bldg:consistsOfBuildingPart": "bldg:buildingPart",
    "bldg:lod": "core:lod",
    "bldg:GroundSurface": "con:GroundSurface",
    "bldg:RoofSurface": "con:RoofSurface",
    "bldg:WallSurface": "con:WallSurface",
    "xmlns:uro": 'xmlns:con="http://www.opengis.net/citygml/construction/3.0" xmlns:uro',
}
"""What CityGML 3 calls otherwise."""


def test_a_model_without_buildings_says_what_it_holds(tmp_path: Path) -> None:
    path = citygml(tmp_path / "trees.gml", "")
    path.write_text(path.read_text(encoding="utf-8").replace("bldg:Building", "bldg:Tree"), encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read(path)
    [found] = refused.value.findings
    assert (found.rule, found.values["kinds"]) == ("pkg.others", "Tree")


def test_citygml_3_is_read_as_2_is(tmp_path: Path) -> None:
    part = "<bldg:consistsOfBuildingPart><bldg:BuildingPart>{}</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    tall = "<bldg:measuredHeight uom='m'>7.25</bldg:measuredHeight>"
    owner = "<gen:stringAttribute name='owner'><gen:value>007</gen:value></gen:stringAttribute>"
    inner = f"{tall}{owner}<bldg:storeysAboveGround>2</bldg:storeysAboveGround>{TYPED}{part.format(block(2))}"
    older = citygml(tmp_path / "2.gml", inner)
    text = older.read_text(encoding="utf-8")
    for old, new in NEWER.items():
        text = text.replace(old, new)
    height = f"<con:height><con:Height>{tall.replace('bldg:measuredHeight', 'con:value')}</con:Height></con:height>"
    named = "<gen:StringAttribute><gen:name>owner</gen:name><gen:value>007</gen:value></gen:StringAttribute>"
    text = text.replace(tall, height).replace(owner, f"<core:genericAttribute>{named}</core:genericAttribute>")
    (tmp_path / "3.gml").write_text(text, encoding="utf-8")
    (before,), _ = read(older)
    (after,), _ = read(tmp_path / "3.gml")
    assert after.state == before.state
    assert sorted(after.state.surfaces.kinds) == sorted("GR" + "W" * 4 + "O" * 6)


def test_holes_of_citygml(tmp_path: Path) -> None:
    hole = f"<gml:interior>{ring([(4, 4, 0), (4, 6, 0), (6, 6, 0), (6, 4, 0)])}</gml:interior>"
    (candidate,), _ = read(citygml(tmp_path / "a.gml", bounded("GroundSurface", polygon([0, 1, 2, 3], holes=hole))))
    assert len(candidate.state.geometry.interiors) == 1


def test_an_open_ring_and_one_without_numbers(tmp_path: Path) -> None:
    broken = block().replace("<gml:posList>", "<gml:posList>x ", 1)
    path = citygml(tmp_path / "a.gml", block(), block(closed=False), broken, block().replace("500010", "NaN"))
    candidates, reading = read(path)
    assert [candidate.source_id for candidate in candidates] == ["b1"]
    found = [(one.rule, one.row, one.feature) for one in reading.findings if one.severity == "error"]
    assert found == [("geom.form.open", 2, "b2"), ("geom.form", 3, "b3"), ("geom.finite", 4, "b4")]


@pytest.mark.parametrize(
    ("crs", "north_first"),
    [
        ("urn:ogc:def:crs:EPSG::4549", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4549", True),
        ("EPSG:4549", False),
        ("http://www.opengis.net/gml/srs/epsg.xml#4549", False),
        ("urn:ogc:def:crs,crs:EPSG::4549,crs:EPSG::5737", True),
    ],
)
def test_the_order_of_axes_follows_the_form_of_the_name(tmp_path: Path, crs: str, north_first: bool) -> None:
    points = [
        (4_060_000 + y, 500_000 + x, z) if north_first else (500_000 + x, 4_060_000 + y, z) for x, y, z in BOX[:4]
    ]
    words = " ".join(f"{a} {b} {c}" for a, b, c in [*points, points[0]])
    outer = f"<gml:LinearRing><gml:posList>{words}</gml:posList></gml:LinearRing>"
    face = f"<gml:Polygon><gml:exterior>{outer}</gml:exterior></gml:Polygon>"
    (candidate,), reading = read(citygml(tmp_path / "a.gml", bounded("GroundSurface", face), crs=crs))
    lon, lat = shapely.get_coordinates(candidate.state.geometry.centroid)[0]
    assert (lon, lat) == pytest.approx((120.0, 36.67), abs=0.01)
    assert rules(reading) == ([] if "5737" in crs else ["crs.vertical"])


def test_two_systems_in_one_file(tmp_path: Path) -> None:
    other = block().replace("<gml:Solid>", '<gml:Solid srsName="EPSG:4549">')
    with pytest.raises(Refusal) as caught:
        read(citygml(tmp_path / "a.gml", block(), other))
    assert caught.value.rule == "crs.several"


def test_other_objects_are_counted(tmp_path: Path) -> None:
    path = citygml(tmp_path / "a.gml", block())
    road = '<core:cityObjectMember><t:Road xmlns:t="http://www.opengis.net/citygml/transportation/2.0"/></core:cityObjectMember>'
    path.write_text(path.read_text().replace("</core:CityModel>", f"{road * 3}</core:CityModel>"))
    _, reading = read(path)
    assert rules(reading) == ["crs.vertical", "pkg.skipped"]
    assert dict(reading.findings[1].values) == {"name": "a.gml", "kind": "Road", "count": 3}


def test_citygml_cut_off(tmp_path: Path) -> None:
    path = citygml(tmp_path / "a.gml", *[block()] * 5)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.rule == "pkg.truncated"
