"""Wavefront OBJ: corners where pyproj puts them, pictures on them, and refusals for what is missing."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from entities.errors import Invalid
from tests.tiling.glbs import validated
from tests.tiling.meshes.made import ORDER, filed, prepared, read
from tests.tiling.meshes.nesting import check_nesting
from tiling.geometry.volumes import matrix_of
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order
from tiling.meshes import MESHES
from tiling.meshes.documents import Model
from tiling.meshes.materials import beside
from tiling.meshes.wavefront import read as read_obj

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\3\1\1\0"
    b"\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)
OBJ = """# a house
mtllib a.mtl
v 500020 4051000 35
v 500030 4051000 35 0.5 0.5 0.5
v 500030 4051010 35
v 500020 4051010 47.25
vt 0 0
vt 1 0
vt 1 1
vt 0 0.25
usemtl wall
f 1/1 2/2 3/3 4/4
usemtl 屋顶
f -4// -3// -2//
f 1 2 \\
  4
"""
MTL = """newmtl wall
Kd 0.5 0.5 0.5
map_Kd -s 1 1 1 C:\\survey\\Skin.PNG
newmtl 屋顶
Kd 0.25 0.5 2
d 0.5
"""
FILES = {"a.obj": OBJ.encode(), "a.mtl": MTL.encode(), "skin.png": PNG}
ORDERED = Order(ConstantAnomaly(-8.0, "a test"), "EPSG:4549")


def test_every_corner_stands_where_pyproj_puts_it(tmp_path: Path) -> None:
    found = prepared(filed(tmp_path, FILES) / "a.obj", tmp_path / "out", ORDERED)
    root = read(tmp_path / "out" / "tileset.json")["root"]
    model = Model.read((tmp_path / "out" / "0.glb").read_bytes(), "a")
    matrix = matrix_of(root)
    wall = model.column(next(model.primitives())["attributes"]["POSITION"])
    up = np.stack([wall[:, 0], -wall[:, 2], wall[:, 1]], axis=1) @ matrix[:3, :3].T + matrix[:3, 3]
    east, north, height = np.array(
        [[500020, 500030, 500030, 500020], [4051000, 4051000, 4051010, 4051010], [27, 27, 27, 39.25]]
    )
    lon, lat = Transformer.from_crs(4549, 4490, always_xy=True).transform(east, north)
    wanted = np.stack(Transformer.from_crs(4480, 4479, always_xy=True).transform(lon, lat, height), axis=1)
    assert np.linalg.norm(up[:, None] - wanted[None], axis=2).min(axis=0).max() < 0.001
    assert (found.low, found.high) == pytest.approx((35, 47.25), abs=0.01)
    assert dict(found.attributes) == {"crs": "EPSG:4549", "models": 1, "triangles": 4}


def test_materials_and_pictures_are_kept(tmp_path: Path) -> None:
    prepared(filed(tmp_path, FILES) / "a.obj", tmp_path / "out", ORDERED)
    model = Model.read((tmp_path / "out" / "0.glb").read_bytes(), "a")
    wall, roof = model.document["materials"]
    assert wall["pbrMetallicRoughness"]["baseColorTexture"] == {"index": 0}
    assert roof["pbrMetallicRoughness"]["baseColorFactor"] == [0.25, 0.5, 1.0, 0.5]
    assert roof["alphaMode"] == "BLEND"
    view = model.document["bufferViews"][model.document["images"][0]["bufferView"]]
    assert model.binary[view["byteOffset"] :][: view["byteLength"]] == PNG
    places = model.column(next(model.primitives())["attributes"]["TEXCOORD_0"])
    assert sorted(map(tuple, places.tolist())) == [(0, 0.75), (0, 1), (1, 0), (1, 1)]
    [report] = validated([tmp_path / "out" / "0.glb"])
    assert (report["errors"], report["warnings"], report["messages"]) == (0, 0, [])


def test_materials_lie_in_several_files_or_in_one_whose_name_has_blanks(tmp_path: Path) -> None:
    roof, wall = MTL.encode().rpartition(b"newmtl")[2], MTL.encode().rpartition(b"newmtl")[0]
    two = {"a.obj": OBJ.replace("a.mtl", "a.mtl b.mtl").encode(), "a.mtl": wall, "b.mtl": b"newmtl" + roof}
    one = {"a.obj": OBJ.replace("a.mtl", "a b.mtl").encode(), "a b.mtl": MTL.encode()}
    out = []
    for name, files in (("two", two), ("one", one)):
        folder = filed(tmp_path / name, {"skin.png": PNG, **files})
        assert {path.name for path in MESHES.companions(folder / "a.obj")} == {*files, "skin.png"} - {"a.obj"}
        prepared(folder / "a.obj", folder / "out", ORDERED)
        out.append((folder / "out/0.glb").read_bytes())
    assert out[0] == out[1]


def test_what_says_the_system_beside_it_counts(tmp_path: Path) -> None:
    text = b"<ModelMetadata version='1'><SRS>%s</SRS><SRSOrigin>%s</SRSOrigin></ModelMetadata>"
    local = OBJ.replace("4051", "1").replace("5000", "")
    for system, origin in ((b"EPSG:4549", b"500000,4050000,0"), (b"ENU:36.6,117.0", b"0,0,5")):
        folder = filed(tmp_path / origin[:3].decode(), {**FILES, "a.obj": local.encode()})
        filed(folder, {"metadata.xml": text % (system, origin)})
        found = prepared(folder / "a.obj", folder / "out")
        assert found.attributes["crs"] == ("ENU" if b"ENU" in system else "EPSG:4549")
        assert found.warnings == ()
    assert found.low == pytest.approx(40, abs=0.2)
    folder = filed(tmp_path / "two", FILES | {"metadata.xml": text % (b"EPSG:4550", b"0,0,0")})
    (warning,) = prepared(folder / "a.obj", folder / "out", ORDERED).warnings
    assert (warning.rule, warning.values["own"], warning.values["taken"]) == ("crs.other", "EPSG:4550", "EPSG:4549")


WITHOUT: list[tuple[str, dict[str, bytes | None]]] = [
    ("mesh.texture", {"skin.png": None}),
    ("mesh.material", {"a.mtl": None}),
    ("mesh.picture", {"skin.png": b"BM1234"}),
    ("mesh.mtl", {"a.mtl": b"newmtl wall\nKd red green blue"}),
    ("mesh.obj", {"a.obj": b"v 1 2 x\nf 1 1 1"}),
    ("mesh.obj", {"a.obj": b"v 1 2\nf 1 1 1"}),
    ("mesh.obj", {"a.obj": b"v 1 2 3\nf 1 2 3"}),
    ("mesh.obj", {"a.obj": b"v 1 2 3\nf 1/1 1/1 1/1"}),
    ("mesh.obj", {"a.obj": b"v 1 2 3\nf -2 -1 -1"}),
    ("mesh.obj", {"a.obj": b"v 1 2 3\nf a b c"}),
    ("mesh.obj", {"a.obj": b"v 1 nan 3\nf 1 1 1"}),
    ("mesh.obj", {"a.obj": b"v 1 2 3\nf 0 1 1"}),
    ("mesh.empty", {"a.obj": b"v 1 2 3"}),
    ("mesh.place", {"a.obj": b"v 1 2 3\nf 1 1 1"}),
    ("mesh.metadata", {"metadata.xml": b"<ModelMetadata/>"}),
    ("mesh.metadata", {"metadata.xml": b"<ModelMetadata"}),
]


@pytest.mark.parametrize(("rule", "changed"), WITHOUT)
def test_what_is_unfit_is_refused(rule: str, changed: dict[str, bytes | None], tmp_path: Path) -> None:
    files = {name: data for name, data in {**FILES, **changed}.items() if data is not None}
    order = ORDER if rule == "mesh.metadata" else ORDERED
    with pytest.raises(Invalid) as refused:
        prepared(filed(tmp_path, files) / "a.obj", tmp_path / "out", order)
    assert refused.value.rule == rule
    assert "…" not in refused.value.findings[0].sentence.zh


def test_what_it_needs_is_part_of_it_and_never_lies_outside_its_folder(tmp_path: Path) -> None:
    inside = filed(tmp_path / "in", FILES)
    filed(tmp_path, {"secret.png": PNG})
    assert [name for name, _ in MESHES.members([inside / "a.obj"])] == ["a.mtl", "a.obj", "skin.png"]
    before = MESHES.hash([inside / "a.obj"], ORDERED)
    (inside / "skin.png").write_bytes(PNG + b"\0")
    assert MESHES.hash([inside / "a.obj"], ORDERED) != before
    assert beside(inside, "../secret.png") is None
    assert beside(inside, str(tmp_path / "secret.png")) is None


def test_many_triangles_are_read_as_few_are(tmp_path: Path) -> None:
    """The short way for plain triangles gives what the long way gives."""
    random = np.random.default_rng(3)
    numbers = random.integers(1, 50, (200, 3, 3))
    head = "".join("v 1 2 3\n" for _ in range(50)) + "".join("vt 0 1\n" for _ in range(50))
    lines = {
        "{0}/{1}/{2}": numbers[..., :2] - 1,
        "{0}//{2}": np.stack([numbers[..., 0] - 1, np.full((200, 3), -1)], axis=2),
        "{0}": np.stack([numbers[..., 0] - 1, np.full((200, 3), -1)], axis=2),
    }
    for form, wanted in lines.items():
        text = io.StringIO()
        for row in numbers:
            text.write("f " + " ".join(form.format(*corner) for corner in row) + "\n")
        plain, mixed = tmp_path / "plain.obj", tmp_path / "mixed.obj"
        plain.write_text(head + text.getvalue())
        mixed.write_text(head + text.getvalue() + "f 1 1 1 1\n")
        assert np.array_equal(read_obj(plain).triangles[0][1], wanted)
        assert np.array_equal(read_obj(mixed).triangles[0][1][:-2], wanted)


def test_several_files_are_tiles_side_by_side(tmp_path: Path) -> None:
    other = OBJ.replace("4051", "4052").encode()
    folder = filed(tmp_path, {**FILES, "b.obj": other})
    (tmp_path / "out").mkdir()
    MESHES.prepare([folder / "a.obj", folder / "b.obj"], tmp_path / "out", replace(ORDERED), lambda *_: None)
    root = read(tmp_path / "out" / "tileset.json")["root"]
    assert [child["content"]["uri"] for child in root["children"]] == ["0.glb", "1.glb"]
    assert root["refine"] == "ADD"
    assert check_nesting(tmp_path / "out") == 3
