"""Points and instances of 3D Tiles 1.0 as GLBs: each where it was, in its colour, with all that is said of it."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entities.errors import Invalid
from tests.tiling.glbs import validated
from tests.tiling.meshes.made import HERE, b3dm, city, composite, filed, glb, names, old, prepared, read, tile
from tests.tiling.meshes.test_upgrading import column
from tiling.meshes.columns import unit_of
from tiling.meshes.documents import Y_UP, Model, matrix_of_node
from tiling.meshes.upgrading import inner, upgraded

POINTS = np.array([[0, 0, 0], [10, 20, 30], [4, 4, 4]], np.float32)
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [188, 188, 188]], np.uint8)


def cloud(
    feature: dict[str, Any],
    binary: bytes,
    batch: dict[str, Any] | None = None,
    more: bytes = b"",
    at: tuple[float, ...] = (),
) -> Model:
    said = {"POINTS_LENGTH": 3, **feature, **({"RTC_CENTER": list(at)} if at else {})}
    data = upgraded(old(b"pnts", said, binary, batch or {}, more), "a.pnts", "Y")
    assert data is not None
    return Model.read(data, "a")


def shown(model: Model, name: str) -> np.ndarray:
    [primitive] = model.primitives()
    return model.column(primitive["attributes"][name])


def standing(model: Model) -> np.ndarray:
    """The points of a model of one node below another, in a tile's axes."""
    positions = shown(model, "POSITION").astype(float)
    for node in model.document["nodes"]:
        matrix = matrix_of_node(node)
        positions = positions @ matrix[:3, :3].T + matrix[:3, 3]
    found: np.ndarray = positions @ Y_UP[:3, :3].T
    return found


def test_points_keep_their_places_colours_and_values(tmp_path: Path) -> None:
    feature = {"POSITION": {"byteOffset": 0}, "RGB": {"byteOffset": 36}}
    batch = {"class": [2, 6, 9], "intensity": {"byteOffset": 0, "componentType": "UNSIGNED_SHORT", "type": "SCALAR"}}
    values = np.array([7, 8, 65535], np.uint16).tobytes()
    model = cloud(feature, POINTS.tobytes() + COLOURS.tobytes(), batch, values, (1000.0, 2000.0, 3000.0))
    assert standing(model).tolist() == np.add(POINTS, [1000, 2000, 3000]).tolist()
    assert shown(model, "COLOR_0").tolist() == [[255, 0, 0], [0, 255, 0], [128, 128, 128]]
    assert column(model, "class") == [2, 6, 9]
    assert model.document["extensions"]["EXT_structural_metadata"]["schema"]["classes"].keys() == {"point"}
    [primitive] = model.primitives()
    assert primitive["extensions"]["EXT_mesh_features"]["featureIds"] == [{"featureCount": 3, "propertyTable": 0}]
    (tmp_path / "a.glb").write_bytes(model.written())
    [report] = validated([tmp_path / "a.glb"])
    assert (report["errors"], report["warnings"], report["messages"]) == (0, 0, [])


def test_points_may_be_written_in_steps_and_belong_to_batches() -> None:
    steps = np.array([[0, 0, 0], [65535, 65535, 65535], [0, 65535, 0]], np.uint16).tobytes()
    feature = {
        "POSITION_QUANTIZED": {"byteOffset": 0},
        "QUANTIZED_VOLUME_OFFSET": [1.0, 2.0, 3.0],
        "QUANTIZED_VOLUME_SCALE": [10.0, 20.0, 30.0],
        "BATCH_ID": {"byteOffset": 18, "componentType": "UNSIGNED_BYTE"},
        "BATCH_LENGTH": 2,
        "CONSTANT_RGBA": [0, 0, 255, 128],
    }
    model = cloud(feature, steps + bytes([0, 1, 1]), {"name": ["墙", "顶"]})
    assert standing(model).tolist() == [[1, 2, 3], [11, 22, 33], [1, 22, 3]]
    assert shown(model, "_FEATURE_ID_0")[:, 0].tolist() == [0, 1, 1]
    assert shown(model, "COLOR_0").tolist() == [[0, 0, 255, 128]] * 3
    assert column(model, "name") == ["墙", "顶"]


