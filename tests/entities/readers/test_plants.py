"""Trees and plant covers of city models, and buildings told once that stand in many places."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from entities.model import Candidate
from entities.profiles import Profile
from tests.entities.readers.made import read, rules
from tests.entities.readers.test_city_models import BOX, SHELL, building, model, solid, square_metres
from tiling.layers.tree_facts import Facts

TREE, COVER = "SolitaryVegetationObject", "PlantCover"
TEMPLATE = [(x - 5, y - 5, z) for x, y, z in BOX]
"""The box about its middle."""

TURNED = [0, -0.5, 0, 0, 0.5, 0, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1]
"""A quarter turn, half as wide and half as high again."""


def instance(template: int = 0, place: int = 0, matrix: Any = TURNED) -> dict[str, Any]:
    return {"type": "GeometryInstance", "template": template, "boundaries": [place], "transformationMatrix": matrix}


def with_templates(path: Path) -> Path:
    """The same model with the box as a template behind another."""
    shape = {"type": "Solid", "lod": "2", "boundaries": [[[[i + 1 for i in ring] for ring in face] for face in SHELL]]}
    whole = json.loads(path.read_text("utf-8"))
    first = {"type": "MultiPoint", "lod": "1", "boundaries": [0]}
    told = {"templates": [first, shape], "vertices-templates": [[9, 9, 9], *TEMPLATE]}
    path.write_text(json.dumps({"geometry-templates": told, **whole}), "utf-8")
    return path


def by_id(found: list[Candidate]) -> dict[str | None, Candidate]:
    return {one.source_id: one for one in found}


def test_single_trees_stand_where_their_shapes_do_and_are_as_large(tmp_path: Path) -> None:
    objects = {
        "shape": building(solid(), kind=TREE, attributes={"species": "Platanus"}),
        "said": building(solid(), kind=TREE, attributes={"height": 9.5, "crownDiameter": "4 m"}),
        "point": building({"type": "MultiPoint", "lod": "0", "boundaries": [6]}, kind=TREE),
        "instance": building(instance(1, 6), kind=TREE),
        "house": building(solid(), attributes={"storeysAboveGround": 2}),
    }
    found, reading = read(with_templates(model(tmp_path / "a.city.json", objects, [(x, y, z + 30) for x, y, z in BOX])))
    assert rules(reading) == ["crs.vertical"]
    one = by_id(found)
    assert [one[name].state.class_code for name in objects] == ["810511"] * 4 + ["310301"]
    assert "city_object" not in one["house"].state.attributes
    assert {one[name].state.geometry.geom_type for name in list(objects)[:4]} == {"Point"}
    bases = [one[name].state.base for name in objects]
    assert bases == [30.0, 30.0, 36.0, 36.0, 30.0]
    assert [one[name].state.height for name in objects] == [6.0, 9.5, None, 9.0, 6.0]
    facts = {name: Facts.of(one[name].state) for name in list(objects)[:4]}
    assert [facts[name].crown for name in ("shape", "said", "instance")] == [10.0, 4.0, 5.0]
    assert facts["point"].assumed == ("height", "crown") and facts["shape"].species == "Platanus"
    middle, corner = (one[name].state.geometry for name in ("shape", "point"))
    assert (corner.x - middle.x) * 89_290 == pytest.approx(5, abs=0.1)
    assert one["instance"].state.geometry.equals_exact(corner, 1e-9)


def test_a_cover_of_plants_is_the_ground_below_it(tmp_path: Path) -> None:
    [candidate], _ = read(model(tmp_path / "a.city.json", {"c": building(solid(), kind=COVER)}, BOX))
    assert (candidate.state.class_code, candidate.state.surfaces) == ("820100", None)
    assert square_metres(candidate) == pytest.approx(100, rel=2e-3)


def test_a_building_told_once_stands_where_each_instance_is(tmp_path: Path) -> None:
    objects = {"a": building(instance(1, 0)), "b": building(instance(1, 6, np.eye(4).ravel().tolist()))}
    found, _ = read(with_templates(model(tmp_path / "a.city.json", objects, BOX)))
    one = by_id(found)
    assert [square_metres(one[name]) for name in "ab"] == pytest.approx([25, 100], rel=3e-3)
    assert [(one[name].state.base, one[name].state.height) for name in "ab"] == [(0.0, 9.0), (6.0, 6.0)]
    a, b = (one[name].state.geometry.centroid for name in "ab")
    assert ((b.x - a.x) * 89_290, (b.y - a.y) * 110_980) == pytest.approx((10, 10), abs=0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"template": 7}, {"template": -1}, {"boundaries": [99]}, {"boundaries": []}, {"transformationMatrix": [1, 2]}],
)
def test_an_instance_of_nothing_is_said(tmp_path: Path, wrong: dict[str, Any]) -> None:
    objects = {
        "a": building(instance(1) | wrong),
        "b": building(instance(1) | wrong, kind=TREE),
        "c": building(solid()),
    }
    found, reading = read(with_templates(model(tmp_path / "a.city.json", objects, BOX)))
    assert [one.source_id for one in found] == ["c"]
    assert sorted(set(rules(reading))) == ["crs.vertical", "geom.form"]


def test_a_profile_that_says_one_class_for_all_leaves_plants_out(tmp_path: Path) -> None:
    objects = {"t": building(solid(), kind=TREE), "h": building(solid()), "r": building(solid(), kind="Road")}
    profile = Profile.parse("profile: own\nextends: city-model\nclass: 310302")
    found, reading = read(model(tmp_path / "a.city.json", objects, BOX), profile=profile)
    assert [(one.source_id, one.state.class_code) for one in found] == [("h", "310302")]
    left_out = {(one.values["kind"], one.values["count"]) for one in reading.findings if one.rule == "pkg.skipped"}
    assert left_out == {("own", 1), ("Road", 1)}


# ---- CityGML

GML = """<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
 xmlns:veg="http://www.opengis.net/citygml/vegetation/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
 xmlns:x="http://www.w3.org/1999/xlink"><gml:boundedBy><gml:Envelope srsName="{crs}" srsDimension="3"/></gml:boundedBy>
 {members}</core:CityModel>"""


def gml(path: Path, *members: str, crs: str = "urn:ogc:def:crs:EPSG::4549") -> Path:
    listed = "".join(f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members)
    path.write_text(GML.format(members=listed, crs=crs), encoding="utf-8")
    return path


def polygons(move: tuple[float, float, float] = (0, 0, 0)) -> str:
    rings = [[TEMPLATE[corner] for corner in (*face[0], face[0][0])] for face in SHELL]
    texts = [" ".join(str(part) for point in ring for part in np.add(point, move).tolist()) for ring in rings]
    faces = "".join(
        "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>"
        f"{text}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
        for text in texts
    )
    return f'<gml:MultiSurface gml:id="BOX">{faces}</gml:MultiSurface>'


def implicit(place: str, inner: str, prefix: str = "veg", matrix: list[float] = TURNED) -> str:
    return (
        f"<{prefix}:lod2ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>"
        f"{' '.join(map(str, matrix))}</core:transformationMatrix>{inner}<core:referencePoint><gml:Point><gml:pos>"
        f"{place}</gml:pos></gml:Point></core:referencePoint></core:ImplicitGeometry></{prefix}:lod2ImplicitRepresentation>"
    )


INLINE = f"<core:relativeGMLGeometry>{polygons()}</core:relativeGMLGeometry>"
LINKED = '<core:relativeGMLGeometry x:href="#BOX"/>'
LIBRARY = "<core:mimeType>model/gltf</core:mimeType><core:libraryObject>tree.glb</core:libraryObject>"


def plant(name: str, geometry: str, said: str = "") -> str:
    return f'<veg:{TREE} gml:id="{name}">{said}{geometry}</veg:{TREE}>'


def test_trees_of_citygml_by_shape_template_reference_and_file(tmp_path: Path) -> None:
    said = '<veg:species>1640</veg:species><veg:height uom="m">11</veg:height>'
    place = "4060006 500005 40"  # CityGML's northing first
    shape = f"<veg:lod1Geometry>{polygons((4_060_006, 500_005, 40))}</veg:lod1Geometry>"
    path = gml(
        tmp_path / "trees.gml",
        plant("inline", implicit(place, INLINE)),
        plant("linked", implicit(place, LINKED), said),
        plant("library", implicit(place, LIBRARY)),
        plant("shape", shape),
        f'<veg:{COVER} gml:id="cover"><veg:lod1MultiSurface>{polygons((4_060_006, 500_005, 40))}</veg:lod1MultiSurface>'
        f"</veg:{COVER}>",
        f'<bldg:Building gml:id="house">{implicit(place, LINKED, "bldg")}</bldg:Building>',
        '<core:Road gml:id="road"/>',
    )
    found, reading = read(path)
    one = by_id(found)
    codes = ["810511"] * 4 + ["820100", "310301"]
    assert [candidate.state.class_code for candidate in found] == codes
    assert [one[name].state.height for name in ("inline", "linked", "library", "shape")] == [9.0, 11.0, None, 6.0]
    assert [Facts.of(one[name].state).crown for name in ("inline", "linked", "shape")] == [5.0, 5.0, 10.0]
    places = [one[name].state.geometry for name in ("inline", "linked", "library", "shape")]
    assert all(place.equals_exact(places[0], 1e-9) for place in places)
    assert square_metres(one["cover"]) == pytest.approx(100, rel=3e-3)
    assert square_metres(one["house"]) == pytest.approx(25, rel=3e-3)
    skipped = [found for found in reading.findings if found.rule == "pkg.skipped"]
    assert [(found.values["kind"], found.values["count"]) for found in skipped] == [("Road", 1)]


@pytest.mark.parametrize(("crs", "place"), [
    ("http://www.opengis.net/def/crs/EPSG/0/6697", "36.6 139.7 40"), ("EPSG:4326", "139.7 36.6 40"),
])  # fmt: skip
def test_a_template_is_in_metres_where_the_file_is_in_degrees(tmp_path: Path, crs: str, place: str) -> None:
    """As PLATEAU has it: latitude, longitude, height; and the other way round."""
    house = f'<bldg:Building gml:id="house">{implicit(place, LINKED, "bldg")}</bldg:Building>'
    found, _ = read(gml(tmp_path / "a.gml", plant("tree", implicit(place, INLINE)), house, crs=crs))
    one = by_id(found)
    assert (one["tree"].state.geometry.x, one["tree"].state.geometry.y) == pytest.approx((139.7, 36.6), abs=1e-4)
    assert Facts.of(one["tree"].state).crown == pytest.approx(5, rel=0.01)
    assert square_metres(one["house"]) == pytest.approx(25, rel=5e-3)
    assert shapely.distance(one["house"].state.geometry.centroid, one["tree"].state.geometry) < 1e-7


@pytest.mark.parametrize("wrong", ["one two", "1 2 3"])
def test_a_matrix_that_is_none_is_said(tmp_path: Path, wrong: str) -> None:
    text = implicit("4060006 500005 40", INLINE).replace(" ".join(map(str, TURNED)), wrong)
    found, reading = read(
        gml(tmp_path / "a.gml", plant("bad", text), plant("good", implicit("4060006 500005 40", INLINE)))
    )
    assert [one.source_id for one in found] == ["good"]
    assert "geom.form" in rules(reading)