def test_packed_colours_and_normals_are_unpacked() -> None:
    packed = np.array([0xF800, 0x07E0, 0x001F], np.uint16).tobytes()
    feature = {"POSITION": {"byteOffset": 0}, "RGB565": {"byteOffset": 36}, "NORMAL_OCT16P": {"byteOffset": 42}}
    model = cloud(feature, POINTS.tobytes() + packed + bytes([128, 128, 255, 128, 128, 255]))
    assert shown(model, "COLOR_0").tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert shown(model, "NORMAL") == pytest.approx(np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1]]), abs=0.01)


def test_octahedral_pairs_reach_the_whole_sphere() -> None:
    ends = np.array([[0, 0], [65535, 65535], [32768, 32768], [0, 32768]], np.uint16)
    assert unit_of(ends) == pytest.approx(np.array([[0, 0, -1], [0, 0, -1], [0, 0, 1], [-1, 0, 0]]), abs=1e-4)


def test_what_is_compressed_in_a_way_of_its_own_stays() -> None:
    said = {"POINTS_LENGTH": 3, "POSITION": {"byteOffset": 0}, "extensions": {"3DTILES_draco_point_compression": {}}}
    assert upgraded(old(b"pnts", said, bytes(40), {}, b""), "a.pnts", "Y") is None


def instances(
    feature: dict[str, Any], binary: bytes, up: str = "Y", body: bytes | None = None, form: int = 1
) -> Model | None:
    data = old(
        *(b"i3dm", {"INSTANCES_LENGTH": 2, **feature}, binary, {"species": ["银杏", "国槐"]}, b""),
        body=glb() if body is None else body,
        more=struct.pack("<I", form),
    )
    found = upgraded(data, "a.i3dm", up, lambda uri: glb() if uri == "tree.glb" else b"")
    return Model.read(found, "a") if found else None


def corners_of(model: Model) -> np.ndarray:
    """The corners of every instance (n, 3, 3) as a reader of the standard places them, in a tile's axes."""
    around = np.eye(4)
    for node in model.document["nodes"]:
        if "children" in node:
            around = around @ matrix_of_node(node)
    [node] = [one for one in model.document["nodes"] if "mesh" in one]
    said = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]
    parts = [model.column(said[name]).tolist() for name in ("TRANSLATION", "ROTATION", "SCALE")]
    points = np.array([[0, 0, 0, 1], [10, 0, 0, 1], [0, 20, 0, 1]])
    found = []
    for translation, rotation, scale in zip(*parts, strict=True):
        own = matrix_of_node({"translation": translation, "rotation": rotation, "scale": scale})
        found.append(points @ (Y_UP @ around @ own).T)
    return np.array(found)[..., :3]


PLACES = np.array([[100, 200, 10], [300, 200, 20]], np.float32).tobytes()


def test_instances_stand_where_they_were_turned_and_scaled(tmp_path: Path) -> None:
    """The model is a triangle 10 to the east and 20 up; the second instance looks to the north, twice as large."""
    turns = np.array([[[0, 0, 1], [0, 0, 1]], [[1, 0, 0], [0, 1, 0]]], np.float32)
    feature = {
        "POSITION": {"byteOffset": 0},
        "NORMAL_UP": {"byteOffset": 24},
        "NORMAL_RIGHT": {"byteOffset": 48},
        "SCALE": {"byteOffset": 72},
        "RTC_CENTER": [1000.0, 0.0, 0.0],
    }
    scales = np.array([1, 2], np.float32).tobytes()
    model = instances(feature, PLACES + turns.tobytes() + scales)
    assert model is not None
    wanted = [
        [[1100, 200, 10], [1110, 200, 10], [1100, 200, 30]],
        [[1300, 200, 20], [1300, 220, 20], [1300, 200, 60]],
    ]
    assert corners_of(model) == pytest.approx(np.array(wanted), abs=1e-3)
    assert column(model, "species") == ["银杏", "国槐"]
    (tmp_path / "a.glb").write_bytes(model.written())
    [report] = validated([tmp_path / "a.glb"])
    assert (report["errors"], report["warnings"], report["messages"]) == (0, 0, [])


def test_instances_upright_on_the_earth_are_turned_there() -> None:
    at = {"POSITION": {"byteOffset": 0}, "EAST_NORTH_UP": True, "RTC_CENTER": HERE.origin.tolist()}
    model = instances(at, np.zeros((2, 3), np.float32).tobytes())
    assert model is not None
    local = HERE.local(corners_of(model)[0])
    assert local == pytest.approx(np.array([[0, 0, 0], [10, 0, 0], [0, 0, 20]]), abs=1e-3)
    assert instances({"POSITION": {"byteOffset": 0}, "EAST_NORTH_UP": True}, PLACES) is None


def test_a_model_of_another_upward_axis_or_address_is_placed_as_well() -> None:
    plain = {"POSITION": {"byteOffset": 0}}
    z_up = instances(plain, PLACES, up="Z")
    assert z_up is not None
    assert corners_of(z_up)[0] == pytest.approx(np.array([[100, 200, 10], [110, 200, 10], [100, 220, 10]]), abs=1e-3)
    far = instances(plain, PLACES, body=b"tree.glb", form=0)
    near = instances(plain, PLACES)
    assert far is not None and near is not None
    assert corners_of(far).tolist() == corners_of(near).tolist()


def test_what_a_gltf_cannot_say_stays() -> None:
    """Scaled unevenly and turned by 45 degrees below that is a shear."""
    squeezed = {"POSITION": {"byteOffset": 0}, "SCALE_NON_UNIFORM": {"byteOffset": 24}}
    binary = PLACES + np.array([[1, 1, 3], [1, 1, 1]], np.float32).tobytes()
    leaning = glb(nodes=[{"mesh": 0, "rotation": [0.3826834, 0, 0, 0.9238795]}])
    assert instances(squeezed, binary, body=leaning) is None
    assert instances(squeezed, binary) is not None


@pytest.mark.parametrize(
    ("magic", "feature"),
    [
        (b"pnts", {"POINTS_LENGTH": 3}),
        (b"pnts", {"POINTS_LENGTH": 300, "POSITION": {"byteOffset": 0}}),
        (b"i3dm", {"INSTANCES_LENGTH": 300, "POSITION": {"byteOffset": 0}}),
        (b"pnts", {"POINTS_LENGTH": 3, "POSITION": {"byteOffset": 0}, "BATCH_ID": {"componentType": "TEXT"}}),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused(magic: bytes, feature: dict[str, Any]) -> None:
    more = struct.pack("<I", 1) if magic == b"i3dm" else b""
    with pytest.raises(Invalid, match=r"mesh\.tile"):
        upgraded(old(magic, feature, POINTS.tobytes(), {}, b"", glb() if more else b"", more), "a", "Y")


def test_a_composite_becomes_several_contents(tmp_path: Path) -> None:
    points = old(b"pnts", {"POINTS_LENGTH": 3, "POSITION": {"byteOffset": 0}}, POINTS.tobytes(), {}, b"")
    both = composite(b3dm(glb()), composite(points))
    assert [part[:4] for part in inner(both, "a")] == [b"b3dm", b"pnts"]
    prepared(filed(tmp_path / "in", {"tileset.json": city(tile("a.cmpt")), "a.cmpt": both}), tmp_path / "out")
    root = read(tmp_path / "out" / "tileset.json")["root"]
    assert [content["uri"] for content in root["contents"]] == ["a.cmpt.glb", "a.cmpt.1.glb"]
    assert "content" not in root
    with pytest.raises(Invalid, match=r"mesh\.tile"):
        inner(both[:-1], "a")


def test_what_stays_keeps_what_it_names(tmp_path: Path) -> None:
    said = {"INSTANCES_LENGTH": 1, "POSITION": [1, 2, 3], "EAST_NORTH_UP": True}
    stays = old(b"i3dm", said, b"", {}, b"", b"m/tree.glb", struct.pack("<I", 0))
    files = {"tileset.json": city(tile("a.i3dm")), "a.i3dm": stays, "m/tree.glb": glb()}
    found = prepared(filed(tmp_path / "in", files), tmp_path / "out")
    assert names(tmp_path / "out") == files.keys()
    assert [warning.rule for warning in found.warnings] == ["mesh.old"]
